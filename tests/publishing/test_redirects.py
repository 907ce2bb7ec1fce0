"""An old address leads on, and never stands in the way of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.publishing import redirects
from portal.publishing.model import PublishingError
from tests.publishing.pages import page

HOME = "https://commons.example/"
WORD = "---\ntitle: Word & more\naliases: [{}]\n---\n"


def test_an_old_address_leads_to_the_page(tmp_path: Path) -> None:
    redirects.write(tmp_path, "en", HOME, [page("word.md", WORD.format("old/word/"))])

    told = (tmp_path / "old" / "word" / "index.html").read_text("utf-8")
    assert '<meta http-equiv="refresh" content="0; url=/word/">' in told
    assert f'<link rel="canonical" href="{HOME}word/">' in told
    assert "<title>Word &amp; more</title>" in told


@pytest.mark.parametrize(
    ("alias", "told"),
    [
        ("other/", r"content/en/word\.md:1: the alias other/ is the address of content/en/other\.md:1"),
        ("zh/rules/", r"content/en/word\.md:1: the alias zh/rules/ is where the Chinese pages stand"),
        ("portal/me/", r"content/en/word\.md:1: the alias portal/me/ is where the portal's pages stand"),
        ("assets/t/", r"content/en/word\.md:1: the alias assets/t/ is where the site's own files stand"),
    ],
)
def test_an_alias_that_would_hide_something_is_refused(tmp_path: Path, alias: str, told: str) -> None:
    pages = [page("word.md", WORD.format(alias)), page("other.md", "---\ntitle: Other\n---\n")]

    with pytest.raises(PublishingError, match=told):
        redirects.write(tmp_path, "en", HOME, pages)

    assert not list(tmp_path.rglob("*.html"))

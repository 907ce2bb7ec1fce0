"""The public catalogue: built in from a snapshot, kindly empty without one, never a reason for the build to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.config import ROOT
from portal.language import LANGUAGES, Lang
from portal.publishing import build_site, showcase
from portal.publishing.parts import Parts
from portal.rewards.showcase import Catalogue
from tests.publishing.charters import SHIPPED
from tests.publishing.conftest import BASE_URL

MUG: dict[str, Any] = {
    "slug": "mug", "title": {"en": "A mug & more", "zh": "杯子"},
    "about": {"en": "For *tea* <b>at</b> midnight.", "zh": "喝茶。"},
    "price": 40, "kind": "goods", "left": 3, "limit": 2, "period": "month", "tier": {"en": "Keeper", "zh": "守灯人"},
    "tenure": 30, "opens": None, "closes": "2027-03-05T10:00:00Z", "image": "/portal/rewards/pictures/a.png",
    "alt": {"en": 'A "mug"', "zh": "杯"},
}  # fmt: skip
SNAPSHOT: dict[str, Any] = {"as_of": "2027-03-01", "rewards": [MUG]}


def page(lang: Lang, catalogue: Catalogue | None) -> str:
    return "\n".join(Parts(ROOT / "site", lang, SHIPPED, rewards=catalogue).pages()["rewards/index.md"])


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["<h2>A mug &amp; more</h2>", "&lt;b&gt;at", "40 points · 3 left", "from Keeper on", "after 30 days",
                "2 a member and month", "until 5 March 2027 18:00",
                "As of <span>1 March 2027</span>", "A &#34;mug&#34;"]),
        ("zh", ["<h2>杯子</h2>", "40分 · 还剩3份", "“守灯人”起", "入会满30天", "每人每月2份",
                "2027年3月5日 18:00为止"]),
    ],
)  # fmt: skip
def test_a_snapshot_is_told_with_its_terms_and_its_date(lang: Lang, told: list[str]) -> None:
    text = page(lang, msgspec.convert(SNAPSHOT, Catalogue))

    assert [words for words in told if words not in text] == []
    assert "data-rewards-none hidden" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_rewards_the_page_says_so_kindly(lang: Lang) -> None:
    for catalogue in (None, msgspec.convert({"as_of": "2027-03-01", "rewards": []}, Catalogue)):
        text = page(lang, catalogue)
        assert "data-rewards-none>" in text
        assert "data-rewards hidden" in text
        assert "None" not in text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"as_of": "soon"}', {**SNAPSHOT, "rewards": [{**MUG, "left": -1}]}]
)
def test_a_malformed_snapshot_is_told_and_left_out(tmp_path: Path, content: bytes | dict[str, Any]) -> None:
    written = content if isinstance(content, bytes) else msgspec.json.encode(content)
    (tmp_path / showcase.NAME).write_bytes(written)
    said: list[str] = []

    assert showcase.read(tmp_path, said.append) is None
    assert "rewards.json can't be used, so the site goes without the rewards" in said[0]


def test_the_page_stands_in_the_site_with_its_cards(tmp_path: Path) -> None:
    (tmp_path / showcase.NAME).write_bytes(msgspec.json.encode(SNAPSHOT))
    build_site(ROOT, tmp_path, SHIPPED, BASE_URL, print)

    built = (tmp_path / "site" / "rewards" / "index.html").read_text("utf-8")

    assert "A mug &amp; more" in built
    assert "For *tea* &lt;b&gt;at&lt;/b&gt; midnight." in built
    assert 'href="/rewards/"' in (tmp_path / "site" / "index.html").read_text("utf-8")

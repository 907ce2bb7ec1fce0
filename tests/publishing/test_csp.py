from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from portal.publishing import csp
from portal.publishing.model import PublishingError


def source(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def test_each_inline_script_of_any_page_is_covered(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "index.html").write_text("<script>one()</script><script src=x.js></script>", "utf-8")
    (tmp_path / "deep" / "404.html").write_text('<script type="module">two("&amp;")</script><script>one()</script>')

    assert csp.collect(tmp_path) == sorted([source("one()"), source('two("&amp;")')])


def test_data_that_nobody_runs_needs_no_hash(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script type="application/json">{"base": "."}</script>')

    assert csp.collect(tmp_path) == []


@pytest.mark.parametrize("html", ['<p style="color: red">', "<style>p {}</style>", '<a onclick="go()">'])
def test_what_no_hash_allows_stops_the_build(tmp_path: Path, html: str) -> None:
    (tmp_path / "index.html").write_text(f"<p>\n{html}")

    with pytest.raises(PublishingError, match=r"index\.html:2: "):
        csp.collect(tmp_path)


class Inline(HTMLParser):
    """Reads a page a second time, in its own way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "script" and "src" not in dict(attrs) and not str(dict(attrs).get("type")).endswith("json")
        if self.inside:
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1] += data


def test_the_built_site_lists_all_that_its_pages_run(build: Path) -> None:
    allowed = json.loads((build / "csp.json").read_text())["script"]
    pages = sorted((build / "site").rglob("*.html"))

    for path in pages:
        reader = Inline()
        reader.feed(path.read_text("utf-8"))
        assert {source(script) for script in reader.found} <= set(allowed), path

    assert {build / "site" / "404.html", build / "site" / "zh" / "404.html"} <= set(pages)

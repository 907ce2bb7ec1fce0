"""What the built pages run: the hashes that the site's Content-Security-Policy lists, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from portal.publishing.model import PublishingError

#: Types of <script> that a browser runs; others hold data, and no policy touches them.
_RUN = ("", "module", "text/javascript", "application/javascript")


class _Inline(HTMLParser):
    """Collects what stands in a page itself: scripts to be hashed, styles to be refused."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.refused: list[str] = []
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        line = self.getpos()[0]
        if tag == "style" or "style" in given:
            self.refused.append(f"{line}: an inline style in <{tag}>")
        for name in given:
            if name.startswith("on"):
                self.refused.append(f"{line}: {name} in <{tag}>")
        if tag == "script" and "src" not in given and (given.get("type") or "") in _RUN:
            self._script = []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            self.scripts.append("".join(self._script))
            self._script = None


def collect(site: Path) -> list[str]:
    """The sources that `script-src` must name for the inline scripts of all pages.

    Raises PublishingError for an inline style or event handler: no hash allows those without weakening the policy.
    """
    found: set[str] = set()
    for path in sorted(site.rglob("*.html")):
        page = _Inline()
        page.feed(path.read_text(encoding="utf-8"))
        if page.refused:
            raise PublishingError(f"{path.relative_to(site)}:{page.refused[0]}; the site's policy refuses it")
        found |= {_source(script) for script in page.scripts}
    return sorted(found)


def write(site: Path, index: Path) -> None:
    """The collected sources, for whoever sends the header."""
    index.write_bytes(msgspec.json.format(msgspec.json.encode({"script": collect(site)})))


def _source(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"

"""Every link in the pages' text leads somewhere: to a page and, if it names one, to a place on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from portal.publishing.model import Page, PublishingError, prose

_LINK = re.compile(r"\]\(\s*<?([^)>\s]+)>?[^)]*\)|^\s+link: (\S+)$|^ {0,3}\[[^\]^][^\]]*\]:\s*<?([^>\s]+)")
_ID = re.compile(r"""\b(?:id|name)=["']?([^"'\s>]+)""")
_CODE = re.compile(r"`[^`]*`")


def check(pages: list[Page], site: Path) -> None:
    """Compares each link with the built site. Raises PublishingError with file and line of each that leads nowhere."""
    places: dict[Path, frozenset[str]] = {}
    broken = [
        f"{line.origin}: the link “{target}” leads nowhere"
        for page in pages
        for line in prose(page.lines)
        for target in _targets(line.text)
        if not _leads(page, target, site, places)
    ]
    if broken:
        raise PublishingError("\n".join(broken))


def _targets(text: str) -> Iterator[str]:
    for found in _LINK.finditer(_CODE.sub("", text)):
        yield found[1] or found[2] or found[3]


def _leads(page: Page, target: str, site: Path, places: dict[Path, frozenset[str]]) -> bool:
    try:
        parts = urlsplit(target)
    except ValueError:  # [ without its ]
        return False
    if parts.scheme or parts.netloc or parts.path.startswith("/portal/"):
        return True
    path = _file(page, unquote(parts.path), site)
    try:
        if not path.is_file():
            return False
    except OSError:  # longer than any name
        return False
    if path not in places:
        places[path] = frozenset(_ID.findall(path.read_text(encoding="utf-8")))
    return not parts.fragment or unquote(parts.fragment) in places[path]


def _file(page: Page, path: str, site: Path) -> Path:
    """The built file behind a link: to Markdown, to an address relative to the page's own, or from the root."""
    home = "/zh/" if page.lang == "zh" else "/"
    if path.endswith(".md"):
        folder = page.path.rpartition("/")[0]
        address = home + Page(page.lang, normpath(f"{folder}/{path}").lstrip("/"), ()).url
    elif path.startswith("/"):
        address = path
    else:
        address = normpath(home + page.url + path) + ("/" if not path or path.endswith("/") else "")
    name = address.strip("/")
    return site / name / "index.html" if not name or address.endswith("/") else site / name

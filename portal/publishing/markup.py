"""What a hand-written page may contain beside Markdown: a few harmless tags, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from portal.publishing.model import PublishingError

_TAGS = frozenset({"abbr", "br", "div", "em", "kbd", "p", "ruby", "rp", "rt", "small", "span", "strong", "sub", "sup"})
_ATTRIBUTES = frozenset({"class", "id", "lang", "markdown", "title"})
_SCHEMES = frozenset({"https", "http", "mailto"})
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"(!?)\[[^\]]*\]\(\s*<?([^)>\s]+)|^\s*\[[^\]]+\]:\s*(\S+)")
_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):|^//")
_LIST = re.compile(r"\{:?[^}]*?\b(on[a-z]+|style|src|href|srcset)\s*=", re.IGNORECASE)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.faults.append(f"<{tag}> is not allowed in a page")
        self.faults += [f"{name} is not allowed in <{tag}>" for name, _ in attrs if name not in _ATTRIBUTES]


def check(path: Path, origin: str) -> None:
    """Raises PublishingError with file, line and what is unsafe there."""
    faults = [
        f"{origin}:{number}: {fault}"
        for number, line in _prose(path.read_text(encoding="utf-8"))
        for fault in _faults(line)
    ]
    if faults:
        raise PublishingError("\n".join(faults))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside code, which is shown and not read."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, _CODE.sub("", line)


def _faults(line: str) -> Iterator[str]:
    tags = _Tags()
    tags.feed(line.replace("<!--", "").replace("<http", ""))  # comments are looked at as markers; <https://…> is a link
    tags.close()
    yield from tags.faults
    if found := _LIST.search(line):
        yield f"{found[1]} is not allowed in an attribute list"
    for found in _LINK.finditer(line):
        target = found[2] or found[3]
        scheme = _SCHEME.match(target)
        if scheme and (scheme[1] or "").lower() not in _SCHEMES:
            yield f"a link may not lead to {target}"
        elif scheme and found[1]:
            yield f"a picture from elsewhere ({target}): pages ask no other origin for anything"

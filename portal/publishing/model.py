"""What is published: pages of lines that know where they were written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from portal.language import Lang


class PublishingError(Exception):
    """The site can't be built as its sources stand; the message names file and line and says what is wrong."""


_FENCE = re.compile(r"`{3,}|~{3,}")
#: What no text needs and no feed may hold.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def text(path: Path, origin: str) -> str:
    """What a source says, without the mark that some editors put before it. Raises PublishingError with the line."""
    try:
        found = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PublishingError(f"{origin}:{line}: this is not UTF-8; please save the file as UTF-8") from error
    if unseen := _UNSEEN.search(found):
        line = found.count("\n", 0, unseen.start()) + 1
        raise PublishingError(f"{origin}:{line}: an unseen character, {ord(unseen[0]):#04x}, stands here")
    return found


class Line(msgspec.Struct, frozen=True):
    """A line of Markdown and its origin, `content/en/index.md:12`."""

    text: str
    origin: str


def prose(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines outside blocks of code, which is shown and not read."""
    return (line for line, shown in told_apart(lines) if not shown)


def told_apart(lines: Iterable[Line]) -> Iterator[tuple[Line, bool]]:
    """Each line, and whether it belongs to a block of code."""
    fence = ""
    for line in lines:
        mark = _FENCE.match(line.text)
        yield line, bool(fence or mark)
        if mark and not fence:
            fence = mark[0]
        elif mark and mark[0].startswith(fence) and not line.text.strip(f"{fence[0]} "):
            fence = ""


class Page(msgspec.Struct, frozen=True):
    """A page of one language; `path` is relative to the language's folder, with forward slashes."""

    lang: Lang
    path: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The Markdown as the generator reads it."""
        return "\n".join(line.text for line in self.lines) + "\n"

    @property
    def url(self) -> str:
        """The page's address within its language: `rules/` for `rules/index.md`, `` for the home page."""
        stem = self.path.removesuffix(".md")
        if stem == "index":
            return ""
        return stem.removesuffix("index") if stem.endswith("/index") else f"{stem}/"

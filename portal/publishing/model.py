"""What is published: pages of lines that know where they were written."""

from __future__ import annotations

import msgspec

from portal.language import Lang


class PublishingError(Exception):
    """The site can't be built as its sources stand; the message names file and line and says what is wrong."""


class Line(msgspec.Struct, frozen=True):
    """A line of Markdown and its origin, `content/en/index.md:12`."""

    text: str
    origin: str


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

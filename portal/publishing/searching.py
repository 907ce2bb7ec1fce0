"""What the search looks through: the text of the built pages, by the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import msgspec

from portal.publishing import front
from portal.publishing.model import Page

NAME = "search.json"
#: Lists of other pages, which say it themselves, and what nobody looks for.
_UNSOUGHT = re.compile(r"(?:tags|news(?:/[^/]+)?)/index\.md|offline\.md")
#: Between a Chinese sentence and the next there is no space.
_GAP = re.compile("(?<=[，。；：？！、”）]) ")
_PLACES = ("h2", "h3")
_SKIPPED = ("svg", "script", "nav", "h1")
_BLOCKS = frozenset({"p", "li", "td", "th", "dt", "dd", "div", "h2", "h3", "h4", "tr", "br", "pre", "blockquote"})


class Place(msgspec.Struct, array_like=True):
    """A part of a page from one heading to the next; its id is empty for what stands above the first."""

    id: str
    heading: str
    text: str


class Indexed(msgspec.Struct, frozen=True, array_like=True):
    """A page: its address in its language, title and description, and its places."""

    url: str
    title: str
    description: str
    places: list[Place]


class _Article(HTMLParser):
    """Collects the places of a page's article."""

    def __init__(self) -> None:
        super().__init__()
        self.places = [Place("", "", "")]
        self._inside = self._skipping = 0
        self._heading = False
        self._without = ""  # the tag whose content is left out, as deep as it is nested
        self._deep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self._without or "data-search-exclude" in given or "eyebrow" in (given.get("class") or ""):
            self._without = self._without or tag
            self._deep += tag == self._without
        elif tag == "article":
            self._inside += 1
        elif tag in _SKIPPED:
            self._skipping += 1
        elif self._inside and tag in _PLACES and given.get("id"):
            self.places.append(Place(given["id"] or "", "", ""))
            self._heading = True
        elif tag in _BLOCKS:
            self._say(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._without:
            self._deep -= tag == self._without
            self._without = self._without if self._deep else ""
        elif tag == "article":
            self._inside -= 1
        elif tag in _SKIPPED:
            self._skipping -= 1
        elif tag in _PLACES:
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._inside and not (self._skipping or self._without):
            self._say(data)

    def _say(self, data: str) -> None:
        place = self.places[-1]
        if self._heading:
            place.heading += data
        else:
            place.text += data


def write(site: Path, pages: Sequence[Page]) -> None:
    """The index of these pages, all of one language, into its folder of the site."""
    sought = [page for page in pages if not _UNSOUGHT.fullmatch(page.path) and not front.read(page).stub]
    (site / NAME).write_bytes(msgspec.json.encode([_indexed(site, page) for page in sought]))


def _indexed(site: Path, page: Page) -> Indexed:
    said, article = front.read(page), _Article()
    article.feed((site / page.url / "index.html").read_text(encoding="utf-8"))
    places = [Place(place.id, _plain(place.heading), _plain(place.text)) for place in article.places]
    return Indexed(page.url, said.title, said.description, [one for one in places if one.heading or one.text])


def _plain(text: str) -> str:
    return _GAP.sub("", re.sub(r"\s+", " ", text)).strip()

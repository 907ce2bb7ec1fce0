"""What a page says of itself on top, between two lines of `---`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

from portal.publishing.model import Page, PublishingError

_FENCE = "---"
_POST = re.compile(r"news/(\d{4}-\d{2}-\d{2})-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_NEWS = re.compile(r"news/(?!index\.md)[^/]+\.md")
_ALIAS = re.compile(r"(?:[a-z0-9-]+/)+")
#: What ends a line, or what no file may hold.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Event(msgspec.Struct, frozen=True):
    """When and where something takes place that a page announces; `begins` and `ends` carry their offset."""

    begins: dt.datetime
    ends: dt.datetime
    place: str


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """A page's own facts.

    `date`, `category` and `author` are a post's; `aliases` are addresses that lead here, `old/address/`, relative to
    the language; `reviewed` says when somebody last held the page against its sources; `awaiting` that its other
    language has not been written yet, and `stub`, which nobody writes, that this page stands in the place of that one.
    What templates alone read isn't listed.
    """

    title: str
    description: str = ""
    tags: list[str] = []
    date: dt.date | None = None
    category: str = ""
    author: str = ""
    aliases: list[str] = []
    reviewed: dt.date | None = None
    event: Event | None = None
    awaiting: bool = False
    stub: bool = False


def read(page: Page) -> Front:
    """A page's front matter. Raises PublishingError with file and line."""
    texts = [line.text for line in page.lines]
    origin = page.lines[0].origin
    if texts[0] != _FENCE or _FENCE not in texts[1:]:
        raise PublishingError(f"{origin}: the page has no front matter, with a `title:`, on top")
    end = texts.index(_FENCE, 1)
    try:
        front = msgspec.yaml.decode("\n".join(texts[1:end]), type=Front)
    except msgspec.ValidationError as error:
        raise PublishingError(f"{origin}: the front matter is wrong: {error}") from error
    except msgspec.DecodeError as error:
        fault: Any = error.__context__  # the parser's own, which knows the place
        mark = getattr(fault, "problem_mark", None)
        place = page.lines[min(mark.line + 1, end)].origin if mark else origin
        raise PublishingError(f"{place}: {getattr(fault, 'problem', error)}") from error
    except (ValueError, RecursionError) as error:  # YAML's own, of a date that no calendar has
        raise PublishingError(f"{origin}: the front matter is wrong: {error}") from error
    _check(page, front, origin)
    return front


def dated(path: str) -> tuple[dt.date, str] | None:
    """A post's date and its path without it; None for another page. Raises ValueError for a post without a date."""
    if not _NEWS.fullmatch(path):
        return None
    found = _POST.fullmatch(path)
    if not found:
        raise ValueError("a post is named by its date: news/2026-11-30-what-it-says.md")
    return dt.date.fromisoformat(found[1]), f"news/{found[2]}.md"


def _check(page: Page, front: Front, origin: str) -> None:
    for text in (front.title, front.description, front.category, front.author, *front.tags):
        if found := _BREAKING.search(text.strip()):
            raise PublishingError(f"{origin}: {found[0]!r} stands in {text!r}, which lists show in one line")
    if not front.title.strip():
        raise PublishingError(f"{origin}: the title is empty")
    if page.path.startswith("news/") and front.date and not front.category:
        raise PublishingError(f"{origin}: a post has a `category:`")
    for alias in front.aliases:
        if not _ALIAS.fullmatch(alias):
            raise PublishingError(f"{origin}: an alias is an address like old/address/, not {alias}")
    if front.event and not _in_order(front.event):
        raise PublishingError(f"{origin}: an event begins and ends, in this order, with the zone's offset")


def _in_order(event: Event) -> bool:
    zoned = event.begins.tzinfo is not None and event.ends.tzinfo is not None
    return zoned and event.begins < event.ends

"""Twins agree: the same places on both pages, so that a link and a language switch lead to the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from portal.publishing import front
from portal.publishing.model import Line, Page, PublishingError, prose

_HEADING = re.compile(r"#{2,6}[^#]")
_ID = re.compile(r"\{:? ?#([\w-]+)[^}]*\}\s*$")


def check(pages: Sequence[Page]) -> None:
    """Raises PublishingError with file and line of headings without an id of their own, and where twins part ways."""
    faults: list[str] = []
    twins = {(page.lang, page.path): page for page in pages}
    for page in pages:
        faults += [f"{line.origin}: the heading has no id, like {{#this}}" for line in headings(page) if not _id(line)]
        faults += _twice(page)
        if page.lang == "zh" and (english := twins.get(("en", page.path))):
            faults += _apart(english, page)
    if faults:
        raise PublishingError("\n".join(faults))


def headings(page: Page) -> list[Line]:
    """The lines of a page that are headings below its title; code is none."""
    return [line for line in prose(page.lines) if _HEADING.match(line.text)]


def _twice(page: Page) -> Iterator[str]:
    there: dict[str, str] = {}
    for line in headings(page):
        first = there.setdefault(_id(line), line.origin)
        if _id(line) and first != line.origin:
            yield f"{line.origin}: {_id(line)} is the place at {first} already"


def _apart(english: Page, chinese: Page) -> list[str]:
    if any(front.read(page).stub for page in (english, chinese)):
        return []
    for ours, theirs in zip_longest(headings(chinese), headings(english)):
        if ours is None:
            return [f"{chinese.lines[0].origin}: lacks {_id(theirs)}, {theirs.origin}"]
        if theirs is None:
            return [f"{ours.origin}: {_id(ours)} is not in {english.lines[0].origin}"]
        if _id(ours) != _id(theirs):
            return [f"{ours.origin}: {_id(ours)} stands where {theirs.origin} has {_id(theirs)}"]
    return []


def _id(line: Line) -> str:
    found = _ID.search(line.text)
    return f"#{found[1]}" if found else ""

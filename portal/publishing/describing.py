"""What the theme is to know of each page: dates in words, where it is filed, and what machines read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from portal.charter.schema import Charter
from portal.language import LANGUAGES, Lang, day
from portal.publishing import front, linked, rendering
from portal.publishing.front import Front
from portal.publishing.model import Page
from portal.publishing.shelving import Shelves

_LINK = re.compile(r"\]\(([^)#\s]+\.md)")
_TARGET = re.compile(r"\]\([^)]*\)|<[^>]*>|\{[^}]*\}")
_SOURCES = re.compile(r"^## [^\n]*\{#sources\}.*\Z", re.MULTILINE | re.DOTALL)
#: What somebody reads in a minute, without hurry: Chinese characters, and words of other scripts.
_CHARACTERS, _WORDS = 350, 230


def told(
    found: Sequence[Page], charter: Charter, base_url: str, filed: Mapping[Lang, Shelves]
) -> dict[tuple[Lang, str], dict[str, Any]]:
    """The facts of each page, by language and path."""
    names = {lang: rendering.sections(found, lang) for lang in LANGUAGES}
    said: dict[tuple[Lang, str], dict[str, Any]] = {}
    beside = neighbours(found)
    for page in found:
        own, home = front.read(page), base_url + rendering.prefix(page.lang)
        facts = _filed(page.lang, own, filed[page.lang], charter)
        facts |= beside.get((page.lang, page.path), {})
        if own.tags or own.date:
            facts["minutes"] = minutes(page)
        facts["linked"] = linked.data(page, own, charter, home, names[page.lang])
        said[page.lang, page.path] = facts
    return said


def minutes(page: Page) -> int:
    """How long a page takes to read, its sources apart."""
    text = _SOURCES.sub("", page.text.split("---\n", 2)[2])
    text = _TARGET.sub(" ", text)
    characters, words = len(re.findall(r"[\u3400-\u9fff]", text)), len(re.findall(r"[a-zA-Z0-9'’]+", text))
    return max(1, round(characters / _CHARACTERS + words / _WORDS))


def neighbours(found: Sequence[Page]) -> dict[tuple[Lang, str], dict[str, Any]]:
    """What stands before each page and what comes next: the order is that in which its folder's index names it last."""
    by_path = {(page.lang, page.path): page for page in found}
    beside: dict[tuple[Lang, str], dict[str, Any]] = {}
    for index in found:
        if not index.path.endswith("/index.md"):
            continue
        order = [by_path[index.lang, path] for path in _named(index) if (index.lang, path) in by_path]
        for before, after in pairwise(order):
            beside.setdefault((index.lang, before.path), {})["next"] = _reference(after)
            beside.setdefault((index.lang, after.path), {})["before"] = _reference(before)
    return beside


def _named(index: Page) -> Iterator[str]:
    """The pages of an index's own folder to which it leads, each in its last place."""
    folder = posixpath.dirname(index.path)
    paths = [posixpath.normpath(posixpath.join(folder, target)) for target in _LINK.findall(index.text)]
    own = [path for path in paths if posixpath.dirname(path) == folder and path != index.path]
    yield from reversed(dict.fromkeys(reversed(own)))


def _reference(page: Page) -> dict[str, str]:
    return {"url": page.url, "title": front.read(page).title}


def _filed(lang: Lang, own: Front, filed: Shelves, charter: Charter) -> dict[str, Any]:
    tags = {shelf.name: shelf.slug for shelf in filed.tags}
    facts: dict[str, Any] = {}
    if own.date:
        slugs = {shelf.name: shelf.slug for shelf in filed.categories}
        facts |= {"day": day(own.date, lang), "date": own.date.isoformat(), "category": own.category,
                  "category_url": f"news/{slugs[own.category]}/", "author": own.author}  # fmt: skip
    if own.tags:
        facts["tags"] = [{"name": name, "url": f"tags/#{tags[name]}"} for name in own.tags]
    if own.event:
        begins, ends = (charter.community.local(at) for at in (own.event.begins, own.event.ends))
        last = "" if ends.date() == begins.date() else f"{day(ends.date(), lang)} "
        facts["event"] = {
            "when": f"{day(begins.date(), lang)} {begins:%H:%M}–{last}{ends:%H:%M}",
            "begins": own.event.begins.isoformat(),
            "place": own.event.place,
        }
    if own.reviewed:
        facts["reviewed"] = day(own.reviewed, lang)
    return facts

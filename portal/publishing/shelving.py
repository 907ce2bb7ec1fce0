"""Pages by what they say of themselves: posts by date and category, articles by tag."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from portal.language import LANGUAGES, Lang
from portal.publishing import front
from portal.publishing.front import Front
from portal.publishing.model import Page, PublishingError


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A page in a list. `path` is relative to the language's folder, `url` its address there."""

    path: str
    url: str
    title: str
    description: str
    date: dt.date | None
    author: str


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Pages that have something in common, under a name; `slug` is the same in both languages."""

    slug: str
    name: str
    entries: list[Entry]


class Shelves(msgspec.Struct, frozen=True, kw_only=True):
    """Of one language: posts, the latest first; posts by category; pages by tag."""

    posts: list[Entry] = []
    categories: list[Shelf] = []
    tags: list[Shelf] = []


def shelves(found: Sequence[Page]) -> dict[Lang, Shelves]:
    """Every language's shelves. Raises PublishingError where twins are filed differently."""
    pages = {(page.lang, page.path): page for page in found}
    fronts = {place: front.read(page) for place, page in pages.items()}
    slugs = {"category": _slugs(fronts, pages, "category"), "tags": _slugs(fronts, pages, "tags")}
    return {lang: _of(lang, fronts, slugs) for lang in LANGUAGES}


def _of(lang: Lang, fronts: Mapping[tuple[Lang, str], Front], slugs: Mapping[str, Mapping[str, str]]) -> Shelves:
    posts: list[Entry] = []
    categories: dict[str, list[Entry]] = defaultdict(list)
    tags: dict[str, list[Entry]] = defaultdict(list)
    for (of, path), said in sorted(fronts.items()):
        if of != lang:
            continue
        entry = Entry(
            path=path,
            url=Page(lang, path, ()).url,
            title=said.title,
            description=said.description,
            date=said.date,
            author=said.author,
        )
        if said.date:
            posts.append(entry)
            categories[said.category].append(entry)
        for tag in said.tags:
            tags[tag].append(entry)
    return Shelves(
        posts=_latest(posts),
        categories=[
            Shelf(slug=slugs["category"][name], name=name, entries=_latest(found))
            for name, found in sorted(categories.items(), key=lambda item: slugs["category"][item[0]])
        ],
        tags=[
            Shelf(slug=slugs["tags"][name], name=name, entries=found)
            for name, found in sorted(tags.items(), key=lambda item: slugs["tags"][item[0]])
        ],
    )


def _latest(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.date or dt.date.min, entry.path), reverse=True)


def _slugs(
    fronts: Mapping[tuple[Lang, str], Front], pages: Mapping[tuple[Lang, str], Page], kind: str
) -> dict[str, str]:
    """The slug of each name in any language: the English one in lower case. Twins must agree on what is what.

    Whatever awaits its translation is filed under names that other pages have in both languages.
    """
    slugs: dict[str, str] = {}
    stubs = {path for (_, path), said in fronts.items() if said.stub}
    for (lang, path), said in sorted(fronts.items(), key=lambda item: (item[0][1] in stubs, item[0])):
        origin, mine = pages[lang, path].lines[0].origin, _names(said, kind)
        if path in stubs:
            if unknown := [name for name in mine if name not in slugs]:
                raise PublishingError(f"{origin}: “{unknown[0]}” has no name in the other language yet")
            continue
        theirs = _names(fronts.get(("en", path), said), kind)
        if len(mine) != len(theirs):
            raise PublishingError(f"{origin}: {kind} are not those of content/en/{path}")
        for name, english in zip(mine, theirs, strict=True):
            slug = re.sub(r"[^a-z0-9]+", "-", english.lower()).strip("-")
            if not slug or slugs.setdefault(name, slug) != slug:
                raise PublishingError(f"{origin}: “{name}” stands for “{english}” here and for another elsewhere")
    return slugs


def _names(said: Front, kind: str) -> list[str]:
    if kind == "tags":
        return said.tags
    return [said.category] if said.category else []

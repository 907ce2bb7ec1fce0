"""What the theme is to know of each page: dates in words, where it is filed, and what machines read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.charter.schema import Charter
from portal.language import LANGUAGES, Lang, day
from portal.publishing import front, linked, rendering
from portal.publishing.front import Front
from portal.publishing.model import Page
from portal.publishing.shelving import Shelves


def told(
    found: Sequence[Page], charter: Charter, base_url: str, filed: Mapping[Lang, Shelves]
) -> dict[tuple[Lang, str], dict[str, Any]]:
    """The facts of each page, by language and path."""
    names = {lang: rendering.sections(found, lang) for lang in LANGUAGES}
    said: dict[tuple[Lang, str], dict[str, Any]] = {}
    for page in found:
        own, home = front.read(page), base_url + rendering.prefix(page.lang)
        facts = _filed(page.lang, own, filed[page.lang], charter)
        facts["linked"] = linked.data(page, own, charter, home, names[page.lang])
        said[page.lang, page.path] = facts
    return said


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

"""What a page tells machines about itself: JSON-LD in the words of schema.org."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from portal.charter.schema import Charter
from portal.language import HTML_LANG
from portal.publishing.front import Front
from portal.publishing.model import Page

_QUESTION = re.compile(r"### (.+?) \{:? ?#([\w-]+)[^}]*\}\s*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARK = re.compile(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)|`|<[^>]+>|\\(?=[^\w\s])")


def data(page: Page, said: Front, charter: Charter, home: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The page's items; `home` is the whole address of its language, `names` the titles above it by address."""
    community = {"@type": "Organization", "name": charter.community.name[page.lang], "url": home}
    facts: dict[str, Any] = {"inLanguage": HTML_LANG[page.lang], "url": home + page.url, "publisher": community}
    items: list[dict[str, Any]] = []
    if not page.url:
        items.append({**community, "description": charter.community.tagline[page.lang]})
    else:
        items.append(_breadcrumbs(page, said, community["name"], home, names))
    if said.date:
        author = {"@type": "Organization", "name": said.author or community["name"]}
        published = {"datePublished": said.date.isoformat(), "author": author}
        items.append({"@type": "BlogPosting", "headline": said.title, "description": said.description}
                     | facts | published)  # fmt: skip
    elif page.path.startswith("knowledge/") and said.tags:
        reviewed = {"dateModified": said.reviewed.isoformat()} if said.reviewed else {}
        items.append({"@type": "Article", "headline": said.title, "description": said.description,
                      "keywords": said.tags} | facts | reviewed)  # fmt: skip
    if page.path == "faq.md":
        asked = [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
            for question, answer in answers(page)
        ]
        items.append({"@type": "FAQPage", "inLanguage": facts["inLanguage"], "mainEntity": asked})
    if said.event:
        items.append({
            "@type": "Event",
            "name": said.title,
            "description": said.description,
            "startDate": said.event.begins.isoformat(),
            "endDate": said.event.ends.isoformat(),
            "location": {"@type": "Place", "name": said.event.place, "address": said.event.place},
            "organizer": community,
            "url": facts["url"],
        })  # fmt: skip
    return [{"@context": "https://schema.org", **item} for item in items]


def answers(page: Page) -> Iterator[tuple[str, str]]:
    """The questions of a page, its third headings, each with the text up to the next heading."""
    question, text = "", list[str]()
    for line in [*(line.text for line in page.lines), "# "]:
        if line.startswith("#"):
            if question and text:
                yield question, " ".join(text)
            found = _QUESTION.match(line)
            question, text = plain(found[1]) if found else "", []
        elif line.strip():
            text.append(plain(line.strip()))


def plain(text: str) -> str:
    """A line of Markdown without its marks."""
    return unescape(_MARK.sub("", _LINK.sub(r"\1", text)))


def _breadcrumbs(page: Page, said: Front, community: str, home: str, names: Mapping[str, str]) -> dict[str, Any]:
    steps = page.url.rstrip("/").split("/")
    above = ["/".join(steps[:depth]) + "/" for depth in range(1, len(steps))]
    trail: Sequence[tuple[str, str]] = [
        (community, home),
        *((names[url], home + url) for url in above if url in names),
        (said.title, home + page.url),
    ]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (name, address) in enumerate(trail, 1)
        ],
    }

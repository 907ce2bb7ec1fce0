"""The news as feeds, RSS 2.0 and JSON Feed 1.1, one of each for each language, with the whole text."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urljoin
from xml.sax.saxutils import escape

import msgspec

from portal.charter.schema import Charter
from portal.language import HTML_LANG, Lang
from portal.publishing.model import PublishingError
from portal.publishing.shelving import Entry, Shelves

RSS, JSON = "feed.xml", "feed.json"
#: So many posts; who wants older ones finds them on the page.
LATEST = 30
_ARTICLE = re.compile(r"<article[^>]*>(.*?)</article>", re.DOTALL)
_HEAD = re.compile(r'^\s*<p class="eyebrow">.*?</p>|<h1[^>]*>.*?</h1>|<aside.*?</aside>', re.DOTALL)
_ADDRESS = re.compile(r'\b(href|src)="([^"]*)"')


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A post as a feed tells it; `text` is HTML whose addresses are whole."""

    link: str
    title: str
    summary: str
    text: str
    at: dt.datetime
    category: str
    author: str


def write(site: Path, lang: Lang, home: str, charter: Charter, shelves: Shelves) -> None:
    """Both feeds into a language's folder of the site; `home` is its address."""
    names = {entry.path: shelf.name for shelf in shelves.categories for entry in shelf.entries}
    items = [_item(site, home, charter, entry, names[entry.path]) for entry in shelves.posts[:LATEST]]
    title, about = charter.community.name[lang], charter.community.tagline[lang]
    (site / RSS).write_text(_rss(lang, home, title, about, items), encoding="utf-8")
    (site / JSON).write_bytes(_json(lang, home, title, about, items))


def _item(site: Path, home: str, charter: Charter, entry: Entry, category: str) -> Item:
    link = home + entry.url
    page = (site / entry.url / "index.html").read_text(encoding="utf-8")
    found = _ARTICLE.search(page)
    if not found or entry.date is None:
        raise PublishingError(f"{entry.path}: the built page has no article to be told in a feed")
    text = _ADDRESS.sub(lambda one: f'{one[1]}="{urljoin(link, one[2])}"', _HEAD.sub("", found[1])).strip()
    return Item(
        link=link,
        title=entry.title,
        summary=entry.description,
        text=text,
        at=charter.community.midnight(entry.date),
        category=category,
        author=entry.author,
    )


def _rss(lang: Lang, home: str, title: str, about: str, items: list[Item]) -> str:
    told = "".join(
        f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
        f'<guid isPermaLink="true">{escape(item.link)}</guid><pubDate>{format_datetime(item.at)}</pubDate>'
        f"<category>{escape(item.category)}</category><dc:creator>{escape(item.author or title)}</dc:creator>"
        f"<description>{escape(item.summary)}</description>"
        f"<content:encoded>{escape(item.text)}</content:encoded></item>\n"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f"<channel><title>{escape(title)}</title><link>{escape(home)}</link>"
        f"<description>{escape(about)}</description><language>{HTML_LANG[lang]}</language>"
        f'<atom:link href="{escape(home + RSS)}" rel="self" type="application/rss+xml"/>\n'
        f"{told}</channel></rss>\n"
    )


def _json(lang: Lang, home: str, title: str, about: str, items: list[Item]) -> bytes:
    return msgspec.json.encode({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "description": about,
        "home_page_url": home,
        "feed_url": home + JSON,
        "language": HTML_LANG[lang],
        "items": [
            {
                "id": item.link,
                "url": item.link,
                "title": item.title,
                "summary": item.summary,
                "content_html": item.text,
                "date_published": item.at.isoformat(),
                "tags": [item.category],
                "authors": [{"name": item.author or title}],
            }
            for item in items
        ],
    })  # fmt: skip

"""Old addresses that lead to where a page stands now: small pages, for a server that knows no redirects."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from portal.language import HTML_LANG, Lang
from portal.publishing import front
from portal.publishing.model import Page, PublishingError

#: Where other pages and files stand, which an alias would hide or never reach.
OURS = {"zh": "the Chinese pages", "portal": "the portal's pages", "assets": "the site's own files"}


def write(site: Path, lang: Lang, home: str, pages: Sequence[Page]) -> None:
    """A page for each alias of a language's pages. Raises PublishingError where two pages want one address."""
    taken = {page.url: page.lines[0].origin for page in pages}
    for page in pages:
        said = front.read(page)
        for alias in said.aliases:
            origin = page.lines[0].origin
            if alias.partition("/")[0] in OURS:
                raise PublishingError(f"{origin}: the alias {alias} is where {OURS[alias.partition('/')[0]]} stand")
            if alias in taken:
                raise PublishingError(f"{origin}: the alias {alias} is the address of {taken[alias]}")
            taken[alias] = origin
            target = site / alias / "index.html"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_page(lang, home, page.url, said.title), encoding="utf-8")


def _page(lang: Lang, home: str, url: str, title: str) -> str:
    path, whole, name = escape(("/zh/" if lang == "zh" else "/") + url), escape(home + url), escape(title)
    return (
        f'<!doctype html>\n<html lang="{HTML_LANG[lang]}"><head><meta charset="utf-8"><title>{name}</title>'
        f'<link rel="canonical" href="{whole}"><meta name="robots" content="noindex">'
        f'<meta http-equiv="refresh" content="0; url={path}"></head>'
        f'<body><p><a href="{path}">{name}</a></p></body></html>\n'
    )

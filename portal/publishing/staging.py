"""Hand-written and generated pages become one set of Markdown files for each language."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from portal.applications.door import Glance
from portal.charter.schema import Charter
from portal.charters.changes import Version
from portal.language import LANGUAGES, Lang
from portal.proofs.books import Books
from portal.publishing import front, markup, model, parity
from portal.publishing.model import Line, Page, PublishingError
from portal.publishing.parts import Parts
from portal.publishing.shelving import Shelves, shelves
from portal.rewards.showcase import Catalogue

_MARKER = re.compile(r"^<!-- generated: ([a-z-]+) -->$")
_ENGLISH = re.compile(r"(?<![*\\])\*([A-Za-z][^*`<>\u3400-\u9fff]*)\*(?!\*)")
_CHINESE = r"[\u3400-\u9fff](?:[\u3400-\u9fff\u3001\uff0c\uff1a]*[\u3400-\u9fff])?"
#: Where no tag can stand: code, tags, pictures' words, where links lead, attribute lists, definitions and notes.
_BARE = r"`+[^`]*`+|<[^>]*>|!\[[^\]]*\]|\]\([^)]*\)|\{[^}]*\}|^\s*\*?\[[^\]]+\]:|\[\^[^\]]+\]"
_TO_TAG = re.compile(rf"(?P<bare>{_BARE})|{_CHINESE}")
_BESIDE = frozenset({".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".pdf"})
_NAME = re.compile(r"(?:[a-z0-9-]+/)*[a-z0-9-]+\.md")
_ATTEMPT = re.compile(r"<!--\s*generated", re.IGNORECASE)


class Told(NamedTuple):
    """What the portal told last, each None or empty where it told nothing: door, books, rewards, charters in force."""

    door: Glance | None = None
    ledger: Books | None = None
    rewards: Catalogue | None = None
    versions: Sequence[Version] = ()


NOTHING = Told()


def pages(root: Path, charter: Charter, told: Told = NOTHING) -> list[Page]:
    """Every page of every language. Raises PublishingError for whatever is wrong with one of them."""
    parts = {lang: Parts(root / "site", lang, charter, *told) for lang in LANGUAGES}
    written = [page for lang in LANGUAGES for page in _written(root, lang, parts[lang])]
    written += _awaiting(written, parts)
    _require_twins(written)
    parity.check(written)
    by_url = _by_url(written)
    found = shelves(written)
    made = (page for lang in LANGUAGES for page in _generated(lang, parts[lang], found[lang], by_url))
    return [*written, *made]


def write(found: list[Page], root: Path, docs: Path, told: Mapping[tuple[Lang, str], Mapping[str, Any]] = {}) -> None:
    """The pages, and the pictures and papers that lie beside the hand-written ones, as the generator's input.

    Nothing else comes along: a page by another suffix, `.html` or `.markdown`, would be one that nobody has looked at.

    `told`: by language and path, what the theme is to know of a page beside its own front matter.
    """
    shutil.rmtree(docs, ignore_errors=True)
    for lang in LANGUAGES:
        shutil.copytree(root / "content" / lang, docs / lang, ignore=_others)
    for page in found:
        path = docs / page.lang / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        more = told.get((page.lang, page.path))
        # JSON is YAML: one line more of the front matter, the last, so that no page says it for itself.
        line = f"\ntold: {json.dumps(more, ensure_ascii=False)}\n---\n"
        text = page.text.replace("\n---\n", line, 1) if more else page.text
        path.write_text(text, encoding="utf-8")


def _others(folder: str, names: list[str]) -> list[str]:
    """What isn't copied of a folder."""
    return [
        name
        for name in names
        if name.startswith(".")
        or ((Path(folder) / name).suffix.lower() not in _BESIDE and not (Path(folder) / name).is_dir())
    ]


def _written(root: Path, lang: Lang, parts: Parts) -> Iterator[Page]:
    """The hand-written pages of a language; a post leaves its date behind."""
    folder = root / "content" / lang
    for path in sorted(path for path in folder.rglob("[!.]*.md") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        origin = f"content/{lang}/{name}"
        markup.check(path, origin)
        written = _expanded(path, origin, parts)
        page = _undated(Page(lang, name, tuple(_tagged(written, lang))))
        if not _NAME.fullmatch(page.path):
            raise PublishingError(
                f"{origin}: a page is named in small letters, figures and hyphens, like red-packets.md"
            )
        yield page


def _undated(page: Page) -> Page:
    try:
        found = front.dated(page.path)
    except ValueError as error:
        raise PublishingError(f"{page.lines[0].origin}: {error}") from error
    if found and front.read(page).date != found[0]:
        raise PublishingError(f"{page.lines[0].origin}: its `date:` is not the one in the file's name")
    if not found and front.read(page).date:
        raise PublishingError(
            f"{page.lines[0].origin}: only a post has a `date:`, and stands at news/2026-11-30-what-it-says.md"
        )
    return Page(page.lang, found[1], page.lines) if found else page


def _awaiting(written: list[Page], parts: dict[Lang, Parts]) -> Iterator[Page]:
    """The place of a page that says it is awaiting translation, in the other language, with a link to what there is."""
    there = {(page.lang, page.path) for page in written}
    for page in written:
        other: Lang = "zh" if page.lang == "en" else "en"
        if (other, page.path) not in there and (said := front.read(page)).awaiting:
            lines = parts[other].awaiting(said, page)
            yield Page(other, page.path, tuple(Line(line, page.lines[0].origin) for line in lines))


def _by_url(written: list[Page]) -> dict[tuple[Lang, str], Page]:
    """The pages by their address. Raises PublishingError where two want the same."""
    found: dict[tuple[Lang, str], Page] = {}
    for page in written:
        one = found.setdefault((page.lang, page.url), page)
        if one is not page:
            raise PublishingError(f"{page.lines[0].origin}: {page.url} is the address of {one.lines[0].origin}")
    return found


def _generated(lang: Lang, parts: Parts, found: Shelves, written: Mapping[tuple[Lang, str], Page]) -> Iterator[Page]:
    """The pages that templates make."""
    for name, lines in parts.pages(found).items():
        origin = f"site/pages/{lang}/{name}"
        page = Page(lang, name, tuple(Line(line, origin) for line in lines))
        if twice := written.get((lang, page.url)):
            raise PublishingError(f"{twice.lines[0].origin}: {origin} already makes this page")
        yield page


def _expanded(path: Path, name: str, parts: Parts) -> Iterator[Line]:
    """The lines of a hand-written page, each marker replaced by the part that it names."""
    known = parts.names()
    for number, line in enumerate(model.text(path, name).split("\n"), 1):
        origin = f"{name}:{number}"
        marker = _MARKER.match(line)
        if marker and marker[1] in known:
            yield from (Line(part, origin) for part in parts.part(marker[1]))
        elif marker:
            raise PublishingError(f"{origin}: no part is called “{marker[1]}”; there are {', '.join(known)}")
        elif _ATTEMPT.search(line):
            raise PublishingError(f"{origin}: a marker stands alone on its line, as <!-- generated: {known[0]} -->")
        else:
            yield Line(_filled(line, parts, origin), origin)


def _filled(line: str, parts: Parts, origin: str) -> str:
    """A hand-written line with the charter's words in the places that ask for them."""
    try:
        return parts.filled(line)
    except KeyError as error:
        raise PublishingError(f"{origin}: the charter has no words for {{={error.args[0]}}}") from error


def _tagged(lines: Iterator[Line], lang: Lang) -> Iterator[Line]:
    """Chinese in an English page says that it is, for glyphs, line breaks and voices; front matter and code stay.

    In a Chinese page it is emphasised English, the title of a work, that says so: slanted, and without dots below.
    """
    front_matter = False
    for place, (line, shown) in enumerate(model.told_apart(lines)):
        if line.text == "---" and (place == 0 or front_matter):
            front_matter = place == 0
        elif not shown and not front_matter:
            text = _marked(line.text) if lang == "en" else _said(line.text)
            line = Line(text, line.origin)  # noqa: PLW2901 - the same line, told apart
        yield line


def _marked(text: str) -> str:
    return _TO_TAG.sub(lambda it: it[0] if it["bare"] else f'<span lang="zh-Hans">{it[0]}</span>', text)


def _said(text: str) -> str:
    return _ENGLISH.sub(r'<em lang="en">\1</em>', text)


def _require_twins(found: list[Page]) -> None:
    """Each page has its twin in the other language, since every page links to it."""
    sets = {lang: {page.path for page in found if page.lang == lang} for lang in LANGUAGES}
    for lang in LANGUAGES:
        for other in LANGUAGES:
            for path in sorted(sets[other] - sets[lang]):
                raise PublishingError(f"content/{lang}/{path}: is missing; content/{other}/{path} has no twin")

"""The public site from its sources: one story, told in order, skipped when nothing has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from portal.charter.schema import Charter
from portal.charters.changes import NAME as CHARTERS
from portal.language import LANGUAGES
from portal.proofs.books import NAME as BOOKS
from portal.publishing import (
    assets,
    csp,
    describing,
    door,
    feeds,
    ledger,
    links,
    offline,
    redirects,
    rendering,
    searching,
    shelving,
    showcase,
    staging,
    versions,
)
from portal.publishing.model import Page

_RESULTS = ("assets.json", "csp.json", "pages.json", "site/index.html", "site/zh/index.html", "site/feed.xml")
_MARK = "site.digest"


def build_site(root: Path, build: Path, charter: Charter, base_url: str, progress: Callable[[str], None]) -> None:
    """Writes the public site to build/site, and for the portal build/assets.json, build/csp.json and build/pages.json.

    Nothing is done when sources, charter, address and what the portal told last (door.json, ledger.json, rewards.json
    and charter.json in build) are those of the last build. Raises PublishingError, whose message names file and line;
    the next call then starts again.
    """
    digest, mark = _digest(root, build, charter, base_url), build / _MARK
    if mark.is_file() and mark.read_text() == digest and all((build / name).is_file() for name in _RESULTS):
        progress("The site is up to date.")
        return
    mark.unlink(missing_ok=True)
    books, shelf = ledger.read(build, progress), showcase.read(build, progress)
    glance, known = door.read(build, charter, progress), versions.read(build, progress)
    found = staging.pages(root, charter, staging.Told(glance, books, shelf, known))
    filed = shelving.shelves(found)
    staging.write(found, root, build / "docs", describing.told(found, charter, base_url, filed))
    rendering.configure(root, build, found, charter, base_url, filed)
    progress(f"Building the site: {len(found)} pages, in {len(LANGUAGES)} languages")
    rendering.run(build)
    site = build / "site"
    assets.write(root / "site" / "assets", site, build / "assets.json")
    for lang in LANGUAGES:
        mine, home = [page for page in found if page.lang == lang], base_url + rendering.prefix(lang)
        folder = site / rendering.prefix(lang).strip("/")
        feeds.write(folder, lang, home, charter, filed[lang])
        redirects.write(folder, lang, home, mine)
        searching.write(folder, mine)
    offline.write(root, site, found)
    _list(found, build / "pages.json")
    links.check(found, site)
    csp.write(site, build / "csp.json")
    mark.write_text(digest)
    progress(f"The site is built: {len(found)} pages.")


def _list(found: list[Page], index: Path) -> None:
    """The addresses of all pages, for whoever counts how often they are read."""
    urls = sorted(rendering.prefix(page.lang) + page.url for page in found)
    index.write_bytes(msgspec.json.format(msgspec.json.encode(urls)))


def _digest(root: Path, build: Path, charter: Charter, base_url: str) -> str:
    """One hash over all that the site is made from."""
    digest = hashlib.sha256()
    for fact in (charter.hash, base_url, version("mkdocs"), version("mkdocs-material")):
        digest.update(fact.encode() + b"\0")
    for snapshot in (build / door.NAME, build / BOOKS, build / showcase.NAME, build / CHARTERS):
        digest.update(hashlib.sha256(snapshot.read_bytes() if snapshot.is_file() else b"").digest())
    for folder in (root / "content", root / "site", Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()

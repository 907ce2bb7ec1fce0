"""Building the site, all of it, against plain MkDocs with Material and its search on the very same pages."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from portal.charter.loader import load
from portal.config import ROOT
from portal.language import LANGUAGES
from portal.publishing import build_site
from portal.publishing.rendering import _SILENCE

#: Pages of both languages together.
MANY = 2000


class Measured(NamedTuple):
    """How many pages; seconds of ours and of plain MkDocs; compressed bytes of the index and of the first load."""

    pages: int
    ours: float
    plain: float
    index: int
    first: int


def measure() -> Iterator[Measured]:
    """The shipped pages, and two thousand."""
    for many in (0, MANY):
        with tempfile.TemporaryDirectory() as name:
            yield _measured(Path(name), many)


def _measured(folder: Path, many: int) -> Measured:
    root = folder / "checkout"
    for source in ("content", "site"):
        shutil.copytree(ROOT / source, root / source)
    if many:
        _fill(root / "content", many)
    build = folder / "build"
    begun = time.perf_counter()
    build_site(root, build, load(root / "content" / "charter"), "https://commons.example", lambda _: None)
    ours = time.perf_counter() - begun
    plain = sum(_plain(build / "docs" / lang, folder / "plain" / lang, lang) for lang in LANGUAGES)
    pages = sum(1 for _ in (build / "docs").rglob("*.md"))
    site = build / "site"
    index = max(len(gzip.compress((site / home / "search.json").read_bytes())) for home in ("", "zh"))
    return Measured(pages, ours, plain, index, len(gzip.compress((site / "index.html").read_bytes())))


def _fill(content: Path, many: int) -> None:
    """Articles like one that there is, until there are so many pages."""
    there = sum(1 for _ in content.rglob("*.md"))
    for number in range((many - there) // len(LANGUAGES)):
        for lang in LANGUAGES:
            article = (content / lang / "knowledge" / "tiers.md").read_text("utf-8")
            (content / lang / "knowledge" / f"more-{number}.md").write_text(
                article.replace("title: ", f"title: {number} ")
            )


def _plain(docs: Path, site: Path, lang: str) -> float:
    config = docs.parent / f"plain-{lang}.yml"
    extensions = (ROOT / "site" / "base.yml").read_text("utf-8").partition("markdown_extensions:")[2]
    template = docs / "index.md"
    template.write_text(template.read_text("utf-8").replace("template: home.html", ""), "utf-8")
    config.write_text(
        f"site_name: x\ndocs_dir: {docs}\nsite_dir: {site}\ntheme: {{name: material, font: false}}\n"
        f"plugins: {{search: {{lang: en}}}}\nmarkdown_extensions:{extensions}"
    )
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(config)],
        check=True, capture_output=True, env=os.environ | _SILENCE,
    )  # fmt: skip
    return time.perf_counter() - begun

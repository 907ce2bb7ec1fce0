"""Our own files get the hash of their content into their names, so that they can be cached for ever."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import msgspec

PREFIX = "/assets/t/"
_HASH_LENGTH = 10


def urls(folder: Path) -> dict[str, str]:
    """The address of each asset by its plain name."""
    return {path.name: PREFIX + _hashed(path) for path in _files(folder)}


def write(folder: Path, site: Path, index: Path) -> None:
    """The assets under their hashed names in the site, and the index of their addresses for the portal's pages."""
    target = site / PREFIX.strip("/")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in _files(folder):
        (target / _hashed(path)).write_bytes(_content(path))
    index.write_bytes(msgspec.json.format(msgspec.json.encode(urls(folder))))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _hashed(path: Path) -> str:
    digest = hashlib.sha256(_content(path)).hexdigest()[:_HASH_LENGTH]
    return f"{path.stem}.{digest}{path.suffix}"


def _content(path: Path) -> bytes:
    """What is sent: stylesheets without comments and white space, which is a quarter of their size."""
    if path.suffix != ".css":
        return path.read_bytes()
    css = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"\s+", " ", css)).strip().encode()

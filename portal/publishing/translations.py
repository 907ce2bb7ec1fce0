"""Which text each Chinese page was last held against: `content/translations.toml`, path by path.

A page is stale when its English has changed since. What counts is what is read: of the front matter title and
description, so that a new day of review or another drawing makes nothing stale.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from portal.publishing import model
from portal.publishing.model import PublishingError

FILE = "translations.toml"
_LENGTH = 12
_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_READ = re.compile(r"^(?:title|description|headline|lede|apply|how|cards|  .*)(?::.*)?\n", re.MULTILINE)


def stale(content: Path) -> list[str]:
    """A sentence for each page whose English has changed since its Chinese was held against it, or that never was."""
    known, told = _read(content), []
    for path in _pages(content):
        if known.get(path) == digest(content / "en" / path):
            continue
        what = "has changed since" if path in known else "was never noted as"
        told.append(
            f"content/zh/{path}: content/en/{path} {what} "
            f"{'this was translated' if path in known else 'translated here'}. "
            f"Once they agree: tonghao site translated {path}"
        )
    gone = sorted(known.keys() - set(_pages(content)))
    return told + [f"content/{FILE}: {path} is not a page of both languages any more" for path in gone]


def note(content: Path, paths: Sequence[str]) -> None:
    """These pages (all, if none is named) agree with their English as it stands now. Raises PublishingError."""
    pages = _pages(content)
    if unknown := sorted(set(paths) - set(pages)):
        raise PublishingError(f"content/en/{unknown[0]}: there is no such page in both languages")
    known = {path: value for path, value in _read(content).items() if path in pages}
    known |= {path: digest(content / "en" / path) for path in paths or pages}
    lines = [f'"{path}" = "{value}"' for path, value in sorted(known.items())]
    heading = "# The English text that each Chinese page was last held against. Written by `tonghao site translated`.\n"
    (content / FILE).write_text(heading + "\n".join(lines) + "\n", encoding="utf-8")


def digest(page: Path) -> str:
    """What a page's text comes to."""
    text = model.text(page, str(page))
    if front := _FRONT.match(text):
        text = "".join(_READ.findall(front[1])) + text[front.end() :]
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _pages(content: Path) -> list[str]:
    """The pages that both languages have."""
    found = (path.relative_to(content / "en").as_posix() for path in (content / "en").rglob("*.md"))
    return sorted(path for path in found if (content / "zh" / path).is_file())


def _read(content: Path) -> dict[str, str]:
    file = content / FILE
    try:
        return {str(path): str(value) for path, value in tomllib.loads(file.read_text(encoding="utf-8")).items()}
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise PublishingError(f"content/{FILE}: {error}") from error

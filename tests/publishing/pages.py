"""Sources that a test writes, and pages without sources."""

from __future__ import annotations

from pathlib import Path

from portal.language import LANGUAGES, Lang
from portal.publishing.model import Line, Page


def write(root: Path, path: str, *texts: str) -> None:
    """A page in every language: one text for both, or one each, English first."""
    for lang, text in zip(LANGUAGES, texts * 2 if len(texts) == 1 else texts, strict=False):
        file = root / "content" / lang / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def page(path: str, text: str, lang: Lang = "en") -> Page:
    """A page as it stands after staging, its lines numbered."""
    lines = text.splitlines()
    return Page(lang, path, tuple(Line(line, f"content/{lang}/{path}:{n}") for n, line in enumerate(lines, 1)))

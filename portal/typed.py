"""What people type, cleaned: forms use these before they look at it."""

from __future__ import annotations

import unicodedata

#: Marks that turn the direction of what follows: text needs none of them, and a name could pose as another with them.
_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def prose(text: str | None) -> str:
    """Text of several lines: no control characters, no outer blanks."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").translate(_DIRECTIONS)
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) != "Cc").strip()


def line(text: str | None) -> str:
    """Text of one line, its words one blank apart; nothing, if there is nothing in it that can be seen."""
    words = " ".join(prose(text).split())
    return words if any(unicodedata.category(character)[0] in "LNSP" for character in words) else ""

"""The ledger's books as the site was built with them: `ledger.json` in the build folder, which the portal writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from portal.proofs.books import NAME, Books


def read(build: Path, progress: Callable[[str], None]) -> Books | None:
    """The books of the last snapshot, or None; whatever can't be used is told, and never stops the build."""
    path = build / NAME
    try:
        books = msgspec.json.decode(path.read_bytes(), type=Books)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        progress(f"{path} can't be used, so the site goes without the ledger's books: {error}")
        return None
    if fault := _fault(books):
        progress(f"{path} can't be used, so the site goes without the ledger's books: {fault}")
        return None
    return books


def _fault(books: Books) -> str:
    """What no portal would write; empty if nothing."""
    figures = (books.members, books.issued, books.spent, books.expired, books.taken_back, books.held)
    if any(figure < 0 for figure in figures):
        return "a figure is below zero"
    if books.issued != books.spent + books.expired + books.taken_back + books.outstanding:
        return "the books don't add up"
    if set(books.of_day) != {"issued", "spent", "expired", "taken_back"}:
        return "the day's figures are incomplete"
    return ""

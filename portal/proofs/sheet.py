"""A statement as a table for a file: columns for readers in their language, and columns for programs.

A program that opens it may take a text that begins with = for a formula; such a text is led by an apostrophe. Amounts
are numbers and stay numbers, negative ones too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator

import msgspec

from portal.charter.schema import Community
from portal.errors import N_
from portal.points.model import TOTALS, Entry

#: For readers: told in their language.
HEADERS = (N_("Entry"), N_("Date"), N_("Time of day"), N_("What"), N_("Why"), N_("Points"), N_("Balance"))
#: For programs: the same in every language.
MACHINE = (
    "kind", "rule", "time_utc", *(f"change_{name}" for name in ("available", *TOTALS)),
    *(f"after_{name}" for name in ("available", *TOTALS)), "lots", "key", "charter", "previous", "hash",
)  # fmt: skip
_LEADERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Excel takes a file without it for one of another encoding.
MARK = "\ufeff"


def lines(
    entries: Iterable[Entry], headers: Iterable[str], told: Callable[[Entry], tuple[str, str]], community: Community
) -> Iterator[str]:
    """The lines of the file, the column names first; `told` gives what an entry was, and why."""
    yield MARK + _line([*headers, *MACHINE])
    for entry in entries:
        yield _line(_cells(entry, *told(entry), community))


def _cells(entry: Entry, what: str, why: str, community: Community) -> list[str | int]:
    local = community.local(entry.time)
    names = ("available", *TOTALS)
    return [
        entry.seq,
        local.date().isoformat(),
        f"{local:%H:%M}",
        safe(what),
        safe(why),
        entry.change,
        entry.after.get("available", 0),
        entry.kind,
        safe(entry.rule),
        str(msgspec.to_builtins(entry.time)),
        *(entry.amounts.get(name, 0) for name in names),
        *(entry.after.get(name, 0) for name in names),
        safe(" ".join(f"{month}:{change}" for month, change in sorted(entry.lots.items()))),
        safe(entry.key),
        entry.charter,
        entry.previous,
        entry.hash,
    ]


def safe(text: str) -> str:
    """A text that no program takes for a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_LEADERS) or text.startswith(_LEADERS) else text


def _line(cells: Iterable[str | int]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()

"""A member's statement: the entries of a month or a kind, a page at a time, and all of them as a table for a file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Literal, get_args

import msgspec

from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.points.lines import Lines
from portal.points.model import Entry, Month, Purse
from portal.table.contract import BadCursor

#: Lines of a page; of a month more, so that a month can be printed whole.
LINES = 20
LINES_OF_MONTH = 200
#: So many entries are looked at for one page of a kind.
LOOKED_AT = 500
BATCH = 100
_MONTH = re.compile(r"(2[0-9]{3})-(0[1-9]|1[0-2])")

#: What a line can be asked for: points that came, that were asked for or handed over, that came back, that lapsed, that
#: were taken back or set right.
Sort = Literal["came", "went", "back", "lapsed", "corrected"]
SORTS: tuple[Sort, ...] = get_args(Sort)
_SORTS: dict[Sort, Callable[[Entry], bool]] = {
    "came": lambda entry: entry.amounts.get("earned", 0) > 0 or entry.kind == "release",
    "went": lambda entry: entry.kind in ("hold", "fulfil"),
    "back": lambda entry: entry.kind in ("cancel", "return", "restore"),
    "lapsed": lambda entry: entry.amounts.get("expired", 0) != 0,
    "corrected": lambda entry: entry.amounts.get("reversed", 0) != 0 or entry.kind in ("adjust", "restore"),
}


class NoSuchLines(PortalError):
    """A month or kind that no page offers."""

    status = 400
    sentence = N_("There are no such lines. Please choose a month and a kind from the lists.")


class Asked(msgspec.Struct, frozen=True):
    """Which lines are asked for: of a month, of a sort, or all."""

    month: Month | None = None
    sort: Sort | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines, the latest first, and where it goes on."""

    entries: list[Entry]
    cursor: str | None


def asked(month: str, sort: str) -> Asked:
    """What the fields of a form ask for; raises NoSuchLines."""
    found = _MONTH.fullmatch(month)
    if (month and not found) or (sort and sort not in SORTS):
        raise NoSuchLines
    chosen = next((one for one in SORTS if one == sort), None)
    return Asked(Month(int(found[1]) * 100 + int(found[2])) if found else None, chosen)


def open_lots(purse: Purse, today: dt.date) -> list[tuple[dt.date, int]]:
    """What can still be spent, by the last day on which it can, the earliest first."""
    months = sorted(month for month, left in purse.lots.items() if left and month >= Month.of(today))
    return [(Month(month).last_day(), purse.lots[month]) for month in months]


class Statements:
    """Reads of one member's ledger: each line carries the balance after it, so that no page has to add up."""

    def __init__(self, charter: Charter, lines: Lines) -> None:
        self._community = charter.community
        self._lines = lines

    def page(self, purse: Purse, wanted: Asked, cursor: str | None = None) -> Statement:
        """A page of the lines asked for, the latest first. Raises BadCursor.

        Of a month it finds the place by halves; of a sort it looks at so many entries and then says where it goes on.
        """
        first, last = self._span(purse, wanted.month)
        limit = LINES_OF_MONTH if wanted.month else LINES
        if wanted.sort is None:
            entries = self._read(purse, (first, last), cursor, limit)
            return self._ended(entries, entries[-1] if entries else None, first)
        return self._sorted(purse, (first, last), cursor, limit, _SORTS[wanted.sort])

    def months(self, purse: Purse, joined: dt.datetime, today: dt.date) -> list[Month]:
        """The months that a statement can have lines in, the latest first."""
        if not purse.seq:
            return []
        start, month = Month.of(self._community.today(joined)), Month.of(today)
        months = []
        while month >= start:
            months.append(month)
            month = month.after(-1)
        return months

    def all(self, purse: Purse, month: Month | None = None) -> Iterator[Entry]:
        """Every line, or every line of a month, the first one first, read as it is asked for."""
        first, last = self._span(purse, month)
        for entry in self._lines.since(purse.member, first - 1) if last >= first else ():
            if entry.seq > last:
                return
            yield entry

    def _span(self, purse: Purse, month: Month | None) -> tuple[int, int]:
        """From which entry to which; the second is lower where there is none."""
        if month is None or not purse.seq:
            return 1, purse.seq
        first, after = (
            self._lines.first_at(purse.member, purse.seq, self._begins(one)) for one in (month, month.after(1))
        )
        return first, after - 1

    def _begins(self, month: Month) -> dt.datetime:
        return self._community.midnight(dt.date(month // 100, month % 100, 1)).astimezone(dt.UTC)

    def _read(self, purse: Purse, span: tuple[int, int], cursor: str | None, limit: int) -> list[Entry]:
        if span[1] < span[0]:
            if cursor is not None:
                raise BadCursor
            return []
        return self._lines.before(purse.member, span, cursor, limit)

    def _sorted(
        self, purse: Purse, span: tuple[int, int], cursor: str | None, limit: int, fits: Callable[[Entry], bool]
    ) -> Statement:
        found: list[Entry] = []
        at: Entry | None = None
        for _ in range(LOOKED_AT // BATCH):
            entries = self._read(purse, span, cursor, BATCH)
            for at in entries:
                found += [at] if fits(at) else []
                if len(found) == limit:
                    return self._ended(found, at, span[0])
            if at is None or at.seq <= span[0] or not entries:
                break
            cursor = self._lines.cursor(at.seq)
        return self._ended(found, at, span[0])

    def _ended(self, entries: list[Entry], at: Entry | None, first: int) -> Statement:
        return Statement(entries=entries, cursor=self._lines.cursor(at.seq) if at and at.seq > first else None)

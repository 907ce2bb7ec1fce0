"""Dates that were stamped or made up, the holidays between them, and what follows from these alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property

import msgspec

DAY = dt.timedelta(days=1)


class Days(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Which dates count for a member's row, and which don't break it. A stamped holiday counts."""

    stamped: frozenset[dt.date]
    made_up: frozenset[dt.date] = frozenset()
    holidays: frozenset[dt.date] = frozenset()

    @cached_property
    def counted(self) -> frozenset[dt.date]:
        """Dates that a row is as long as."""
        return self.stamped | self.made_up

    def and_stamped(self, date: dt.date) -> Days:
        """With a date stamped."""
        return msgspec.structs.replace(self, stamped=self.stamped | {date})

    def and_made_up(self, date: dt.date) -> Days:
        """With a date made up."""
        return msgspec.structs.replace(self, made_up=self.made_up | {date})

    def run(self, last: dt.date) -> list[dt.date]:
        """The counted dates of the row that ends with `last`, the latest first; none where it is no part of a row."""
        counted, found = self.counted, []
        while last in counted or last in self.holidays:
            found += [last] if last in counted else []
            last -= DAY
        return found

    def streak(self, today: dt.date) -> list[dt.date]:
        """The counted dates of the row that ends today or yesterday, the latest first."""
        return self.run(today if today in self.counted | self.holidays else today - DAY)

    def longest(self) -> int:
        """The length of the longest row."""
        counted, longest, length, before = self.counted, 0, 0, None
        for date in sorted(counted | self.holidays):
            length = (length if before and date - before == DAY else 0) + (date in counted)
            longest, before = max(longest, length), date
        return longest

    def beside(self, date: dt.date) -> frozenset[dt.date]:
        """The holidays that follow one another right before a date, and right after it."""
        found = set()
        for step in (DAY, -DAY):
            at = date + step
            while at in self.holidays:
                found.add(at)
                at += step
        return frozenset(found)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the page said after the latest act: the streak, and the last date that counts."""

    last: dt.date
    streak: int


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What the page promised for stamping a date: the day's points, and those of milestones by their days."""

    date: dt.date
    points: int
    milestones: dict[int, int] = {}


class Paid(msgspec.Struct, frozen=True):
    """A milestone of so many days was paid on a date."""

    on: dt.date
    days: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A month of a member's card. Days are bits, the first of the month the lowest.

    `holidays`: those that the card rested on when it was written; for this member they stay holidays. What was told,
    promised and paid stands on the sheet of the month in which that was. `v` guards against lost races.
    """

    month: str
    days: int = 0
    made_up: int = 0
    holidays: list[dt.date] = []
    paid: list[Paid] = []
    told: Told | None = None
    promise: Promise | None = None
    v: int = 0

    def stamped_dates(self) -> list[dt.date]:
        """The dates that were stamped on the day itself."""
        return self._dates(self.days)

    def made_up_dates(self) -> list[dt.date]:
        """The dates that were made up later."""
        return self._dates(self.made_up)

    def _dates(self, bits: int) -> list[dt.date]:
        first = dt.date.fromisoformat(f"{self.month}-01")
        return [first.replace(day=day) for day in range(1, 32) if bits >> (day - 1) & 1]


def month_of(date: dt.date) -> str:
    """The name of the sheet that a date stands on."""
    return f"{date:%Y-%m}"


def bit(date: dt.date) -> int:
    """A date on its sheet."""
    return 1 << (date.day - 1)


def dates_of(sheets: Iterable[Sheet], holidays: Iterable[dt.date]) -> Days:
    """What the sheets come to, with the community's holidays and those that the sheets keep."""
    sheets = list(sheets)
    return Days(
        stamped=frozenset(date for sheet in sheets for date in sheet.stamped_dates()),
        made_up=frozenset(date for sheet in sheets for date in sheet.made_up_dates()),
        holidays=frozenset(holidays).union(*(sheet.holidays for sheet in sheets)),
    )

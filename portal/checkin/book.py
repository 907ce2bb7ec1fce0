"""A member's card as it is kept, and what a stamp or a made-up day comes to. Pure: what was told is honoured here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import msgspec

from portal.charter.economy import CheckIn
from portal.checkin.model import DAY, Days, Paid, Promise, Sheet, Told, bit, dates_of, month_of


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """What an act comes to: the streak it makes, the day's points, and those of the milestones that it reaches."""

    streak: int
    points: int
    milestones: dict[int, int]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The sheets by month and what they come to, as of a date. `skipped` dates never were, and rest like holidays."""

    sheets: dict[str, Sheet]
    days: Days
    today: dt.date
    rule: CheckIn
    skipped: frozenset[dt.date]

    @property
    def paid(self) -> list[Paid]:
        """Every milestone that was paid."""
        return [paid for sheet in self.sheets.values() for paid in sheet.paid]

    def sheet(self, date: dt.date) -> Sheet:
        """The sheet that a date stands on, empty if nothing is on it yet."""
        return self.sheets.get(month_of(date)) or Sheet(month=month_of(date))

    def following(self, date: dt.date) -> dt.date:
        """The community's next date."""
        date += DAY
        return self.following(date) if date in self.skipped else date

    def outlook(self, date: dt.date) -> Deed:
        """What stamping a date would come to: by the rule, and never less than the page has promised for it."""
        row = [date, *self.days.run(date - DAY)]
        points = max(self.rule.reward(len(row)), self.promised(date))
        return Deed(streak=len(row), points=points, milestones=self._reached(row, len(row) - 1, date))

    def promised(self, date: dt.date) -> int:
        """The points that the page has promised for stamping a date; 0 if it has promised none."""
        return max((promise.points for promise in self._promise(date)), default=0)

    def stamped(self) -> tuple[Book, Deed]:
        """Today is stamped."""
        deed = self.outlook(self.today)
        sheet = self.sheet(self.today)
        marked = msgspec.structs.replace(sheet, days=sheet.days | bit(self.today))
        after = msgspec.structs.replace(self, days=self.days.and_stamped(self.today))
        return after.with_sheet(marked).told(self.today, deed), deed

    def row_with(self, date: dt.date) -> list[dt.date]:
        """The counted dates of the running row if a missed day were made up, the latest first."""
        return self.days.and_made_up(date).streak(self.today)

    def mended(self, date: dt.date) -> tuple[Book, Deed]:
        """A missed day is made up: it pays nothing by itself, but may join two rows and reach a milestone today."""
        before, row = len(self.days.streak(self.today)), self.row_with(date)
        deed = Deed(streak=len(row), points=0, milestones=self._reached(row, before, self.today))
        sheet = self.sheet(date)
        marked = msgspec.structs.replace(sheet, made_up=sheet.made_up | bit(date))
        after = msgspec.structs.replace(self, days=self.days.and_made_up(date))
        return after.with_sheet(marked).told(date, deed), deed

    def had(self, days: int, on: dt.date, row: Collection[dt.date] = ()) -> Paid | None:
        """The payment that stands against paying a milestone on a date: of that year (or ever), or of that row."""
        once = self.rule.milestones_paid == "once ever"
        first = min(row, default=on)
        return next(
            (each for each in self.paid if each.days == days and (once or each.on.year == on.year or each.on >= first)),
            None,
        )

    def _reached(self, row: list[dt.date], before: int, on: dt.date) -> dict[int, int]:
        """Milestones between the streak that was told (else the one before) and the row's length, not yet paid."""
        told = max((sheet.told for sheet in self.sheets.values() if sheet.told), key=_latest, default=None)
        if told and told.last in row:
            before = told.streak
        points = {each.days: each.points for each in self.rule.milestone}
        for promise in self._promise(on):
            points |= {days: max(points.get(days, 0), promised) for days, promised in promise.milestones.items()}
        return {
            days: points[days] for days in sorted(points) if before < days <= len(row) and not self.had(days, on, row)
        }

    def _promise(self, date: dt.date) -> list[Promise]:
        return [sheet.promise for sheet in self.sheets.values() if sheet.promise and sheet.promise.date == date]

    def told(self, date: dt.date, deed: Deed) -> Book:
        """The book after a date was marked: on the sheet of today what was paid, and what the page now says."""
        sheet = self.sheet(self.today)
        after = self.with_sheet(
            msgspec.structs.replace(
                sheet,
                holidays=sorted(self.days.beside(date).union(sheet.holidays)),
                paid=[*sheet.paid, *(Paid(self.today, reached) for reached in deed.milestones)],
                told=Told(last=max(day for day in self.days.counted if day <= self.today), streak=deed.streak),
            )
        )
        coming = self.following(self.today) if self.today in self.days.counted else self.today
        look = after.outlook(coming)
        promise = Promise(date=coming, points=look.points, milestones=look.milestones)
        return after.with_sheet(msgspec.structs.replace(after.sheet(self.today), promise=promise))

    def with_sheet(self, sheet: Sheet) -> Book:
        """The book with a sheet in the place of its month's."""
        return msgspec.structs.replace(self, sheets={**self.sheets, sheet.month: sheet})


def opened(sheets: dict[str, Sheet], today: dt.date, rule: CheckIn, skipped: frozenset[dt.date] = frozenset()) -> Book:
    """A member's book as of a date, under the charter's rule and the community's clock."""
    days = dates_of(sheets.values(), skipped.union(rule.holidays))
    return Book(sheets=sheets, days=days, today=today, rule=rule, skipped=skipped)


def _latest(told: Told) -> tuple[dt.date, int]:
    return told.last, told.streak

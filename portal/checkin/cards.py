"""What the pages show of a member's card: the week around today, a month of seals, and the milestones ahead."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Literal

import msgspec

from portal.checkin import mending
from portal.checkin.book import Book, Deed
from portal.checkin.model import DAY, Days, month_of

Mark = Literal["stamped", "made-up", "holiday", "missed", "today", "ahead", "outside"]
WEEK = 7
#: How many past days of the running row the week begins with, at most.
BEHIND = 4


class Stamp(msgspec.Struct, frozen=True):
    """One day of the week: what it is, and for today and later days the points of the ladder."""

    date: dt.date
    mark: Mark
    today: bool
    points: int = 0


class Missed(msgspec.Struct, frozen=True):
    """A day that can be made up, and how long the streak is then."""

    date: dt.date
    streak: int


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A member's stamp card as of a date: streak (ending today or yesterday), what today and tomorrow pay.

    `holiday` says that today is one; `missed` are the days that can be made up, the latest first, and `mends` how many
    of them their months still allow.
    """

    streak: int
    longest: int
    stamped: bool
    holiday: bool
    today: Deed
    tomorrow: Deed
    week: list[Stamp]
    missed: list[Missed]
    mends: int


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """A milestone: how many days are missing (0 once the row is long enough), and when it was paid last, if it was."""

    days: int
    points: int
    missing: int
    paid: dt.date | None


class Left(msgspec.Struct, frozen=True):
    """How many days of a month may still be made up."""

    month: dt.date
    days: int


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A month of the card in weeks of seven days (Monday first), and what can be done and reached from here.

    `left`: the make-ups of the months that can still be mended; `holiday`: the next one that is known.
    """

    card: Card
    month: dt.date
    weeks: list[list[Stamp]]
    earlier: dt.date | None
    later: dt.date | None
    reaches: list[Reach]
    left: list[Left]
    holiday: dt.date | None


def card(book: Book, joined: dt.date) -> Card:
    """The card of today: seven days, those of the row so far, today, and what comes."""
    days, today = book.days, book.today
    row, stamped = days.streak(today), today in days.counted
    missed = mending.missed(book, joined)
    months = Counter(_first(date) for date in missed)
    return Card(
        streak=len(row),
        longest=days.longest(),
        stamped=stamped,
        holiday=today in days.holidays,
        today=book.outlook(today),
        tomorrow=(book if stamped else book.stamped()[0]).outlook(book.following(today)),
        week=_week(book, days, min((today - row[-1]).days if row else 0, BEHIND)),
        missed=[Missed(date, len(book.row_with(date))) for date in missed],
        mends=sum(min(mending.left(book, month), dates) for month, dates in months.items()),
    )


def calendar(book: Book, joined: dt.date, month: dt.date) -> Calendar:
    """A month from its first day on; neighbouring days of other months are `outside`."""
    days, today = book.days, book.today
    monday = month - month.weekday() * DAY
    weeks = []
    while monday < _next(month):
        dates = [monday + place * DAY for place in range(WEEK)]
        weeks.append([
            Stamp(date, _mark(days, date, today, joined) if date.month == month.month else "outside", date == today)
            for date in dates
        ])  # fmt: skip
        monday += WEEK * DAY
    return Calendar(
        card=card(book, joined),
        month=month,
        weeks=weeks,
        earlier=_first(month - DAY) if month > _first(joined) else None,
        later=_next(month) if month < _first(today) else None,
        reaches=_reaches(book),
        left=_left(book, joined),
        holiday=min((date for date in book.rule.holidays if date > today), default=None),
    )


def _week(book: Book, days: Days, behind: int) -> list[Stamp]:
    """Seven days, so many of them past, each with what the ladder pays if none is missed until then."""
    ahead, date = {}, book.today
    streak = book.outlook(date).streak
    for place in range(WEEK):
        ahead[date] = book.rule.reward(streak + place)
        date = book.following(date)
    dates = [book.today + (place - behind) * DAY for place in range(WEEK)]
    return [
        Stamp(date, _mark(days, date, book.today), date == book.today, max(ahead.get(date, 0), book.promised(date)))
        for date in dates
    ]


def _mark(days: Days, date: dt.date, today: dt.date, joined: dt.date = dt.date.min) -> Mark:
    marks: list[tuple[Mark, bool]] = [
        ("stamped", date in days.stamped),
        ("made-up", date in days.made_up),
        ("holiday", date in days.holidays and date != today),
        ("today", date == today),
        ("ahead", date > today or date < joined),
    ]
    return next((mark for mark, so in marks if so), "missed")


def _reaches(book: Book) -> list[Reach]:
    row = book.days.streak(book.today)
    return [
        Reach(
            days=each.days,
            points=each.points,
            missing=max(0, each.days - len(row)),
            paid=had.on if (had := book.had(each.days, book.today, row)) else None,
        )
        for each in book.rule.milestone
    ]


def _left(book: Book, joined: dt.date) -> list[Left]:
    """The running month, and the one before while its days can still be made up."""
    if book.rule.make_up is None:
        return []
    earliest = max(joined, book.today - book.rule.make_up.days * DAY)
    months = sorted({_first(book.today), _first(min(earliest, book.today))}, reverse=True)
    return [Left(month, mending.left(book, month)) for month in months]


def month_named(name: str) -> dt.date | None:
    """The first day of the month that an address names as 2027-03; None if it names none."""
    try:
        date = dt.date.fromisoformat(f"{name}-01")
    except ValueError:
        return None
    return date if month_of(date) == name else None


def _first(date: dt.date) -> dt.date:
    return date.replace(day=1)


def _next(month: dt.date) -> dt.date:
    return _first(month + 31 * DAY)

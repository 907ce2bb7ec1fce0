"""Dates that were stamped, and what follows from them alone."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.charter.economy import CheckIn

DAY = dt.timedelta(days=1)


def run_ending(dates: frozenset[dt.date], last: dt.date) -> int:
    """How many consecutive dates end with `last`; 0 if it isn't among them."""
    length = 0
    while last - length * DAY in dates:
        length += 1
    return length


def longest_run(dates: frozenset[dt.date]) -> int:
    """The longest run of consecutive dates."""
    return max((run_ending(dates, date) for date in dates if date + DAY not in dates), default=0)


class Stamp(msgspec.Struct, frozen=True):
    """One day of the card: stamped, today's, or yet to come with its reward."""

    date: dt.date
    done: bool
    today: bool
    points: int


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A member's stamp card as of a date: streak (ending today or yesterday), rewards of today and tomorrow."""

    streak: int
    longest: int
    stamped: bool
    today: int
    tomorrow: int
    week: list[Stamp]


def card(dates: frozenset[dt.date], today: dt.date, rule: CheckIn) -> Card:
    """The card of seven days: those of the run so far, today, and what comes."""
    stamped = today in dates
    before = run_ending(dates, today - DAY)
    with_today = before + 1
    first = today - min(before, 4) * DAY
    days = [first + place * DAY for place in range(7)]
    week = [
        Stamp(day, day in dates, day == today, rule.reward(with_today + (day - today).days) if day >= today else 0)
        for day in days
    ]
    return Card(
        streak=with_today if stamped else before,
        longest=longest_run(dates),
        stamped=stamped,
        today=rule.reward(with_today),
        tomorrow=rule.reward(with_today + 1),
        week=week,
    )

"""Which missed days may be made up, and the sentence for each that may not."""

from __future__ import annotations

import datetime as dt

from portal.checkin.book import Book
from portal.checkin.model import DAY, month_of
from portal.errors import N_, PortalError
from portal.language import Text, month


class NotMissed(PortalError):
    """The day counts already: a second press, not a fault."""

    status = 409
    sentence = N_("{date} is stamped already.")


class NoMakeUps(PortalError):
    """The charter has no make-ups."""

    status = 409
    sentence = N_("Missed days can't be made up here.")


class NotOver(PortalError):
    """Today and later: there is nothing to make up yet."""

    status = 409
    sentence = N_("{date} is not over yet. A day can be made up once it is.")


class TooLongAgo(PortalError):
    """Beyond the charter's window."""

    status = 409
    sentence = N_("{date} is too long ago: a missed day can be made up within {days} days.")


class BeforeJoining(PortalError):
    """There was no membership yet."""

    status = 409
    sentence = N_("You joined after {date}, so that you did not miss it.")


class Rested(PortalError):
    """A holiday breaks no row."""

    status = 409
    sentence = N_("{date} is a holiday. It breaks no row, so there is nothing to make up.")


class UsedUp(PortalError):
    """The month has had its make-ups."""

    status = 409
    sentence = N_("All make-ups of {month} are used: a month has {n}.")


def refusal(book: Book, date: dt.date, joined: dt.date) -> PortalError | None:
    """Why a date can't be made up; None if it can. `joined` is the date on which membership began."""
    rule, days = book.rule.make_up, book.days
    if date in days.counted and date < book.today:
        return NotMissed(date=date)
    if rule is None:
        return NoMakeUps()
    reasons = (
        (date >= book.today, NotOver(date=date)),
        (date < book.today - rule.days * DAY, TooLongAgo(date=date, days=rule.days)),
        (date < joined, BeforeJoining(date=date)),
        (date in days.holidays, Rested(date=date)),
        (left(book, date) <= 0, UsedUp(month=Text(en=month(date, "en"), zh=month(date, "zh")), n=rule.per_month)),
    )
    return next((reason for holds, reason in reasons if holds), None)


def left(book: Book, date: dt.date) -> int:
    """How many days of a date's month may still be made up."""
    used = sum(month_of(day) == month_of(date) for day in book.days.made_up)
    return max(0, book.rule.make_up.per_month - used) if book.rule.make_up else 0


def missed(book: Book, joined: dt.date) -> list[dt.date]:
    """The days that can be made up now, the latest first."""
    back = book.rule.make_up.days if book.rule.make_up else 0
    dates = [book.today - days * DAY for days in range(1, back + 1)]
    return [date for date in dates if refusal(book, date, joined) is None]

"""What the app put in reach of this request: the services, found by class, and who is asking."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar, cast

import msgspec
from flask import current_app, g

from portal.charter.fields import amount
from portal.charter.schema import Community
from portal.clock import Clock
from portal.errors import N_
from portal.language import Lang, Text, count, day, month, say

S = TypeVar("S")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking. `person` is None before sign-in, `standing` None for people who are no members.

    `browser` names this browser to our forms and sign-in codes; `token` is the session's own, for signing out.
    """

    lang: Lang
    browser: str
    address: str
    person: str | None = None
    name: str = ""
    token: str = ""
    standing: str | None = None
    rights: frozenset[str] = frozenset()


#: Pages that tell a refusal beside what was typed, by the endpoint that was refused.
KEEPERS: dict[str, Callable[[str], str]] = {}


def keeps(endpoint: str) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """Declare the page that tells a refusal of this endpoint, given its sentence, and loses nothing that was typed."""

    def declare(page: Callable[[str], str]) -> Callable[[str], str]:
        KEEPERS[endpoint] = page
        return page

    return declare


def the(service: type[S]) -> S:
    """This app's service of that class."""
    return cast("S", current_app.extensions["tonghao"][service])


def visitor() -> Visitor:
    """Who is asking."""
    return cast("Visitor", g.visitor)


def person() -> str:
    """The id of the person who is asking; only for views that let nobody in unsigned."""
    identity = visitor().person
    if identity is None:
        raise RuntimeError("a view that asks for the person must be declared for persons")
    return identity


def lang() -> Lang:
    """The reader's language."""
    return visitor().lang


class Told:
    """Dates and spans as pages tell them, on the community's clock and in the reader's language."""

    def __init__(self, community: Community, clock: Clock) -> None:
        self._community = community
        self._clock = clock

    def day(self, value: dt.datetime | dt.date) -> str:
        """The date of an instant, or a date, written out."""
        return day(self._community.local(value).date() if isinstance(value, dt.datetime) else value, lang())

    def month(self, value: dt.date) -> str:
        """The month of a date, written out."""
        return month(value, lang())

    def count(self, number: int) -> str:
        """A number at the head of a heading."""
        return count(number, lang())

    def local(self, value: dt.datetime) -> dt.date:
        """The community's date of an instant."""
        return self._community.local(value).date()

    def minute(self, value: dt.datetime) -> str:
        """An instant as date and time of the community's zone."""
        return f"{self.day(value)} {self.time(value)}"

    def time(self, value: dt.datetime) -> str:
        """The time of an instant on the community's clock."""
        return f"{self._community.local(value):%H:%M}"

    def greeting(self) -> str:
        """Good morning, by the community's clock."""
        hour = self._community.local(self._clock.now()).hour
        parts = ((5, N_("Still up, {name}")), (12, N_("Good morning, {name}")), (18, N_("Good afternoon, {name}")))
        return next((sentence for until, sentence in parts if hour < until), N_("Good evening, {name}"))

    def today(self) -> dt.date:
        """The community's date."""
        return self._community.today(self._clock.now())

    @property
    def gap(self) -> str:
        """What stands between two sentences."""
        return "" if lang() == "zh" else " "

    def hours(self, hours: int) -> str:
        """A span of whole hours; from two days on in days, rounded up."""
        if hours < 48:  # noqa: PLR2004 - two days
            return _("one hour") if hours == 1 else _("{n} hours", n=hours)
        return _("{n} days", n=-(-hours // 24))

    def span(self, duration: str) -> str:
        """A duration of the charter, `"30 days"`, in the reader's language."""
        number = amount(duration)
        return _("one day") if number == 1 else _("{n} days", n=number)

    def age(self, since: dt.datetime) -> str:
        """How long ago, in days and hours."""
        span = self._clock.now() - since
        days, hours = span.days, span.seconds // 3600
        if days:
            return _("{days} d {hours} h", days=days, hours=hours)
        return _("{hours} h", hours=hours) if hours else _("under an hour")


def _(sentence: str | Text, /, **facts: object) -> str:
    """A sentence in the reader's language."""
    return say(sentence, lang(), **facts)

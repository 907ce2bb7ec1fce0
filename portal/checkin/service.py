"""The daily stamp."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.charter.schema import Charter
from portal.checkin import records
from portal.checkin.model import DAY, Card, card, run_ending
from portal.clock import Clock
from portal.errors import N_, PortalError
from portal.language import Text
from portal.members.crediting import Crediting, Grant
from portal.members.service import Members
from portal.points.events import Earn
from portal.table.contract import Table

DAY_OF_STREAK = Text(en="Check-in, day {day}", zh="签到，连续第{day}天")


class AlreadyStamped(PortalError):
    """The day was stamped before: a double tap, not a fault."""

    status = 409
    sentence = N_("Today is stamped already.")


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """A day was stamped: what it paid, the streak it makes, and the tier that it raised the member to, if it did."""

    points: int
    streak: int
    rose_to: str | None


class CheckIns:
    """Check-in once per community date, along the charter's ladder."""

    def __init__(self, table: Table, charter: Charter, members: Members, crediting: Crediting, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._members = members
        self._credits = crediting
        self._clock = clock

    def card(self, member: str) -> Card:
        """The member's stamp card of today."""
        return card(records.dates(self._table, member), self._today(), self._charter.points.check_in)

    def stamp(self, member: str) -> Stamped:
        """Story: stamp today. Raises AlreadyStamped on the second tap, Suspended, NotFound."""
        return self._table.retrying(lambda: self._stamp(member))

    def _stamp(self, member: str) -> Stamped:
        today = self._today()
        standing = self._members.standing(member)
        dates = records.dates(self._table, member)
        if today in dates:
            raise AlreadyStamped
        streak = run_ending(dates, today - DAY) + 1
        grant = self._grant(streak, today)
        with self._credits.credit(standing, [grant], already=AlreadyStamped) as credited:
            self._table.commit(*credited.writes, records.stamp(member, today, dates))
        return Stamped(points=credited.granted, streak=streak, rose_to=credited.rose_to)

    def _grant(self, streak: int, today: dt.date) -> Grant:
        rule = self._charter.points.check_in
        text = Text(en=DAY_OF_STREAK.en.format(day=streak), zh=DAY_OF_STREAK.zh.format(day=streak))
        earn = Earn(
            amount=rule.reward(streak),
            rule="check-in",
            key=f"check-in#{today}#check-in",
            months=self._charter.points.months,
            text=text,
        )
        return Grant(earn=earn, kind="check-in", qualifies=rule.qualifies)

    def _today(self) -> dt.date:
        return self._charter.community.today(self._clock.now())

"""The daily stamp, and missed days made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from portal.charter.schema import Charter
from portal.checkin import cards, mending, records
from portal.checkin.book import Book, Deed, opened
from portal.checkin.cards import Calendar, Card
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError, Stale
from portal.language import Text
from portal.members.crediting import Crediting, Grant
from portal.members.model import Profile
from portal.members.service import Members
from portal.members.standing import Standing
from portal.points.events import Earn
from portal.table.contract import Table

DAY_OF_STREAK = Text(en="Check-in, day {day}", zh="签到，连续第{day}天")
MILESTONE = Text(en="{day} days in a row", zh="连续签到满{day}天")


class AlreadyStamped(PortalError):
    """The day was stamped before: a double tap, not a fault."""

    status = 409
    sentence = N_("Today is stamped already.")


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """What an act paid (`milestones`: points by their days), the streak it makes, the tier that it raised to, if so."""

    points: int
    streak: int
    milestones: dict[int, int]
    rose_to: str | None


class CheckIns:
    """Check-in once per community date, along the charter's ladder. All follows from dates; what was told is kept."""

    def __init__(self, table: Table, charter: Charter, members: Members, crediting: Crediting, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._members = members
        self._crediting = crediting
        self._clock = clock

    def card(self, profile: Profile) -> Card:
        """The member's stamp card of today."""
        return cards.card(self._book(profile.id), self._joined(profile))

    def calendar(self, profile: Profile, month: str | None = None) -> Calendar:
        """A month of the card, the running one unless another is named as 2027-03. Raises NotFound beyond the card."""
        book, joined = self._book(profile.id), self._joined(profile)
        first = book.today.replace(day=1) if month is None else cards.month_named(month)
        if first is None or not joined.replace(day=1) <= first <= book.today:
            raise NotFound
        return cards.calendar(book, joined, first)

    def stamp(self, member: str) -> Stamped:
        """Story: stamp today. Raises AlreadyStamped on the second tap, Suspended, NotFound."""
        return self._table.retrying(lambda: self._stamp(member))

    def make_up(self, member: str, date: dt.date) -> Stamped:
        """Story: stamp a missed day. Raises NotMissed on the second press, Suspended, NotFound, and as `mending`."""
        return self._table.retrying(lambda: self._make_up(member, date))

    def _stamp(self, member: str) -> Stamped:
        standing = self._members.standing(member)
        book = self._book(member)
        if book.today in book.days.counted:
            raise AlreadyStamped
        after, deed = book.stamped()
        day = self._grant(
            book, "check-in", f"check-in#{book.today}#check-in", deed.points, said(DAY_OF_STREAK, deed.streak)
        )
        return self._credit(standing, book, after, deed, [day])

    def _make_up(self, member: str, date: dt.date) -> Stamped:
        standing = self._members.standing(member)
        book = self._book(member)
        if refusal := mending.refusal(book, date, self._joined(standing.profile)):
            raise refusal
        after, deed = book.mended(date)
        return self._credit(standing, book, after, deed, [])

    def _credit(self, standing: Standing, book: Book, after: Book, deed: Deed, grants: Sequence[Grant]) -> Stamped:
        """The one place that grants: the act's own points, its milestones, and the sheets, in one commit.

        That something was posted before means that the sheets were read too early, so that the story runs again.
        """
        scope = "ever" if book.rule.milestones_paid == "once ever" else f"{book.today.year}"
        reached = [
            self._grant(book, "milestone", f"check-in#{scope}#milestone-{days}", points, said(MILESTONE, days))
            for days, points in deed.milestones.items()
        ]
        member = standing.profile.id
        with self._crediting.credit(standing, [*grants, *reached], already=Stale) as credited:
            self._table.commit(*credited.writes, *records.changed(member, book.sheets, after.sheets))
        return Stamped(
            points=credited.granted - sum(deed.milestones.values()),
            streak=deed.streak,
            milestones=deed.milestones,
            rose_to=credited.rose_to,
        )

    def _grant(self, book: Book, rule: str, key: str, points: int, text: Text) -> Grant:
        """Points of the check-in's rules: all of them have stood on the page before, and so were promised."""
        earn = Earn(amount=points, rule=rule, key=key, months=self._charter.points.months, text=text)
        return Grant(earn=earn, kind="check-in", qualifies=book.rule.qualifies, promised=points)

    def _book(self, member: str) -> Book:
        community = self._charter.community
        return opened(
            records.sheets(self._table, member),
            community.today(self._clock.now()),
            self._charter.points.check_in,
            community.skipped,
        )

    def _joined(self, profile: Profile) -> dt.date:
        return self._charter.community.today(profile.joined)


def said(text: Text, day: int) -> Text:
    """A text about so many days, filled."""
    return Text(en=text.en.format(day=day), zh=text.zh.format(day=day))

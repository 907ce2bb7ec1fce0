"""Posts to purses and shows what was posted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.points import records
from portal.points.events import Event
from portal.points.model import Entry, Granted, Month, Purse
from portal.points.posting import Moment, Posted, post
from portal.table.contract import Item, Key, Table, Write

STATEMENT_LINES = 20


class AlreadyPosted(PortalError):
    """An event of that key was posted before."""

    status = 409
    sentence = N_("These points were granted before.")


class Statement(msgspec.Struct, frozen=True):
    """Some lines of a member's ledger, latest first, and where it goes on."""

    entries: list[Entry]
    cursor: str | None


class Points:
    """The ledger. Only `members` earns through it, so that a tier never misses a point."""

    def __init__(self, table: Table, charter: Charter, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._clock = clock

    def key(self, member: str) -> Key:
        """Where the purse stands, for a story that reads several items at once."""
        return records.purse_key(member)

    def purse(self, member: str) -> Purse:
        """A member's purse as of now, consistently read."""
        return self.read(self._table.get(self.key(member)), member)

    def read(self, item: Item | None, member: str) -> Purse:
        """The purse in an item that a story has read under `key`."""
        return records.purse(item, member)

    def post(
        self, purse: Purse, events: Sequence[Event], already: type[PortalError] = AlreadyPosted
    ) -> tuple[Posted, list[Write]]:
        """Part: what the events come to, and the writes that make it so.

        Raises NotEnough, InDebt, TooMuch or TooLate; the commit raises `already` when a grant of the same key stands,
        and Stale when the purse has changed since it was read.
        """
        now = self._clock.now()
        posted = post(
            purse, events, Moment(now=now, today=self._charter.community.today(now), charter=self._charter.hash)
        )
        return posted, records.record(purse, posted, already) if posted.entries else []

    def statement(self, member: str, cursor: str | None = None) -> Statement:
        """A page of a member's entries, latest first. Raises BadCursor."""
        page = records.entries(self._table, member, limit=STATEMENT_LINES, cursor=cursor)
        return Statement([records.entry(item) for item in page.items], page.cursor)

    def grant(self, member: str, key: str) -> Granted:
        """What became of a grant, by its key; raises NotFound."""
        found = records.grant(self._table.get(records.grant_key(member, key)))
        if found is None:
            raise NotFound
        return found

    def posted(self, member: str, key: str) -> bool:
        """Whether an event of that key was posted: a grant, or what is done once."""
        return self._table.get(records.grant_key(member, key)) is not None

    def grants(self, member: str, keys: Sequence[str]) -> dict[str, Granted]:
        """What became of grants, by their keys; at most a hundred."""
        items = self._table.batch_get([records.grant_key(member, key) for key in keys]) if keys else []
        return {found.key: found for item in items if (found := records.grant(item))}

    def promises(self, member: str) -> list[Granted]:
        """A member's points that wait for their day, soonest first."""
        return records.promises(self._table, member)

    def releasable(self) -> Iterator[tuple[str, str]]:
        """Member and key of promises whose day has come. From an index: judge each again by its grant."""
        return records.releasable(self._table, self._charter.community.today(self._clock.now()))

    def lapsed_between(self, purse: Purse, since: dt.datetime, until: dt.datetime) -> int:
        """Points of lots that lapsed between two instants and didn't come back, whether or not they are settled."""
        first, beyond = (Month.of(self._charter.community.today(at)) for at in (since, until))
        lapsed = sum(left for month, left in purse.lots.items() if first <= month < beyond)
        for entry in self.back_to(purse.member, since):
            if entry.kind == "restore" or any(first <= int(month) < beyond for month in entry.lots):
                lapsed += entry.amounts.get("expired", 0)
        return max(0, lapsed)

    def back_to(self, member: str, since: dt.datetime) -> Iterator[Entry]:
        """A member's entries from the latest back to an instant."""
        cursor = None
        while True:
            page = records.entries(self._table, member, limit=100, cursor=cursor)
            for entry in map(records.entry, page.items):
                if entry.time < since:
                    return
                yield entry
            if (cursor := page.cursor) is None:
                return

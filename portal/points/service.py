"""Posts to purses and shows what was posted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, PortalError
from portal.points import records
from portal.points.model import Entry, Month, Purse
from portal.points.posting import Event, Moment, Posted, post
from portal.table.contract import Item, Key, Table, Write

STATEMENT_LINES = 20
#: How far back the sweep looks for lapses that an earlier run missed.
SWEPT_MONTHS = 24


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

        Raises NotEnough or InDebt; the commit raises `already` when an earning of the same key stands, and Stale when
        the purse has changed since it was read.
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

    def settle_due(self) -> int:
        """Story of the job: settle lots whose month is over, in how many purses. Late or repeated: same result.

        A purse that stays refused holds up no other; its refusal is raised at the end.
        """
        month = Month.of(self._charter.community.today(self._clock.now()))
        settled, refused = 0, None
        for back in range(SWEPT_MONTHS, 0, -1):
            for member in records.due(self._table, month.after(-back)):
                try:
                    settled += self._table.retrying(partial(self._settle, member))
                except PortalError as refusal:
                    refused = refused or refusal
        if refused:
            raise refused
        return settled

    def _settle(self, member: str) -> int:
        posted, writes = self.post(self.purse(member), [])
        if writes:
            self._table.commit(*writes)
        return bool(posted.entries)

"""How long decisions take: counted by the hour, told to those who wait and to everybody."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.applications import records
from portal.charter.schema import Community
from portal.clock import Clock
from portal.table.contract import Table

#: Over how many days decisions are counted.
DAYS = 30
#: Fewer decisions than this tell nothing.
ENOUGH = 5


class Estimate(msgspec.Struct, frozen=True):
    """Of so many decisions half fell within `half` hours and nine in ten within `most`; our own time only."""

    decisions: int
    half: int
    most: int


class Pace:
    """The last 30 days' decisions of people."""

    def __init__(self, table: Table, community: Community, clock: Clock) -> None:
        self._table = table
        self._community = community
        self._clock = clock

    def estimate(self) -> Estimate | None:
        """How long the last decisions took; None while there are fewer than five to go by."""
        today = self._community.today(self._clock.now())
        hours = records.pace(self._table, today - dt.timedelta(days=DAYS - 1), today)
        decisions = sum(hours.values())
        if decisions < ENOUGH:
            return None
        return Estimate(decisions, quantile(hours, 50), quantile(hours, 90))


def quantile(hours: dict[int, int], percent: int) -> int:
    """The whole hours within which so many of a hundred decisions fell, at least one: the nearest rank, rounded up."""
    wanted = -(-sum(hours.values()) * percent // 100)
    seen = 0
    for hour in sorted(hours):
        seen += hours[hour]
        if seen >= wanted:
            return hour + 1
    return 0

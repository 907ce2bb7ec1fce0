"""What everybody may know of the door: places left, and how long decisions take."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from portal.applications import records
from portal.applications.pace import Pace
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.table.contract import Table


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """The door on a date. `left` is None without a capacity; hours are None while too few have been decided."""

    capacity: int | None
    taken: int
    left: int | None
    waiting: bool
    decisions: int
    half_within_hours: int | None
    most_within_hours: int | None
    as_of: dt.date


class Door:
    """Three reads, whatever the membership."""

    def __init__(self, table: Table, charter: Charter, pace: Pace, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._pace = pace
        self._clock = clock

    def write(self, build: Path) -> None:
        """Leave the glance where the publisher of the site looks for it."""
        build.mkdir(parents=True, exist_ok=True)
        (build / "door.json").write_bytes(msgspec.json.encode(self.glance()))

    def glance(self) -> Glance:
        """The door as it stands."""
        capacity = self._charter.admission.capacity
        taken = records.seats(self._table.get(records.PLACES))["taken"]
        pace = self._pace.estimate()
        return Glance(
            capacity=capacity,
            taken=taken,
            left=None if capacity is None else max(0, capacity - taken),
            waiting=bool(records.lane(self._table, "waitlist", None, 1).items),
            decisions=pace.decisions if pace else 0,
            half_within_hours=pace.half if pace else None,
            most_within_hours=pace.most if pace else None,
            as_of=self._charter.community.today(self._clock.now()),
        )

"""The community's clock: which zone was in force when, and what its dates are. A change of zone is history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from portal.charter.fields import Strict

DAY = dt.timedelta(days=1)
BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
END = dt.datetime.max.replace(tzinfo=dt.UTC)


class Moved(Strict, frozen=True, kw_only=True):
    """The community's clock was set from one zone to another: before `at` the zone `from` was in force."""

    left: str = field(name="from")
    at: Annotated[dt.datetime, Meta(tz=True)]


class Zones(Strict, frozen=True, kw_only=True):
    """The zone of today, and those before it, the earliest first."""

    zone: str
    moved: list[Moved] = field(default_factory=list)

    def today(self, now: dt.datetime) -> dt.date:
        """The community's date at an instant."""
        return self.local(now).date()

    def local(self, now: dt.datetime) -> dt.datetime:
        """An instant on the community's clock, as it was set then."""
        return now.astimezone(ZoneInfo(next((each.left for each in self.moved if now < each.at), self.zone)))

    def midnight(self, date: dt.date) -> dt.datetime:
        """The first instant of a date; of one that a change of zone skipped, the instant of the change."""
        return self.instant(dt.datetime.combine(date, dt.time()))

    def instant(self, wall: dt.datetime) -> dt.datetime:
        """The first instant at which the community's clock shows a time without a zone, or a later one."""
        for start, end, zone in self._eras():
            shown = max(wall.replace(tzinfo=zone), start)
            if shown < end:
                return shown.astimezone(zone)
        raise ValueError(f"{wall} is after the end of time")

    @property
    def skipped(self) -> frozenset[dt.date]:
        """Dates that never were, since a change of zone jumped over them and none went back."""
        spans = list(self._spans())
        jumped = {
            before + days * DAY
            for (_, before), (after, _) in pairwise(spans)
            for days in range(1, (after - before).days)
        }
        return frozenset(date for date in jumped if not any(first <= date <= last for first, last in spans))

    def _spans(self) -> Iterator[tuple[dt.date, dt.date]]:
        """The first and the last date that each zone showed while it was in force."""
        for start, end, zone in self._eras():
            first = dt.date.min if start == BEGINNING else start.astimezone(zone).date()
            last = dt.date.max if end == END else (end.astimezone(zone) - dt.timedelta(microseconds=1)).date()
            yield first, last

    def _eras(self) -> list[tuple[dt.datetime, dt.datetime, ZoneInfo]]:
        """From when until when which zone was in force."""
        starts = [BEGINNING, *(each.at for each in self.moved)]
        ends = [*(each.at for each in self.moved), END]
        names = [*(each.left for each in self.moved), self.zone]
        return [(start, end, ZoneInfo(name)) for start, end, name in zip(starts, ends, names, strict=True)]

"""The only source of time: services are told it, tests move it."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the present as an aware UTC instant."""

    def now(self) -> dt.datetime:
        """The present instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The present instant, in UTC."""
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one place that asks the machine


def stamp(instant: dt.datetime) -> str:
    """An instant as it is stored: UTC, ISO 8601 with microseconds and `Z`, so that text order is time order."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(stored: str) -> dt.datetime:
    """The instant that `stamp` wrote."""
    return dt.datetime.strptime(stored, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=dt.UTC)

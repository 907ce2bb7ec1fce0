"""A clock that tests move."""

from __future__ import annotations

import datetime as dt


class MovableClock:
    """Stands still until it is told otherwise."""

    def __init__(self, start: dt.datetime = dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC)) -> None:
        self._now = start

    def now(self) -> dt.datetime:
        return self._now

    def set(self, instant: dt.datetime) -> None:
        self._now = instant.astimezone(dt.UTC)

    def advance(self, **duration: float) -> None:
        """Move on by a duration in the words of `timedelta`: `advance(days=1, hours=2)`."""
        self._now += dt.timedelta(**duration)

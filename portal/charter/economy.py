"""points.toml: how points are earned, what they may do, and when they lapse. Amounts are whole points."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, field

from portal.charter.fields import Days, Months, Points, Strict, amount


class Welcome(Strict, frozen=True):
    """Points on approval."""

    points: Points
    qualifies: bool


class Milestone(Strict, frozen=True):
    """More points for the day on which a streak reaches a length."""

    days: Annotated[int, Meta(ge=2, le=3660)]
    points: Annotated[int, Meta(ge=1, le=1_000_000)]


class MakeUp(Strict, frozen=True):
    """Missed days that may be stamped later: so many of each month, up to so many days back. They pay nothing."""

    per_month: Annotated[int, Meta(ge=1, le=31)]
    within: Days

    @property
    def days(self) -> int:
        """How many days back."""
        return amount(self.within)


class CheckIn(Strict, frozen=True):
    """Points for stamping a day: the step of the ladder is the length of the streak.

    Holidays neither count nor break a streak. A past one may be added, but is never taken away from those who rested.
    """

    ladder: Annotated[list[Points], Meta(min_length=1, max_length=60)]
    after_the_last: Literal["cycle", "plateau"]
    qualifies: bool
    milestone: list[Milestone] = field(default_factory=list)
    milestones_paid: Literal["once a year", "once ever"] = "once a year"
    make_up: MakeUp | None = None
    holidays: list[dt.date] = field(default_factory=list)

    def step(self, streak: int) -> int:
        """The place on the ladder (from 0) of the streak-th day in a row (from 1)."""
        last = len(self.ladder) - 1
        return (streak - 1) % len(self.ladder) if self.after_the_last == "cycle" else min(streak - 1, last)

    def reward(self, streak: int) -> int:
        """Points of the streak-th day in a row."""
        return self.ladder[self.step(streak)]

    def bonus(self, streak: int) -> int:
        """Points of the milestone that the streak-th day in a row reaches; 0 if it reaches none."""
        return sum(each.points for each in self.milestone if each.days == streak)


class PointsPolicy(Strict, frozen=True):
    """points.toml: how points are earned and when they lapse.

    A point lapses at the end of the last day of the month `lapse` after the month in which it became available;
    one that comes back by the community's doing lives at least `grace`.
    """

    lapse: Months
    grace: Days
    welcome: Welcome
    check_in: CheckIn

    @property
    def months(self) -> int:
        """How many months after the running one a point of today lapses."""
        return amount(self.lapse)

    @property
    def grace_days(self) -> int:
        """The least that points live which come back by the community's doing."""
        return amount(self.grace)

"""points.toml: how points are earned, what they may do, and when they lapse. Amounts are whole points."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from portal.charter.fields import Days, Months, Points, Strict, amount


class Welcome(Strict, frozen=True):
    """Points on approval."""

    points: Points
    qualifies: bool


class CheckIn(Strict, frozen=True):
    """Points for stamping a day: the step of the ladder is the length of the streak."""

    ladder: Annotated[list[Points], Meta(min_length=1, max_length=60)]
    after_the_last: Literal["cycle", "plateau"]
    qualifies: bool

    def step(self, streak: int) -> int:
        """The place on the ladder (from 0) of the streak-th day in a row (from 1)."""
        last = len(self.ladder) - 1
        return (streak - 1) % len(self.ladder) if self.after_the_last == "cycle" else min(streak - 1, last)

    def reward(self, streak: int) -> int:
        """Points of the streak-th day in a row."""
        return self.ladder[self.step(streak)]


class RewardsPolicy(Strict, frozen=True):
    """What redeeming promises, and what it asks.

    A request is handed over within `answer_within`, or its member may take it back at no loss. Who cancels the same
    reward more than `cancels_per_day` times waits for tomorrow. An address is asked for within `address_within`, and
    erased `keep_addresses` after the thing was sent. What nobody complains of is complete when it was handed over
    `complete_after` ago.
    """

    answer_within: Days = "3 days"
    cancels_per_day: Annotated[int, Meta(ge=1, le=100)] = 2
    address_within: Days = "14 days"
    keep_addresses: Days = "30 days"
    complete_after: Days = "14 days"


class PointsPolicy(Strict, frozen=True):
    """points.toml: how points are earned and when they lapse.

    A point lapses at the end of the last day of the month `lapse` after the month in which it became available;
    one that comes back by the community's doing lives at least `grace`.
    """

    lapse: Months
    grace: Days
    welcome: Welcome
    check_in: CheckIn
    rewards: RewardsPolicy = field(default_factory=RewardsPolicy)

    @property
    def months(self) -> int:
        """How many months after the running one a point of today lapses."""
        return amount(self.lapse)

    @property
    def grace_days(self) -> int:
        """The least that points live which come back by the community's doing."""
        return amount(self.grace)

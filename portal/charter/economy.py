"""points.toml: how points are earned, what they may do, and when they lapse. Amounts are whole points."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from portal.charter.fields import Days, Months, Points, Slug, Strict, amount


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


class Budget(Strict, frozen=True):
    """The most points that a programme gives in a calendar month."""

    per_month: Points


class Packets(Strict, frozen=True):
    """Red packets: what one may hold, and who may give one. `open_for`: when it closes, and what is left goes back.

    `tier`: from which one may give (without it, every member); `tenure`: how long one must have been a member.
    `programme`: what operators may give in the community's name; without it, nothing.
    """

    most_points: Annotated[int, Meta(ge=1, le=1_000_000)]
    most_shares: Annotated[int, Meta(ge=1, le=60)]
    per_day: Annotated[int, Meta(ge=1, le=100)]
    open_for: Literal["24 hours"]
    tier: Slug | None = None
    tenure: Days | None = None
    programme: Budget | None = None

    @property
    def hours(self) -> int:
        """How long a packet is open."""
        return amount(self.open_for)

    @property
    def tenure_days(self) -> int:
        """How many days one must have been a member before giving."""
        return amount(self.tenure) if self.tenure else 0


class PointsPolicy(Strict, frozen=True):
    """points.toml: how points are earned and when they lapse.

    A point lapses at the end of the last day of the month `lapse` after the month in which it became available;
    one that comes back by the community's doing lives at least `grace`. Without `packets` nobody gives red packets.
    """

    lapse: Months
    grace: Days
    welcome: Welcome
    check_in: CheckIn
    packets: Packets | None = None

    @property
    def months(self) -> int:
        """How many months after the running one a point of today lapses."""
        return amount(self.lapse)

    @property
    def grace_days(self) -> int:
        """The least that points live which come back by the community's doing."""
        return amount(self.grace)

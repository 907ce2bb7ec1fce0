"""points.toml: how points are earned, what they may do, and when they lapse. Amounts are whole points."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from portal.charter.fields import ByPeople, Days, Months, Points, Slug, Strict, amount
from portal.language import Text

Some = Annotated[int, Meta(ge=1, le=1_000_000_000)]


class Cap(Strict, frozen=True):
    """The most that one member is granted in a day and in a calendar month of the community; None is no bound."""

    per_day: Some | None = None
    per_month: Some | None = None


class Budget(Strict, frozen=True):
    """The most that is granted to all members together in a calendar month."""

    per_month: Some


class Breaker(Strict, frozen=True):
    """A rule that would pay more than this in one hour is paused until a steward has looked."""

    per_hour: Some


class Bounds(Struct, frozen=True):
    """What bounds the grants of a rule, and whether the programme's bounds hold too; nothing bounds an unknown rule."""

    cap: Cap | None = None
    budget: Budget | None = None
    breaker: Breaker | None = None
    programme: bool = False


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
    cap: Cap | None = None
    budget: Budget | None = None
    breaker: Breaker | None = None
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


class Earning(Strict, frozen=True):
    """A rule by which a steward grants points for something done; what counts as done, people decide.

    `pending`: the points are promised first and can be spent so many days later, unless they are taken back meanwhile.
    """

    slug: Slug
    name: Text
    about: Text
    points: Some
    qualifies: bool
    decided: ByPeople
    pending: Days | None = None
    cap: Cap | None = None
    budget: Budget | None = None
    breaker: Breaker | None = None

    @property
    def pending_days(self) -> int:
        """How many days the points wait; 0 if they can be spent at once."""
        return amount(self.pending) if self.pending else 0


class Programme(Strict, frozen=True):
    """What bounds all rules together: a member's cap and the budget of the month. Welcome and gifts stand outside."""

    cap: Cap | None = None
    budget: Budget | None = None


class Adjusting(Strict, frozen=True):
    """Corrections by hand: up to `alone` points by one steward, beyond it a second one has to agree."""

    alone: Points = 0


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
    one that comes back by the community's doing lives at least `grace`. Without `packets` nobody gives red packets.
    """

    lapse: Months
    grace: Days
    welcome: Welcome
    check_in: CheckIn
    earn: list[Earning] = field(default_factory=list)
    programme: Programme = field(default_factory=Programme)
    adjusting: Adjusting = field(default_factory=Adjusting)
    packets: Packets | None = None
    rewards: RewardsPolicy = field(default_factory=RewardsPolicy)

    def bounds(self, rule: str) -> Bounds:
        """What bounds the grants of a rule."""
        if rule == "milestone":
            return Bounds(programme=True)
        if rule == "check-in":
            return Bounds(self.check_in.cap, self.check_in.budget, self.check_in.breaker, programme=True)
        for earning in self.earn:
            if earning.slug == rule:
                return Bounds(earning.cap, earning.budget, earning.breaker, programme=True)
        if rule == "packets":
            return Bounds(budget=self.packets.programme if self.packets else None)
        return Bounds()

    def earning(self, slug: str) -> Earning | None:
        """The rule of that slug by which a steward grants points."""
        return next((earning for earning in self.earn if earning.slug == slug), None)

    @property
    def months(self) -> int:
        """How many months after the running one a point of today lapses."""
        return amount(self.lapse)

    @property
    def grace_days(self) -> int:
        """The least that points live which come back by the community's doing."""
        return amount(self.grace)

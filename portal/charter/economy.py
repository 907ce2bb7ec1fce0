"""points.toml: how points are earned, what they may do, and when they lapse. Amounts are whole points."""

from __future__ import annotations

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


class CheckIn(Strict, frozen=True):
    """Points for stamping a day: the step of the ladder is the length of the streak."""

    ladder: Annotated[list[Points], Meta(min_length=1, max_length=60)]
    after_the_last: Literal["cycle", "plateau"]
    qualifies: bool
    cap: Cap | None = None
    budget: Budget | None = None
    breaker: Breaker | None = None

    def step(self, streak: int) -> int:
        """The place on the ladder (from 0) of the streak-th day in a row (from 1)."""
        last = len(self.ladder) - 1
        return (streak - 1) % len(self.ladder) if self.after_the_last == "cycle" else min(streak - 1, last)

    def reward(self, streak: int) -> int:
        """Points of the streak-th day in a row."""
        return self.ladder[self.step(streak)]


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


class PointsPolicy(Strict, frozen=True):
    """points.toml: how points are earned and when they lapse.

    A point lapses at the end of the last day of the month `lapse` after the month in which it became available;
    one that comes back by the community's doing lives at least `grace`.
    """

    lapse: Months
    grace: Days
    welcome: Welcome
    check_in: CheckIn
    earn: list[Earning] = field(default_factory=list)
    programme: Programme = field(default_factory=Programme)
    adjusting: Adjusting = field(default_factory=Adjusting)

    def bounds(self, rule: str) -> Bounds:
        """What bounds the grants of a rule."""
        if rule == "check-in":
            return Bounds(self.check_in.cap, self.check_in.budget, self.check_in.breaker, programme=True)
        for earning in self.earn:
            if earning.slug == rule:
                return Bounds(earning.cap, earning.budget, earning.breaker, programme=True)
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

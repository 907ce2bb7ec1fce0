"""A member, and the pure rules of standing and tier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from portal.charter.schema import Charter, Tier
from portal.errors import N_, PortalError
from portal.points.model import Month

State = Literal["active", "suspended"]


class Suspended(PortalError):
    """Standing is enforced: a suspended member neither earns nor spends."""

    status = 403
    sentence = N_("Your membership is suspended until {until}. Until then you can read, but not check in or redeem.")


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A member: number and name for life, standing and tier of today. `v` guards against lost races.

    `since` and `ended`: from when until when the latest suspension held, unless it was overturned.
    """

    id: str
    number: int
    name: str
    tier: str
    tier_since: dt.datetime
    joined: dt.datetime
    state: State = "active"
    until: dt.date | None = None
    reason: str = ""
    since: dt.datetime | None = None
    ended: dt.datetime | None = None
    v: int = 1

    def standing(self, today: dt.date) -> State:
        """The state as of a date: a suspension ends by itself after its last day."""
        over = self.until is not None and today > self.until
        return "active" if over else self.state

    def require_active(self, today: dt.date) -> None:
        """Raises Suspended."""
        if self.standing(today) == "suspended":
            raise Suspended(until=self.until)


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """A change of tier and why: the qualifying points counted, under which charter.

    `corrects`: it undoes a rise that rested on points taken back, so it may lead down.
    """

    at: dt.datetime
    before: str
    after: str
    qualifying: int
    charter: str
    corrects: bool = False


class Progress(msgspec.Struct, frozen=True):
    """Where a member stands: the tier held, the next one if there is one, qualifying points and what is missing."""

    tier: Tier
    next: Tier | None
    qualifying: int

    @property
    def missing(self) -> int:
        """Qualifying points until the next tier."""
        return max(0, self.next.enter - self.qualifying) if self.next else 0


def counted(per_month: Mapping[int, int], month: Month, tier: Tier) -> int:
    """Qualifying points within a tier's window: the running month and `tier.months` before it."""
    first = month.after(-tier.months)
    return sum(points for earned, points in per_month.items() if first <= earned <= month)


def earned_tier(charter: Charter, per_month: Mapping[int, int], month: Month) -> Tier:
    """The highest tier whose `enter` is reached within its window."""
    return [tier for tier in charter.tiers if counted(per_month, month, tier) >= tier.enter][-1]


def progress(charter: Charter, held: str, per_month: Mapping[int, int], month: Month) -> Progress:
    """The tier that is held, and the way to the next."""
    rank = charter.rank(held)
    above = charter.tiers[rank + 1] if rank + 1 < len(charter.tiers) else None
    return Progress(charter.tiers[rank], above, counted(per_month, month, above or charter.tiers[rank]))

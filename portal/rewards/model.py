"""A reward, and a redemption on its way.

requested (points held, stock reserved) → approved → fulfilled (points spent) → completed; or declined, cancelled,
expired (points, stock and limit back); or, once fulfilled, returned.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, get_args

import msgspec

from portal.charter.economy import RewardsPolicy
from portal.charter.fields import amount
from portal.charter.schema import Charter, Community
from portal.errors import N_, PortalError
from portal.language import Term, Text

Kind = Literal["goods", "code", "privilege", "ticket"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Of what a member's limit counts: all time, a calendar year, a calendar month, on the community's calendar.
Period = Literal["ever", "year", "month"]
PERIODS: tuple[Period, ...] = get_args(Period)
Status = Literal[
    "requested", "approved", "fulfilled", "completed", "declined", "cancelled", "expired", "returned",
]  # fmt: skip
#: Where open work stands at the desk: to be approved, waiting for an address, to be handed over, handed over.
Lane = Literal["requested", "address", "approved", "fulfilled"]
LANES: tuple[Lane, ...] = get_args(Lane)

STATUS_NAMES: dict[Status, Term] = {
    "requested": Term(N_("requested")),
    "approved": Term(N_("approved")),
    "fulfilled": Term(N_("fulfilled")),
    "completed": Term(N_("completed")),
    "cancelled": Term(N_("cancelled")),
    "declined": Term(N_("declined")),
    "expired": Term(N_("expired")),
    "returned": Term(N_("returned")),
}
KIND_NAMES: dict[Kind, Term] = {
    "goods": Term(N_("a thing")),
    "code": Term(N_("a code")),
    "privilege": Term(N_("a privilege")),
    "ticket": Term(N_("a ticket")),
}


class Closed(PortalError):
    """The reward is not offered now."""

    status = 409
    sentence = N_("{reward} is not offered at the moment.")


class NotYet(PortalError):
    """Its window has not opened."""

    status = 409
    sentence = N_("{reward} opens on {day} at {time}.")


class Over(PortalError):
    """Its window has closed."""

    status = 409
    sentence = N_("{reward} was to be had until {day}, {time}.")


class TierTooLow(PortalError):
    """The reward is for a higher tier."""

    status = 403
    sentence = N_("{reward} is open from the tier {tier} on.")


class TooNew(PortalError):
    """The reward is for those who have been here longer."""

    status = 403
    sentence = N_("{reward} is for members of at least {days} days; you can have it from {day} on.")


class PriceChanged(PortalError):
    """The page that was pressed showed another price."""

    status = 409
    sentence = N_("The price of {reward} is {price} points now. Nothing was taken: please look again.")


class Asker(msgspec.Struct, frozen=True):
    """Who asks: of which tier, a member since when."""

    tier: str
    joined: dt.datetime


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk offers.

    `limit`: how many one member may hold or have had in a `period`; `tier`, `tenure` (days): from which on. `opens`,
    `closes`: the window. `ships`: needs an address. `auto`: approved at once. `flash`: sold by tickets, for many at a
    time. A privilege is granted for `lasts` days or `until` a date; a ticket is for that date. `image`: a file's name.
    """

    slug: str
    title: Text
    about: Text
    price: int
    limit: int | None = None
    tier: str | None = None
    offered: bool = True
    v: int = 1
    kind: Kind = "goods"
    ships: bool = False
    auto: bool = False
    flash: bool = False
    period: Period = "ever"
    opens: dt.datetime | None = None
    closes: dt.datetime | None = None
    tenure: int | None = None
    lasts: int | None = None
    until: dt.date | None = None
    image: str = ""
    alt: Text | None = None

    @property
    def by_hand(self) -> bool:
        """Whether its stock is counted by hand; codes are counted by their pool."""
        return self.kind != "code"

    def over(self, now: dt.datetime) -> bool:
        """Whether its window has closed for good."""
        return self.closes is not None and now >= self.closes

    def require_open(self, charter: Charter, asker: Asker, price: int, now: dt.datetime) -> None:
        """Raises Closed, NotYet, Over, TierTooLow, TooNew, PriceChanged for who asks now and was shown that price."""
        past = self.until is not None and charter.community.today(now) > self.until
        if past or not self.offered or (self.tier and self.tier not in {known.slug for known in charter.tiers}):
            raise Closed(reward=self.title)
        self._require_window(charter.community, now)
        if self.tier and charter.rank(asker.tier) < charter.rank(self.tier):
            raise TierTooLow(reward=self.title, tier=charter.tier(self.tier).name)
        if self.tenure:
            since = charter.community.local(asker.joined).date() + dt.timedelta(days=self.tenure)
            if charter.community.today(now) < since:
                raise TooNew(reward=self.title, days=self.tenure, day=since)
        if price != self.price:
            raise PriceChanged(reward=self.title, price=self.price)

    def _require_window(self, community: Community, now: dt.datetime) -> None:
        if self.opens and now < self.opens:
            local = community.local(self.opens)
            raise NotYet(reward=self.title, day=local.date(), time=f"{local:%H:%M}")
        if self.closes and now >= self.closes:
            local = community.local(self.closes)
            raise Over(reward=self.title, day=local.date(), time=f"{local:%H:%M}")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a redemption: when, to which status, what was said, and the ledger entry that it made, if any."""

    at: dt.datetime
    status: Status
    note: str = ""
    seq: int = 0
    head: str = ""


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """A reward that was asked for; all that was promised is frozen. `allocation`: which lots paid (month: points).

    `seq` and `head` name the ledger entry that holds the points: the receipt's proof. `since`: from when on the
    community owes the next step, None while it waits for the member; `late`: it has once been slower than promised.
    `code` is the hash of the code that is the member's, `shown` when they looked at it; `draw` the number of a flash
    sale's ticket; `month` the month (YYYYMM) in which the member's limit counts it. `v` guards against lost races.
    """

    id: str
    member: str
    member_name: str
    reward: str
    title: Text
    price: int
    allocation: dict[str, int]
    status: Status
    requested: dt.datetime
    timeline: list[Event]
    seq: int
    head: str
    v: int = 1
    kind: Kind = "goods"
    since: dt.datetime | None = None
    late: bool = False
    address: Literal["", "needed", "given", "erased"] = ""
    lasts: int | None = None
    until: dt.date | None = None
    code: str = ""
    shown: dt.datetime | None = None
    ticket: str = ""
    used: dt.datetime | None = None
    draw: int = 0
    month: int = 0

    @property
    def open(self) -> bool:
        """Whether it still waits to be handed over."""
        return self.status in ("requested", "approved")

    @property
    def lane(self) -> Lane | None:
        """Which of the desk's lists it stands in."""
        if self.status == "approved":
            return "address" if self.address == "needed" else "approved"
        return self.status if self.status in ("requested", "fulfilled") else None

    def at(self, status: Status) -> dt.datetime | None:
        """When it came to a status; words that were added later don't count."""
        return next((step.at for step in self.timeline if step.status == status), None)

    def promised(self, policy: RewardsPolicy, community: Community) -> dt.date | None:
        """The day by which the community has promised the next step; None while it owes none."""
        if not self.open or self.since is None:
            return None
        return community.local(self.since).date() + dt.timedelta(days=amount(policy.answer_within))

    def overdue(self, policy: RewardsPolicy, community: Community, now: dt.datetime) -> bool:
        """Whether the community has been slower than it promised, now or at an earlier step."""
        day = self.promised(policy, community)
        return self.late or (day is not None and community.today(now) > day)

    def due(self, policy: RewardsPolicy, community: Community) -> dt.datetime | None:
        """When the job has something to do with it: expire, complete, or erase its address."""
        if self.lane == "address":
            return self._after("approved", policy.address_within)
        if self.status == "fulfilled":
            return self._completes(policy, community)
        return self._after("fulfilled", policy.keep_addresses) if self.address == "given" else None

    def _completes(self, policy: RewardsPolicy, community: Community) -> dt.datetime | None:
        """A code from when it was shown, a ticket from its day on, anything else from when it was handed over."""
        begun = self.shown if self.kind == "code" else self.at("fulfilled")
        if begun is None:
            return None
        if self.kind == "ticket" and self.until:
            begun = max(begun, community.midnight(self.until + dt.timedelta(days=1)).astimezone(dt.UTC))
        return begun + dt.timedelta(days=amount(policy.complete_after))

    def _after(self, status: Status, span: str) -> dt.datetime | None:
        begun = self.at(status)
        return begun + dt.timedelta(days=amount(span)) if begun else None


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """A code that has left the pool: whose it is, or why it was revoked. `hash` names it without telling it."""

    hash: str
    code: str
    state: Literal["owned", "revoked"]
    member: str = ""
    member_name: str = ""
    redemption: str = ""
    shown: dt.datetime | None = None
    reason: str = ""

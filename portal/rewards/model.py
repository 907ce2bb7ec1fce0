"""A reward, and a redemption on its way: requested, then fulfilled, declined or cancelled."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.language import Text

Status = Literal["requested", "fulfilled", "cancelled", "declined"]


class Closed(PortalError):
    """The reward is not offered now."""

    status = 409
    sentence = N_("{reward} is not offered at the moment.")


class TierTooLow(PortalError):
    """The reward is for a higher tier."""

    status = 403
    sentence = N_("{reward} is open from the tier {tier} on.")


class PriceChanged(PortalError):
    """The page that was pressed showed another price."""

    status = 409
    sentence = N_("The price of {reward} is {price} points now. Nothing was taken: please look again.")


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk offers. `limit`: how many one member may ever hold or have had; `tier`: from which tier on."""

    slug: str
    title: Text
    about: Text
    price: int
    limit: int | None = None
    tier: str | None = None
    offered: bool = True
    v: int = 1

    def require_open(self, charter: Charter, tier: str, price: int) -> None:
        """Raises Closed, TierTooLow, PriceChanged for a member of that tier who was shown that price."""
        if not self.offered or (self.tier and self.tier not in {known.slug for known in charter.tiers}):
            raise Closed(reward=self.title)
        if self.tier and charter.rank(tier) < charter.rank(self.tier):
            raise TierTooLow(reward=self.title, tier=charter.tier(self.tier).name)
        if price != self.price:
            raise PriceChanged(reward=self.title, price=self.price)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a redemption: when, to which status, and what was said."""

    at: dt.datetime
    status: Status
    note: str = ""


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """A reward that was asked for. Price and title are frozen; `allocation` says which lots paid (lapse month: points).

    `seq` and `head` name the ledger entry that holds the points: the receipt's proof.
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

    @property
    def open(self) -> bool:
        """Whether it still waits for the desk."""
        return self.status == "requested"

"""Redeeming: asked for by a member, fulfilled or declined at the desk, cancelled by the member."""

from __future__ import annotations

import re

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError, Stale
from portal.members.service import Members
from portal.members.standing import Standing
from portal.points.events import Hold
from portal.points.model import InDebt, NotEnough
from portal.points.service import Points
from portal.rewards import records
from portal.rewards.letters import RedemptionLetters
from portal.rewards.model import Event, Redemption, Reward
from portal.table.contract import Table

LISTED = 50
REDEMPTION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class SoldOut(PortalError):
    """None left."""

    status = 409
    sentence = N_("{reward} is sold out. Nothing was taken from your points.")


class LimitReached(PortalError):
    """The member has had as many as one may have."""

    status = 409
    sentence = N_("You have had {reward} as often as one member may.")


class AlreadyRequested(PortalError):
    """The same request again; the first one's page is the answer."""

    status = 409
    sentence = N_("This request was made before.")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A reward as one member sees it: how many are left, and the refusal that redeeming would meet, if any."""

    reward: Reward
    left: int
    refusal: PortalError | None


class Rewards:
    """The catalogue and its redemptions."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        members: Members,
        letters: RedemptionLetters,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._members = members
        self._letters = letters
        self._clock = clock

    def catalogue(self, standing: Standing) -> list[Offer]:
        """Every reward that is offered, cheapest first, as this member sees it."""
        member = standing.profile.id
        offered = [reward for reward in records.rewards(self._table) if reward.offered]
        stocks = records.read(self._table, [records.stock_key(reward.slug) for reward in offered])
        limits = records.read(self._table, [records.limit_key(member, reward.slug) for reward in offered])
        offers = [
            Offer(
                reward=reward,
                left=records.left(stock),
                refusal=self._refusal(reward, standing, records.left(stock), records.had(had)),
            )
            for reward, stock, had in zip(offered, stocks, limits, strict=True)
        ]
        return sorted(offers, key=lambda offer: (offer.reward.price, offer.reward.slug))

    def redemption(self, member: str, redemption: str) -> Redemption:
        """One of a member's redemptions; raises NotFound."""
        found = records.redemption(self._table.get(records.redemption_key(member, redemption)))
        if found is None:
            raise NotFound
        return found

    def of_member(self, member: str) -> list[Redemption]:
        """A member's latest redemptions."""
        return records.of_member(self._table, member, LISTED)

    def redeem(self, member: str, slug: str, redemption: str, price: int) -> Redemption:
        """Story: ask for a reward at the price that was shown; `redemption` is the form's own id.

        A repeat of the same id gets the first request, whatever has changed since. Raises NotFound, Closed,
        TierTooLow, PriceChanged, Suspended, SoldOut, LimitReached, NotEnough, InDebt.
        """
        if not REDEMPTION_ID.fullmatch(redemption):
            raise NotFound

        def story() -> Redemption:
            try:
                return self._request(member, slug, redemption, price)
            except Stale:
                raise
            except PortalError:
                if done := records.redemption(self._table.get(records.redemption_key(member, redemption))):
                    return done
                raise

        return self._table.retrying(story)

    def _request(self, member: str, slug: str, redemption: str, price: int) -> Redemption:
        keys = [records.reward_key(slug), self._letters.key(member), *self._members.keys(member)]
        shelved, account, *items = self._table.batch_get(keys)
        reward = records.reward(shelved)
        if reward is None:
            raise NotFound
        standing = self._members.standing_in(items, member)
        profile = standing.profile
        profile.require_active(self._members.today)
        reward.require_open(self._charter, profile.tier, price)
        now = self._clock.now()
        hold = Hold(amount=price, rule="redemption", key=f"redemption#{redemption}#hold", text=reward.title)
        posted, writes = self._points.post(standing.purse, [hold] if price else [])
        asked = Redemption(
            id=redemption,
            member=member,
            member_name=profile.name,
            reward=slug,
            title=reward.title,
            price=price,
            allocation={str(month): points for month, points in posted.allocation.items()},
            status="requested",
            requested=now,
            timeline=[Event(at=now, status="requested")],
            seq=posted.purse.seq,
            head=posted.purse.head,
        )
        letter = self._letters.letter(asked, account)
        self._table.commit(
            *records.reserve(
                asked,
                reward,
                again=AlreadyRequested,
                sold_out=SoldOut(reward=reward.title),
                limit_reached=LimitReached(reward=reward.title),
            ),
            *writes,
            *self._members.unchanged(profile),
            *self._letters.record(letter),
        )
        self._letters.send(letter)
        return asked

    def _refusal(self, reward: Reward, standing: Standing, left: int, had: int) -> PortalError | None:
        """What redeeming would meet first; None if nothing."""
        usable = standing.purse.usable(self._members.today)
        try:
            standing.profile.require_active(self._members.today)
            reward.require_open(self._charter, standing.profile.tier, reward.price)
        except PortalError as refusal:
            return refusal
        if standing.purse.debt:
            return InDebt(debt=standing.purse.debt)
        if usable < reward.price:
            return NotEnough(needed=reward.price, available=usable)
        if left < 1:
            return SoldOut(reward=reward.title)
        if reward.limit is not None and had >= reward.limit:
            return LimitReached(reward=reward.title)
        return None

"""Redeeming: what a member sees on the shelf, and asks for."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.members.model import Profile
from portal.members.service import Members
from portal.members.standing import Standing
from portal.outbox.model import Letter
from portal.points.events import Event as Posting
from portal.points.events import Hold
from portal.points.model import InDebt, Month, NotEnough
from portal.points.service import Points
from portal.rewards import records
from portal.rewards.closing import spent
from portal.rewards.handing import Handing
from portal.rewards.letters import RedemptionLetters
from portal.rewards.model import Asker, Event, Redemption, Reward, Status
from portal.rewards.sale import Sale
from portal.table.contract import Table, Write

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


class LimitOfPeriod(LimitReached):
    """The member has had as many as one may have, for now."""

    sentence = N_("You have had {reward} as often as one member may; the count begins again on {day}.")


class AlreadyRequested(PortalError):
    """The same request again; the first one's page is the answer."""

    status = 409
    sentence = N_("This request was made before.")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A reward as one member sees it: how many are left, and the refusal that redeeming would meet, if any."""

    reward: Reward
    left: int
    refusal: PortalError | None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A request that nothing speaks against, as far as was read: all that its commit needs."""

    reward: Reward
    redemption: Redemption
    profile: Profile
    writes: list[Write]
    letter: Letter


class Rewards:
    """The catalogue and its redemptions."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        members: Members,
        letters: RedemptionLetters,
        sale: Sale,
        giving: Handing,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._members = members
        self._letters = letters
        self._sale = sale
        self._giving = giving
        self._clock = clock

    def catalogue(self, standing: Standing) -> list[Offer]:
        """Every reward that is offered and not over, cheapest first, as this member sees it."""
        member, now = standing.profile.id, self._clock.now()
        offered = [reward for reward in records.rewards(self._table) if reward.offered and not reward.over(now)]
        stocks = records.read(self._table, [records.stock_key(reward.slug) for reward in offered])
        limits = records.read(self._table, [records.limit_key(member, reward.slug) for reward in offered])
        month = self._month
        offers = [
            Offer(
                reward=reward,
                left=records.left(stock),
                refusal=self._refusal(reward, standing, records.left(stock), records.had(had, reward.period, month)),
            )
            for reward, stock, had in zip(offered, stocks, limits, strict=True)
        ]
        return sorted(offers, key=lambda offer: (offer.reward.price, offer.reward.slug))

    def redemption(self, member: str, redemption: str) -> Redemption:
        """One of a member's redemptions; raises NotFound."""
        found = self._found(member, redemption)
        if found is None:
            raise NotFound
        return found

    def of_member(self, member: str) -> list[Redemption]:
        """A member's latest redemptions."""
        return records.of_member(self._table, member, LISTED)

    def redeem(self, member: str, slug: str, redemption: str, price: int) -> Redemption:
        """Story: ask for a reward at the price that was shown; `redemption` is the form's own id.

        A repeat of the same id gets the first request, whatever has changed since. Raises NotFound, Closed, NotYet,
        Over, TierTooLow, TooNew, PriceChanged, Suspended, SoldOut, LimitReached, NotEnough, InDebt, PoolEmpty,
        and in a flash sale OneAtATime, TicketGone.
        """
        if not REDEMPTION_ID.fullmatch(redemption):
            raise NotFound
        try:
            return self._table.retrying(lambda: self._request(member, slug, redemption, price))
        except PortalError:
            if done := self._found(member, redemption):
                return done
            raise

    def _request(self, member: str, slug: str, redemption: str, price: int) -> Redemption:
        wish = self._wish(member, slug, redemption, price)
        if not wish.reward.flash:
            return self._commit(wish, [records.take(wish.reward, SoldOut(reward=wish.reward.title))])
        if done := self._found(member, redemption):
            return done  # a second press draws no ticket
        return self._with_ticket(wish, price)

    def _with_ticket(self, wish: Wish, price: int) -> Redemption:
        """A flash sale: the ticket decides who gets one; it is given back where all else then fails."""
        member, slug, redemption = wish.profile.id, wish.reward.slug, wish.redemption.id
        number = self._sale.ticket(member, wish.reward, SoldOut(reward=wish.reward.title))

        def story() -> Redemption:
            again = self._wish(member, slug, redemption, price, number)
            return self._commit(again, self._sale.claimed(member, again.reward, number, redemption))

        try:
            return self._table.retrying(story)
        except PortalError:
            self._sale.give_back(member, slug, number)
            raise

    def _wish(self, member: str, slug: str, redemption: str, price: int, draw: int = 0) -> Wish:
        """Everything that a request rests on, in one read; raises what speaks against it."""
        keys = [records.reward_key(slug), records.limit_key(member, slug), self._letters.key(member)]
        shelved, had, account, *items = self._table.batch_get([*keys, *self._members.keys(member)])
        reward = records.reward(shelved)
        if reward is None:
            raise NotFound
        standing = self._members.standing_in(items, member)
        profile, now = standing.profile, self._clock.now()
        profile.require_active(self._members.today)
        reward.require_open(self._charter, Asker(profile.tier, profile.joined), price, now)
        if reward.limit is not None and records.had(had, reward.period, self._month) >= reward.limit:
            raise self._limit_reached(reward)
        asked, given = self._asked(profile, reward, redemption, now, draw)
        hold = Hold(amount=price, rule="redemption", key=f"redemption#{redemption}#hold", text=reward.title)
        events: list[Posting] = [hold, *([spent(asked)] if asked.status == "fulfilled" else [])]
        posted, writes = self._points.post(standing.purse, events if price else [])
        if asked.status == "fulfilled" and posted.entries:
            last = msgspec.structs.replace(asked.timeline[-1], seq=posted.purse.seq, head=posted.purse.head)
            asked = msgspec.structs.replace(asked, timeline=[*asked.timeline[:-1], last])
        asked = msgspec.structs.replace(
            asked,
            allocation={str(month): points for month, points in posted.allocation.items()},
            seq=next((entry.seq for entry in posted.entries if entry.kind == "hold"), posted.purse.seq),
            head=next((entry.hash for entry in posted.entries if entry.kind == "hold"), posted.purse.head),
        )
        return Wish(reward=reward, redemption=asked, profile=profile, writes=[*given, *writes],
                    letter=self._letters.letter(asked, account))  # fmt: skip

    def _asked(
        self, profile: Profile, reward: Reward, redemption: str, now: dt.datetime, draw: int
    ) -> tuple[Redemption, list[Write]]:
        """What was asked for, all promises frozen; an automatic one is approved, and given where nothing is sent."""
        steps: list[Status] = ["requested"]
        if reward.auto:
            steps += ["approved"] if reward.kind == "goods" else ["approved", "fulfilled"]
        asked = Redemption(
            id=redemption,
            member=profile.id,
            member_name=profile.name,
            reward=reward.slug,
            title=reward.title,
            price=reward.price,
            allocation={},
            status=steps[-1],
            requested=now,
            timeline=[Event(at=now, status=status) for status in steps],
            seq=0,
            head="",
            kind=reward.kind,
            since=None if reward.auto and reward.ships else now,
            address="needed" if reward.ships else "",
            lasts=reward.lasts,
            until=reward.until,
            draw=draw,
            month=int(self._month),
        )
        return self._giving.give(asked) if asked.status == "fulfilled" else (asked, [])

    def _commit(self, wish: Wish, stock: list[Write]) -> Redemption:
        """One transaction: the repeat is told first, then the stock, then the member's limit."""
        asked, reward = wish.redemption, wish.reward
        limits = [] if reward.limit is None else [
            records.within(reward.period, asked.month, reward.limit, self._limit_reached(reward))
        ]  # fmt: skip
        self._table.commit(
            records.ask(asked, asked.due(self._charter.points.rewards, self._charter.community), AlreadyRequested),
            *stock,
            records.count(asked, 1, limits),
            *wish.writes,
            *self._members.unchanged(wish.profile),
            *self._letters.record(wish.letter),
        )
        self._letters.send(wish.letter)
        return asked

    @property
    def _month(self) -> Month:
        return Month.of(self._members.today)

    def _found(self, member: str, redemption: str) -> Redemption | None:
        return records.redemption(self._table.get(records.redemption_key(member, redemption)))

    def _limit_reached(self, reward: Reward) -> LimitReached:
        if reward.period == "ever":
            return LimitReached(reward=reward.title)
        ends = self._month if reward.period == "month" else Month(self._month // 100 * 100 + 12)
        return LimitOfPeriod(reward=reward.title, day=ends.last_day() + dt.timedelta(days=1))

    def _refusal(self, reward: Reward, standing: Standing, left: int, had: int) -> PortalError | None:
        """What redeeming would meet first; None if nothing."""
        profile, usable = standing.profile, standing.purse.usable(self._members.today)
        try:
            profile.require_active(self._members.today)
            asker = Asker(profile.tier, profile.joined)
            reward.require_open(self._charter, asker, reward.price, self._clock.now())
        except PortalError as refusal:
            return refusal
        if reward.limit is not None and had >= reward.limit:
            return self._limit_reached(reward)
        if standing.purse.debt:
            return InDebt(debt=standing.purse.debt)
        if usable < reward.price:
            return NotEnough(needed=reward.price, available=usable)
        return SoldOut(reward=reward.title) if left < 1 else None

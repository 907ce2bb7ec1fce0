"""Giving: a form with its seal, then one commit that holds the giver's points and makes the shares."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from portal.audit.service import Audit
from portal.cases.service import Cases
from portal.charter.economy import Packets as Policy
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.language import Text
from portal.members.service import Members
from portal.members.standing import Standing
from portal.packets import records
from portal.packets.drawing import commitment, draw
from portal.packets.model import (
    GIFT,
    BudgetSpent,
    DayIsFull,
    LapsesElsewhere,
    NoPackets,
    OtherSeal,
    Packet,
    Sealed,
    Split,
    StoppedByWords,
    TierTooLowToGive,
    TooManyShares,
    TooMuch,
    TooNew,
    TooThin,
    gift_lapses,
    reaches,
)
from portal.points.budgets import PACKETS, Budgets
from portal.points.events import Hold
from portal.points.model import Month
from portal.points.service import Points
from portal.table.contract import Table, Write
from portal.tokens import BadToken, Ids, Tokens, same

_STOPS = ("hold", "block")


class AlreadyGiven(PortalError):
    """A form of that id was sent before; its packet is the answer."""

    status = 409
    sentence = N_("This red packet was given before.")


class Form(msgspec.Struct, frozen=True):
    """A new form: what ties it to its giver and its packet, and the seal that it shows."""

    token: str
    seal: str


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a giver asks for. `tier`: from which on members may open it; `lapses`: the month that the page showed."""

    form: str
    seal: str
    points: int
    shares: int
    split: Split
    client_seed: str
    blessing: str = ""
    tier: str | None = None
    lapses: int | None = None


class Giving:
    """Red packets from members, and from the programme."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        budgets: Budgets,
        members: Members,
        cases: Cases,
        audit: Audit,
        clock: Clock,
        ids: Ids,
        tokens: Tokens,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._budgets = budgets
        self._members = members
        self._cases = cases
        self._audit = audit
        self._clock = clock
        self._ids = ids
        self._tokens = tokens

    def form(self, giver: str) -> Form:
        """An empty form. Its seal is of a seed that follows from the form and our secret, so that nothing is kept."""
        packet = self._ids.new()
        return Form(self._tokens.sign(f"packet {giver}", packet), commitment(self._seed(giver, packet)))

    def may_give(self, standing: Standing) -> None:
        """Raises what giving would meet whatever is asked for: NoPackets, Suspended, TooNew, TierTooLowToGive."""
        policy, profile = self.policy, standing.profile
        profile.require_active(self._members.today)
        since = self._charter.community.local(profile.joined).date() + dt.timedelta(days=policy.tenure_days)
        if self._members.today < since:
            raise TooNew(day=since)
        if policy.tier and not reaches(self._charter, profile, policy.tier):
            raise TierTooLowToGive(tier=self._charter.tier_name(policy.tier))

    def lapses(self, standing: Standing) -> Month | None:
        """The month at whose end points that this member gives now would lapse; None with nothing to give."""
        month = Month.of(self._members.today)
        lots = [lot for lot, left in standing.purse.lots.items() if lot >= month and left]
        return gift_lapses(min(lots), self._close_date()) if lots else None

    @property
    def policy(self) -> Policy:
        """The charter's packets; raises NoPackets."""
        if self._charter.points.packets is None:
            raise NoPackets
        return self._charter.points.packets

    def budget_left(self) -> int:
        """What the programme may still give in packets this month."""
        used = self._budgets.used(PACKETS, Month.of(self._members.today))
        return max(0, (self.policy.programme.per_month if self.policy.programme else 0) - used)

    def of_programme(self, day: dt.date) -> int:
        """Points of the community's packets that were made in a day's month, up to that day, and have not come back."""
        local = self._charter.community.local
        made = records.of_programme(self._table, Month.of(day))
        return sum(packet.kept for packet in made if local(packet.made).date() <= day)

    def give(self, giver: str, wish: Wish) -> Packet:
        """Story: a member gives. A repeat of the same form gets the first one's packet.

        Raises OtherSeal, what `may_give` raises, TooMuch, TooManyShares, TooThin, StoppedByWords, DayIsFull,
        LapsesElsewhere, NotEnough, InDebt.
        """
        packet = self._opened_form(giver, wish)
        return self._once(packet, giver, lambda: self._table.retrying(lambda: self._give(giver, packet, wish)))

    def give_from_programme(self, actor: str, actor_name: str, wish: Wish) -> Packet:
        """Story: the desk gives in the community's name, out of the month's budget. Raises as `give`, BudgetSpent."""
        packet = self._opened_form(actor, wish)
        return self._once(packet, actor, lambda: self._give_from_programme(actor, actor_name, packet, wish))

    def _once(self, packet: str, giver: str, story: Callable[[], Packet]) -> Packet:
        """What the story makes; whatever a repeat of it is refused, the first one's packet is its answer."""
        if first := self._first(packet, giver):
            return first
        try:
            return story()
        except PortalError:
            if first := self._first(packet, giver):
                return first
            raise

    def _give_from_programme(self, actor: str, actor_name: str, packet: str, wish: Wish) -> Packet:
        self._require_measure(wish)
        if self.policy.programme is None:
            raise BudgetSpent(left=0)
        with self._budgets.reserved(PACKETS, wish.points) as reservation:
            if reservation.amount < wish.points:
                raise BudgetSpent(left=reservation.amount)
            kept = msgspec.to_builtins(reservation)
            made = self._made(packet, actor, actor_name, wish, programme=True, reservation=kept)
            did = N_("gave a red packet of {points} points in {shares} shares")
            facts = {"points": made.total, "shares": made.shares, "blessing": made.blessing}
            return self._commit(made, self._audit.note(actor, actor_name, did, packet, **facts))

    def _give(self, giver: str, packet: str, wish: Wish) -> Packet:
        standing = self._members.standing(giver)
        self.may_give(standing)
        self._require_measure(wish)
        hold = Hold(amount=wish.points, rule=GIFT, key=f"packet#{packet}#hold", text=_text(wish))
        posted, writes = self._points.post(standing.purse, [hold])
        lapses = gift_lapses(min(posted.allocation), self._close_date())
        if lapses != wish.lapses:
            raise LapsesElsewhere(day=lapses.last_day())
        allocation = {str(month): points for month, points in posted.allocation.items()}
        made = self._made(packet, giver, standing.profile.name, wish, lapses=int(lapses), allocation=allocation)
        most = self.policy.per_day
        counted = records.count(giver, self._members.today, self._clock.now(), most, DayIsFull(most=most))
        return self._commit(made, [counted, *writes, *self._members.unchanged(standing.profile)])

    def _commit(self, made: Packet, more: list[Write]) -> Packet:
        """The packet with its shares, and what goes with it; AlreadyGiven to a repeat."""
        seed = self._seed(made.giver, made.id)
        drawn = draw(made.split, made.total, made.shares, seed=seed, client_seed=made.client_seed, packet=made.id)
        month = Month.of(self._members.today)
        self._table.commit(*records.create(made, Sealed(seed, drawn), month, AlreadyGiven), *more)
        return made

    def _made(
        self,
        packet: str,
        giver: str,
        name: str,
        wish: Wish,
        *,
        programme: bool = False,
        lapses: int | None = None,
        allocation: Mapping[str, int] | None = None,
        reservation: dict[str, Any] | None = None,
    ) -> Packet:
        now = self._clock.now()
        return Packet(
            id=packet,
            giver=giver,
            giver_name=name,
            programme=programme,
            blessing=wish.blessing,
            split=wish.split,
            total=wish.points,
            shares=wish.shares,
            tier=wish.tier,
            made=now,
            closes=math.ceil(now.timestamp()) + self.policy.hours * 3600,
            lapses=lapses,
            allocation=dict(allocation or {}),
            reservation=reservation,
            commitment=wish.seal,
            client_seed=wish.client_seed,
        )

    def _require_measure(self, wish: Wish) -> None:
        policy = self.policy
        if not 0 < wish.points <= policy.most_points:
            raise TooMuch(most=policy.most_points)
        if not 0 < wish.shares <= policy.most_shares:
            raise TooManyShares(most=policy.most_shares)
        if wish.points < wish.shares:
            raise TooThin(shares=wish.shares)
        if wish.tier and wish.tier not in {tier.slug for tier in self._charter.tiers}:
            raise NotFound
        found = self._cases.scan({"blessing": wish.blessing}) if wish.blessing else []
        if stopped := [hit.word for hit in found if hit.severity in _STOPS]:
            raise StoppedByWords(word=stopped[0])

    def ours(self, giver: str, form: str, seal: str) -> bool:
        """Whether a form was given to that giver, with that seal."""
        try:
            packet = self._tokens.unsign(f"packet {giver}", form)
        except BadToken:
            return False
        return same(seal, commitment(self._seed(giver, packet)))

    def _opened_form(self, giver: str, wish: Wish) -> str:
        """The packet that a form of ours is for. Raises OtherSeal for another's form, or another's seal."""
        if not self.ours(giver, wish.form, wish.seal):
            raise OtherSeal
        return self._tokens.unsign(f"packet {giver}", wish.form)

    def _first(self, packet: str, giver: str) -> Packet | None:
        """The packet that this form made before, if it did."""
        found = records.packet(self._table.get(records.pot_key(packet)))
        return found if found and found.giver == giver else None

    def _seed(self, giver: str, packet: str) -> str:
        return self._tokens.keyed("packet seed", f"{giver}\0{packet}")

    def _close_date(self) -> dt.date:
        policy = self.policy
        return self._charter.community.today(self._clock.now() + dt.timedelta(hours=policy.hours))


def _text(wish: Wish) -> Text:
    return Text(
        en=f"Red packet, {wish.points} points in {wish.shares} shares", zh=f"红包，{wish.points}分，{wish.shares}份"
    )

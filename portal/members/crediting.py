"""Whoever grants points does it here: caps and budgets bound the grant, the points are posted, a tier may rise."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from portal.charter.economy import Bounds, Cap
from portal.charter.schema import Charter, Tier
from portal.clock import Clock
from portal.errors import PortalError, Stale
from portal.members import records
from portal.members.model import Profile, Rise, counted, earned_tier
from portal.members.standing import Standing
from portal.points.budgets import Budgets, Reservation
from portal.points.events import Earn, Promise, Release, TakeBack
from portal.points.model import Bound, Granted, Month
from portal.points.service import AlreadyPosted, Points
from portal.table.contract import Write


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Points for something done: the event, what kind of activity it was, whether it counts towards the tier.

    `promised` points have been promised by a page: they are granted whatever caps and budgets leave.
    """

    earn: Earn | Promise
    kind: str
    qualifies: bool
    promised: int = 0


class Credited(msgspec.Struct, frozen=True, kw_only=True):
    """The writes that credit a member, what they come to, and the tier that they lead to, if it is another one.

    `granted` and `withheld` points are those of all grants together; `bound` says why some were withheld; `taken`
    points were taken back.
    """

    writes: list[Write]
    granted: int = 0
    withheld: int = 0
    bound: Bound = ""
    taken: int = 0
    rose_to: str | None = None


class Crediting:
    """The earning side of a member: points, what bounds them, and the tier that they lead to."""

    def __init__(self, charter: Charter, points: Points, budgets: Budgets, clock: Clock) -> None:
        self._charter = charter
        self._points = points
        self._budgets = budgets
        self._clock = clock

    @property
    def months(self) -> int:
        """How long points of today live, in months after the running one."""
        return self._charter.points.months

    @contextlib.contextmanager
    def credit(
        self, standing: Standing, grants: Sequence[Grant], already: type[PortalError] = AlreadyPosted
    ) -> Iterator[Credited]:
        """Part, for the commit inside the block: the writes of the grants, and of a tier that they raise.

        What caps or budgets leave is granted, the rest told as withheld. A budget is reserved when the block is entered
        and given back when it ends in a refusal. Raises Suspended; the commit raises `already` when one of the grants
        was posted before, Stale when the member has changed since.
        """
        standing.profile.require_active(self._today())
        with contextlib.ExitStack() as reserved:
            caps = Caps(self._charter, standing, self._today())
            bounded = [self._bounded(grant, caps, reserved) for grant in grants if grant.earn.amount]
            yield self._credited(standing, bounded, caps, already)

    def released(self, standing: Standing, granted: Granted) -> Credited:
        """Part: a promise whose day has come can be spent, and counts towards the tier in the month of its grant."""
        event = Release(granted=granted, months=self.months, rule=granted.rule, key=granted.key)
        _, writes = self._points.post(standing.purse, [event])
        kinds = {granted.activity: granted.pending} if granted.activity else {}
        return self._qualified(standing, writes, granted.month, kinds)

    def taken_back(self, standing: Standing, event: TakeBack, already: type[PortalError]) -> Credited:
        """Part: points of a grant are taken back, and count no more towards the tier.

        A rise that rested on them is undone at once, unless they were the community's own mistake.
        """
        granted = event.granted
        posted, writes = self._points.post(standing.purse, [event], already)
        taken = sum(entry.amounts.get("reversed", 0) for entry in posted.entries)
        kinds = {} if granted.pending or not granted.activity else {granted.activity: -taken}
        credited = self._qualified(standing, writes, granted.month, kinds, corrects=not event.mistake)
        return msgspec.structs.replace(credited, taken=taken)

    def _bounded(self, grant: Grant, caps: Caps, reserved: contextlib.ExitStack) -> Grant:
        asked = grant.earn.amount
        promised = min(grant.promised, asked)
        capped = max(caps.left(grant.earn.rule, asked), promised)
        reservation: Reservation = reserved.enter_context(self._budgets.reserved(grant.earn.rule, capped, promised))
        caps.count(grant.earn.rule, reservation.amount)
        bound: Bound = reservation.bound or ("cap" if capped < asked else "")
        activity = grant.kind if grant.qualifies else ""
        earn = msgspec.structs.replace(
            grant.earn,
            amount=reservation.amount,
            withheld=asked - reservation.amount,
            bound=bound if reservation.amount < asked else "",
            activity=activity,
        )
        return msgspec.structs.replace(grant, earn=earn)

    def _credited(
        self, standing: Standing, grants: Sequence[Grant], caps: Caps, already: type[PortalError]
    ) -> Credited:
        _, writes = self._points.post(standing.purse, [grant.earn for grant in grants], already)
        kinds: Counter[str] = Counter()
        for grant in grants:
            if isinstance(grant.earn, Earn) and grant.earn.activity:
                kinds[grant.earn.activity] += grant.earn.amount
        credited = self._qualified(standing, [*writes, *caps.writes()], Month.of(self._today()), kinds)
        return msgspec.structs.replace(
            credited,
            granted=sum(grant.earn.amount for grant in grants),
            withheld=sum(grant.earn.withheld for grant in grants),
            bound=next((grant.earn.bound for grant in grants if grant.earn.bound), ""),
        )

    def _qualified(
        self, standing: Standing, writes: list[Write], month: int, kinds: Mapping[str, int], *, corrects: bool = False
    ) -> Credited:
        """With what counts towards the tier: higher takes effect at once, lower only where something is put right."""
        profile, changed = standing.profile, {kind: points for kind, points in kinds.items() if points}
        if changed and month // 100 > max(standing.years):
            raise Stale  # the year has turned since the standing was read
        if not changed or month // 100 not in standing.years:
            return Credited(writes=[*writes, records.unchanged(profile)])
        counting = records.qualify(profile.id, Month(month), changed, standing.years[month // 100])
        after = {**standing.counts, month: standing.counts.get(month, 0) + sum(changed.values())}
        tier = self._tier(standing, after, corrects=corrects)
        if tier is None:
            return Credited(writes=[*writes, counting, records.unchanged(profile)])
        moved = moved_to(self._charter, profile, tier, after, self._clock.now(), corrects=corrects)
        return Credited(writes=[*writes, counting, *moved], rose_to=tier.slug)

    def _tier(self, standing: Standing, after: Mapping[int, int], *, corrects: bool) -> Tier | None:
        """The tier that the counts lead to, if it is another one than is held."""
        now = Month.of(self._today())
        held = self._charter.rank(standing.profile.tier)
        tier = earned_tier(self._charter, after, now)
        if self._charter.rank(tier.slug) > held:
            return tier
        rested = self._charter.rank(earned_tier(self._charter, standing.counts, now).slug) >= held
        return tier if corrects and rested and self._charter.rank(tier.slug) < held else None

    def _today(self) -> dt.date:
        return self._charter.community.today(self._clock.now())


def moved_to(
    charter: Charter,
    profile: Profile,
    tier: Tier,
    per_month: Mapping[int, int],
    now: dt.datetime,
    *,
    corrects: bool = False,
) -> list[Write]:
    """Part: the member stands on another tier from now on, kept with its reason."""
    change = Rise(
        at=now,
        before=profile.tier,
        after=tier.slug,
        qualifying=counted(per_month, Month.of(charter.community.today(now)), tier),
        charter=charter.hash,
        corrects=corrects,
    )
    return [records.replace(profile, tier=tier.slug, tier_since=now), records.rise(profile, change)]


class Caps:
    """What the caps leave a member today and this month, over the grants of one story."""

    def __init__(self, charter: Charter, standing: Standing, today: dt.date) -> None:
        self._policy = charter.points
        self._standing = standing
        self._today = today
        self._added: Counter[str] = Counter()

    def left(self, rule: str, amount: int) -> int:
        """How much of an amount the caps of a rule and of the programme leave."""
        return min([amount, *(max(0, most - self._counted(name)) for name, most in self._bounds(rule))])

    def count(self, rule: str, amount: int) -> None:
        """So much was granted by a rule."""
        for name, _ in self._bounds(rule):
            self._added[name] += amount

    def writes(self) -> list[Write]:
        """Part: what was granted counts from now on. Stale if the month's counts have changed since they were read."""
        added = {name: points for name, points in self._added.items() if points}
        if not added:
            return []
        member, month = self._standing.profile.id, Month.of(self._today)
        return [records.count_caps(member, month, added, self._standing.capped)]

    def _counted(self, name: str) -> int:
        return self._standing.caps.get(name, 0) + self._added[name]

    def _bounds(self, rule: str) -> list[tuple[str, int]]:
        bounds: Bounds = self._policy.bounds(rule)
        own = self._named(bounds.cap, f"_{rule}")
        return [*own, *(self._named(self._policy.programme.cap, "") if bounds.programme else [])]

    def _named(self, cap: Cap | None, suffix: str) -> list[tuple[str, int]]:
        """The counters of a cap with their limits."""
        cap = cap or Cap()
        both = ((f"d_{self._today.day:02}{suffix}", cap.per_day), (f"m{suffix}", cap.per_month))
        return [(name, most) for name, most in both if most is not None]

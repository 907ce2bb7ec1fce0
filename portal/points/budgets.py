"""Budgets: what all members together may be granted in a month, and the breaker that pauses a rule which pays too fast.

A budget is reserved by a plain update before the transaction that grants, in one of several slices, so that neither
a hot item nor a lost race stands between a member and their points. It is never exceeded, but for what a page has
promised; a crash between reserving and granting leaves it short until it is counted again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import random
from collections.abc import Callable, Iterator, Mapping

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, PortalError, Stale, StoreUnavailable
from portal.points import records
from portal.points.model import Bound, Month
from portal.table.contract import Item, Key, Table, Write

#: Slices of a monthly budget. Its key holds the slice, so readers go through all of them.
SLICES = 16
#: The budget of all rules together stands under this name.
PROGRAMME = "programme"
#: What the desk may give in red packets; they know themselves what they took of it.
PACKETS = "packets"
#: What a rule pays in an hour stands under this name: it counts what is granted, and not what was tried.
PACE = "pace"
#: How long one process goes by what it has read: that a rule is paused, that a budget is used up.
REMEMBERED = dt.timedelta(seconds=15)

log = logging.getLogger(__name__)


class Full(PortalError):
    """A slice has less left than was asked of it."""

    status = 409
    sentence = N_("The budget of this month is used up.")


class NotPaused(PortalError):
    """The rule pays already."""

    status = 409
    sentence = N_("This rule is not paused, so there is nothing to resume.")


class Part(msgspec.Struct, frozen=True):
    """So much of one slice of a budget, counted on a day; or of a rule's hour."""

    name: str
    key: Key
    amount: int
    day: dt.date


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant may come to: `amount` points, `bound` why no more; `parts` are the counters that count it."""

    amount: int
    bound: Bound = ""
    parts: tuple[Part, ...] = ()


class Spending(msgspec.Struct, frozen=True):
    """A budget as it stands: how much of it was reserved this month."""

    rule: str
    per_month: int
    used: int


class Paused(msgspec.Struct, frozen=True):
    """A rule whose breaker has tripped: when, and above how many points an hour."""

    rule: str
    at: dt.datetime
    per_hour: int


class Budgets:
    """Reserves, gives back, and pauses. `tripped` is told of a rule that was paused, once."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        clock: Clock,
        tripped: Callable[[Paused], None] = lambda _: None,
        shuffle: Callable[[list[int]], None] = random.shuffle,
    ) -> None:
        self._table = table
        self._charter = charter
        self._clock = clock
        self._tripped = tripped
        self._shuffle = shuffle
        self._remembered: dict[str, tuple[dt.datetime, bool]] = {}

    def reserve(self, rule: str, amount: int, promised: int = 0) -> Reservation:
        """Story, before the transaction that grants: as much of the amount as breaker and budgets leave.

        `promised` points are granted whatever is left, and counted all the same; only a paused rule grants none.
        """
        bounds = self._charter.points.bounds(rule)
        limits = self._limits(rule)
        if not (limits or bounds.breaker) or not amount:
            return Reservation(amount=amount)
        if bounds.breaker and self._is_paused(rule):
            return Reservation(amount=0, bound="paused")
        allowed, parts = amount, list[Part]()
        bound: Bound = ""
        for name, limit in limits.items():
            taken = self._take(name, limit, allowed)
            parts += taken
            if (left := sum(part.amount for part in taken)) < allowed:
                allowed, bound = left, "budget"
        granted = max(allowed, min(promised, amount))
        pace = self._paced(rule, granted)
        if pace is None:
            granted, bound = 0, "paused"
        return Reservation(amount=granted, bound=bound, parts=(*self._trimmed(parts, limits, granted), *(pace or ())))

    def give_back(self, reservation: Reservation, amount: int | None = None) -> None:
        """Story: so many points (all, if not told) were not granted after all. At most once a point."""
        for name in {part.name for part in reservation.parts}:
            left = reservation.amount if amount is None else amount
            for part in reservation.parts:
                if part.name == name and (back := min(left, part.amount)):
                    self._put_back(part, back)
                    left -= back

    @contextlib.contextmanager
    def reserved(self, rule: str, amount: int, promised: int = 0) -> Iterator[Reservation]:
        """A reservation for the transaction inside the block; given back when that ends in a refusal.

        Where nobody knows whether the transaction was done, it stays reserved until it is counted again.
        """
        reservation = self.reserve(rule, amount, promised)
        try:
            yield reservation
        except StoreUnavailable:
            raise
        except BaseException:
            with contextlib.suppress(PortalError):  # what stays reserved is counted again; the refusal must be told
                self.give_back(reservation)
            raise

    def spending(self) -> list[Spending]:
        """Every budget of the running month: the programme's, then the rules' own."""
        policy = self._charter.points
        named = ("check-in", *(earning.slug for earning in policy.earn), PACKETS)
        rules = [rule for rule in named if policy.bounds(rule).budget]
        limits: dict[str, int] = {}
        for rule in rules:
            limits |= self._limits(rule)
        if policy.programme.budget:
            limits = {PROGRAMME: policy.programme.budget.per_month} | limits
        return [Spending(rule, limit, self.used(rule, self._month())) for rule, limit in limits.items()]

    def paused(self) -> list[Paused]:
        """The rules whose breaker has tripped, by name."""
        return [msgspec.convert(item, Paused) for item in records.paused(self._table)]

    def resume(self, rule: str) -> list[Write]:
        """Part: a rule pays again, its hour begun anew. NotPaused if it does already."""
        self._remembered.pop(f"paused {rule}", None)
        return [records.resume(rule, NotPaused), records.forget(self._pace_key(rule))]

    def used(self, name: str, month: Month) -> int:
        """What was reserved of a budget in a month, so far."""
        keys = [records.budget_key(name, str(month), slot) for slot in range(SLICES)]
        return sum(records.used(item) for item in self._table.batch_get(keys))

    def recount(self, day: dt.date, granted: Mapping[str, int]) -> int:
        """Story of the close: what was reserved up to the end of a day and never granted goes back; how many points.

        `granted`: points by rule in the month of that day, up to its end; of red packets also those that may yet be
        opened. What was under way at midnight is set right by the next recount.
        """
        policy = self._charter.points
        names = [one.rule for one in self.spending() if one.rule != PROGRAMME]
        sums = {name: granted.get(name, 0) for name in names}
        if policy.programme.budget:
            sums[PROGRAMME] = sum(points for rule, points in granted.items() if policy.bounds(rule).programme)
        return sum(self._recounted(name, day, points) for name, points in sums.items())

    def _recounted(self, name: str, day: dt.date, granted: int) -> int:
        keys = [records.budget_key(name, str(Month.of(day)), slot) for slot in range(SLICES)]
        items = self._table.batch_get(keys)
        lost = left = sum(records.reserved(item, day) for item in items) - granted
        with contextlib.suppress(Stale):  # another runner counts this budget
            for key, item in zip(keys, items, strict=True):
                if part := left if left < 0 else min(left, records.used(item)):
                    self._table.commit(records.found_lost(key, item, part))
                    left -= part
        self._remembered.pop(f"full {name} {Month.of(day)}", None)
        return lost - left

    def _limits(self, rule: str) -> dict[str, int]:
        """The monthly budgets that a rule draws on: its own, then the programme's."""
        bounds, programme = self._charter.points.bounds(rule), self._charter.points.programme.budget
        limits = {rule: bounds.budget.per_month} if bounds.budget else {}
        return limits | ({PROGRAMME: programme.per_month} if bounds.programme and programme else {})

    def _paced(self, rule: str, amount: int) -> list[Part] | None:
        """What counts the amount in the rule's hour; None where it is too much for the hour: that pauses the rule."""
        breaker, key = self._charter.points.bounds(rule).breaker, self._pace_key(rule)
        if breaker is None or not amount:
            return []
        if amount <= breaker.per_hour:  # else it is too much even for an hour in which nothing was counted
            with contextlib.suppress(Full):
                self._table.commit(records.take(key, self._today(), amount, breaker.per_hour, Full))
                return [Part(PACE, key, amount, self._today())]
        self._trip(Paused(rule, self._clock.now(), breaker.per_hour))
        return None

    def _is_paused(self, rule: str) -> bool:
        known = self._knows(f"paused {rule}")
        if known is None:
            return self._learn(f"paused {rule}", known=self._table.get(records.breaker_key(rule)) is not None)
        return known

    def _trip(self, paused: Paused) -> None:
        self._learn(f"paused {paused.rule}", known=True)
        try:
            self._table.commit(records.trip(paused.rule, paused.at, paused.per_hour, Full))
        except Full:
            return  # somebody else's grant has paused it
        log.warning("rule %s pays more than %s an hour and is paused", paused.rule, paused.per_hour)
        self._tripped(paused)

    def _take(self, name: str, limit: int, amount: int) -> list[Part]:
        """As much of the amount as the slices have, each asked once for what is missing, in random order."""
        full = f"full {name} {self._month()}"
        if self._knows(full):
            return []
        slots = list(range(SLICES))
        self._shuffle(slots)
        parts: list[Part] = []
        for slot in slots:
            missing = amount - sum(part.amount for part in parts)
            if not missing:
                break
            if taken := self._take_of(name, slot, missing, share(limit, slot)):
                parts.append(taken)
        if amount and not parts:
            self._learn(full, known=True)
        return parts

    def _take_of(self, name: str, slot: int, amount: int, limit: int) -> Part | None:
        """So much of one slice; if it has less, what it has."""
        key, asked = self._key(name, slot), min(amount, limit)
        while asked > 0:
            seen: list[Item | None] = []
            try:
                self._table.commit(records.take(key, self._today(), asked, limit, _seeing(seen)))
            except Full:
                asked = min(asked - 1, limit - records.used(seen[0]))
            else:
                return Part(name, key, asked, self._today())
        return None

    def _trimmed(self, parts: list[Part], limits: Mapping[str, int], amount: int) -> list[Part]:
        """Every budget counts exactly the amount: what it counted beyond goes back, what it lacks is forced."""
        kept: list[Part] = []
        for name in limits:
            mine = [part for part in parts if part.name == name]
            surplus = sum(part.amount for part in mine) - amount
            for part in mine:
                if back := min(max(surplus, 0), part.amount):
                    self._put_back(part, back)
                surplus -= back
                kept.append(msgspec.structs.replace(part, amount=part.amount - back))
            if surplus < 0:
                self._table.commit(records.force(self._key(name, 0), self._today(), -surplus))
                kept.append(Part(name, self._key(name, 0), -surplus, self._today()))
        return [part for part in kept if part.amount]

    def _put_back(self, part: Part, amount: int) -> None:
        self._remembered.pop(f"full {part.name} {Month.of(part.day)}", None)
        with contextlib.suppress(Stale):  # a counter that has begun anew knows nothing of it
            self._table.commit(records.give_back(part.key, part.day, amount))

    def _pace_key(self, rule: str) -> Key:
        return records.budget_key(rule, f"{self._clock.now():%Y%m%dT%H}", 0)

    def _key(self, name: str, slot: int) -> Key:
        return records.budget_key(name, str(self._month()), slot)

    def _month(self) -> Month:
        return Month.of(self._today())

    def _today(self) -> dt.date:
        return self._charter.community.today(self._clock.now())

    def _knows(self, fact: str) -> bool | None:
        """What this process has learned a moment ago, or None."""
        at, known = self._remembered.get(fact, (None, False))
        return known if at is not None and self._clock.now() - at < REMEMBERED else None

    def _learn(self, fact: str, *, known: bool) -> bool:
        self._remembered[fact] = (self._clock.now(), known)
        return known


def share(limit: int, slot: int) -> int:
    """What one slice has of a limit: equal parts, the first slices one point more where they don't divide."""
    return limit // SLICES + (slot < limit % SLICES)


def _seeing(seen: list[Item | None]) -> Callable[[Item | None], PortalError]:
    def refuse(item: Item | None) -> PortalError:
        seen[:] = [item]
        return Full()

    return refuse

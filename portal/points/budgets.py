"""Budgets: what all members together may be granted in a month, set aside before it is granted, so never exceeded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import PortalError, StoreUnavailable
from portal.points import records
from portal.points.model import Month
from portal.table.contract import Item, Table


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Points that a budget of a month has set aside; possibly fewer than were asked for."""

    amount: int
    name: str
    month: int


class _Full(PortalError):
    """The budget does not cover it; `left` says what it does."""


class Budgets:
    """Each budget by calendar month. A crash after reserving leaves it short, never over."""

    def __init__(self, table: Table, charter: Charter, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._clock = clock

    def used(self, name: str, month: Month) -> int:
        """What was reserved of a budget in a month, so far."""
        return records.used(self._table.get(records.budget_key(name, month)))

    def reserve(self, name: str, amount: int) -> Reservation:
        """Story, before the transaction that grants: as much of the amount as there is."""
        month, limit = Month.of(self._charter.community.today(self._clock.now())), self._limit(name)

        def refused(found: Item | None) -> PortalError:
            return _Full(left=max(0, limit - records.used(found)))

        while amount > 0:
            try:
                self._table.commit(records.use(name, month, amount, limit, refused))
            except _Full as refusal:
                amount = min(amount - 1, refusal.facts["left"])
            else:
                break
        return Reservation(amount=max(0, amount), name=name, month=int(month))

    def give_back(self, reservation: Reservation, amount: int | None = None) -> None:
        """Story: so many points (all, if not told) were not granted after all. At most once a point."""
        if back := reservation.amount if amount is None else amount:
            self._table.commit(records.give_back(reservation.name, Month(reservation.month), back))

    @contextlib.contextmanager
    def reserved(self, name: str, amount: int) -> Iterator[Reservation]:
        """A reservation for the transaction inside the block; given back when that ends in a refusal."""
        reservation = self.reserve(name, amount)
        try:
            yield reservation
        except StoreUnavailable:
            raise
        except BaseException:
            with contextlib.suppress(PortalError):
                self.give_back(reservation)
            raise

    def _limit(self, name: str) -> int:
        packets = self._charter.points.packets
        limits = {"packets": packets.programme.per_month if packets and packets.programme else 0}
        return limits.get(name, 0)

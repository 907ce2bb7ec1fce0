"""Every history of every verb agrees with a naive account that keeps each point by itself: pure, and through the table.

The machine knows nothing of lots, allocations or chains; what the ledger says after each step is compared with it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from portal.points.events import (
    Adjust,
    Cancel,
    Earn,
    Event,
    Fulfil,
    Hold,
    Promise,
    Release,
    Restore,
    Return,
    TakeBack,
)
from portal.points.model import Entry, Granted, InDebt, Month, NotEnough, Purse, TooLate, TooMuch, balanced
from portal.points.posting import Moment, Posted, post
from portal.points.service import Points
from portal.points.verifying import discrepancies
from portal.table.contract import Table
from tests.charters import SHIPPED
from tests.clocks import MovableClock
from tests.points.naive import Naive, Point

START = dt.date(2027, 1, 20)
NUMBERS = itertools.count()


class Ledger(Protocol):
    """What the machine drives: post events on a date, look up a grant, read the chain."""

    purse: Purse

    def post(self, today: dt.date, *events: Event) -> Posted: ...
    def grant(self, key: str) -> Granted: ...
    def chain(self) -> Iterator[Entry]: ...


class Pure:
    """The pure account, its entries and grants in lists."""

    def __init__(self) -> None:
        self.purse = Purse(member="ada")
        self._entries: list[Entry] = []
        self._grants: dict[str, Granted] = {}

    def post(self, today: dt.date, *events: Event) -> Posted:
        now = dt.datetime.combine(today, dt.time(4), dt.UTC)
        posted = post(self.purse, events, Moment(now=now, today=today, charter="c" * 64, salt=lambda: "salt"))
        self.purse = posted.purse
        self._entries += posted.entries
        self._grants |= {change.after.key: change.after for change in posted.grants}
        return posted

    def grant(self, key: str) -> Granted:
        return self._grants[key]

    def chain(self) -> Iterator[Entry]:
        return iter(self._entries)


class Stored:
    """The service over a table: what is compared has gone through items and back."""

    def __init__(self, table: Table) -> None:
        self.member = f"member-{next(NUMBERS)}"
        self._table = table
        self._clock = MovableClock()
        self._points = Points(table, SHIPPED, self._clock)

    @property
    def purse(self) -> Purse:
        return self._points.purse(self.member)

    def post(self, today: dt.date, *events: Event) -> Posted:
        self._clock.set(dt.datetime.combine(today, dt.time(4), dt.UTC))
        posted, writes = self._points.post(self.purse, events)
        self._table.commit(*writes)
        return posted

    def grant(self, key: str) -> Granted:
        return self._points.grant(self.member, key)

    def chain(self) -> Iterator[Entry]:
        return reversed(list(self._points.back_to(self.member, dt.datetime(2000, 1, 1, tzinfo=dt.UTC))))


class Histories(RuleBasedStateMachine):
    """One member's history; `made` gives the ledger that is driven."""

    made: Any = Pure

    @initialize()
    def begin(self) -> None:
        self.ledger: Ledger = type(self).made()
        self.naive = Naive()
        self.today = START
        self.keys = itertools.count()
        self.grants: dict[str, list[Point]] = {}
        self.open: list[tuple[dict[int, int], list[Point]]] = []
        self.done: list[tuple[dict[int, int], list[Point]]] = []

    def key(self) -> str:
        return f"test#{next(self.keys)}#test"

    def post(self, *events: Event) -> Posted:
        posted = self.ledger.post(self.today, *events)
        self.naive.settle(Month.of(self.today))
        self.agree()
        return posted

    def agree(self) -> None:
        purse = self.ledger.purse
        assert purse.totals() == self.naive.totals()
        assert purse.lots == self.naive.lots()
        assert purse.usable(self.today) == len(self.naive.at("available"))
        assert balanced(purse.totals())

    def month(self, days: int = 0) -> Month:
        return Month.of(self.today + dt.timedelta(days=days))

    @rule(days=st.integers(1, 70))
    def time_passes_and_the_sweep_comes_twice(self, days: int) -> None:
        self.today += dt.timedelta(days=days)
        self.naive.settle(self.month())
        self.post()
        assert self.post().entries == []

    @rule(days=st.integers(1, 70))
    def time_passes_and_no_sweep_comes(self, days: int) -> None:
        self.today += dt.timedelta(days=days)
        self.naive.settle(self.month())

    @rule(amount=st.integers(1, 40), months=st.integers(1, 4))
    def earn(self, amount: int, months: int) -> None:
        key = self.key()
        self.naive.settle(self.month())
        self.grants[key] = self.naive.earn(amount, self.month().after(months))
        self.post(Earn(amount=amount, rule="test", key=key, months=months))

    @rule(amount=st.integers(1, 40))
    def promise(self, amount: int) -> None:
        key = self.key()
        self.naive.settle(self.month())
        self.grants[key] = self.naive.promise(amount)
        self.post(Promise(amount=amount, rule="test", key=key, due=self.today))

    @precondition(lambda self: self.naive.at("pending"))
    @rule(choice=st.integers(0, 9), months=st.integers(1, 4))
    def release(self, choice: int, months: int) -> None:
        waiting = [key for key, points in self.grants.items() if self.naive.at("pending", points)]
        key = waiting[choice % len(waiting)]
        self.naive.settle(self.month())
        self.naive.arrive(self.naive.at("pending", self.grants[key]), self.month().after(months))
        self.post(Release(granted=self.ledger.grant(key), months=months, rule="test", key=key))

    @rule(amount=st.integers(1, 60))
    def hold(self, amount: int) -> None:
        self.naive.settle(self.month())
        event, owed = Hold(amount=amount, rule="test", key=self.key()), self.naive.owed
        points = self.naive.hold(amount)
        if points is None:
            with pytest.raises(InDebt if owed else NotEnough):
                self.ledger.post(self.today, event)
            return
        self.open.append((self.post(event).allocation, points))

    @precondition(lambda self: self.open)
    @rule(choice=st.integers(0, 9))
    def fulfil(self, choice: int) -> None:
        allocation, points = self.open[choice % len(self.open)]
        event = Fulfil(amount=len(points), rule="test", key=self.key())
        self.naive.settle(self.month())
        if not self.naive.fulfil(points):
            with pytest.raises(InDebt):
                self.ledger.post(self.today, event)
            return
        self.post(event)
        self.open.remove((allocation, points))
        self.done.append((allocation, points))

    @precondition(lambda self: self.open)
    @rule(choice=st.integers(0, 9), grace=st.sampled_from([None, 0, 30, 90]))
    def cancel(self, choice: int, grace: int | None) -> None:
        allocation, points = self.open.pop(choice % len(self.open))
        self.naive.settle(self.month())
        self.naive.arrive(points, 0 if grace is None else self.month(grace))
        self.post(Cancel(allocation=allocation, grace=grace, rule="test", key=self.key()))

    @precondition(lambda self: self.done)
    @rule(choice=st.integers(0, 9), grace=st.sampled_from([None, 0, 30, 90]))
    def give_back_what_was_spent(self, choice: int, grace: int | None) -> None:
        allocation, points = self.done.pop(choice % len(self.done))
        self.naive.settle(self.month())
        self.naive.arrive(points, 0 if grace is None else self.month(grace))
        self.post(Return(allocation=allocation, grace=grace, rule="test", key=self.key()))

    @precondition(lambda self: self.open and not self.naive.owed)
    @rule(choice=st.integers(0, 9), taken=st.integers(0, 60), grace=st.sampled_from([None, 30]))
    def close_a_packet_of_which_some_was_taken(self, choice: int, taken: int, grace: int | None) -> None:
        _, points = self.open.pop(choice % len(self.open))
        points = sorted(points, key=lambda point: point.lapse)
        gone, rest = points[: min(taken, len(points))], points[min(taken, len(points)) :]
        left: dict[int, int] = {}
        for point in rest:
            left[point.lapse] = left.get(point.lapse, 0) + 1
        events: list[Event] = [Fulfil(amount=len(gone), rule="test", key=self.key())] if gone else []
        if rest:
            events.append(Cancel(allocation=left, grace=grace, rule="test", key=self.key()))
        self.naive.settle(self.month())
        self.naive.fulfil(gone)
        self.naive.arrive(rest, 0 if grace is None else self.month(grace))
        self.post(*events)

    @precondition(lambda self: self.grants)
    @rule(choice=st.integers(0, 30), amount=st.integers(1, 45), mistake=st.booleans(), late=st.booleans())
    def take_back(self, choice: int, amount: int, *, mistake: bool, late: bool) -> None:
        key = sorted(self.grants)[choice % len(self.grants)]
        before = self.ledger.grant(key)
        event = TakeBack(granted=before, amount=amount, mistake=mistake, late=late, rule="test", key=self.key())
        self.naive.settle(self.month())
        closed = not before.pending and before.lot < self.month() and not late
        if amount > before.left or closed:
            with pytest.raises(TooMuch if amount > before.left else TooLate):
                self.ledger.post(self.today, event)
            return
        taken = amount
        if before.pending:
            for point in self.naive.at("pending", self.grants[key])[:amount]:
                point.place = "reversed"
        else:
            taken = self.naive.take(amount, before.lot, mistake=mistake)
        self.post(event)
        after = self.ledger.grant(key)
        assert after.taken_back == before.taken_back + taken <= after.amount

    @rule(amount=st.integers(1, 45), months=st.integers(1, 4))
    def adjust_up(self, amount: int, months: int) -> None:
        self.naive.settle(self.month())
        self.naive.earn(amount, self.month().after(months))
        self.post(Adjust(amount=amount, months=months, corrects=1, rule="test", key=self.key()))

    @rule(amount=st.integers(1, 45), mistake=st.booleans())
    def adjust_down(self, amount: int, *, mistake: bool) -> None:
        self.naive.settle(self.month())
        self.naive.take(amount, 0, mistake=mistake)
        self.post(Adjust(amount=-amount, months=1, mistake=mistake, rule="test", key=self.key()))

    @precondition(lambda self: self.naive.at("expired"))
    @rule(amount=st.integers(1, 45), grace=st.sampled_from([0, 30]))
    def restore(self, amount: int, grace: int) -> None:
        self.post()
        amount = min(amount, len(self.naive.at("expired")))
        self.naive.restore(amount, self.month(grace))
        self.post(Restore(amount=amount, grace=grace, rule="test", key=self.key()))

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            assert list(discrepancies(self.ledger.purse, self.ledger.chain())) == []


def runs(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )


def test_two_thousand_histories_of_the_pure_account() -> None:
    run_state_machine_as_test(Histories, settings=runs(2000, 20))


def test_two_hundred_histories_through_the_table(table: Table) -> None:
    class Through(Histories):
        made = staticmethod(lambda: Stored(table))

    run_state_machine_as_test(Through, settings=runs(200, 15))

"""The pure account against a naive one that keeps every point by itself."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.language import Text
from portal.points.events import Cancel, Earn, Fulfil, Hold
from portal.points.model import GENESIS, InDebt, Month, NotEnough, Purse, balanced
from portal.points.posting import Moment, post
from portal.points.verifying import discrepancies

START = dt.date(2027, 1, 20)


def moment(today: dt.date) -> Moment:
    now = dt.datetime.combine(today, dt.time(4), dt.UTC)
    return Moment(now=now, today=today, charter="c" * 64, salt=lambda: "salt")


def earn(amount: int, months: int = 12, key: str = "k") -> Earn:
    return Earn(amount=amount, rule="test", key=key, months=months, text=Text("thing", "事"))


class Naive:
    """Each point is an object with the last month in which it can be spent; holds are lists of points."""

    def __init__(self) -> None:
        self.available: list[int] = []
        self.holds: dict[int, list[int]] = {}
        self.earned = self.spent = self.expired = 0

    def settle(self, today: dt.date) -> None:
        lapsed = [point for point in self.available if point < Month.of(today)]
        self.expired += len(lapsed)
        self.available = [point for point in self.available if point >= Month.of(today)]

    def earn(self, today: dt.date, amount: int, months: int) -> None:
        self.settle(today)
        self.earned += amount
        self.available += [Month.of(today).after(months)] * amount

    def hold(self, today: dt.date, number: int, amount: int) -> bool:
        self.settle(today)
        if len(self.available) < amount:
            return False
        self.available.sort()
        self.holds[number], self.available = self.available[:amount], self.available[amount:]
        return True

    def fulfil(self, today: dt.date, number: int) -> None:
        self.settle(today)
        self.spent += len(self.holds.pop(number))

    def cancel(self, today: dt.date, number: int, grace: int | None) -> None:
        self.settle(today)
        least = Month.of(today + dt.timedelta(days=grace)) if grace is not None else 0
        self.available += [max(point, least) for point in self.holds.pop(number)]
        self.settle(today)


STEP = st.one_of(
    st.tuples(st.just("earn"), st.integers(1, 40), st.integers(1, 4)),
    st.tuples(st.just("hold"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("fulfil"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("cancel"), st.integers(0, 9), st.sampled_from([None, 0, 30, 90])),
    st.tuples(st.just("wait"), st.integers(1, 75), st.just(0)),
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=40))
def test_every_history_agrees_with_the_naive_account(steps: list[tuple[str, int, int | None]]) -> None:
    purse, naive, today = Purse(member="ada"), Naive(), START
    holds: dict[int, dict[int, int]] = {}
    chain = []
    for number, (verb, amount, more) in enumerate(steps):
        event: object = None
        if verb == "wait":
            today += dt.timedelta(days=amount)
            naive.settle(today)
            posted = post(purse, [], moment(today))
        elif verb == "earn":
            naive.earn(today, amount, more or 1)
            posted = post(purse, [earn(amount, more or 1)], moment(today))
        elif verb == "hold":
            event = Hold(amount=amount, rule="test", key="k")
            if not naive.hold(today, number, amount):
                with pytest.raises(NotEnough):
                    post(purse, [event], moment(today))
                continue
            posted = post(purse, [event], moment(today))
            holds[number] = posted.allocation
        elif not holds:
            continue
        else:
            chosen = sorted(holds)[amount % len(holds)]
            allocation = holds.pop(chosen)
            if verb == "fulfil":
                naive.fulfil(today, chosen)
                event = Fulfil(amount=sum(allocation.values()), rule="test", key="k")
            else:
                naive.cancel(today, chosen, more)
                event = Cancel(allocation=allocation, rule="test", key="k", grace=more)
            posted = post(purse, [event], moment(today))
        purse = posted.purse
        chain += posted.entries
        assert (purse.earned, purse.spent, purse.expired) == (naive.earned, naive.spent, naive.expired)
        assert purse.usable(today) == purse.available == len(naive.available)
        assert sorted(purse.lots.items()) == sorted({m: naive.available.count(m) for m in naive.available}.items())
        assert purse.held == sum(map(len, naive.holds.values()))
        assert balanced(purse.totals())
    assert list(discrepancies(purse, iter(chain))) == []


def test_debt_is_paid_by_the_next_earning_and_blocks_spending() -> None:
    purse = Purse(member="ada", earned=0, reversed=30, debt=30)

    with pytest.raises(InDebt, match="30 points are owed"):
        post(purse, [Hold(amount=1, rule="test", key="k")], moment(START))
    paid = post(purse, [earn(50)], moment(START)).purse

    assert (paid.debt, paid.available, paid.earned) == (0, 20, 50)


def test_a_fulfilment_waits_until_debt_is_paid() -> None:
    held = post(Purse(member="ada"), [earn(20), Hold(amount=20, rule="test", key="k")], moment(START)).purse
    indebted = msgspec.structs.replace(held, reversed=5, debt=5)

    with pytest.raises(InDebt):
        post(indebted, [Fulfil(amount=20, rule="test", key="k")], moment(START))


def test_what_comes_back_pays_debt_first() -> None:
    posted = post(Purse(member="ada"), [earn(20), Hold(amount=20, rule="test", key="k")], moment(START))
    indebted = msgspec.structs.replace(posted.purse, reversed=5, debt=5)
    back = post(indebted, [Cancel(allocation=posted.allocation, rule="test", key="k")], moment(START)).purse

    assert (back.debt, back.available, back.held) == (0, 15, 0)


def test_a_point_can_be_spent_on_the_last_day_of_its_month_and_not_after() -> None:
    purse = post(Purse(member="ada"), [earn(10, months=2)], moment(START)).purse

    last = dt.date(2027, 3, 31)
    assert purse.usable(last) == 10
    assert purse.lapsing(last) == (10, last)
    assert purse.usable(last + dt.timedelta(days=1)) == 0
    settled = post(purse, [], moment(dt.date(2027, 4, 1)))
    assert [entry.kind for entry in settled.entries] == ["settle"]
    assert settled.purse.expired == 10
    again = post(settled.purse, [], moment(dt.date(2027, 9, 1)))
    assert again.entries == []


def test_time_never_runs_backwards_in_the_chain() -> None:
    first = post(Purse(member="ada"), [earn(1)], moment(dt.date(2027, 5, 5))).purse
    later = post(first, [earn(1)], moment(dt.date(2027, 5, 4)))

    assert later.entries[0].time == first.time


def test_each_entry_continues_the_one_before_and_any_change_shows() -> None:
    posted = post(Purse(member="ada"), [earn(10), earn(5, key="l"), Hold(amount=3, rule="r", key="m")], moment(START))
    first, second, third = posted.entries

    assert first.previous == GENESIS
    assert (second.previous, third.previous) == (first.hash, second.hash)
    forged = msgspec.structs.replace(second, amounts={"earned": 500, "available": 500})
    faults = list(discrepancies(posted.purse, iter([first, forged, third])))
    assert any("was changed after it was written" in fault for fault in faults)
    gone = list(discrepancies(posted.purse, iter([first, third])))
    assert any("entries in between are missing" in fault for fault in gone)


def test_erasing_a_note_leaves_the_chain_whole_and_changing_it_shows() -> None:
    posted = post(Purse(member="ada"), [earn(10)], moment(START))
    (entry,) = posted.entries
    assert entry.note is not None

    erased = msgspec.structs.replace(entry, note=None)
    changed = msgspec.structs.replace(entry, note=msgspec.structs.replace(entry.note, text=Text("other", "别的")))

    assert list(discrepancies(posted.purse, iter([erased]))) == []
    assert any("note was changed" in fault for fault in discrepancies(posted.purse, iter([changed])))


@given(st.dates(dt.date(1999, 1, 1), dt.date(2099, 12, 1)), st.integers(-200, 200))
def test_months_add_up(date: dt.date, months: int) -> None:
    month = Month.of(date)

    assert month.after(months).after(-months) == month
    assert month.after(1) > month
    assert month.after(12) == month + 100
    assert Month.of(month.last_day()) == month
    assert Month.of(month.last_day() + dt.timedelta(days=1)) == month.after(1)

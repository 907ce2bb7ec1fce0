"""The pure account, case by case; `test_every_history.py` compares it with a naive one."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.language import Text
from portal.points.events import Cancel, Earn, Fulfil, Hold
from portal.points.model import GENESIS, InDebt, Month, Purse
from portal.points.posting import Moment, post
from portal.points.verifying import discrepancies

START = dt.date(2027, 1, 20)


def moment(today: dt.date) -> Moment:
    now = dt.datetime.combine(today, dt.time(4), dt.UTC)
    return Moment(now=now, today=today, charter="c" * 64, salt=lambda: "salt")


def earn(amount: int, months: int = 12, key: str = "k") -> Earn:
    return Earn(amount=amount, rule="test", key=key, months=months, text=Text("thing", "事"))


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

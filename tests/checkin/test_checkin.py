"""The daily stamp: dates alone decide, once each."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charter.economy import CheckIn
from portal.checkin.model import DAY, card, longest_run, run_ending
from portal.checkin.service import AlreadyStamped, CheckIns
from portal.errors import Busy
from portal.members.model import Suspended
from portal.members.service import Members
from portal.points.service import Points
from portal.points.verifying import verify
from tests.clocks import MovableClock
from tests.people import member
from tests.world import World

LADDER = CheckIn(ladder=[2, 2, 3, 3, 4, 4, 6], after_the_last="cycle", qualifies=True)


def test_the_first_day_pays_and_raises_the_tier(world: World) -> None:
    ada = member(world, "Ada")

    stamped = world.the(CheckIns).stamp(ada)

    assert (stamped.points, stamped.streak, stamped.rose_to) == (2, 1, "neighbour")
    assert world.the(Points).purse(ada).available == 12
    shown = world.the(CheckIns).card(ada)
    assert (shown.stamped, shown.streak, shown.tomorrow) == (True, 1, 2)


def test_eight_days_climb_the_ladder_and_begin_it_again(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")

    paid = []
    for _ in range(8):
        promised = world.the(CheckIns).card(ada).today
        paid.append(world.the(CheckIns).stamp(ada).points)
        assert paid[-1] == promised
        clock.advance(days=1)

    assert paid == [2, 2, 3, 3, 4, 4, 6, 2]


def test_a_missed_day_starts_the_ladder_again_and_the_longest_run_stays(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    for days in (1, 1, 2, 1):
        world.the(CheckIns).stamp(ada)
        clock.advance(days=days)

    shown = world.the(CheckIns).card(ada)

    assert (shown.streak, shown.longest, shown.today) == (1, 3, 2)


def test_a_day_is_a_date_of_the_community_not_of_utc(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 1, 15, 59, tzinfo=dt.UTC))  # 23:59 in Shanghai
    world.the(CheckIns).stamp(ada)
    clock.advance(minutes=1)

    stamped = world.the(CheckIns).stamp(ada)

    assert stamped.streak == 2


def test_the_streak_crosses_the_turn_of_the_year(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 12, 31, 2, tzinfo=dt.UTC))
    world.the(CheckIns).stamp(ada)
    clock.advance(days=1)

    assert world.the(CheckIns).stamp(ada).streak == 2


def test_a_double_tap_is_one_stamp(world: World) -> None:
    ada = member(world, "Ada")

    def tap(_: int) -> str:
        try:
            world.the(CheckIns).stamp(ada)
        except (AlreadyStamped, Busy) as refusal:
            return type(refusal).__name__
        return "stamped"

    with ThreadPoolExecutor(8) as pool:
        taps = list(pool.map(tap, range(8)))

    assert taps.count("stamped") == 1
    assert world.the(Points).purse(ada).earned == 12
    assert verify(world.table).faults == []


def test_a_suspended_member_cannot_stamp(world: World) -> None:
    ada = member(world, "Ada")
    world.the(Members).suspend("wei", "Wei", ada, world.the(Members).today, "a cooling off")

    with pytest.raises(Suspended):
        world.the(CheckIns).stamp(ada)


def test_a_plateau_stays_at_the_top() -> None:
    plateau = CheckIn(ladder=[1, 5], after_the_last="plateau", qualifies=True)

    assert [plateau.reward(streak) for streak in (1, 2, 3, 30)] == [1, 5, 5, 5]


DATES = st.frozensets(st.integers(0, 60).map(lambda offset: dt.date(2027, 2, 1) + offset * DAY))


@given(DATES, st.integers(0, 60))
def test_the_card_follows_from_the_dates_alone(dates: frozenset[dt.date], offset: int) -> None:
    today = dt.date(2027, 2, 1) + offset * DAY
    dates = frozenset(date for date in dates if date <= today)

    shown = card(dates, today, LADDER)

    last = today if today in dates else today - DAY
    assert shown.streak == run_ending(dates, last)
    assert shown.streak <= shown.longest == longest_run(dates)
    assert [day.date for day in shown.week if day.today] == [today]
    assert all(day.done == (day.date in dates) for day in shown.week)
    assert next(day.points for day in shown.week if day.today) == shown.today
    assert len(shown.week) == 7

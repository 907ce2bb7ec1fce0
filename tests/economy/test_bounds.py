"""Caps, budgets and breakers: what bounds a grant, on both engines."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.charter.loader import hashed
from portal.charter.schema import Charter
from portal.checkin.service import CheckIns
from portal.economy.service import Awards
from portal.economy.watch import Watch
from portal.errors import Stale
from portal.members.crediting import Crediting, Grant
from portal.members.founding import Founding
from portal.members.service import Members
from portal.points.budgets import REMEMBERED, SLICES, Budgets, NotPaused, share
from portal.points.events import Earn
from portal.points.model import Month
from portal.points.service import AlreadyPosted, Points
from portal.points.verifying import verify
from portal.table.contract import Table
from tests.charters import SHIPPED
from tests.clocks import MovableClock
from tests.people import give, member, person
from tests.world import World

ANSWER = {"slug": "answer", "name": {"en": "An answer", "zh": "回答"}, "about": {"en": "x", "zh": "x"}, "points": 5}


def economy(**bounds: Any) -> Charter:
    """The shipped charter with one earning rule of five points, bounded so; `programme` bounds all rules."""
    raw = msgspec.to_builtins(SHIPPED)
    programme = bounds.pop("programme", {})
    earn = [ANSWER | {"qualifies": True, "decided": "by people"} | bounds]
    raw["points"] |= {"earn": earn, "programme": programme}
    raw["points"]["check_in"] |= {"budget": None, "breaker": None}
    return hashed(msgspec.convert(raw, Charter))


@pytest.fixture
def made(table: Table, clock: MovableClock, tmp_path: Path) -> Any:
    return lambda **bounds: World(table, clock, tmp_path, charter=economy(**bounds))


def award(world: World, who: str, press: str) -> tuple[int, int, str]:
    """Granted, withheld, why."""
    done = world.the(Awards).award("wei", "Wei", who, "answer", "a hint", f"press-number-{press:0>6}")
    return done.granted, done.withheld, done.bound


def test_a_cap_grants_the_rest_and_says_so_on_the_statement(made: Any, clock: MovableClock) -> None:
    world = made(cap={"per_day": 12, "per_month": 20})
    ada = member(world, "Ada")

    day = [award(world, ada, str(n)) for n in range(4)]
    clock.advance(days=1)
    month = [award(world, ada, str(n)) for n in range(4, 7)]
    clock.set(dt.datetime(2027, 3, 31, 16, tzinfo=dt.UTC))  # midnight in Shanghai: April
    april = award(world, ada, "7")

    assert day == [(5, 0, ""), (5, 0, ""), (2, 3, "cap"), (0, 5, "cap")]
    assert month == [(5, 0, ""), (3, 2, "cap"), (0, 5, "cap")]
    assert april == (5, 0, "")
    lines = world.the(Points).statement(ada).entries
    assert [(line.change, line.withheld, line.bound) for line in lines[:3]] == [
        (5, 0, ""),
        (0, 5, "cap"),
        (3, 2, "cap"),
    ]
    assert verify(world.table).faults == []


def test_the_programme_s_cap_bounds_all_rules_together_but_no_gift(made: Any) -> None:
    world = made(programme={"cap": {"per_day": 6}})
    ada = member(world, "Ada")
    stamped = world.the(CheckIns).stamp(ada).points

    assert (stamped, award(world, ada, "1"), award(world, ada, "2")) == (2, (4, 1, "cap"), (0, 5, "cap"))
    give(world, ada, 100)
    assert world.the(Points).purse(ada).available == 116


def test_what_a_page_has_promised_is_granted_whatever_the_bounds_leave(made: Any) -> None:
    world = made(cap={"per_day": 5}, budget={"per_month": 16})
    ada = member(world, "Ada")
    award(world, ada, "1")
    earn = Earn(amount=5, rule="answer", key="test#promised#answer", months=12)
    standing = world.the(Members).standing(ada)

    with world.the(Crediting).credit(standing, [Grant(earn=earn, kind="x", qualifies=False, promised=4)]) as credited:
        world.table.commit(*credited.writes)

    assert (credited.granted, credited.withheld, credited.bound) == (4, 1, "cap")
    assert world.the(Budgets).used("answer", Month(202703)) == 9


def test_a_budget_is_never_exceeded_by_forty_at_once(made: Any) -> None:
    world = made(budget={"per_month": 83})
    people = [member(world, f"M{n}") for n in range(40)]

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda pair: award(world, pair[1], str(pair[0])), enumerate(people)))

    granted = sum(points for points, _, _ in done)
    assert 78 <= granted <= 83
    assert {why for points, _, why in done if points < 5} == {"budget"}
    assert world.the(Budgets).used("answer", Month(202703)) == granted
    spending = {one.rule: (one.used, one.per_month) for one in world.the(Watch).spending()}
    assert spending == {"answer": (granted, 83), "packets": (0, 2000)}
    assert verify(world.table).faults == []


def test_a_budget_begins_anew_with_the_month(made: Any, clock: MovableClock) -> None:
    world = made(budget={"per_month": 7})
    ada = member(world, "Ada")

    march = [award(world, ada, str(n)) for n in range(3)]
    clock.set(dt.datetime(2027, 3, 31, 16, tzinfo=dt.UTC))

    assert march == [(5, 0, ""), (2, 3, "budget"), (0, 5, "budget")]
    assert award(world, ada, "3") == (5, 0, "")


def test_a_budget_that_was_used_up_a_moment_ago_begins_anew_at_midnight(made: Any, clock: MovableClock) -> None:
    world = made(budget={"per_month": 5})
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 31, 15, 59, 58, tzinfo=dt.UTC))

    march = [award(world, ada, str(n)) for n in range(2)]
    clock.advance(seconds=4)

    assert march == [(5, 0, ""), (0, 5, "budget")]
    assert award(world, ada, "2") == (5, 0, "")


def test_second_presses_and_what_the_budget_withholds_trip_no_breaker(made: Any) -> None:
    world = made(breaker={"per_hour": 11}, budget={"per_month": 10})
    ada = member(world, "Ada")

    first = award(world, ada, "1")
    for _ in range(4):
        with pytest.raises(AlreadyPosted):
            award(world, ada, "1")
    rest = [award(world, ada, str(n)) for n in range(2, 6)]

    assert first == (5, 0, "")
    assert rest == [(5, 0, ""), (0, 5, "budget"), (0, 5, "budget"), (0, 5, "budget")]
    assert world.the(Watch).paused() == []


def test_both_budgets_count_the_same_where_the_programme_s_is_the_smaller(made: Any) -> None:
    world = made(budget={"per_month": 1000}, programme={"budget": {"per_month": 8}})
    ada = member(world, "Ada")

    assert [award(world, ada, str(n)) for n in range(2)] == [(5, 0, ""), (3, 2, "budget")]
    used = [world.the(Budgets).used(name, Month(202703)) for name in ("answer", "programme")]
    assert used == [8, 8]


def test_a_refused_grant_gives_its_reservation_back(made: Any) -> None:
    world = made(budget={"per_month": 100})
    ada = member(world, "Ada")
    award(world, ada, "1")

    with pytest.raises(AlreadyPosted):
        award(world, ada, "1")
    used = world.the(Budgets).used("answer", Month(202703))

    assert used == 5


def test_the_slices_of_a_budget_add_up() -> None:
    for limit in (1, 15, 16, 17, 83, 5000):
        assert sum(share(limit, slot) for slot in range(SLICES)) == limit


def test_a_rule_that_pays_too_fast_is_paused_once_the_stewards_are_told_and_it_can_be_resumed(
    made: Any, clock: MovableClock
) -> None:
    world = made(breaker={"per_hour": 20})
    world.the(Founding).claim(person(world, "Wei", "zh"), "Wei")
    ada = member(world, "Ada")

    done = [award(world, ada, str(n)) for n in range(6)]
    letters = [letter for letter in world.mail() if "发得太快" in letter.subject]
    paused = world.the(Watch).paused()
    clock.advance(hours=2)
    still = award(world, ada, "7")
    world.the(Watch).resume("wei", "Wei", "answer")
    again = award(world, ada, "8")

    assert done == [(5, 0, "")] * 4 + [(0, 5, "paused")] * 2
    assert len(letters) == 1
    assert [(one.rule, one.per_hour) for one in paused] == [("answer", 20)]
    assert (still, again) == ((0, 5, "paused"), (5, 0, ""))
    assert world.the(Points).purse(ada).available == 35
    with pytest.raises(NotPaused):
        world.the(Watch).resume("wei", "Wei", "answer")


def test_what_comes_back_into_a_budget_can_be_granted_at_once(made: Any) -> None:
    budgets = made(budget={"per_month": 5}).the(Budgets)
    first = budgets.reserve("answer", 5)
    assert budgets.reserve("answer", 5).bound == "budget"

    budgets.give_back(first)

    assert budgets.reserve("answer", 5).amount == 5


@pytest.fixture
def stamped_too_fast(table: Table, clock: MovableClock, tmp_path: Path) -> World:
    """A steward who reads Chinese, and a stamp that was worth more than its rule may pay in an hour."""
    raw = msgspec.to_builtins(economy())
    raw["points"]["check_in"] |= {"breaker": {"per_hour": 1}}
    world = World(table, clock, tmp_path, charter=hashed(msgspec.convert(raw, Charter)))
    world.the(Founding).claim(person(world, "Wei", "zh"), "Wei")
    world.the(CheckIns).stamp(member(world, "Ada"))
    return world


def test_one_grant_that_is_too_much_for_an_hour_pauses_its_rule(stamped_too_fast: World) -> None:
    assert [one.rule for one in stamped_too_fast.the(Watch).paused()] == ["check-in"]
    assert stamped_too_fast.the(Budgets).reserve("check-in", 1).bound == "paused"


def test_stewards_read_of_a_paused_stamp_in_their_language(stamped_too_fast: World) -> None:
    assert "每日盖章" in "".join(letter.subject for letter in stamped_too_fast.mail())


def test_another_process_learns_of_a_paused_rule_within_seconds(made: Any, clock: MovableClock) -> None:
    here, there = made(breaker={"per_hour": 20}), made(breaker={"per_hour": 20})
    ada = member(here, "Ada")
    award(there, ada, "0")

    for n in range(1, 6):
        award(here, ada, str(n))
    clock.advance(seconds=REMEMBERED.total_seconds())

    assert award(there, ada, "9") == (0, 5, "paused")


def test_caps_read_before_another_grant_never_decide_after_it(made: Any) -> None:
    world = made(cap={"per_day": 5})
    ada = member(world, "Ada")
    torn = world.the(Members).standing(ada)
    award(world, ada, "1")
    fresh = world.the(Members).standing(ada)
    torn = msgspec.structs.replace(fresh, caps=torn.caps, capped=torn.capped)
    earn = Earn(amount=5, rule="answer", key="test#torn#answer", months=12)

    with (
        pytest.raises(Stale),
        world.the(Crediting).credit(torn, [Grant(earn=earn, kind="x", qualifies=False)]) as credited,
    ):
        world.table.commit(*credited.writes)

"""Giving: what it takes, what it costs, what each refusal says, on both engines."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.audit.service import Audit
from portal.charter.checks import faults
from portal.charter.loader import decode, encode, hashed
from portal.charter.schema import Charter
from portal.errors import NotFound
from portal.members.model import Suspended
from portal.members.service import Members
from portal.packets.closing import Closing
from portal.packets.giving import Giving
from portal.packets.model import (
    BudgetSpent,
    DayIsFull,
    LapsesElsewhere,
    NoPackets,
    OtherSeal,
    StoppedByWords,
    TierTooLowToGive,
    TooManyShares,
    TooMuch,
    TooNew,
    TooThin,
)
from portal.packets.service import Packets
from portal.points.model import InDebt, NotEnough
from portal.points.verifying import verify
from portal.table.contract import Key, Table, Update
from tests.charters import SHIPPED
from tests.clocks import MovableClock
from tests.packets.packets import gives, opens, programme_gives, programme_wish, purse, wish
from tests.people import give, member
from tests.world import World


def policy(**changes: Any) -> Charter:
    """The shipped charter with its packets changed."""
    raw = msgspec.to_builtins(SHIPPED)
    raw["points"]["packets"] |= changes
    made = hashed(msgspec.convert(raw, Charter))
    assert list(faults(made)) == []
    return made


def test_the_whole_is_held_at_once_and_the_shares_are_sealed(world: World, ada: str) -> None:
    packet = gives(world, ada, 60, 6, blessing="May the oven stay warm")

    held = purse(world, ada)
    assert (held.available, held.held) == (70, 60)
    assert (packet.total, packet.shares, packet.blessing) == (60, 6, "May the oven stay warm")
    assert (packet.seed, packet.drawn) == ("", [])
    assert packet.closes_at == packet.made + dt.timedelta(hours=24)
    assert [one.id for one in world.the(Packets).mine(ada).given] == [packet.id]
    assert verify(world.table).faults == []


def test_the_same_form_again_finds_the_first_packet(world: World, ada: str) -> None:
    form = wish(world, ada, 10, 2)

    first = world.the(Giving).give(ada, form)
    again = world.the(Giving).give(ada, msgspec.structs.replace(form, points=50))

    assert again == first
    assert purse(world, ada).held == 10


def test_a_form_is_its_giver_s_and_its_seal_is_ours(world: World, ada: str) -> None:
    eve = member(world, "Eve", points=100)
    form = wish(world, ada, 10, 2)

    with pytest.raises(OtherSeal):
        world.the(Giving).give(eve, form)
    with pytest.raises(OtherSeal):
        world.the(Giving).give(ada, msgspec.structs.replace(form, form=form.form[:-2]))
    for seal in ("0" * 64, "", "nöt hex", wish(world, ada, 10, 2).seal):
        with pytest.raises(OtherSeal):
            world.the(Giving).give(ada, msgspec.structs.replace(form, seal=seal))
    assert purse(world, ada).held == 0


def test_each_refusal_says_why_and_takes_nothing(world: World, ada: str) -> None:
    for points, shares, more, refusal, sentence in (
        (201, 5, {}, TooMuch, "at most 200 points"),
        (100, 51, {}, TooManyShares, "at most 50 shares"),
        (0, 1, {}, TooMuch, "at most"),
        (5, 0, {}, TooManyShares, "at most"),
        (5, 6, {}, TooThin, "6 shares need 6 points"),
        (131, 5, {}, NotEnough, "needs 131 points; you can spend 130"),
        (10, 2, {"lapses": 202704}, LapsesElsewhere, "2028-03-31"),
        (10, 2, {"lapses": None}, LapsesElsewhere, "lapse on"),
        (10, 2, {"tier": "emperor"}, NotFound, "nothing"),
    ):
        with pytest.raises(refusal, match=sentence):
            gives(world, ada, points, shares, **more)
    assert purse(world, ada).available == 130
    assert verify(world.table).faults == []


def test_three_a_day_and_tomorrow_again(world: World, ada: str, clock: MovableClock) -> None:
    for _ in range(3):
        gives(world, ada, 5, 1)

    with pytest.raises(DayIsFull, match="3 a day"):
        gives(world, ada, 5, 1)
    clock.advance(days=1)

    assert gives(world, ada, 5, 1)


def test_who_is_new_or_low_or_suspended_gives_nothing_yet(world: World, clock: MovableClock) -> None:
    bo = member(world, "Bo", points=50)

    with pytest.raises(TooNew, match="from 2027-03-08 on"):
        gives(world, bo)
    clock.advance(days=7)
    with pytest.raises(TierTooLowToGive, match="Neighbour"):
        gives(world, bo, 10, 2)
    give(world, bo, 20, "up", qualifies=True)
    gives(world, bo, 10, 2)
    members = world.the(Members)
    members.suspend("wei", "Wei", bo, members.today, "a rest")
    with pytest.raises(Suspended):
        gives(world, bo, 10, 2)


def test_a_giver_in_debt_is_told_so(world: World, ada: str) -> None:
    owe(world, ada, 30)

    with pytest.raises(InDebt, match="30 points are owed first"):
        gives(world, ada, 10, 2)


def test_the_largest_packet_fits_one_commit_with_lapses_that_are_due(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path, charter=policy(most_shares=60, tier=None))
    ada = member(world, "Ada", points=100)
    for _ in range(11):
        clock.advance(days=31)
        give(world, ada, 10, str(clock.now()))
    clock.advance(days=150)

    packet = gives(world, ada, 60, 60)
    clock.advance(days=1)
    closed = world.the(Closing).close_due()

    assert (packet.shares, closed) == (60, 1)
    after = purse(world, ada)
    assert after.expired > 0
    assert (after.held, after.spent) == (0, 0)
    assert verify(world.table).faults == []


def test_words_that_the_list_stops_are_on_no_packet(world: World, ada: str) -> None:
    stopped = next(word.text for word in world.charter.words.word if word.severity in ("hold", "block"))

    with pytest.raises(StoppedByWords) as refused:
        gives(world, ada, 10, 2, blessing=f"Hello {stopped}")
    assert refused.value.facts["word"] == stopped
    assert purse(world, ada).held == 0


def test_what_is_given_keeps_the_earliest_date_but_lives_a_week(world: World, ada: str, clock: MovableClock) -> None:
    """Lots that lapse at the end of March, April and May of 2028; the giver has 130 in the first."""
    bo = member(world, "Bo")
    clock.set(dt.datetime(2027, 4, 20, tzinfo=dt.UTC))
    give(world, ada, 20, "april")
    clock.set(dt.datetime(2028, 3, 20, tzinfo=dt.UTC))
    early = gives(world, ada, 10, 1)
    clock.set(dt.datetime(2028, 3, 24, 3, 0, tzinfo=dt.UTC))
    last = gives(world, ada, 10, 1)
    clock.advance(days=1)
    late = gives(world, ada, 120, 1)

    assert (early.lapses, last.lapses, late.lapses) == (202803, 202804, 202804)
    assert late.allocation == {"202803": 110, "202804": 10}
    opens(world, bo, late)
    assert purse(world, bo).lots[202804] == 120


def test_the_programme_gives_out_of_its_budget_and_never_more(world: World) -> None:
    programme_gives(world, 200, 10)
    for _ in range(9):
        programme_gives(world, 195, 10)

    with pytest.raises(BudgetSpent, match="has 45 points left"):
        programme_gives(world, 46, 2)
    with pytest.raises(TooThin):
        programme_gives(world, 5, 6)
    assert world.the(Giving).budget_left() == 45
    programme_gives(world, 45, 2)
    assert world.the(Giving).budget_left() == 0
    noted = world.the(Audit).of_day(world.the(Audit).today())
    assert sorted(action.facts["points"] for action in noted) == [45, *[195] * 9, 200]
    assert {action.actor for action in noted} == {"wei"}


def test_a_form_sent_twenty_times_at_once_gives_one_packet(world: World, ada: str) -> None:
    """Of a member it holds once, though there wouldn't be enough for two; of the desk it reserves once."""
    mine, ours = wish(world, ada, 100, 10), programme_wish(world, 100, 10)
    giving = world.the(Giving)

    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: giving.give(ada, mine), range(20)))
        given = list(pool.map(lambda _: giving.give_from_programme("wei", "Wei", ours), range(20)))

    assert {packet.id for packet in made} == {made[0].id}
    assert {packet.id for packet in given} == {given[0].id}
    assert (purse(world, ada).held, purse(world, ada).available) == (100, 30)
    assert giving.budget_left() == 1900
    assert verify(world.table).faults == []


def test_a_community_may_do_without(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    without = hashed(msgspec.structs.replace(SHIPPED, points=msgspec.structs.replace(SHIPPED.points, packets=None)))
    world = World(table, clock, tmp_path, charter=without)
    ada = member(world, "Ada", points=50)
    browser = world.browser()
    browser.sign_in("ada@example.org")

    with pytest.raises(NoPackets):
        world.the(Giving).may_give(world.the(Members).standing(ada))
    assert browser.get("/portal/packets/new").status_code == 404
    assert "/portal/packets" not in browser.get("/portal/me").text
    assert "No red packet waits for you" in browser.get("/portal/packets").text


def test_a_programme_without_a_budget_gives_nothing(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    assert SHIPPED.points.packets
    packets = msgspec.structs.replace(SHIPPED.points.packets, programme=None)
    points = msgspec.structs.replace(SHIPPED.points, packets=packets)
    world = World(table, clock, tmp_path, charter=hashed(msgspec.structs.replace(SHIPPED, points=points)))

    with pytest.raises(BudgetSpent, match="has 0 points left"):
        programme_gives(world, 100, 5)


def test_a_charter_stored_before_there_were_packets_has_none() -> None:
    raw = msgspec.json.decode(encode(SHIPPED))
    del raw["points"]["packets"]

    assert decode(msgspec.json.encode(raw)).points.packets is None


def test_the_charter_s_packets_are_checked() -> None:
    raw = msgspec.to_builtins(SHIPPED)
    raw["points"]["packets"] |= {"tier": "emperor", "most_points": 3}

    assert list(faults(msgspec.convert(raw, Charter))) == [
        'points.toml: packets: tier: tiers.toml has no tier "emperor"',
        "points.toml: packets: most_shares: each of 50 shares needs a point of its own",
    ]


def owe(world: World, who: str, debt: int) -> None:
    """A debt, as an abuse that was taken back leaves one; the books of this purse are then the test's own."""
    before = purse(world, who)
    lots = {f"lot_{month}" for month in before.lots}
    left = before.available
    world.table.commit(
        Update(Key(f"M#{who}", "POINTS"), add={"debt": debt, "reversed": debt + left, "v": 1}, remove=sorted(lots))
    )

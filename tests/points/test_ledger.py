"""The ledger through the table, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from portal.config import ROOT
from portal.errors import Stale
from portal.members.service import Members
from portal.points import rebuilding
from portal.points.events import Hold
from portal.points.lapsing import Lapsing
from portal.points.service import AlreadyPosted, Points
from portal.points.verifying import verify
from portal.rewards.service import Rewards
from portal.table.contract import Item, Key, Table, Update
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.forwarding import ForwardingTable
from tests.people import give, member, reward
from tests.points.mutants import MUTANTS
from tests.world import World


def test_an_earning_of_the_same_key_is_granted_once(world: World) -> None:
    ada = member(world, "Ada")
    give(world, ada, 30, key="talk-7")

    with pytest.raises(AlreadyPosted):
        give(world, ada, 30, key="talk-7")

    assert world.the(Points).purse(ada).available == 40


def test_two_postings_from_one_reading_never_both_stand(world: World) -> None:
    ada, points = member(world, "Ada"), world.the(Points)
    read = points.purse(ada)
    first, second = (points.post(read, [Hold(amount=8, rule="test", key=key)])[1] for key in ("a", "b"))
    world.table.commit(*first)
    entry_free = [write for write in second if getattr(write, "item", {}).get("sk") == "POINTS"]

    for writes in (second, entry_free):
        with pytest.raises(Stale):
            world.table.commit(*writes)

    assert points.purse(ada).held == 8


def test_every_mutant_still_finds_its_place() -> None:
    for mutant in MUTANTS:
        assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1, mutant.name


def test_the_statement_goes_back_page_by_page_with_a_running_balance(world: World) -> None:
    ada = member(world, "Ada")
    for number in range(30):
        give(world, ada, 1, key=str(number))

    first = world.the(Points).statement(ada)
    second = world.the(Points).statement(ada, first.cursor)

    balances = [entry.after["available"] for entry in [*first.entries, *second.entries]]
    assert balances == list(range(40, 9, -1))
    assert second.cursor is None


def test_lapsed_points_cannot_be_spent_however_late_the_sweep(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, price=5)
    clock.set(dt.datetime(2028, 3, 31, 15, 59, tzinfo=dt.UTC))  # one minute before midnight in Shanghai
    world.the(Rewards).redeem(ada, "mug", world.the(Ids).new(), 5)
    clock.advance(minutes=2)

    refused = next(offer for offer in world.the(Rewards).catalogue(world.the(Members).standing(ada))).refusal
    settled = world.the(Lapsing).settle_due()

    assert "you can spend 0" in str(refused)
    assert settled == 1
    purse = world.the(Points).purse(ada)
    assert (purse.available, purse.held, purse.expired) == (0, 5, 95)
    assert world.the(Lapsing).settle_due() == 0
    assert verify(world.table).faults == []


def test_verify_names_what_was_tampered_with(world: World) -> None:
    ada, bea = member(world, "Ada", points=10), member(world, "Bea", points=10)
    world.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"earned": 5}))
    world.table.commit(Update(Key(f"M#{bea}", "L#0000000002"), set={"rule": "forged"}))

    verdict = verify(world.table)

    told = "\n".join(verdict.faults)
    assert f"{ada}: earned is 25, its entries make it 20" in told
    assert f"{bea}: entry 2: was changed after it was written" in told
    assert "all members: the totals don't add up" in told


def test_what_cannot_be_read_is_named_and_the_others_are_looked_at(world: World) -> None:
    ada, bea, cy, di = (member(world, name, points=10) for name in ("Ada", "Bea", "Cy", "Di"))
    world.table.commit(Update(Key(f"M#{ada}", "L#0000000002"), set={"amounts": "forged"}))
    world.table.commit(Update(Key(f"M#{bea}", "POINTS"), set={"earned": "many"}))
    world.table.commit(Update(Key(f"M#{di}", "POINTS"), add={"earned": 5}))

    verdict, plan = verify(world.table), rebuilding.plan(world.table)

    told = "\n".join(verdict.faults)
    assert f"{ada}: L#0000000002 can't be read" in told
    assert f"{bea}: POINTS can't be read" in told
    assert f"{di}: earned is 25" in told
    assert cy not in told
    assert [change.stored.member for change in plan.changes] == [di]
    assert sorted(fault.split(":")[0] for fault in plan.beyond) == sorted([ada, bea])


@pytest.mark.parametrize("forged", [{"lots": {"never": 5}}, {"time": "2027-01-01T00:00:00"}], ids=["lot", "time"])
def test_an_entry_with_no_such_month_or_no_zone_is_named(world: World, forged: dict[str, object]) -> None:
    ada, bea = member(world, "Ada", points=10), member(world, "Bea", points=10)
    world.table.commit(Update(Key(f"M#{ada}", "L#0000000002"), set=forged))
    world.table.commit(Update(Key(f"M#{bea}", "POINTS"), add={"earned": 5}))

    told = "\n".join(verify(world.table).faults)

    assert f"{ada}: L#0000000002 can't be read" in told
    assert f"{bea}: earned is 25" in told
    assert f"{ada}: L#0000000002 can't be read" in "\n".join(rebuilding.plan(world.table).beyond)


def test_verify_finds_a_sound_ledger_sound(world: World) -> None:
    for name in ("Ada", "Bea"):
        member(world, name, points=10)

    verdict = verify(world.table)

    assert (verdict.members, verdict.entries, verdict.faults) == (2, 4, [])
    assert verdict.totals["earned"] == 40


def test_verify_raises_no_alarm_over_what_is_posted_meanwhile(world: World) -> None:
    ada = member(world, "Ada")
    scan = world.table.scan

    def posting_meanwhile() -> Iterator[Item]:
        yield from list(scan())
        give(world, ada, 5, key="meanwhile")

    verdict = verify(ScanningWith(world.table, posting_meanwhile))

    assert verdict.faults == []
    assert verdict.totals["earned"] == 15


class ScanningWith(ForwardingTable):
    """The table, but for its scan."""

    def __init__(self, table: Table, scan: Callable[[], Iterator[Item]]) -> None:
        super().__init__(table)
        self.scan = scan  # type: ignore[method-assign]

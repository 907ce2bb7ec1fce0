"""`tonghao ledger verify` and `tonghao ledger rebuild`, typed by somebody with the store in their hands."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.points import rebuilding
from portal.points.service import Points
from portal.points.verifying import verify
from portal.rewards.service import Rewards
from portal.table.contract import Delete, Key, Update
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.closes import MIDNIGHT, closing
from tests.people import give, member, reward
from tests.world import World


@pytest.fixture
def store(tmp_path: Path, clock: MovableClock) -> World:
    """Ada and Bea, a mug held, a day closed; in a file that the terminal opens too."""
    table = SqliteTable(tmp_path / "store.db", clock)
    table.create()
    world = World(table, clock, tmp_path)
    ada, _ = member(world, "Ada", points=20), member(world, "Bea", points=5)
    reward(world, price=8)
    world.the(Rewards).redeem(ada, "mug", "the-only-press-there-is", 8)
    clock.set(MIDNIGHT)
    clock.advance(minutes=10)
    closing(world).close_due()
    return world


def typed(world: World, tmp_path: Path, *words: str, answer: str | None = None) -> Result:
    settings = {"TONGHAO_TABLE": f"sqlite:///{tmp_path / 'store.db'}", "TONGHAO_DATA": str(tmp_path)}
    return CliRunner().invoke(main, ["ledger", *words], env=settings, input=answer)


def id_of(world: World, name: str) -> str:
    return next(str(item["id"]) for item in world.table.scan() if item["sk"] == "PROFILE" and item["name"] == name)


def purses(world: World) -> list[dict[str, object]]:
    return [dict(item) for item in world.table.scan() if item["sk"] == "POINTS"]


def entries(world: World) -> list[str]:
    return [str(item) for item in world.table.scan() if str(item["sk"]).startswith("L#")]


def test_a_sound_ledger_is_verified_to_the_last_root(store: World, tmp_path: Path) -> None:
    done = typed(store, tmp_path, "verify")

    assert done.exit_code == 0, done.output
    assert "2 members, 5 entries" in done.output
    assert "1 published roots, 1 of them made again from their rows" in done.output
    assert "Every balance follows from its entries." in done.output


def test_each_discrepancy_is_named_and_the_exit_status_says_so(store: World, tmp_path: Path) -> None:
    ada, bea = id_of(store, "Ada"), id_of(store, "Bea")
    store.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"spent": 3}))
    store.table.commit(Update(Key(f"M#{bea}", "L#0000000002"), set={"hash": "f" * 64}))
    store.table.commit(Update(Key("ROOTS", "2027-03-01"), set={"previous": "1" * 64}))

    done = typed(store, tmp_path, "verify")

    assert done.exit_code == 1
    for fault in (
        f"{ada}: spent is 3, its entries make it 0",
        "all members: spent is 3, all entries together make it 0",
        f"{bea}: entry 2: was changed after it was written",
        "2027-03-01: the record was changed after it was published",
        "2027-03-01: doesn't name the record before",
        f"2027-03-01: {bea}: entry 2 is not the one that the day's root covers",
    ):
        assert fault in done.output
    assert "Every balance follows" not in done.output


def test_a_dry_run_tells_and_changes_nothing(store: World, tmp_path: Path) -> None:
    ada = id_of(store, "Ada")
    store.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"earned": 100, "lot_202803": 70, "lot_202901": 30}))
    before = sorted(map(str, store.table.scan()))

    done = typed(store, tmp_path, "rebuild", "--dry-run")

    assert done.exit_code == 1
    assert f"{ada}: earned is 130, its entries make it 30" in done.output
    assert f"{ada}: lots is {{202803: 92, 202901: 30}}, its entries make it {{202803: 22}}" in done.output
    assert "2 members, 1 purses differ" in done.output
    assert sorted(map(str, store.table.scan())) == before


@pytest.mark.parametrize(("answer", "mended"), [("y\n", True), ("n\n", False), ("", False)])
def test_it_asks_and_mends_purses_from_their_entries(store: World, tmp_path: Path, answer: str, mended: bool) -> None:
    ada = id_of(store, "Ada")
    right = store.the(Points).purse(ada)
    told = entries(store)
    store.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"held": -8, "lot_202901": 50}, remove=["lot_202803"]))
    store.table.commit(Delete(Key(f"M#{ada}", "DUE")))

    done = typed(store, tmp_path, "rebuild", answer=answer)

    purse = store.the(Points).purse(ada)
    assert ("1 purses were mended." in done.output) == mended
    assert (purse.lots, purse.held, purse.v) == ((right.lots, 8, right.v + 1) if mended else ({202901: 50}, 0, right.v))
    assert entries(store) == told
    assert (verify(store.table).faults == []) == mended
    if mended:
        due = store.table.get(Key(f"M#{ada}", "DUE"))
        assert due is not None
        assert str(due["gs2pk"]).startswith("DUE#202803#")
        assert typed(store, tmp_path, "rebuild", "--yes").exit_code == 0
        give(store, ada, 5, key="and goes on")
        assert verify(store.table).faults == []


def test_a_purse_that_is_gone_is_made_again(store: World, tmp_path: Path) -> None:
    bea = id_of(store, "Bea")
    right = store.the(Points).purse(bea)
    store.table.commit(Delete(Key(f"M#{bea}", "POINTS")))

    done = typed(store, tmp_path, "rebuild", "--yes")

    assert done.exit_code == 0, done.output
    assert store.the(Points).purse(bea).totals() == right.totals()
    assert verify(store.table).faults == []


def test_what_entries_cannot_tell_is_left_alone_and_named(store: World, tmp_path: Path) -> None:
    ada, bea = id_of(store, "Ada"), id_of(store, "Bea")
    store.table.commit(Delete(Key(f"M#{ada}", "L#0000000002")))
    store.table.commit(Update(Key(f"M#{bea}", "K#test#gift#test"), set={"amount": 4}))
    store.table.commit(Delete(Key(f"M#{bea}", f"K#welcome#{bea}#welcome")))
    before = purses(store)

    done = typed(store, tmp_path, "rebuild", "--yes")

    assert done.exit_code == 1
    assert f"{ada}: entry 3: follows 1; entries in between are missing" in done.output
    assert f"{bea}: the key test#gift#test says 4 points; entry 2 5" in done.output
    assert "is missing: it could be earned again" in done.output
    assert purses(store) == before


def test_a_purse_that_moved_meanwhile_is_not_overwritten(store: World) -> None:
    ada = id_of(store, "Ada")
    store.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"earned": 100}))
    plan = rebuilding.plan(store.table)
    store.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"v": 1}))

    late = rebuilding.mend(store.table, plan.changes)

    assert late == [f"{ada}: the purse has moved meanwhile; look again"]
    assert store.the(Points).purse(ada).earned == 130

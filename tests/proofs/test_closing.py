"""The close of a day, on both engines: late, repeated, cut off or twice at once, it publishes one and the same root."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from portal import jobs
from portal.points.lapsing import Lapsing
from portal.points.model import GENESIS, Month
from portal.points.verifying import verify
from portal.proofs import verifying
from portal.proofs.closing import AlreadyClosed, DailyClose
from portal.proofs.model import Block, Root, Tally, difference
from portal.proofs.service import Proofs
from portal.rewards.closing import Redemptions
from portal.rewards.service import Rewards
from portal.table.contract import Delete, Item, Key, Put, Table, Update, Write
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests import engines
from tests.charters import moved
from tests.clocks import MovableClock
from tests.closes import MIDNIGHT, closing
from tests.counting import CountingTable, counted
from tests.forwarding import ForwardingTable
from tests.interrupting import InterruptedTable
from tests.people import give, member, reward
from tests.world import World


def published(world: World) -> list[Root]:
    """Every record, the first one first."""
    return world.the(Proofs).listed().roots[::-1]


def three_days(world: World, clock: MovableClock, close: bool) -> None:
    """Six members, some of whom earn and spend; on time if `close`, else nothing is closed."""
    clock.set(MIDNIGHT - dt.timedelta(hours=7))
    people = [member(world, name) for name in ("Ada", "Bea", "Cai", "Dan", "Eve", "Fay")]
    reward(world, price=4)
    for number in range(3):
        if number:
            give(world, people[number], 10 * number, key=f"day-{number}")
            world.the(Rewards).redeem(people[0], "mug", f"press-of-day-number-{number}", 4)
        clock.set(MIDNIGHT + dt.timedelta(days=number, minutes=10))
        if close:
            assert closing(world).close_due() == 1
        clock.advance(hours=9)


def test_a_day_is_closed_ten_minutes_after_midnight_and_once(world: World, clock: MovableClock) -> None:
    ada, _ = member(world, "Ada", points=5), member(world, "Bea")

    clock.set(MIDNIGHT + dt.timedelta(minutes=9))
    early = jobs.run("close", world.services)
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    done = jobs.run("close", world.services)
    again = jobs.run("close", world.services)

    assert (early["closed"], done["closed"], again["closed"]) == (0, 1, 0)
    (record,) = published(world)
    assert (record.day, record.leaves, record.previous) == (dt.date(2027, 3, 1), 2, GENESIS)
    assert record.totals["earned"] == record.totals["available"] == 25
    assert record.moved.issued == {"test": 5, "welcome": 20}
    assert world.the(Proofs).of_member(ada).agrees
    assert verifying.verify(world.table).faults == []


def test_what_comes_after_midnight_belongs_to_the_next_day(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.set(MIDNIGHT)
    give(world, ada, 7)
    clock.advance(minutes=10)

    closing(world).close_due()
    first = world.the(Proofs).of_member(ada).proof
    clock.advance(days=1)
    closing(world).close_due()

    assert (first.seq, [link.seq for link in first.since]) == (1, [2])
    assert [record.totals["earned"] for record in published(world)] == [10, 17]
    assert [record.moved.issued for record in published(world)] == [{"welcome": 10}, {"test": 7}]
    assert world.the(Proofs).of_member(ada).proof.seq == 2


def test_three_days_caught_up_are_the_three_days_on_time(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    """What was closed on time is closed again, all at once, in a copy of the store that knows no close."""
    world = World(sqlite_table, clock, tmp_path)
    three_days(world, clock, close=True)
    on_time = published(world)
    with engines.fresh_sqlite_table(tmp_path / "copy", clock) as copy:
        for item in world.table.scan():
            if not str(item["pk"]).startswith(("ROOTS", "LEAF#")):
                copy.commit(Put(item))
        clock.advance(days=2)
        late = World(copy, clock, tmp_path / "copy")
        closed = closing(late, rows=2).close_due()

        caught_up = published(late)
        assert closed == 5
        assert [record.hash for record in caught_up[:3]] == [record.hash for record in on_time]
        assert caught_up[3].root != caught_up[4].root  # the same heads under other salts
        assert caught_up[3].totals == caught_up[4].totals
        assert verifying.verify(copy).faults == []


def test_a_day_ends_at_the_midnight_of_its_own_zone(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=moved("Africa/Lagos", dt.datetime(2027, 3, 15, tzinfo=dt.UTC)))
    ada = member(world, "Ada")
    clock.set(MIDNIGHT)
    give(world, ada, 5, key="on the second")
    clock.advance(minutes=10)

    assert closing(world).close_due() == 1
    (record,) = published(world)
    assert (record.until, record.totals["earned"]) == (MIDNIGHT, 10)


def test_catching_up_after_downtime_closes_each_date_in_order(world: World, clock: MovableClock) -> None:
    three_days(world, clock, close=False)

    closed = closing(world).close_due()

    days = [record.day.day for record in published(world)]
    assert (closed, days) == (3, [1, 2, 3])
    earlier, later = published(world)[-2:]
    assert later.previous == earlier.hash
    assert later.totals["held"] == 8
    assert verifying.verify(world.table).faults == []
    assert verify(world.table).faults == []


class Dying(ForwardingTable):
    """A table that is gone after so many commits."""

    def __init__(self, table: Table, commits: int) -> None:
        super().__init__(table)
        self._left = commits

    def commit(self, *writes: Write) -> Item | None:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return super().commit(*writes)


@pytest.mark.parametrize("commits", range(7))
def test_a_run_that_dies_anywhere_leaves_nothing_wrong(world: World, clock: MovableClock, commits: int) -> None:
    """The second close of six members: two drafts, two chunks, their list, one record."""
    three_days(world, clock, close=False)
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    closing(world).close_due()
    clock.advance(days=1)

    if commits < 6:
        with pytest.raises(KeyboardInterrupt):
            closing(world, table=Dying(world.table, commits)).close_due()
        assert len(published(world)) == 1
    closed = closing(world).close_due()

    assert closed == 1
    assert verifying.verify(world.table) == verifying.Verdict(records=2, rebuilt=2, faults=[])
    assert published(world)[-1].moved.issued == {"test": 10}


def test_two_runners_at_once_publish_one_record(world: World, clock: MovableClock) -> None:
    three_days(world, clock, close=False)
    runs = [closing(world) for _ in range(4)]

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(DailyClose.close_due, runs))

    assert [record.day.day for record in published(world)] == [1, 2, 3]
    assert verifying.verify(world.table) == verifying.Verdict(records=3, rebuilt=3, faults=[])


def test_a_runner_that_comes_second_leaves_the_first_one_s_record(world: World, clock: MovableClock) -> None:
    member(world, "Ada")
    clock.set(MIDNIGHT + dt.timedelta(minutes=30))
    slow = InterruptedTable(world.table)
    slow.interrupt(closing(world).close_due, writing="ROOTS")

    closed = closing(world, table=slow).close_due()

    assert closed == 1
    assert len(published(world)) == 1
    assert AlreadyClosed.status == 409


def test_rows_that_were_forgotten_are_gathered_again(world: World, clock: MovableClock) -> None:
    """After more than forty days without a close nothing is left to compare with; the books still continue."""
    ada = member(world, "Ada", points=5)
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    closing(world).close_due()
    clock.advance(days=45)
    give(world, ada, 7, key="late")
    clock.advance(days=1)

    closing(world).close_due()

    records = world.the(Proofs).listed().roots
    assert records[0].totals["earned"] == 22
    assert sum(difference(record)["earned"] for record in [*records, *_rest(world)]) == 22
    assert verifying.verify(world.table).faults == []


def _rest(world: World) -> list[Root]:
    return world.the(Proofs).listed(world.the(Proofs).listed().cursor).roots


def test_the_books_of_each_day_follow_from_those_before(world: World, clock: MovableClock) -> None:
    """Ada asks, gets, and one thing lapses: every total moves as the day says."""
    ada = member(world, "Ada", points=30)
    reward(world, price=10)
    press = world.the(Rewards).redeem(ada, "mug", world.the(Ids).new(), 10).id
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    closing(world).close_due()
    world.the(Redemptions).fulfil("wei", "Wei", ada, press, "")
    clock.set(dt.datetime(2028, 4, 1, tzinfo=dt.UTC))
    world.the(Lapsing).settle_due()
    clock.advance(days=1)

    closing(world).close_due()

    last = world.the(Proofs).latest()
    assert last is not None
    assert (last.totals["spent"], last.totals["expired"], last.totals["available"]) == (10, 30, 0)
    assert last.moved.expired == 30
    assert verifying.verify(world.table).faults == []


def test_points_granted_in_a_month_are_told_by_rule(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=5)
    clock.set(dt.datetime(2027, 3, 31, 15, 59, tzinfo=dt.UTC))  # the last minute of March in Shanghai
    give(world, ada, 7, key="march")
    clock.advance(minutes=2)
    give(world, ada, 9, key="april")
    clock.advance(days=3)
    closing(world).close_due()
    proofs = world.the(Proofs)

    assert proofs.granted(Month(202703)) == {"welcome": 10, "test": 12}
    assert proofs.granted(Month(202704)) == {"test": 9}
    assert proofs.granted(Month(202702)) == {}


def test_a_close_costs_by_its_members_and_new_entries_not_by_the_ledger(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    people = [member(world, f"P{number}") for number in range(5)]
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    closing(world, rows=1024).close_due()

    def a_day(entries: int, day: int) -> tuple[int, int, int]:
        for number in range(entries):
            give(world, people[0], 1, key=f"{day}-{number}")
        clock.advance(days=1)
        with counted(counting) as n:
            assert closing(world, rows=1024).close_due() == 1
            return n.reads, n.commits, n.writes

    quiet = a_day(0, 1)
    busy = a_day(60, 2)
    after = a_day(1, 3)

    # the last record, its chunks, their rows, a draft, five purses, the members' list in two states, the new record
    assert quiet == (8, 4, 4)
    assert busy == after == (9, 4, 4)  # one more: the new lines of the one who has some


def test_a_store_without_members_has_nothing_to_close(world: World, clock: MovableClock) -> None:
    clock.advance(days=3)

    assert closing(world).close_due() == 0
    assert world.the(Proofs).latest() is None


def test_verify_names_what_was_changed_in_records_and_rows(world: World, clock: MovableClock) -> None:
    three_days(world, clock, close=True)
    _, second, third = published(world)
    forged = msgspec.msgpack.encode(Block([], Tally()))
    world.table.commit(Update(Key("ROOTS", "2027-03-02"), set={"leaves": 5}))
    world.table.commit(Update(Key("LEAF#2027-03-03#1", third.root), set={"block": forged}))
    world.table.commit(Update(Key("LEAF#2027-03-03#0", third.root), set={"block": b"nothing"}))
    world.table.commit(Delete(Key("LEAF#2027-03-02#0", second.root)))

    faults = verifying.verify(world.table).faults

    assert "2027-03-02: the record was changed after it was published: its seal is another" in faults
    assert "2027-03-02: the rows of chunk 0 are missing or can't be read" in faults
    assert "2027-03-03: the rows of chunk 0 are missing or can't be read" in faults
    assert "2027-03-03: the rows of chunk 1 are missing or can't be read" in faults
    assert "2027-03-03: has 0 rows and says 6" in faults
    assert not [fault for fault in faults if fault.startswith("2027-03-01")]


def test_verify_makes_each_root_again_from_its_rows(world: World, clock: MovableClock) -> None:
    three_days(world, clock, close=True)
    record = published(world)[-1]
    key = Key("LEAF#2027-03-03#0", record.root)
    item = world.table.get(key)
    assert item is not None
    block = msgspec.msgpack.decode(bytes(item["block"]), type=Block)
    richer = msgspec.structs.replace(block.rows[0], totals=[999, *block.rows[0].totals[1:]])
    longer = msgspec.structs.replace(block.rows[1], seq=77)
    forged = msgspec.msgpack.encode(Block([richer, longer, *block.rows[2:]], Tally()))
    world.table.commit(Update(key, set={"block": forged}))

    faults = "\n".join(verifying.verify(world.table).faults)

    assert "2027-03-03: the rows of chunk 0 make another root than the record says" in faults
    assert "2027-03-03: available is" in faults
    assert f"{longer.member}: entry 77 is gone; the day's root covers it" in faults

"""What a crash has left reserved goes back into the budget at the next close, and nothing that was granted does."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path

import pytest

from portal.economy.service import Awards
from portal.errors import StoreUnavailable
from portal.packets.closing import Closing
from portal.packets.service import Packets
from portal.points.budgets import PACKETS, Budgets
from portal.points.events import Earn
from portal.points.model import Month
from portal.points.service import Points
from portal.proofs.closing import DailyClose
from portal.proofs.recounting import Recounting
from portal.table.contract import Item, Table, Write
from tests.clocks import MovableClock
from tests.economy.test_bounds import economy
from tests.forwarding import ForwardingTable
from tests.interrupting import InterruptedTable
from tests.packets.packets import programme_gives
from tests.people import member
from tests.world import World

MARCH = Month(202703)


class Crashing(ForwardingTable):
    """Loses the transactions of grants for as long as it is told to."""

    crashes = False

    def commit(self, *writes: Write) -> Item | None:
        if self.crashes and len(writes) > 1:
            raise StoreUnavailable
        return super().commit(*writes)


@pytest.fixture
def crashing(table: Table) -> Crashing:
    return Crashing(table)


@pytest.fixture
def bounded(crashing: Crashing, clock: MovableClock, tmp_path: Path) -> World:
    charter = economy(budget={"per_month": 100}, programme={"budget": {"per_month": 500}})
    return World(crashing, clock, tmp_path, charter=charter)


def award(world: World, who: str, press: str) -> None:
    world.the(Awards).award("wei", "Wei", who, "answer", "a hint", f"{press:->20}")


def used(world: World) -> tuple[int, int]:
    return tuple(world.the(Budgets).used(name, MARCH) for name in ("answer", "programme"))  # type: ignore[return-value]


def test_what_a_crash_left_reserved_goes_back_at_the_next_close(
    bounded: World, crashing: Crashing, clock: MovableClock
) -> None:
    world, ada = bounded, member(bounded, "Ada")
    award(world, ada, "granted")
    crashing.crashes = True
    for number in range(3):
        with pytest.raises(StoreUnavailable):
            award(world, ada, f"lost-{number}")
    crashing.crashes = False
    short = used(world)
    clock.set(dt.datetime(2027, 3, 1, 16, 20, tzinfo=dt.UTC))  # twenty past midnight in Shanghai
    award(world, ada, "after midnight")

    world.the(DailyClose).close_due()
    back = [world.the(Recounting).recount() for _ in range(2)]

    assert short == (20, 20)
    assert back == [30, 0]
    assert used(world) == (10, 10)


def test_a_grant_that_crossed_midnight_is_set_right_the_night_after(bounded: World, clock: MovableClock) -> None:
    world, ada = bounded, member(bounded, "Ada")
    clock.set(dt.datetime(2027, 3, 1, 15, 59, 59, tzinfo=dt.UTC))
    with world.the(Budgets).reserved("answer", 5):
        clock.advance(seconds=2)
        earn = Earn(amount=5, months=12, rule="answer", key="test#across#answer")
        world.table.commit(*world.the(Points).post(world.the(Points).purse(ada), [earn])[1])
        clock.set(dt.datetime(2027, 3, 1, 16, 20, tzinfo=dt.UTC))
        world.the(DailyClose).close_due()
        first = world.the(Recounting).recount()

    assert first == 10  # five of the rule's budget and five of the programme's, too early by a night
    assert used(world) == (0, 0)
    clock.advance(days=1)
    world.the(DailyClose).close_due()
    world.the(Recounting).recount()
    assert used(world) == (5, 5)


def test_two_recounts_at_once_give_back_once(bounded: World, crashing: Crashing, clock: MovableClock) -> None:
    world, ada = bounded, member(bounded, "Ada")
    award(world, ada, "granted")
    crashing.crashes = True
    with pytest.raises(StoreUnavailable):
        award(world, ada, "lost")
    crashing.crashes = False
    clock.advance(days=1)
    world.the(DailyClose).close_due()
    torn = InterruptedTable(crashing)
    rival = Budgets(torn, world.charter, clock)
    torn.interrupt(world.the(Recounting).recount, writing="BUDGET#")

    late = rival.recount(dt.date(2027, 3, 1), {"answer": 5})

    assert late == 0
    assert used(world) == (5, 5)


def test_red_packets_of_the_desk_are_counted_by_what_they_keep(
    crashing: Crashing, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(crashing, clock, tmp_path)
    ada = member(world, "Ada")
    in_packets = functools.partial(world.the(Budgets).used, PACKETS, MARCH)
    opened = programme_gives(world, 40, 4, split="equal")
    world.the(Packets).open(ada, opened.id)
    crashing.crashes = True
    with pytest.raises(StoreUnavailable):
        programme_gives(world, 30, 3)
    crashing.crashes = False
    assert in_packets() == 70

    clock.advance(days=1, minutes=1)
    programme_gives(world, 5, 5)  # today's, which the close of yesterday leaves alone
    world.the(DailyClose).close_due()
    assert world.the(Recounting).recount() == 30
    assert in_packets() == 45

    world.the(Closing).close_due()  # what comes back may find its slice emptied by the recount
    clock.advance(days=1)
    world.the(DailyClose).close_due()
    world.the(Recounting).recount()
    assert in_packets() == 15

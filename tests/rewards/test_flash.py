"""Flash sales: many at once for few, tickets drawn before the transaction, and none lost on the way."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import msgspec
import pytest

from portal import jobs
from portal.errors import Busy, Stale
from portal.points.model import NotEnough
from portal.rewards.closing import Redemptions
from portal.rewards.model import PriceChanged
from portal.rewards.sale import OneAtATime, Sale, TicketGone
from portal.rewards.service import LimitReached, SoldOut
from portal.rewards.shelf import Shelf
from portal.table.contract import Item, Key, Table, Write
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.forwarding import ForwardingTable
from tests.interrupting import InterruptedTable
from tests.people import member, reward
from tests.rewards.asking import WEI, at_once, books_balance, left, redeem, seen
from tests.world import World


class Crashed(Exception):
    """The machine that drew the ticket is gone."""


class CrashingTable(ForwardingTable):
    """Dies, once, before a transaction that claims a ticket."""

    doomed = False

    def commit(self, *writes: Write) -> Item | None:
        if self.doomed and any(write.key.sk.startswith("DRAW#") for write in writes):
            self.doomed = False
            raise Crashed
        return super().commit(*writes)


def drawn(world: World) -> int:
    item = world.table.get(Key("R#mug", "STOCK"))
    return int(item["next"]) if item and "next" in item else 0


def test_of_many_at_once_exactly_as_many_get_one_as_there_are(world: World) -> None:
    people = [member(world, f"M{number}", points=10) for number in range(40)]
    reward(world, price=10, stock=15, flash=True)
    presses = {who: world.the(Ids).new() for who in people}

    answers = at_once([partial(redeem, world, who, "mug", presses[who], 10) for who in [*people, *people]], 40)

    won = {answer for answer in answers if isinstance(answer, str)}
    assert len(won) == 15
    refused = Counter(type(answer) for answer in answers if not isinstance(answer, str))
    assert set(refused) <= {SoldOut, OneAtATime}
    assert (left(world), drawn(world)) == (0, 15)
    books_balance(world)


def test_one_member_s_sixty_parallel_presses_burn_no_ticket(world: World) -> None:
    ada = member(world, "Ada", points=600)
    reward(world, price=10, stock=50, limit=1, flash=True)

    answers = at_once([partial(redeem, world, ada, "mug", f"press-number-{n:04}", 10) for n in range(60)])

    won = [answer for answer in answers if isinstance(answer, str)]
    assert len(won) == 1
    assert {type(answer) for answer in answers if answer not in won} <= {OneAtATime, LimitReached}
    assert left(world) == 49
    books_balance(world)


def test_a_second_press_gets_the_first_one_s_answer_and_draws_nothing(world: World) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, price=10, stock=2, flash=True)

    first = redeem(world, ada, press="one-press-of-the-button", price=10)
    again = redeem(world, ada, press="one-press-of-the-button", price=10)

    assert (first, left(world), drawn(world)) == (again, 1, 1)
    assert seen(world, ada, first).draw == 1


def test_who_may_not_have_it_draws_no_ticket(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=500, stock=2, flash=True)

    with pytest.raises(NotEnough):
        redeem(world, ada, price=500)
    with pytest.raises(PriceChanged):
        redeem(world, ada, price=4)

    assert (left(world), drawn(world)) == (2, 0)


def test_a_ticket_comes_back_when_the_rest_fails(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    interrupted = InterruptedTable(table)
    world = World(interrupted, clock, tmp_path)
    ada = member(world, "Ada")
    reward(world, price=10, stock=1, flash=True)
    reward(world, "other", price=10)
    interrupted.interrupt(lambda: redeem(world, ada, "other", price=10), writing=f"M#{ada}")

    with pytest.raises(NotEnough):  # spent between the look at the purse and the ticket
        redeem(world, ada, price=10)

    assert (left(world), drawn(world)) == (1, 1)
    clock.advance(seconds=61)
    assert world.the(Sale).recount() == 0
    books_balance(world)


def test_a_crash_between_ticket_and_transaction_loses_nothing_for_long(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    crashing = CrashingTable(table)
    world = World(crashing, clock, tmp_path)
    ada, bo = member(world, "Ada"), member(world, "Bo")
    reward(world, price=10, stock=1, flash=True)
    crashing.doomed = True
    with pytest.raises(Crashed):
        redeem(world, ada, price=10)
    with pytest.raises(SoldOut):
        redeem(world, bo, price=10)

    assert jobs.run("redemptions", world.services)["tickets"] == 0  # it may still be on its way
    clock.advance(seconds=61)
    assert [jobs.run("redemptions", world.services)["tickets"] for _ in range(2)] == [1, 0]

    assert left(world) == 1
    assert redeem(world, bo, price=10)
    clock.advance(seconds=61)
    assert jobs.run("redemptions", world.services)["tickets"] == 0
    books_balance(world)


def test_a_press_that_comes_back_after_its_ticket_was_given_away_takes_nothing(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path)
    ada = member(world, "Ada")
    reward(world, price=10, stock=1, flash=True)

    class Late(ForwardingTable):
        def commit(self, *writes: Write) -> Item | None:
            if any(write.key.sk.startswith("RD#") for write in writes):
                clock.advance(seconds=61)
                assert world.the(Sale).recount() == 1
            return super().commit(*writes)

    slow = World(Late(table), clock, tmp_path)
    with pytest.raises(TicketGone):
        redeem(slow, ada, price=10)

    assert left(world) == 1
    assert world.the(Sale).recount() == 0
    books_balance(world)


def test_recounting_from_many_machines_gives_back_once(world: World, clock: MovableClock) -> None:
    people = [member(world, f"M{number}") for number in range(6)]
    mug = reward(world, price=10, stock=20, flash=True)
    for who in people[:4]:
        world.the(Sale).ticket(who, mug, SoldOut)
    for who in people[4:]:
        redeem(world, who, price=10)
    clock.advance(seconds=61)

    answers = at_once([world.the(Sale).recount] * 6, 6)

    counted = [answer for answer in answers if isinstance(answer, int)]
    assert sum(counted) == 4
    assert {type(answer) for answer in answers} <= {int, Stale, Busy}
    assert left(world) == 18


def test_cancelled_and_declined_ones_are_had_by_others(world: World) -> None:
    ada, bo = member(world, "Ada", points=20), member(world, "Bo", points=20)
    reward(world, price=10, stock=1, flash=True)
    press = redeem(world, ada, price=10)
    world.the(Redemptions).cancel(ada, press)
    second = redeem(world, bo, price=10)
    world.the(Redemptions).decline(*WEI, bo, second, "")

    assert redeem(world, ada, price=10)
    with pytest.raises(SoldOut):
        redeem(world, bo, price=10)


def test_an_ordinary_reward_becomes_a_flash_sale_and_back(world: World) -> None:
    ada = member(world, "Ada", points=90)
    mug = reward(world, price=10, stock=5)
    edit = world.the(Shelf).edit
    redeem(world, ada, price=10)
    edit(*WEI, msgspec.structs.replace(mug, flash=True))
    redeem(world, ada, price=10)
    edit(*WEI, msgspec.structs.replace(mug, v=2))
    redeem(world, ada, price=10)

    assert (left(world), drawn(world)) == (2, 1)

"""Two hundred hands at once, on what runs out and what is counted: how often DynamoDB is asked for each success."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.economy.service import Awarded, Awards
from portal.points.budgets import Budgets
from portal.points.model import Month
from portal.points.verifying import verify
from portal.rewards.model import Redemption
from portal.rewards.service import Rewards, SoldOut
from portal.table.contract import Table
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.contending import ContendedTable, at_once
from tests.economy.test_bounds import economy
from tests.people import member, reward
from tests.world import World

HANDS = 200
pytestmark = pytest.mark.parametrize("table", ["sqlite"], indirect=True)


def test_a_budget_is_asked_once_for_each_grant_and_budget(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    contended = ContendedTable(table)
    charter = economy(budget={"per_month": 5000}, programme={"budget": {"per_month": 9000}})
    world = World(contended, clock, tmp_path, charter=charter)
    people = [member(world, f"M{n}") for n in range(HANDS)]
    contended.reset()

    def award(n: int) -> object:
        return world.the(Awards).award("wei", "Wei", people[n], "answer", "a hint", f"{n:->20}")

    done = at_once([lambda n=n: award(n) for n in range(HANDS)])  # type: ignore[misc]

    granted = sum(one.granted for one in done if isinstance(one, Awarded))
    assert granted == 5 * HANDS
    assert contended.naming("BUDGET#") <= 2 * HANDS
    assert contended.cancelled <= HANDS // 10
    assert world.the(Budgets).used("answer", Month(202703)) == granted
    assert verify(world.table).faults == []


def test_a_flash_sale_is_asked_three_times_for_each_that_is_sold(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    contended = ContendedTable(table)
    world = World(contended, clock, tmp_path)
    people = [member(world, f"M{n}") for n in range(HANDS)]
    reward(world, price=1, stock=100, flash=True)
    presses = [world.the(Ids).new() for _ in people]
    contended.reset()

    def press(n: int) -> object:
        return world.the(Rewards).redeem(people[n], "mug", presses[n], 1)

    done = at_once([lambda n=n: press(n) for n in range(HANDS)])  # type: ignore[misc]

    sold = [one for one in done if isinstance(one, Redemption)]
    assert len(sold) == 100
    assert {type(one) for one in done} == {Redemption, SoldOut}
    assert contended.naming("R#mug") <= 3 * len(sold)
    assert verify(world.table).faults == []

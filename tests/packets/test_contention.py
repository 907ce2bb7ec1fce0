"""Two hundred hands at once, on a table that cancels what overlaps, as DynamoDB does and no emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.packets.model import AllOpened, Claim, Over
from portal.points.verifying import verify
from portal.table.contract import Key, Put, Table, Update, absent, under
from tests.clocks import MovableClock
from tests.contending import ContendedTable, at_once
from tests.packets.packets import gives, opens, pot
from tests.packets.test_opening import giver, joined
from tests.world import World

HANDS = 200


@pytest.mark.parametrize("table", ["sqlite"], indirect=True)
def test_two_hundred_hands_hardly_ever_meet(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    contended = ContendedTable(table)
    world = World(contended, clock, tmp_path)
    packet = gives(world, giver(world, clock), 120, 50)
    people = [joined(world, n) for n in range(HANDS)]
    contended.reset()

    met = at_once([lambda who=who: opens(world, who, packet) for who in people])  # type: ignore[misc]

    claims = [one for one in met if isinstance(one, Claim)]
    assert (len(claims), pot(world, packet).next) == (50, 50)
    assert {type(one) for one in met} <= {Claim, AllOpened, Over}
    assert contended.sent <= 50 * 1.2  # a transaction each, and the close
    assert contended.cancelled <= 5
    assert verify(world.table).faults == []


@pytest.mark.parametrize("table", ["sqlite"], indirect=True)
def test_the_model_shows_what_a_counter_in_the_transaction_costs(table: Table) -> None:
    """The design that we do not have: it makes this model cancel several tries for each success."""
    contended = ContendedTable(table)

    def grab(n: int) -> object:
        counter = Update(Key("POT", "POT"), add={"next": 1}, when=[under("next", 50, AllOpened(shares=50))])
        return contended.commit(Put({"pk": f"M#{n}", "sk": "CLAIM"}, when=[absent()]), counter)

    at_once([lambda n=n: grab(n) for n in range(60)])  # type: ignore[misc]

    assert contended.sent > 3 * 50

"""Two hundred hands at once, on a table that cancels what overlaps, as DynamoDB does and no emulator."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.errors import Busy, PortalError
from portal.packets.model import AllOpened, Claim, Over
from portal.points.verifying import verify
from portal.table.contract import Item, Key, Put, Table, Update, Write, absent, under
from tests.clocks import MovableClock
from tests.forwarding import ForwardingTable
from tests.packets.packets import gives, opens, pot
from tests.packets.test_opening import giver, joined
from tests.world import World

HANDS = 200


class ContendedTable(ForwardingTable):
    """Each commit takes a moment. One that meets another on an item is cancelled and tried again with jitter, unless
    both are plain writes, which DynamoDB puts in a row. `cancelled` counts those; `sent` the tries of transactions.
    """

    def __init__(self, table: Table, moment: float = 0.004) -> None:
        super().__init__(table)
        self._moment = moment
        self._lock = threading.Lock()
        self._under_way: list[tuple[set[Key], bool]] = []
        self.reset()

    def reset(self) -> None:
        self.sent = self.cancelled = 0

    def commit(self, *writes: Write) -> Item | None:
        mine = ({write.key for write in writes}, len(writes) > 1)
        for _ in range(200):
            if self._enters(mine):
                try:
                    time.sleep(self._moment)
                    return super().commit(*writes)
                finally:
                    with self._lock:
                        self._under_way.remove(mine)
            time.sleep(random.random() * self._moment * 4)  # noqa: S311 - jitter
        raise Busy

    def _enters(self, mine: tuple[set[Key], bool]) -> bool:
        keys, transaction = mine
        with self._lock:
            self.sent += transaction
            if any(keys & others and (transaction or theirs) for others, theirs in self._under_way):
                self.cancelled += 1
                return False
            self._under_way.append(mine)
            return True


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """All of them in the same moment; what came of each."""
    barrier = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return one()
        except PortalError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))


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

"""Several processes with several threads each, on one store: the books balance, and what was acknowledged stays."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from portal.packets.service import Packets
from portal.points.service import Points
from portal.points.verifying import verify
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.table.contract import Table
from portal.table.dynamodb import DynamoTable
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.packets.packets import programme_gives
from tests.people import give, member, reward
from tests.world import World

WORKER = Path(__file__).parent / "worker.py"
PROCESSES, THREADS = 3, 4
#: A busy disk makes them slow, never wrong.
pytestmark = pytest.mark.timeout(900)
Deed = list[Any]


def address(table: Table, emulator: str) -> str:
    """The setting that opens the same store in another process."""
    if isinstance(table, SqliteTable):
        return f"sqlite:///{table.path}"
    assert isinstance(table, DynamoTable)
    return f"dynamodb://{table.name}?endpoint={emulator}"


@pytest.fixture
def url(request: pytest.FixtureRequest, table: Table) -> str:
    return address(table, request.getfixturevalue("emulator") if isinstance(table, DynamoTable) else "")


class Worker:
    """A process of the hammer, given its share of the deeds."""

    def __init__(self, url: str, now: str, deeds: Sequence[tuple[int, Deed]], folder: Path, name: str) -> None:
        self._answers = folder / f"{name}.jsonl"
        told = "".join(json.dumps([number, *deed]) + "\n" for number, deed in deeds)
        (folder / f"{name}.in").write_text(told)
        with (folder / f"{name}.in").open() as deeds_file, self._answers.open("w") as answers:
            command = [sys.executable, str(WORKER), url, str(THREADS), now]
            self.process = subprocess.Popen(
                command, stdin=deeds_file, stdout=answers, stderr=subprocess.PIPE, env=os.environ
            )

    def acknowledged(self) -> dict[int, Any]:
        """What it has acknowledged so far; a line cut short by its death is none."""
        found = {}
        for line in self._answers.read_text().splitlines():
            with contextlib.suppress(ValueError):
                number, outcome = json.loads(line)
                found[number] = outcome
        return found

    def wait(self) -> None:
        _, said = self.process.communicate(timeout=800)
        assert self.process.returncode == 0, said.decode()[-2000:]


def hammered(url: str, world: World, deeds: Sequence[Deed], folder: Path) -> list[Any]:
    """The outcome of each deed, done by several processes at once."""
    numbered = list(enumerate(deeds))
    now = world.clock.now().isoformat()
    workers = [Worker(url, now, numbered[n::PROCESSES], folder, f"w{n}") for n in range(PROCESSES)]
    for worker in workers:
        worker.wait()
    outcomes = {number: outcome for worker in workers for number, outcome in worker.acknowledged().items()}
    assert len(outcomes) == len(deeds)
    return [outcomes[number] for number in range(len(deeds))]


def sound(world: World) -> None:
    assert verify(world.table).faults == []


def test_a_thousand_redemptions_of_a_hundred_in_stock(world: World, url: str, tmp_path: Path) -> None:
    asked, stock = 1000, 100
    people = [member(world, f"M{n}", points=100) for n in range(50)]
    reward(world, price=3, stock=stock)
    presses = [world.the(Ids).new() for _ in range(asked - asked // 10)]
    deeds: list[Deed] = [["redeem", people[n % 50], "mug", press, 3] for n, press in enumerate(presses)]
    deeds += deeds[: asked // 10]

    outcomes = hammered(url, world, deeds, tmp_path)

    sold = {outcome for outcome in outcomes if outcome in set(presses)}
    assert len(sold) == stock
    assert {outcome for outcome in outcomes if outcome not in sold} <= {"SoldOut", "Busy", "NotEnough"}
    assert world.the(Shelf).all()[0].left == 0
    assert sum(world.the(Points).purse(who).held for who in people) == 3 * stock
    sound(world)


def test_five_hundred_grabs_of_a_packet_of_fifty(world: World, url: str, tmp_path: Path) -> None:
    people = [member(world, f"M{n}") for n in range(100)]
    packet = programme_gives(world, 200, 50).id
    deeds: list[Deed] = [["grab", who, packet] for who in people * 5]

    outcomes = hammered(url, world, deeds, tmp_path)

    shares = {who: outcome for (_, who, _), outcome in zip(deeds, outcomes, strict=True) if isinstance(outcome, int)}
    assert len(shares) == 50
    assert sum(shares.values()) == 200
    assert all(world.the(Points).purse(who).earned == 10 + shares.get(who, 0) for who in people)
    sound(world)


def test_sixty_grabs_of_one_member_burn_no_share(world: World, url: str, tmp_path: Path) -> None:
    eager = member(world, "Eager")
    packet = programme_gives(world, 100, 10).id

    outcomes = hammered(url, world, [["grab", eager, packet]] * 60, tmp_path)

    got = {outcome for outcome in outcomes if isinstance(outcome, int)}
    assert len(got) == 1
    others = [world.the(Packets).open(member(world, f"M{n}"), packet).points for n in range(9)]
    assert sum(others) + got.pop() == 100
    sound(world)


def test_two_hundred_double_taps_stamp_each_once(world: World, url: str, tmp_path: Path) -> None:
    people = [member(world, f"M{n}") for n in range(50)]
    points = world.charter.points.check_in.reward(1)

    outcomes = hammered(url, world, [["stamp", who] for who in people * 4], tmp_path)

    assert Counter(outcomes)[points] == 50
    assert {outcome for outcome in outcomes if outcome != points} <= {"AlreadyStamped", "Busy"}
    assert {world.the(Points).purse(who).earned for who in people} == {10 + points}
    sound(world)


def test_refunds_race_the_sweep(world: World, url: str, tmp_path: Path, clock: MovableClock) -> None:
    people = [member(world, f"M{n}", points=20) for n in range(20)]
    reward(world, price=3, stock=100)
    asked = [(who, world.the(Rewards).redeem(who, "mug", world.the(Ids).new(), 3).id) for who in people * 3]
    clock.advance(days=420)
    for who in people:
        give(world, who, 7, key="new")
    deeds: list[Deed] = [["decline" if n % 2 else "cancel", *one] for n, one in enumerate(asked)]
    every = 1 if isinstance(world.table, SqliteTable) else 5
    deeds = [each for n, deed in enumerate(deeds) for each in ([["settle"], deed] if n % every == 0 else [deed])]

    outcomes = hammered(url, world, deeds, tmp_path)

    ended = Counter(outcome for deed, outcome in zip(deeds, outcomes, strict=True) if deed[0] != "settle")
    assert ended["declined"] == 30
    purses = [world.the(Points).purse(who) for who in people]
    assert sum(purse.held for purse in purses) == 3 * (60 - ended["declined"] - ended["cancelled"])
    sound(world)


def test_kill_nine_in_the_middle_eight_times_loses_nothing_acknowledged(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    people = [member(world, f"M{n}", points=3000) for n in range(20)]
    reward(world, price=1, stock=100_000)
    url, acknowledged = address(sqlite_table, ""), set()

    for turn in range(8):
        presses = [world.the(Ids).new() for _ in range(2000)]
        deeds: list[Deed] = [["redeem", people[n % 20], "mug", press, 1] for n, press in enumerate(presses)]
        worker = Worker(url, clock.now().isoformat(), list(enumerate(deeds)), tmp_path, f"killed-{turn}")
        for _ in waiting(60):
            if len(worker.acknowledged()) > 20 + 15 * turn:
                break
        worker.process.send_signal(signal.SIGKILL)
        worker.process.communicate(timeout=30)
        done = worker.acknowledged()
        assert 20 < len(done) < 2000
        acknowledged |= {(deeds[number][1], outcome) for number, outcome in done.items() if outcome == presses[number]}

    for who, press in acknowledged:
        assert world.the(Rewards).redemption(who, press).price == 1
    assert sum(world.the(Points).purse(who).held for who in people) >= len(acknowledged) > 160
    sound(world)


def waiting(seconds: float) -> Iterator[None]:
    """Looks again a hundred times a second, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(0.01)
    pytest.fail("the worker did not get under way")

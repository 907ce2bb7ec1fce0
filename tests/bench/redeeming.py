"""Redemptions on SQLite against a bare loop of the same writes: same rows, bytes, transactions and durability."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from portal.mail import Message
from portal.rewards.service import Rewards
from portal.table import sqlite
from portal.table.contract import Check, Delete, Item, Key, Put, Update, Write
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from portal.tools import Tools
from portal.wiring import wire
from tests.bench.baselines import bare_writes
from tests.clocks import MovableClock
from tests.people import member, reward
from tests.world import World

REDEMPTIONS = 200
ROUNDS = 5


class Unsent:
    """Mail is no part of this figure."""

    def send(self, message: Message) -> None:
        pass


class Recording(SqliteTable):
    """Remembers what each commit wrote."""

    commits: list[list[Put | Update | Delete]]

    def commit(self, *writes: Write) -> Item | None:
        done = super().commit(*writes)
        self.commits.append([write for write in writes if not isinstance(write, Check)])
        return done


def measure() -> tuple[float, float]:
    """Redemptions per second, ours and the bare loop's: the round whose ratio is the median, since disks wander."""
    rounds = sorted((once() for _ in range(ROUNDS)), key=lambda pair: pair[0] / pair[1])
    return rounds[ROUNDS // 2]


def once() -> tuple[float, float]:
    """One paired run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, commits, rows = redeemed(folder)
        statements = [[_statement(write, rows) for write in writes] for writes in commits]
        bare = bare_writes.seconds(folder / "bare.db", sqlite._SCHEMA.split("PRAGMA")[0], statements)
    return REDEMPTIONS / ours, REDEMPTIONS / bare


def redeemed(folder: Path) -> tuple[float, list[list[Put | Update | Delete]], dict[Key, tuple[Any, ...]]]:
    table = Recording(folder / "ours.db", MovableClock())
    table.commits = []
    world, people = prepared(table, folder, stock=REDEMPTIONS, people=20)
    presses = [world.the(Ids).new() for _ in range(REDEMPTIONS)]
    table.commits.clear()
    begun = time.perf_counter()
    for number, press in enumerate(presses):
        world.the(Rewards).redeem(people[number % len(people)], "mug", press, 1)
    taken = time.perf_counter() - begun
    connection = sqlite3.connect(folder / "ours.db")
    rows = {Key(row[0], row[1]): row for row in connection.execute("SELECT * FROM items")}
    connection.close()
    return taken, list(table.commits), rows


def prepared(table: SqliteTable, folder: Path, stock: int, people: int) -> tuple[World, list[str]]:
    """A portal with so much of a reward and so many members who can ask for it; nothing is mailed."""
    table.create()
    world = World(table, MovableClock(), folder)
    members = [member(world, f"M{number}", points=100) for number in range(people)]
    world.services = wire(msgspec.structs.replace(world.services[Tools], mailer=Unsent()))
    reward(world, price=1, stock=stock)
    return world, members


def _statement(write: Put | Update | Delete, rows: dict[Key, tuple[Any, ...]]) -> tuple[str, tuple[Any, ...]]:
    """The row as it stands at the end; a letter, gone by then, with the bytes that were put."""
    if isinstance(write, Delete):
        return "DELETE FROM items WHERE pk = ? AND sk = ?", tuple(write.key)
    if write.key in rows:
        return "REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows[write.key]
    body = msgspec.json.encode(write.item) if isinstance(write, Put) else b""
    return "REPLACE INTO items VALUES (?, ?, NULL, NULL, NULL, NULL, NULL, ?)", (*write.key, body)

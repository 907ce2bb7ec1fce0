"""`tonghao ledger verify` against a bare loop that reads the same rows and hashes as many bytes."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
import time
from pathlib import Path

from portal.points.verifying import verify
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.people import give, member
from tests.world import World

MEMBERS = 100
ENTRIES = 50
ROUNDS = 3


def measure() -> tuple[float, float]:
    """Entries per second, ours and the bare loop's: the round whose ratio is the median."""
    with tempfile.TemporaryDirectory() as name:
        table = SqliteTable(Path(name) / "club.db", MovableClock())
        table.create()
        world = World(table, MovableClock(), Path(name))
        for person in [member(world, f"M{number}") for number in range(MEMBERS)]:
            for number in range(ENTRIES):
                give(world, person, 1, key=str(number))
        rounds = sorted((once(table) for _ in range(ROUNDS)), key=lambda pair: pair[0] / pair[1])
        table.close()
    return rounds[ROUNDS // 2]


def once(table: SqliteTable) -> tuple[float, float]:
    """One paired run."""
    begun = time.perf_counter()
    verdict = verify(table)
    ours = time.perf_counter() - begun
    if verdict.faults:
        raise RuntimeError(verdict.faults[0])
    begun = time.perf_counter()
    bare = hashed(table.path)
    taken = time.perf_counter() - begun
    return verdict.entries / ours, bare / taken


def hashed(path: Path) -> int:
    connection = sqlite3.connect(path)
    count = 0
    for (body,) in connection.execute("SELECT body FROM items WHERE sk BETWEEN 'L#' AND 'L$'"):
        hashlib.sha256(body).digest()
        count += 1
    connection.close()
    return count

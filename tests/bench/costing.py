"""Requests and units on DynamoDB for what a member does, and the money for a million of it at list price.

$0.625 for a million write request units and $0.125 for a million read request units: on demand, standard class,
us-east-1 (AWS News Blog on the price cut of November 2024, updated 31 January 2025). Storage, transfer and the function
itself are not in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.deeds import Cost, cost, next_day, prepared
from tests.metering import MeteringTable

READ, WRITE = 0.125, 0.625


def measure() -> Iterator[tuple[str, Cost, float]]:
    """Of each deed: its name, its cost, and dollars for a million of it."""
    with tempfile.TemporaryDirectory() as name:
        clock = MovableClock()
        store = SqliteTable(Path(name) / "club.db", clock)
        store.create()
        table = MeteringTable(store)
        deeds = prepared(table, clock, Path(name))
        next_day(deeds, clock)
        for deed, act in deeds.by_name.items():
            units = cost(table, act)
            yield deed, units, units.read * READ + units.written * WRITE
        store.close()

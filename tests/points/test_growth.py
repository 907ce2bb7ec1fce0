"""What a member does costs the same with a thousand members, ten thousand and a hundred thousand, entries and all."""

from __future__ import annotations

from pathlib import Path

from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.crowding import crowd
from tests.deeds import cost, next_day, prepared
from tests.metering import MeteringTable
from tests.people import give, member

SIZES = (1_000, 10_000, 100_000)


def test_what_a_member_does_costs_the_same_however_many_there_are(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = MeteringTable(sqlite_table)
    deeds = prepared(table, clock, tmp_path)
    one = member(deeds.world, "One")
    for number in range(3):
        give(deeds.world, one, 1, key=str(number))

    costs, filled = [], 0
    for size in SIZES:
        crowd(sqlite_table, one, filled, size)
        filled = size
        next_day(deeds, clock)
        costs.append({name: cost(table, deed) for name, deed in deeds.by_name.items()})

    assert costs[0] == costs[1] == costs[2]
    assert sum(1 for _ in sqlite_table.query("MEM#active#0", index="gs1", limit=1000).items) == 1000

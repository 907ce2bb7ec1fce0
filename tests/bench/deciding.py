"""The desk with a hundred and with a hundred thousand applications: calls to the table, and CPU per page."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from portal.clock import SystemClock
from portal.members.founding import Founding
from portal.table.sqlite import SqliteTable
from tests.applications.test_growth import PAGES
from tests.counting import CountingTable, counted
from tests.filling import fill
from tests.people import applicant, person
from tests.world import Browser, World

FEW, MANY, ROUNDS = 100, 100_000, 20


def measure() -> list[tuple[str, tuple[int, float], tuple[int, float]]]:
    """For each page: its reads and CPU milliseconds with many, and with few."""
    with tempfile.TemporaryDirectory() as name:
        clock, folder = SystemClock(), Path(name)
        table = SqliteTable(folder / "store.db", clock)
        table.create()
        counting = CountingTable(table)
        world = World(counting, clock, folder)  # type: ignore[arg-type]
        world.the(Founding).claim(person(world, "Wei"), "Wei")
        one = applicant(world, "Ada")
        wei = world.browser()
        wei.sign_in("wei@example.org")
        fill(table, one, FEW)
        pages = {**PAGES, "one application": f"applications/{one.person}/{one.id}"}
        few = {name: cost(wei, counting, path) for name, path in pages.items()}
        fill(table, applicant(world, "Bea"), MANY)
        return [(name, cost(wei, counting, path), few[name]) for name, path in pages.items()]


def cost(browser: Browser, counting: CountingTable, path: str) -> tuple[int, float]:
    """Reads of one page, and its CPU milliseconds on the average."""
    with counted(counting) as n:
        browser.get(f"/portal/desk/{path}")
        reads = n.reads
    begun = time.process_time()
    for _ in range(ROUNDS):
        browser.get(f"/portal/desk/{path}")
    return reads, (time.process_time() - begun) * 1000 / ROUNDS

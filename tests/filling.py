"""Fills a store with applications at once, past the forms: for tests and figures that ask how things grow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice

import msgspec

from portal.applications import records
from portal.applications.model import Application, Status
from portal.errors import Stale
from portal.table.contract import Table, Write

STATES: tuple[Status, ...] = ("submitted", "in_review", "needs_info", "waitlisted", "withdrawn", "withdrawn")


def fill(table: Table, pattern: Application, how_many: int) -> None:
    """So many more applications like one, of as many people, older by the second, in all kinds of states."""
    writes = (write for number in range(how_many) for write in _application(pattern, number))
    while chunk := list(islice(writes, 96)):
        table.commit(*chunk)


def _application(pattern: Application, number: int) -> Iterator[Write]:
    """One with its index items; a third of them share their name's start, one in a thousand a sign."""
    sent = pattern.submitted - dt.timedelta(seconds=number + 1)
    status = STATES[number % len(STATES)]
    made = msgspec.structs.replace(
        pattern,
        id=f"{pattern.id[:16]}{number:010}",
        person=f"{pattern.person[:16]}{number:010}",
        name=f"{'Ada' if number % 3 else 'Bea'} {number}",
        status=status,
        submitted=sent,
        since=sent,
        moved=sent,
        due=pattern.submitted + dt.timedelta(days=9) if status in ("needs_info", "waitlisted") else None,
        alike=pattern.alike[:1] if number % 1000 == 0 else [f"sign-{number}"],
    )
    yield from (records.create(made, Stale), *records.findable(made))

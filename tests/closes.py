"""Closing days in a world: at a midnight of the tests' clock, with chunks so small that a few people fill several."""

from __future__ import annotations

import datetime as dt

from portal.members.service import Members
from portal.points.lines import Lines
from portal.proofs.closing import DailyClose
from portal.table.contract import Table
from portal.tools import Tools
from tests.world import World

#: In Shanghai the first of March ends.
MIDNIGHT = dt.datetime(2027, 3, 1, 16, tzinfo=dt.UTC)


def closing(world: World, rows: int = 4, table: Table | None = None) -> DailyClose:
    """The close with chunks of so many rows, on a table of the test's own if there is one."""
    on = table or world.table
    return DailyClose(on, world.charter, Lines(on), world.the(Members), world.the(Tools).tokens, world.clock, rows)

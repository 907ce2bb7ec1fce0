"""The entries of members, read by their places in the chain: for statements, closes and proofs. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from portal.points import records
from portal.points.model import Entry, Purse
from portal.table.contract import Table

PAGE = 100


class Lines:
    """Reads of the ledger; entries are immutable and dense, so a place in the chain is an address."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def purses(self, members: Sequence[str]) -> list[Purse]:
        """The purses of these members, in their order, consistently read: one call for each hundred."""
        found: list[Purse] = []
        for start in range(0, len(members), PAGE):
            asked = members[start : start + PAGE]
            items = self._table.batch_get([records.purse_key(member) for member in asked])
            found += [records.purse(item, member) for item, member in zip(items, asked, strict=True)]
        return found

    def entry(self, member: str, seq: int) -> Entry | None:
        """One entry, if the chain is so long."""
        item = self._table.get(records.line_key(member, seq))
        return records.entry(item) if item else None

    def entries(self, places: Sequence[tuple[str, int]]) -> list[Entry | None]:
        """The entries at these places (member, seq), in their order: one call for each hundred."""
        found: list[Entry | None] = []
        for start in range(0, len(places), PAGE):
            items = self._table.batch_get([records.line_key(*place) for place in places[start : start + PAGE]])
            found += [records.entry(item) if item else None for item in items]
        return found

    def since(self, member: str, seq: int) -> Iterator[Entry]:
        """The entries after that one, in order."""
        cursor = None
        while True:
            page = records.lines(self._table, member, (seq + 1, None), limit=PAGE, cursor=cursor, reverse=False)
            yield from map(records.entry, page.items)
            if (cursor := page.cursor) is None:
                return

    def before(self, member: str, span: tuple[int, int], cursor: str | None, limit: int) -> list[Entry]:
        """Entries from one place to another, the latest first, after the cursor if there is one. Raises BadCursor."""
        page = records.lines(self._table, member, span, limit=limit, cursor=cursor)
        return [records.entry(item) for item in page.items]

    def cursor(self, seq: int) -> str:
        """The cursor that goes on before that entry."""
        return records.cursor_at(seq)

    def first_at(self, member: str, length: int, instant: dt.datetime) -> int:
        """The place of the first entry at or after an instant; `length + 1` if there is none. By halves."""
        low, high = 1, length + 1
        while low < high:
            middle = (low + high) // 2
            entry = self.entry(member, middle)
            if entry is None or entry.time >= instant:
                high = middle
            else:
                low = middle + 1
        return low

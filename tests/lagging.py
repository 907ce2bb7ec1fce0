"""A table whose indexes lag, as DynamoDB's do and no emulator's."""

from __future__ import annotations

from typing import Any

from portal.table.contract import Index, Item, Page, Table
from portal.table.listing import listing
from tests.forwarding import ForwardingTable


class LaggingTable(ForwardingTable):
    """Answers index queries from what the table held when it last caught up; all else is live.

    A story that reads an index to decide a write fails on it, as it one day would in production.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._seen: list[Item] = []
        self.catch_up()

    def catch_up(self) -> None:
        """Let the indexes show the table as it is now."""
        self._seen = list(self._table.scan())

    def query(self, pk: str, *, index: Index | None = None, reverse: bool = False, **narrowed: Any) -> Page:
        if index is None:
            return super().query(pk, reverse=reverse, **narrowed)
        whole = {"begins": None, "between": None, "limit": 100, "cursor": None}
        asked = listing(pk, index=index, reverse=reverse, **(whole | narrowed))

        def place(item: Item) -> tuple[str, ...]:
            return tuple(item[name] for name in asked.sort_names)

        there = [item for item in self._seen if item.get(asked.pk_name) == pk and asked.sort_names[0] in item]
        there = sorted((item for item in there if asked.spans(place(item)[0])), key=place, reverse=reverse)
        if (after := asked.after) is not None:
            there = [item for item in there if (place(item) < after if reverse else place(item) > after)]
        return asked.page(there)

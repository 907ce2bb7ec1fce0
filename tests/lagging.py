"""A table whose indexes lag, as DynamoDB's do and no emulator's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from portal.table.contract import Index, Item, Key, Page, Table, Write
from portal.table.listing import listing

T = TypeVar("T")


class LaggingTable:
    """Answers index queries from what the table held when it last caught up; all else is live.

    A story that reads an index to decide a write fails on it, as it one day would in production.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._seen: list[Item] = []
        self.catch_up()

    def catch_up(self) -> None:
        """Let the indexes show the table as it is now."""
        self._seen = list(self._table.scan())

    def query(
        self,
        pk: str,
        *,
        index: Index | None = None,
        begins: str | None = None,
        between: tuple[str, str] | None = None,
        reverse: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        if index is None:
            return self._table.query(pk, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor)
        asked = listing(pk, index=index, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor)

        def place(item: Item) -> tuple[str, ...]:
            return tuple(item[name] for name in asked.sort_names)

        there = [item for item in self._seen if item.get(asked.pk_name) == pk and asked.sort_names[0] in item]
        there = sorted((item for item in there if asked.spans(place(item)[0])), key=place, reverse=reverse)
        if (after := asked.after) is not None:
            there = [item for item in there if (place(item) < after if reverse else place(item) > after)]
        return asked.page(there)

    def get(self, key: Key) -> Item | None:
        return self._table.get(key)

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        return self._table.batch_get(keys)

    def scan(self) -> Iterator[Item]:
        return self._table.scan()

    def commit(self, *writes: Write) -> Item | None:
        return self._table.commit(*writes)

    def retrying(self, story: Callable[[], T]) -> T:
        return self._table.retrying(story)

"""A table that counts what it is asked, so that a test can say what a story costs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from portal.table.contract import Index, Item, Key, Page, Table, Write

T = TypeVar("T")


class CountingTable:
    """Counts calls: `reads` (each get, batch_get, query and scan is one), `commits`, and the `writes` in them.

    A commit that is refused counts too: it was sent.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self.reset()

    def reset(self) -> None:
        self.reads = self.commits = self.writes = 0

    def get(self, key: Key) -> Item | None:
        self.reads += 1
        return self._table.get(key)

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        self.reads += 1
        return self._table.batch_get(keys)

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
        self.reads += 1
        return self._table.query(
            pk, index=index, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor
        )

    def scan(self) -> Iterator[Item]:
        self.reads += 1
        return self._table.scan()

    def commit(self, *writes: Write) -> Item | None:
        self.commits += 1
        self.writes += len(writes)
        return self._table.commit(*writes)

    def retrying(self, story: Callable[[], T]) -> T:
        return self._table.retrying(story)


@contextlib.contextmanager
def counted(table: CountingTable) -> Iterator[CountingTable]:
    """Count from zero within the block: `with counted(table) as n: …; assert n.reads == 1`."""
    table.reset()
    yield table

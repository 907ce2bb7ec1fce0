"""A table that counts what it is asked, so that a test can say what a story costs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from portal.table.contract import Item, Key, Page, Table, Write
from tests.forwarding import ForwardingTable


class CountingTable(ForwardingTable):
    """Counts calls: `reads` (each get, batch_get, query and scan is one), `commits`, and the `writes` in them.

    A commit that is refused counts too: it was sent.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.reset()

    def reset(self) -> None:
        self.reads = self.commits = self.writes = 0

    def get(self, key: Key) -> Item | None:
        self.reads += 1
        return super().get(key)

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        self.reads += 1
        return super().batch_get(keys)

    def query(self, pk: str, **asked: Any) -> Page:
        self.reads += 1
        return super().query(pk, **asked)

    def scan(self) -> Iterator[Item]:
        self.reads += 1
        return super().scan()

    def commit(self, *writes: Write) -> Item | None:
        self.commits += 1
        self.writes += len(writes)
        return super().commit(*writes)


@contextlib.contextmanager
def counted(table: CountingTable) -> Iterator[CountingTable]:
    """Count from zero within the block: `with counted(table) as n: …; assert n.reads == 1`."""
    table.reset()
    yield table

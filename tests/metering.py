"""What a story would cost on DynamoDB: request units by its published rules, on the items that were read and written.

A read: one unit for each 4 KB begun and item (of a query: of the sum), half of it in an index. A write: one unit for
each 1 KB begun, of the larger of the item before and after; twice that in a transaction, checks included; and one for
each KB begun in each index whose key the item has or had (projection: all). A refused condition costs as much.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from portal.table.contract import Delete, Item, Key, Page, Put, Table, Update, Write
from portal.table.rules import item_bytes
from tests.forwarding import ForwardingTable

KB = 1024


class MeteringTable(ForwardingTable):
    """Sums request units in `read` and `written`, and counts `requests`."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.reset()

    def reset(self) -> None:
        self.requests = 0
        self.read = self.written = 0.0

    def get(self, key: Key) -> Item | None:
        return self.batch_get([key])[0]

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        found = super().batch_get(keys)
        self.requests += 1
        self.read += sum(_units(size(item), 4 * KB) for item in dict(zip(keys, found, strict=True)).values())
        return found

    def query(self, pk: str, **asked: Any) -> Page:
        page = super().query(pk, **asked)
        self.requests += 1
        self.read += _units(sum(map(size, page.items)), 4 * KB) * (0.5 if asked.get("index") else 1)
        return page

    def commit(self, *writes: Write) -> Item | None:
        before = {write.key: self._table.get(write.key) for write in writes}
        self.requests += 1
        try:
            return super().commit(*writes)
        finally:
            times = 1 if len(writes) == 1 else 2
            for write in writes:
                old, new = before[write.key], self._table.get(write.key)
                self.written += times * _units(max(size(old), size(new)), KB)
                self.written += sum(_indexed(write, old, new, index) for index in ("gs1pk", "gs2pk"))


def _indexed(write: Write, old: Item | None, new: Item | None, index: str) -> int:
    """Units of one index: for the entry that goes, and for the one that comes or changes."""
    if not isinstance(write, Put | Update | Delete) or old == new:
        return 0
    had, has = (old or {}).get(index), (new or {}).get(index)
    moved = bool(had) and had != has
    return (_units(size(old), KB) if moved else 0) + (_units(size(new), KB) if has else 0)


def size(item: Item | None) -> int:
    """Bytes of an item as DynamoDB counts them."""
    return item_bytes(item) if item else 0


def _units(bytes_: int, each: int) -> int:
    return max(1, -(-bytes_ // each))


@contextlib.contextmanager
def metered(table: MeteringTable) -> Iterator[MeteringTable]:
    """Measure from zero within the block."""
    table.reset()
    yield table

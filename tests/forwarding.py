"""A table that hands everything on: what the tests' own tables change, they override."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from portal.table.contract import Item, Key, Page, Table, Write

T = TypeVar("T")


class ForwardingTable:
    """Every call goes to another table, unchanged."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, key: Key) -> Item | None:
        return self._table.get(key)

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        return self._table.batch_get(keys)

    def query(self, pk: str, **asked: Any) -> Page:
        return self._table.query(pk, **asked)

    def scan(self) -> Iterator[Item]:
        return self._table.scan()

    def forget_expired(self) -> int:
        return self._table.forget_expired()

    def commit(self, *writes: Write) -> Item | None:
        return self._table.commit(*writes)

    def retrying(self, story: Callable[[], T]) -> T:
        return self._table.retrying(story)

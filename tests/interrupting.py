"""A table before one of whose commits something else happens: the moment between reading and writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from portal.table.contract import Index, Item, Key, Page, Table, Write

T = TypeVar("T")


class InterruptedTable:
    """The table itself, until it is told to interrupt.

    A story that checks, and then writes what it does not guard, fails on it every time and not once a year.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._writing = ""
        self._meanwhile: Callable[[], object] | None = None

    def interrupt(self, meanwhile: Callable[[], object], *, writing: str = "") -> None:
        """Let something happen, once, just before the next commit that writes under a key so beginning."""
        self._meanwhile, self._writing = meanwhile, writing

    def commit(self, *writes: Write) -> Item | None:
        meanwhile = self._meanwhile
        if meanwhile and any(write.key.pk.startswith(self._writing) for write in writes):
            self._meanwhile = None
            meanwhile()
        return self._table.commit(*writes)

    def get(self, key: Key) -> Item | None:
        return self._table.get(key)

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
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
        return self._table.query(
            pk, index=index, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor
        )

    def scan(self) -> Iterator[Item]:
        return self._table.scan()

    def retrying(self, story: Callable[[], T]) -> T:
        return self._table.retrying(story)

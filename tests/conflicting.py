"""A table on which transactions conflict as DynamoDB's do, which no emulator shows: a model for counting attempts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from portal.errors import Busy
from portal.table.contract import Item, Key, Table, Write
from portal.table.patience import Patience
from tests.forwarding import ForwardingTable

#: The engine's own patience with rivals, in the model's shorter time.
RIVALS = Patience(tries=60, first=0.01, longest=0.1)


class ConflictingTable(ForwardingTable):
    """An item that a transaction is writing or checking refuses every other write for as long as that takes (`lasts`).

    Plain writes of one item queue and conflict with transactions only. A conflict is tried again with full jitter, as
    `DynamoTable` does. `attempts` counts, by key, every try of a commit that names it.
    """

    def __init__(self, table: Table, *, lasts: float = 0.004) -> None:
        super().__init__(table)
        self._lasts = lasts
        self._lock = threading.Lock()
        self._writing: set[Key] = set()
        self.tries: list[tuple[Key, ...]] = []
        self.conflicts = 0

    def attempts(self, hot: Callable[[Key], bool]) -> int:
        """How many tries named a key that `hot` picks."""
        return sum(any(map(hot, keys)) for keys in self.tries)

    def commit(self, *writes: Write) -> Item | None:
        keys = tuple(write.key for write in writes)
        for _ in RIVALS.attempts():
            if self._begins(keys):
                try:
                    if len(keys) > 1:
                        time.sleep(self._lasts)
                    return super().commit(*writes)
                finally:
                    self._ends(keys)
        raise Busy

    def _begins(self, keys: tuple[Key, ...]) -> bool:
        with self._lock:
            self.tries.append(keys)
            if self._writing.intersection(keys):
                self.conflicts += 1
                return False
            self._writing.update(keys if len(keys) > 1 else ())
            return True

    def _ends(self, keys: tuple[Key, ...]) -> None:
        with self._lock:
            self._writing.difference_update(keys if len(keys) > 1 else ())

"""Many hands at once, on a table that cancels what overlaps, as DynamoDB does and no emulator."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from portal.errors import Busy, PortalError
from portal.table.contract import Item, Key, Table, Write
from tests.forwarding import ForwardingTable


class ContendedTable(ForwardingTable):
    """Each commit takes a moment. One that meets another on an item is cancelled and tried again with jitter, unless
    both are plain writes, which DynamoDB puts in a row. `cancelled` counts those; `sent` the tries of transactions;
    `tries` are the keys of every try.
    """

    def __init__(self, table: Table, moment: float = 0.004) -> None:
        super().__init__(table)
        self._moment = moment
        self._lock = threading.Lock()
        self._under_way: list[tuple[set[Key], bool]] = []
        self.reset()

    def reset(self) -> None:
        self.sent = self.cancelled = 0
        self.tries: list[set[Key]] = []

    def naming(self, *prefixes: str) -> int:
        """How many tries named an item whose partition begins so."""
        return sum(any(key.pk.startswith(prefixes) for key in keys) for keys in self.tries)

    def commit(self, *writes: Write) -> Item | None:
        mine = ({write.key for write in writes}, len(writes) > 1)
        for _ in range(200):
            if self._enters(mine):
                try:
                    time.sleep(self._moment)
                    return super().commit(*writes)
                finally:
                    with self._lock:
                        self._under_way.remove(mine)
            time.sleep(random.random() * self._moment * 4)  # noqa: S311 - jitter
        raise Busy

    def _enters(self, mine: tuple[set[Key], bool]) -> bool:
        keys, transaction = mine
        with self._lock:
            self.sent += transaction
            self.tries.append(keys)
            if any(keys & others and (transaction or theirs) for others, theirs in self._under_way):
                self.cancelled += 1
                return False
            self._under_way.append(mine)
            return True


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """All of them in the same moment; what came of each."""
    barrier = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return one()
        except PortalError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))

"""Stores each version of the charter once, and finds it again."""

from __future__ import annotations

import zlib

from portal.charter.loader import decode, encode
from portal.charter.schema import Charter
from portal.clock import Clock, stamp
from portal.errors import NotFound
from portal.table.contract import Key, Put, Table


class Charters:
    """The running charter and those before it. Key: `CH#hash/CH`, the canonical JSON compressed."""

    def __init__(self, table: Table, running: Charter, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known = {running.hash: running}
        self._running = running
        self._ensured = False

    def store(self) -> str:
        """Story, off the cold path: keep the running charter; gives its hash, so that a repeat changes nothing."""
        body = zlib.compress(encode(self._running), 9)
        key = self._key(self._running.hash)
        if self._table.get(key) is None:
            self._table.commit(Put({"pk": key.pk, "sk": key.sk, "body": body, "stored": stamp(self._clock.now())}))
        return self._running.hash

    def ensure(self) -> None:
        """Store the running charter unless this process has done so: before anything is kept that names it."""
        if not self._ensured:
            self.store()
            self._ensured = True

    def at(self, hash_: str) -> Charter:
        """The charter of that hash; raises NotFound."""
        if hash_ not in self._known:
            item = self._table.get(self._key(hash_))
            if item is None:
                raise NotFound
            self._known[hash_] = decode(zlib.decompress(bytes(item["body"])))
        return self._known[hash_]

    def _key(self, hash_: str) -> Key:
        return Key(f"CH#{hash_}", "CH")

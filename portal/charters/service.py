"""Stores each version of the charter once, and finds it again."""

from __future__ import annotations

import datetime as dt
import zlib

from portal.charter.loader import decode, encode
from portal.charter.schema import Charter
from portal.clock import Clock, stamp
from portal.errors import NotFound
from portal.table.contract import Key, Put, Table


class Charters:
    """The running charter and those before it.

    Keys: `CH#hash/CH`, the canonical JSON compressed; `CHARTERS/since#hash`, from when on a charter was in force.
    """

    def __init__(self, table: Table, running: Charter, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known = {running.hash: running}
        self._running = running
        self._ensured = False

    def store(self) -> str:
        """Story, off the cold path: keep the running charter; gives its hash, so that a repeat changes nothing."""
        now, hash_ = stamp(self._clock.now()), self._running.hash
        key, latest = self._key(hash_), self._table.query("CHARTERS", reverse=True, limit=1).items
        if self._table.get(key) is None:
            body = zlib.compress(encode(self._running), 9)
            self._table.commit(Put({"pk": key.pk, "sk": key.sk, "body": body, "stored": now}))
        if not latest or latest[0]["hash"] != hash_:
            self._table.commit(Put({"pk": "CHARTERS", "sk": f"{now}#{hash_}", "since": now, "hash": hash_}))
        return hash_

    def in_force(self, most: int) -> list[tuple[dt.datetime, str]]:
        """The last so many charters, each with the instant from which on it held, the earliest first."""
        items = self._table.query("CHARTERS", reverse=True, limit=most).items
        found = [(dt.datetime.fromisoformat(str(item["since"])), str(item["hash"])) for item in reversed(items)]
        # Two processes that start together may both note the same one.
        return [one for place, one in enumerate(found) if not place or found[place - 1][1] != one[1]]

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

"""Keys: `OUT#shard / id` (ttl); ids sort by time. A letter is deleted once it is sent."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from portal.outbox.model import Letter
from portal.table.contract import Delete, Key, Put, Table, Update, absent, exists, under

SHARDS = 1


def _key(letter_id: str) -> Key:
    return Key("OUT#0", letter_id)


def record(letter: Letter, until: int) -> Put:
    """The write that keeps a letter until it is sent, or until an epoch second at which nobody waits for it."""
    item = {"pk": _key(letter.id).pk, "sk": letter.id, **msgspec.to_builtins(letter), "ttl": until}
    return Put(item, when=[absent()])


def lease(letter: Letter, now: int, until: int) -> Update:
    """Take a letter that nobody is sending; Stale if somebody is, or if it is gone."""
    return Update(_key(letter.id), set={"lease": until}, add={"tries": 1}, when=[exists(), under("lease", now)])


def forget(letter: Letter) -> Delete:
    """The letter was sent."""
    return Delete(_key(letter.id))


def waiting(table: Table) -> Iterator[Letter]:
    """All letters not yet sent, oldest first."""
    for slot in range(SHARDS):
        cursor = None
        while True:
            page = table.query(f"OUT#{slot}", cursor=cursor)
            yield from (msgspec.convert(item, Letter) for item in page.items)
            if (cursor := page.cursor) is None:
                break

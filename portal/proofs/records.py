"""Keys of proofs: `ROOTS/day` (the record of a closed day), `LEAF#day` (its chunks) and `LEAF#day#n` (their rows).

Records are small and stay; chunks and rows are kept for a time. They stand under the root that they make, so that two
runs which saw different things can't mix; a draft of rows under `DRAFT`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from portal.errors import PortalError
from portal.points.model import Month
from portal.proofs.model import Block, Chunk, Root, Row
from portal.table.contract import Item, Key, Page, Put, Table, absent

ROOTS = "ROOTS"
DRAFT = "DRAFT"


def root(item: Item | None) -> Root | None:
    """The record that an item holds."""
    return msgspec.convert({**item, "day": item["sk"]}, Root) if item else None


def of_day(table: Table, day: dt.date) -> Root | None:
    """The record of a date."""
    return root(table.get(Key(ROOTS, day.isoformat())))


def latest(table: Table) -> Root | None:
    """The last record."""
    items = table.query(ROOTS, reverse=True, limit=1).items
    return root(items[0]) if items else None


def listed(table: Table, cursor: str | None, limit: int) -> Page:
    """A page of records, the latest first."""
    return table.query(ROOTS, reverse=True, cursor=cursor, limit=limit)


def in_month(table: Table, month: Month) -> Root | None:
    """The last record of a month."""
    days = (f"{month // 100}-{month % 100:02}-01", month.last_day().isoformat())
    items = table.query(ROOTS, between=days, reverse=True, limit=1).items
    return root(items[0]) if items else None


def all_roots(table: Table) -> Iterator[Root]:
    """Every record, the first one first."""
    cursor = None
    while True:
        page = table.query(ROOTS, cursor=cursor)
        yield from (found for item in page.items if (found := root(item)))
        if (cursor := page.cursor) is None:
            return


def publish(made: Root, closed: type[PortalError]) -> Put:
    """The record of a day; `closed` if somebody was faster."""
    day = made.day.isoformat()
    return Put({"pk": ROOTS, "sk": day, **msgspec.to_builtins(made)}, when=[absent(closed)])


def keep(day: dt.date, n: int, under: str, block: Block, ttl: int) -> Put:
    """A block of rows, forgotten at `ttl` (epoch seconds)."""
    packed = msgspec.msgpack.encode(block)
    return Put({"pk": f"LEAF#{day}#{n}", "sk": under, "block": packed, "ttl": ttl})


def keep_chunks(record: Root, chunks: list[Chunk], ttl: int) -> Put:
    """Which chunks there are, forgotten together with their rows."""
    packed = msgspec.msgpack.encode(chunks)
    return Put({"pk": f"LEAF#{record.day}", "sk": record.root, "chunks": packed, "ttl": ttl})


def chunks(table: Table, record: Root) -> list[Chunk] | None:
    """A day's chunks in order, or None where they are forgotten."""
    item = table.get(Key(f"LEAF#{record.day}", record.root))
    return msgspec.msgpack.decode(bytes(item["chunks"]), type=list[Chunk]) if item else None


def draft(table: Table, day: dt.date, n: int) -> Block | None:
    """What a run that ended early has left."""
    return _block(table.get(Key(f"LEAF#{day}#{n}", DRAFT)))


def rows(table: Table, record: Root, n: int) -> list[Row] | None:
    """The rows of a chunk, or None where they are forgotten."""
    block = _block(table.get(Key(f"LEAF#{record.day}#{n}", record.root)))
    return block.rows if block else None


def _block(item: Item | None) -> Block | None:
    return msgspec.msgpack.decode(bytes(item["block"]), type=Block) if item else None

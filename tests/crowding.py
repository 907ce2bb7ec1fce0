"""Fills an SQLite store with members by the hundred thousand, each with a history: for asking how things grow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from portal.table import sqlite
from portal.table.contract import Item
from portal.table.sqlite import SqliteTable

OF_A_MEMBER = ("PROFILE", "POINTS", "DUE")
_NAMED = frozenset({"pk", "sk", "gs1pk", "gs1sk", "gs2pk", "gs2sk", "ttl"})


def crowd(table: SqliteTable, pattern: str, first: int, beyond: int) -> None:
    """Members like the one whose id is `pattern`, numbered from `first` up to `beyond`, entries and all.

    Their purses stay chained to their entries as the pattern's are, but for the hashes: nobody verifies them.
    """
    items = [item for item in table.query(f"M#{pattern}", limit=1000).items if _kept(item)]
    connection = sqlite3.connect(table.path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    rows = ((*_moved(item, pattern, number),) for number in range(first, beyond) for item in items)
    connection.executemany("REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _with(rows, items))
    connection.execute("COMMIT")
    connection.close()


def _kept(item: Item) -> bool:
    return item["sk"] in OF_A_MEMBER or str(item["sk"]).startswith("L#")


def _moved(item: Item, pattern: str, number: int) -> Iterator[Any]:
    """The columns of an item as it is for another member."""
    other = f"{pattern[:14]}{number:012}"
    for name in ("pk", "sk", "gs1pk", "gs1sk", "gs2pk", "gs2sk"):
        value = item.get(name)
        yield value.replace(pattern, other) if isinstance(value, str) else None
    yield None


def _with(rows: Iterator[tuple[Any, ...]], items: list[Item]) -> Iterator[tuple[Any, ...]]:
    """Each row with its body, which is the pattern's: packed once."""
    bodies = [sqlite._packed({name: value for name, value in item.items() if name not in _NAMED}) for item in items]
    for place, row in enumerate(rows):
        yield (*row, bodies[place % len(bodies)])

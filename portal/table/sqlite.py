"""The table in one SQLite file. Every commit is on the disk before it returns."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from portal.clock import Clock
from portal.errors import StoreUnavailable
from portal.table.connections import APPLICATION_ID, SCHEMA_VERSION, Connections, connect, translated
from portal.table.contract import Delete, Index, Item, Key, Page, Put, Update, Write
from portal.table.listing import Listing, listing
from portal.table.meaning import applied, live, refusal_of
from portal.table.patience import STORIES, Patience, retrying
from portal.table.rules import can_be_key, checked
from portal.table.turns import Turns

T = TypeVar("T")
Row = tuple[Any, ...]

_SCHEMA = f"""
CREATE TABLE items (
  pk TEXT NOT NULL, sk TEXT NOT NULL, gs1pk TEXT, gs1sk TEXT, gs2pk TEXT, gs2sk TEXT, ttl INTEGER, body BLOB NOT NULL,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID;
CREATE INDEX gs1 ON items (gs1pk, gs1sk, pk, sk) WHERE gs1pk IS NOT NULL AND gs1sk IS NOT NULL;
CREATE INDEX gs2 ON items (gs2pk, gs2sk, pk, sk) WHERE gs2pk IS NOT NULL AND gs2sk IS NOT NULL;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA_VERSION};
"""
_COLUMNS = ("pk", "sk", "gs1pk", "gs1sk", "gs2pk", "gs2sk", "ttl")
_OWN = frozenset(_COLUMNS)
_SELECT = f"SELECT {', '.join(_COLUMNS)}, body FROM items WHERE "  # noqa: S608 - our own names
_ONE = f"{_SELECT} pk = ? AND sk = ?"
_STORE = "REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?"
_FORGET = "DELETE FROM items WHERE ttl <= ?"
_SCAN = f"{_SELECT} (pk, sk) > (?, ?) AND (ttl IS NULL OR ttl > ?) ORDER BY pk, sk LIMIT 500"
_BATCH = 100


class SqliteTable:
    """The table's contract on one SQLite file.

    Nothing is touched until first use. A missing file is made by `create` only; a missing, damaged, foreign or
    read-only one raises `StoreUnavailable`, whose fact `cause` tells the operator in one line. A lock of another
    process that outlasts `busy_timeout` (seconds) raises `Busy`.
    """

    def __init__(self, path: Path, clock: Clock, *, busy_timeout: float = 5.0, stories: Patience = STORIES) -> None:
        self.path = path
        self.clock = clock
        self._stories = stories
        self._connections = Connections(path, busy_timeout)
        self._turns = Turns(self._connections)

    def create(self) -> None:
        """Make the file, readable by its owner only, unless there is one. It appears whole or not at all."""
        if self.path.exists():
            with self._connections.reading():
                return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{self.path.name}.", dir=self.path.parent) as folder:
                draft = Path(folder) / self.path.name
                draft.touch(mode=0o600)
                _write_schema(draft)
                with contextlib.suppress(FileExistsError):  # another process was first
                    os.link(draft, self.path)
        except OSError as error:
            raise StoreUnavailable(cause=f"{self.path} can't be created: {error.strerror}") from error
        except sqlite3.Error as error:
            raise translated(self.path, error) from error

    def close(self) -> None:
        """Close the connections of all threads; a later use opens new ones."""
        self._connections.close()

    def get(self, key: Key) -> Item | None:
        """See `Table.get`."""
        return self.batch_get([key])[0]

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        """See `Table.batch_get`."""
        if len(keys) > _BATCH:
            raise ValueError(f"{len(keys)} keys: at most {_BATCH} at once")
        now = self._now()
        with self._connections.reading() as connection:
            return [live(_found(connection, key), now) if can_be_key(key) else None for key in keys]

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
        """See `Table.query`."""
        asked = listing(pk, index=index, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor)
        if asked.is_empty:
            return Page([])
        sql, values = _selection(asked, self._now())
        with self._connections.reading() as connection:
            return asked.page([_item(row) for row in connection.execute(sql, values)])

    def scan(self) -> Iterator[Item]:
        """See `Table.scan`. It reads on in short steps, so that a long export holds nobody up."""
        last: Row = ("", "")
        while True:
            with self._connections.reading() as connection:
                rows = connection.execute(_SCAN, (*last[:2], self._now())).fetchall()
            if not rows:
                return
            yield from map(_item, rows)
            last = rows[-1]

    def forget_expired(self) -> int:
        """See `Table.forget_expired`. Nobody sees these rows any more; they only take room."""
        return self._turns.write(lambda connection: connection.execute(_FORGET, (self._now(),)).rowcount)

    def commit(self, *writes: Write) -> Item | None:
        """See `Table.commit`."""
        plain = checked(writes)
        return self._turns.write(lambda connection: self._done(connection, plain)) if plain else None

    def _done(self, connection: sqlite3.Connection, writes: list[Write]) -> Item | None:
        now = self._now()
        found = [_found_for(connection, write, now) for write in writes]
        for write, item in zip(writes, found, strict=True):
            if refusal := refusal_of(write, item):
                raise refusal
        written = [_carry_out(connection, write, item) for write, item in zip(writes, found, strict=True)]
        return written[0] if len(written) == 1 else None

    def retrying(self, story: Callable[[], T]) -> T:
        """See `Table.retrying`."""
        return retrying(story, self._stories)

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def _write_schema(path: Path) -> None:
    connection = connect(path, "rw", 1.0)
    try:
        connection.executescript(_SCHEMA)
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _found(connection: sqlite3.Connection, key: Key) -> dict[str, Any] | None:
    row = connection.execute(_ONE, key).fetchone()
    return None if row is None else _item(row)


def _found_for(connection: sqlite3.Connection, write: Write, now: int) -> Item | None:
    # What stands under the key matters to conditions and to updates, not to a blind Put or Delete.
    return live(_found(connection, write.key), now) if write.when or isinstance(write, Update) else None


def _carry_out(connection: sqlite3.Connection, write: Write, found: Item | None) -> Item | None:
    if isinstance(write, Delete):
        connection.execute(_DELETE, write.key)
        return None
    if isinstance(write, Put | Update):
        item = write.item if isinstance(write, Put) else applied(write, found)
        connection.execute(_STORE, (*map(item.get, _COLUMNS), _packed(item)))
        return item
    return None


def _selection(asked: Listing, now: int) -> tuple[str, list[Any]]:
    """The SQL of one page and its values: one item more than shown tells whether there is another page."""
    clauses, values = [f"{asked.pk_name} = ?", "(ttl IS NULL OR ttl > ?)"], [asked.pk, now]
    sort = asked.sort_names
    if asked.index:
        clauses.append(f"{sort[0]} IS NOT NULL")  # in these words the partial index is found
    low, high = asked.between or (asked.begins or "", None)
    clauses.append(f"{sort[0]} >= ?")
    values.append(low)
    if asked.begins is not None and (beyond := _after_all(asked.begins)):
        clauses.append(f"{sort[0]} < ?")
        values.append(beyond)
    if high is not None:
        clauses.append(f"{sort[0]} <= ?")
        values.append(high)
    if asked.after is not None:
        marks = ", ".join("?" * len(sort))
        clauses.append(f"({', '.join(sort)}) {'<' if asked.reverse else '>'} ({marks})")
        values.extend(asked.after)
    order = ", ".join(f"{name} DESC" if asked.reverse else name for name in sort)
    return f"{_SELECT}{' AND '.join(clauses)} ORDER BY {order} LIMIT {asked.limit + 1}", values


def _after_all(prefix: str) -> str | None:
    """The least text that is greater than all texts with this prefix, or None if there is none."""
    stem = prefix.rstrip("\U0010ffff")
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)  # noqa: PLR2004 - surrogates are no characters


# --- rows and items ------------------------------------------------------------------------------------------------


def _packed(item: Item) -> bytes:
    body = {name: value for name, value in item.items() if name not in _OWN}
    try:
        return _ENCODER.encode(body)
    except OverflowError:
        return _ENCODER.encode(_with_great_numbers(body))


def _with_great_numbers(value: Any) -> Any:
    """Integers beyond 64 bits, which msgpack lacks, as an extension of it."""
    if isinstance(value, dict):
        return {name: _with_great_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_great_numbers(each) for each in value]
    if isinstance(value, int) and value.bit_length() > 63:  # noqa: PLR2004
        return msgspec.msgpack.Ext(_GREAT, str(value).encode())
    return value


def _great_number(code: int, digits: memoryview) -> int:
    if code != _GREAT:
        raise ValueError(f"an unknown kind of value: {code}")
    return int(bytes(digits))


_GREAT = 1
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_great_number)


def _item(row: Row) -> dict[str, Any]:
    item = {name: value for name, value in zip(_COLUMNS, row, strict=False) if value is not None}
    item.update(_DECODER.decode(row[-1]))
    return item

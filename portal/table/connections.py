"""SQLite connections: one a thread, none across a fork, and SQLite's errors in the portal's words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

from portal.errors import Busy, StoreUnavailable

APPLICATION_ID = 0x544F4E47  # "TONG": the file is a store of ours
SCHEMA_VERSION = 1

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class _Slot:
    """One thread's connection, opened when first needed. The lock is contended only while the process forks."""

    __slots__ = ("__weakref__", "connection", "file", "lock")

    def __init__(self) -> None:
        self.connection: sqlite3.Connection | None = None
        self.file: tuple[int, int] | None = None
        self.lock = threading.Lock()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def __del__(self) -> None:
        # The thread has ended. A fork waits for this too: half a closing is as bad to carry over as a connection.
        with self.lock:
            self.close()


class Connections:
    """The connections of this process to one file.

    A connection must not be carried across a fork (the child would trust locks that only the parent holds, and a
    closing parent would then delete the write-ahead log under it). So all of them are closed before the fork, when
    no thread is using one, and both sides open new ones.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self.path = path
        self._busy_timeout = busy_timeout
        self._writer = threading.Lock()
        self._local = threading.local()
        self._slots: weakref.WeakSet[_Slot] = weakref.WeakSet()
        self._registering = threading.Lock()
        self._held: list[_Slot] = []
        _OPEN.add(self)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection. `StoreUnavailable` says in its fact `cause` what is wrong with the file."""
        slot = self._slot()
        with slot.lock:
            try:
                if slot.connection and slot.file != self._file():
                    slot.close()  # another file stands there now, or none: what is written here nobody would find
                if slot.connection is None:
                    slot.connection = open_connection(self.path, self._busy_timeout)
                    slot.file = self._file()
                yield slot.connection
            except sqlite3.Error as error:
                refusal = translated(self.path, error)
                if isinstance(refusal, StoreUnavailable):
                    slot.close()  # the next use looks at the file anew
                raise refusal from error

    @contextlib.contextmanager
    def turn(self, *, patient: bool = False) -> Iterator[None]:
        """Alone among the writers of this process. `Busy` if none came in time, unless `patient`.

        They queue for a lock of ours: SQLite's own busy handler sleeps between its looks, which makes the slowest of
        many threads wait for ages. It still stands between processes.
        """
        if not self._writer.acquire(timeout=-1 if patient else self._busy_timeout):
            raise Busy
        try:
            yield
        finally:
            self._writer.release()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `reading`, in a transaction that is committed at the end, durably, or rolled back by any exception."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # SQLite itself rolls back on a full disk
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close every thread's connection; a later use opens a new one."""
        self.before_fork()
        self.after_fork()

    def before_fork(self) -> None:
        """Wait until no thread is inside a transaction, then close all connections and let none be opened."""
        self._writer.acquire()
        self._registering.acquire()
        self._held = list(self._slots)  # kept until they are released, or the last of a slot would wait for itself
        for slot in self._held:
            slot.lock.acquire()
            slot.close()

    def after_fork(self) -> None:
        """In parent and child: let connections be opened again."""
        held, self._held = self._held, []
        for slot in held:
            slot.lock.release()
        self._registering.release()
        self._writer.release()

    def _file(self) -> tuple[int, int] | None:
        """Which file stands under the path."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - on every use: half the time of Path.stat
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _slot(self) -> _Slot:
        slot: _Slot | None = getattr(self._local, "slot", None)
        if slot is None:
            slot = _Slot()
            with self._registering:
                self._slots.add(slot)
            self._local.slot = slot
        return slot


_OPEN: weakref.WeakSet[Connections] = weakref.WeakSet()


def _before_fork() -> None:
    for connections in list(_OPEN):
        connections.before_fork()


def _after_fork() -> None:
    for connections in list(_OPEN):
        connections.after_fork()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def open_connection(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """A connection to an existing store, durable at every commit."""
    with contextlib.suppress(PermissionError):  # of a folder on the way
        if not path.is_file():
            raise StoreUnavailable(cause=f"{path} is missing")
    if not os.access(path, os.R_OK | os.W_OK):
        raise StoreUnavailable(cause=f"{path} can't be read and written by this user")
    connection = connect(path, "rw", busy_timeout)
    try:
        _recognise(connection, path)
        connection.execute("PRAGMA journal_mode=WAL")  # a restored backup may have lost it
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreUnavailable(cause=f"{path} is not a Tonghao store")
    if version != SCHEMA_VERSION:
        raise StoreUnavailable(cause=f"{path} has schema {version}, this program knows {SCHEMA_VERSION}")


def connect(path: Path, mode: str, busy_timeout: float) -> sqlite3.Connection:
    """A bare connection; transactions are ours alone. Slots guard it, so a thread that ends may leave it to another."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_timeout,
        isolation_level=None,
        check_same_thread=False,
    )


def translated(path: Path, error: sqlite3.Error) -> Busy | StoreUnavailable:
    """`Busy` for a lock that outlasted the wait; for all else `StoreUnavailable` with the cause in one line."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _BUSY:
        return Busy()
    return StoreUnavailable(cause=f"{path}: {error}")

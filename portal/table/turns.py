"""Commits of several threads that share one flush to the disk."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from portal.errors import Busy, PortalError
from portal.table.connections import Connections
from portal.table.faults import NoAnswer

R = TypeVar("R")

#: As many share a flush; the more, the longer the first of them waits.
_MOST = 32


class Turns:
    """Writers queue; whoever's turn it is does the work of all who wait, each for itself, in one transaction.

    The flush is most of a commit's time, and one serves them all. Nobody is told of success before it is over.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._waiting: deque[_Work[Any]] = deque()  # its methods are atomic, so a fork finds no lock held

    def write(self, act: Callable[[sqlite3.Connection], R]) -> R:
        """What `act` gives, durable; what it raises, with nothing written.

        `Busy` if no turn came in time, `StoreUnavailable` if the file could not be written, for all who shared it.
        """
        work = _Work(act)
        self._waiting.append(work)
        try:
            with self._connections.turn():
                self._lead(work)
        except Busy:
            self._withdraw(work)
        return work.outcome()

    def _withdraw(self, work: _Work[Any]) -> None:
        try:
            self._waiting.remove(work)
        except ValueError:  # somebody is at it
            with self._connections.turn(patient=True):
                return
        work.end(Busy())

    def _lead(self, work: _Work[Any]) -> None:
        while not work.ended:
            if works := self._next():
                self._do(works)
            else:  # whoever took it up was stopped before or after doing it
                work.end(NoAnswer())

    def _next(self) -> list[_Work[Any]]:
        """Those who came first; one may withdraw meanwhile."""
        works: list[_Work[Any]] = []
        with contextlib.suppress(IndexError):
            while len(works) < _MOST:
                works.append(self._waiting.popleft())
        return works

    def _do(self, works: list[_Work[Any]]) -> None:
        works = [work for work in works if work.process == os.getpid()]  # a fork's parent does its own
        try:
            with self._connections.transaction() as connection:
                for work in works:
                    work.do(connection)
        except PortalError as failure:
            for work in works:
                work.end(type(failure)(**failure.facts))
        except BaseException:  # the leader is being stopped, perhaps while it committed
            for work in works:
                work.end(NoAnswer())
            raise
        else:
            for work in works:
                work.end()


class _Work(Generic[R]):
    """What one thread wants written, and what came of it."""

    __slots__ = ("_act", "_failure", "_given", "ended", "process")

    def __init__(self, act: Callable[[sqlite3.Connection], R]) -> None:
        self._act = act
        self._failure: Exception | None = None
        self._given: R
        self.ended = False
        self.process = os.getpid()

    def do(self, connection: sqlite3.Connection) -> None:
        """All of it or nothing, whatever becomes of the others'; only a fault of the file ends the whole."""
        connection.execute("SAVEPOINT work")
        try:
            self._given = self._act(connection)
        except sqlite3.Error:
            raise
        except Exception as refusal:  # noqa: BLE001 - raised where it was asked for
            self._failure = refusal
            connection.execute("ROLLBACK TO work")
        connection.execute("RELEASE work")

    def end(self, failure: Exception | None = None) -> None:
        self._failure = failure or self._failure
        self.ended = True

    def outcome(self) -> R:
        if self._failure:
            raise self._failure
        return self._given

"""A table before one of whose commits something else happens: the moment between reading and writing."""

from __future__ import annotations

from collections.abc import Callable

from portal.table.contract import Item, Table, Write
from tests.forwarding import ForwardingTable


class InterruptedTable(ForwardingTable):
    """The table itself, until it is told to interrupt.

    A story that checks, and then writes what it does not guard, fails on it every time and not once a year.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._writing = ""
        self._meanwhile: Callable[[], object] | None = None

    def interrupt(self, meanwhile: Callable[[], object], *, writing: str = "") -> None:
        """Let something happen, once, just before the next commit that writes under a key so beginning."""
        self._meanwhile, self._writing = meanwhile, writing

    def commit(self, *writes: Write) -> Item | None:
        meanwhile = self._meanwhile
        if meanwhile and any(write.key.pk.startswith(self._writing) for write in writes):
            self._meanwhile = None
            meanwhile()
        return super().commit(*writes)

"""Hands out numbers."""

from __future__ import annotations

from portal.table.contract import Key, Put, Refusal, Table, Update, Write, absent


class Counters:
    """Tickets: unique and rising; a number that is not used leaves a gap."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, name: str, last: int, begun: Refusal) -> list[Write]:
        """Part: numbers of that name follow this one; `begun` if some were handed out before."""
        return [Put({"pk": f"TICKET#{name}", "sk": "TICKET", "last": last}, when=[absent(begun)])]

    def ticket(self, name: str) -> int:
        """Story: the next number of that name, from 1. A plain write before the transaction that uses it."""
        item = self._table.commit(Update(Key(f"TICKET#{name}", "TICKET"), add={"last": 1}))
        if item is None:
            raise RuntimeError("a lone update returns its item")
        return int(item["last"])

"""What everybody may know of the ledger: the totals of all members, the last day, and its root."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from portal.proofs.model import Root, difference
from portal.proofs.service import Proofs

NAME = "ledger.json"


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The books at the end of a day, in points. `outstanding`: what members have and may still spend, net of debt.

    issued = outstanding + spent + lapsed + taken back. `of_day`: the same movements on that day alone.
    """

    as_of: dt.date
    members: int
    issued: int
    spent: int
    expired: int
    taken_back: int
    outstanding: int
    held: int
    of_day: dict[str, int]
    root: str
    seal: str
    previous: str


class Ledger:
    """One read, whatever the membership."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs

    def write(self, build: Path) -> None:
        """Leave the books where the publisher of the site looks for them, once there are any."""
        if books := self.books():
            build.mkdir(parents=True, exist_ok=True)
            (build / NAME).write_bytes(msgspec.json.encode(books))

    def books(self) -> Books | None:
        """The books as of the last close; None before the first."""
        record = self._proofs.latest()
        return told(record) if record else None


def told(record: Root) -> Books:
    """The books that a record comes to."""
    sums, day = record.totals, difference(record)
    return Books(
        as_of=record.day,
        members=record.leaves,
        issued=sums["earned"],
        spent=sums["spent"],
        expired=sums["expired"],
        taken_back=sums["reversed"],
        outstanding=record.outstanding,
        held=sums["held"],
        of_day={
            "issued": day["earned"],
            "spent": day["spent"],
            "expired": day["expired"],
            "taken_back": day["reversed"],
        },
        root=record.root,
        seal=record.hash,
        previous=record.previous,
    )

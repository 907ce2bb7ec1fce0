"""What a day's close holds: a row for each member, their totals, the movements of the day, and the root over it all."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from portal.charter.schema import Community
from portal.points.model import GENESIS, TOTALS, Entry, Month
from portal.proofs import tree

VERSION = 1
DAY = dt.timedelta(days=1)
#: What is added up: the points that can be spent, and every other total of a purse.
SUMS = ("available", *TOTALS)
#: Rules by which members give to members: nothing is issued, though somebody's earned total rises.
GIFTS = frozenset({"red-packet"})


def ends(community: Community, day: dt.date) -> dt.datetime:
    """The instant at which a date is over on the community's clock."""
    return community.midnight(day + DAY).astimezone(dt.UTC)


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A member at the end of a day: their chain's length and head, and their totals in the order of SUMS.

    `salt` is the day's own, so that equal leaves on two days can't be told to be one member's.
    """

    member: str
    seq: int
    head: bytes
    totals: list[int]
    salt: bytes = b""

    @property
    def leaf(self) -> bytes:
        """The hash of this member's leaf."""
        return tree.leaf(self.salt, self.member, self.seq, self.head.hex())

    def after(self, entry: Entry) -> Row:
        """The row once that entry stands."""
        totals = [entry.after.get(name, 0) for name in SUMS]
        return Row(member=self.member, seq=entry.seq, head=bytes.fromhex(entry.hash), totals=totals)


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What a day did, in points: issued by rule, given between members, spent, returned, lapsed, taken back.

    Of the totals, earned rises by what was issued and given, spent by what was spent less what was returned.
    """

    issued: dict[str, int] = {}
    given: int = 0
    spent: int = 0
    returned: int = 0
    expired: int = 0
    taken_back: int = 0


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Movements counted so far, and points granted by month (YYYYMM) and rule."""

    moved: Moved = Moved()
    granted: dict[str, dict[str, int]] = {}

    def with_entry(self, entry: Entry, month: Month) -> Tally:
        """One more entry, of that month of the community's calendar."""
        change = Counter(entry.amounts)
        earned, spent = max(0, change["earned"]), change["spent"]
        gift = entry.rule in GIFTS
        moved = Moved(
            issued={entry.rule: earned} if earned and not gift else {},
            given=earned if gift else 0,
            spent=max(0, spent),
            returned=max(0, -spent),
            expired=change["expired"],
            taken_back=change["reversed"],
        )
        return summed([self, Tally(moved=moved, granted={str(month): {entry.rule: earned}} if earned else {})])


def summed(tallies: Iterable[Tally]) -> Tally:
    """All of these together."""
    sums: Counter[str] = Counter()
    issued: Counter[str] = Counter()
    granted: dict[str, Counter[str]] = {}
    for tally in tallies:
        numbers = msgspec.structs.asdict(tally.moved)
        issued.update(numbers.pop("issued"))
        sums.update(numbers)
        for month, rules in tally.granted.items():
            granted.setdefault(month, Counter()).update(rules)
    return Tally(
        moved=Moved(issued=dict(sorted(issued.items())), **sums),
        granted={month: dict(rules) for month, rules in granted.items()},
    )


class Block(msgspec.Struct, frozen=True):
    """Some members' rows, and what their new entries come to."""

    rows: list[Row]
    tally: Tally


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """Neighbouring leaves: the root over them, and the salt of the first."""

    root: bytes
    first: bytes


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a closed day. `hash` seals all that is published of it, and the next day's record names it.

    `until`: the instant before which entries are covered. `totals`: of all members then. `moved`: since the record
    before. `previous`: the hash of that record. Not published: what was granted of late, by month and rule.
    """

    day: dt.date
    until: dt.datetime
    leaves: int
    root: str
    totals: dict[str, int]
    moved: Moved
    previous: str = GENESIS
    version: int = VERSION
    hash: str = ""
    granted: dict[str, dict[str, int]] = {}

    @property
    def outstanding(self) -> int:
        """What members have and may still spend, net of debt."""
        return self.totals["available"] + self.totals["pending"] + self.totals["held"] - self.totals["debt"]

    def published(self) -> dict[str, Any]:
        """What everybody may know, as JSON has it."""
        return {name: value for name, value in msgspec.to_builtins(self).items() if name != "granted"}

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of what is published, but for the hash itself."""
        return digest(self.published())


def digest(published: dict[str, Any]) -> str:
    """The hash that seals a published record, whatever it says its hash is."""
    sealed = {name: value for name, value in published.items() if name != "hash"}
    return hashlib.sha256(msgspec.json.encode(sealed, order="deterministic")).hexdigest()


#: The fields of a record that everybody may know.
PUBLISHED = ("version", "day", "until", "leaves", "root", "totals", "moved", "previous", "hash")


class Link(msgspec.Struct, frozen=True):
    """An entry's place in its chain."""

    seq: int
    previous: str
    hash: str


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """That a member's chain up to an entry is covered by a day's root; `since`: the links that follow up to now."""

    community: str
    record: dict[str, Any]
    member: str
    salt: str
    seq: int
    head: str
    leaf: str
    index: int
    path: list[str]
    since: list[Link]

    @property
    def day(self) -> dt.date:
        """The closed day."""
        return dt.date.fromisoformat(self.record["day"])

    def written(self) -> dict[str, Any]:
        """The proof as the file has it."""
        own = msgspec.to_builtins(self)
        record = own.pop("record")
        return {**record, **own}


def difference(record: Root) -> dict[str, int]:
    """By how much a record's movements change the totals of the record before."""
    moved = record.moved
    return {
        "earned": sum(moved.issued.values()) + moved.given,
        "spent": moved.spent - moved.returned,
        "expired": moved.expired,
        "reversed": moved.taken_back,
    }

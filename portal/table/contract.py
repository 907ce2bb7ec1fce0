"""The contract of the table, the same on SQLite and DynamoDB.

An *item* is a flat mapping. `pk` and `sk` name it; `gs1pk`/`gs1sk` and `gs2pk`/`gs2sk`, where present, list it in an
index; `ttl` (epoch seconds) ends it. Values are str, int, bool, None, bytes, or lists and string-keyed mappings of
these; never floats. Keys are non-empty strings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from portal.errors import N_, PortalError, Stale

Item = Mapping[str, Any]
Index = Literal["gs1", "gs2"]
T = TypeVar("T")

#: What a refused condition means: an error, its class, or a callable that is given the item found there (or None).
Refusal = PortalError | type[PortalError] | Callable[[Item | None], PortalError]

MAX_WRITES = 100
MAX_ITEM_BYTES = 400 * 1024
MAX_COMMIT_BYTES = 4 * 1024 * 1024
MAX_DIGITS = 38


class Key(NamedTuple):
    """Names one item."""

    pk: str
    sk: str


class Condition(msgspec.Struct, frozen=True):
    """A predicate on the item found under a write's key, and the refusal that its failure means.

    `absent`: no live item. `exists`: a live item. `eq`: the attribute equals the value (an absent attribute or item
    equals None only). `ge`: a live item whose attribute is a number ≥ value. `under`: the attribute, or the item, is
    absent or the attribute is a number < value.
    """

    kind: Literal["absent", "exists", "eq", "ge", "under"]
    refusal: Refusal
    name: str = ""
    value: Any = None


def absent(refusal: Refusal = Stale) -> Condition:
    """No live item stands under the key."""
    return Condition("absent", refusal)


def exists(refusal: Refusal = Stale) -> Condition:
    """A live item stands under the key."""
    return Condition("exists", refusal)


def eq(name: str, value: Any, refusal: Refusal = Stale) -> Condition:
    """The attribute equals `value`; `None` means that it is absent."""
    return Condition("eq", refusal, name, value)


def ge(name: str, value: int, refusal: Refusal = Stale) -> Condition:
    """The attribute is a number and at least `value`."""
    return Condition("ge", refusal, name, value)


def under(name: str, limit: int, refusal: Refusal = Stale) -> Condition:
    """The attribute is absent or a number below `limit`."""
    return Condition("under", refusal, name, limit)


class Put(msgspec.Struct, frozen=True):
    """Create or replace an item."""

    item: Item
    when: Sequence[Condition] = ()

    @property
    def key(self) -> Key:
        """The item's own key."""
        return Key(self.item["pk"], self.item["sk"])


class Update(msgspec.Struct, frozen=True):
    """Change attributes of an item, creating it if its conditions allow.

    `set` replaces, `add` adds integers (absent counts as 0), `remove` takes away. A name may appear once in the three
    together, and never `pk` or `sk`.
    """

    key: Key
    set: Mapping[str, Any] = {}
    add: Mapping[str, int] = {}
    remove: Sequence[str] = ()
    when: Sequence[Condition] = ()


class Delete(msgspec.Struct, frozen=True):
    """Take an item away; without conditions it may be gone already."""

    key: Key
    when: Sequence[Condition] = ()


class Check(msgspec.Struct, frozen=True):
    """Write nothing, and refuse the whole commit unless the conditions hold. Needs at least one condition."""

    key: Key
    when: Sequence[Condition]


Write = Put | Update | Delete | Check


class Page(msgspec.Struct, frozen=True):
    """Some items in order, and the cursor to ask for the rest (None at the end)."""

    items: Sequence[Item]
    cursor: str | None = None


class BadWrite(Exception):
    """A write breaks the contract: an empty key, a float, two writes on one key, or a limit of DynamoDB's."""


class BadCursor(PortalError):
    """A cursor was forged, or belongs to another list."""

    status = 400
    sentence = N_("This page of the list can't be found. Please start from the first one.")


class Table(Protocol):
    """What every engine promises. All reads but those of an index are strongly consistent."""

    def get(self, key: Key) -> Item | None:
        """The live item under `key`, or None."""
        ...

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        """The live items under `keys` (distinct or not, at most 100), in their order, None where there is none."""
        ...

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
        """Live items of one partition, ordered by sort key (in an index: index sort key, then pk, then sk).

        Sort keys compare by their UTF-8 bytes. `begins` and `between` (inclusive) narrow it and exclude each other.
        `limit` is 1 to 1,000. A page may hold fewer than `limit` items and still have a cursor. Raises `BadCursor` on
        a cursor that this list did not give.
        """
        ...

    def scan(self) -> Iterator[Item]:
        """Every live item, in no promised order; for audits, exports and jobs, never for a page."""
        ...

    def forget_expired(self) -> int:
        """Delete what has expired and tell how much; 0 where the engine does it by itself. For jobs."""
        ...

    def commit(self, *writes: Write) -> Item | None:
        """Make all writes true, or none. One lone Put or Update returns the new item; everything else None.

        The first write, in the given order, whose condition fails raises that condition's refusal. Raises `Busy`
        when contention outlasts the retries, `BadWrite` before anything is sent if the contract is broken.
        """
        ...

    def retrying(self, story: Callable[[], T]) -> T:
        """Run `story`, again with full jitter while it ends in `Stale`; `Busy` after the last try."""
        ...

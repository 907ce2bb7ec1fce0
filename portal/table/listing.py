"""A query, checked once for both engines, and the cursors that continue it.

A cursor is the base64url of a JSON list of sort keys, no more: the partition comes from the program, so a forged one
can move within its list and never leave it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec

from portal.table.contract import BadCursor, Index, Item, Key, Page
from portal.table.rules import MAX_SK_BYTES, can_be_key

MAX_LIMIT = 1_000
_MAX_CURSOR = 8 * 1024  # three keys of the greatest length, in base64


class Listing(msgspec.Struct, frozen=True):
    """One partition, narrowed. `after` holds the sort keys of the last item that was shown."""

    pk: str
    index: Index | None
    begins: str | None
    between: tuple[str, str] | None
    reverse: bool
    limit: int
    after: tuple[str, ...] | None = None

    @property
    def pk_name(self) -> str:
        """The attribute that names the partition."""
        return f"{self.index}pk" if self.index else "pk"

    @property
    def sort_names(self) -> tuple[str, ...]:
        """The attributes that order the list, most significant first."""
        return (f"{self.index}sk", "pk", "sk") if self.index else ("sk",)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be in it, whatever the table holds."""
        if not can_be_key(Key(self.pk, "-")):
            return True
        return self.between is not None and (not self.between[1] or self.between[0] > self.between[1])

    def spans(self, sort_key: str) -> bool:
        """Whether an item with this (first) sort key is within `begins` or `between`."""
        if self.begins is not None:
            return sort_key.startswith(self.begins)
        return self.between is None or self.between[0] <= sort_key <= self.between[1]

    def page(self, items: Sequence[Item], *, last: Item | None = None) -> Page:
        """The page of the first `limit` items; its cursor is None unless more items are given, or `last` is.

        `last` is where reading stopped, when it stopped before the list's end.
        """
        shown = items[: self.limit]
        if len(items) > self.limit:
            last = shown[-1]
        return Page(shown, None if last is None else write_cursor([last[name] for name in self.sort_names]))


def listing(
    pk: str,
    *,
    index: Index | None,
    begins: str | None,
    between: tuple[str, str] | None,
    reverse: bool,
    limit: int,
    cursor: str | None,
) -> Listing:
    """The query as both engines take it. `ValueError` for a programmer's mistake, `BadCursor` for a forged cursor."""
    if index not in (None, "gs1", "gs2"):
        raise ValueError(f"no such index: {index!r}")
    if not 1 <= limit <= MAX_LIMIT:
        raise ValueError(f"limit is 1 to {MAX_LIMIT}, not {limit}")
    if begins is not None and between is not None:
        raise ValueError("begins and between exclude each other")
    for bound in (begins, *(between or ())):
        if bound and not can_be_key(Key("-", bound)):
            raise ValueError(f"no sort key of more than {MAX_SK_BYTES} bytes can be asked for")
    asked = Listing(pk, index, begins or None, between, reverse, limit)
    return asked if cursor is None else msgspec.structs.replace(asked, after=_read_cursor(asked, cursor))


def write_cursor(sort_keys: Sequence[str]) -> str:
    """The cursor that continues after the item of these sort keys."""
    return base64.urlsafe_b64encode(msgspec.json.encode(sort_keys)).rstrip(b"=").decode()


def _read_cursor(asked: Listing, cursor: str) -> tuple[str, ...]:
    try:
        if len(cursor) > _MAX_CURSOR:
            raise BadCursor
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        keys = msgspec.json.decode(packed, type=list[str])
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadCursor from None
    if write_cursor(keys) != cursor or len(keys) != len(asked.sort_names) or not asked.spans(keys[0]):
        raise BadCursor
    if not can_be_key(Key("-", keys[0])) or (asked.index and not can_be_key(Key(keys[1], keys[2]))):
        raise BadCursor
    return tuple(keys)

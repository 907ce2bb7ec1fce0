"""What conditions and updates mean, said once: SQLite applies it, DynamoDB is asked the same and told apart by it.

"Found" is the live item under a write's key, or None: an expired item is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.errors import PortalError
from portal.table.contract import BadWrite, Condition, Item, Update, Write
from portal.table.rules import within_digits, within_size


def is_live(item: Mapping[str, Any], now: int) -> bool:
    """Whether the item's `ttl`, if it has one, lies ahead of `now` (epoch seconds)."""
    ttl = item.get("ttl")
    return not (isinstance(ttl, int) and ttl <= now)


def live(item: Item | None, now: int) -> Item | None:
    """The item, or None if it has expired."""
    return item if item is not None and is_live(item, now) else None


def refusal_of(write: Write, found: Item | None) -> PortalError | None:
    """What the first of the write's conditions that fails on `found` means; None if all hold."""
    for condition in write.when:
        if not holds(condition, found):
            refusal = condition.refusal
            if isinstance(refusal, PortalError):
                return refusal
            return refusal() if isinstance(refusal, type) else refusal(found)
    return None


def holds(condition: Condition, found: Item | None) -> bool:
    """Whether the condition is true of what was found."""
    kind, name, value = condition.kind, condition.name, condition.value
    if kind == "absent":
        return found is None
    if kind == "exists":
        return found is not None
    if found is None or name not in found:
        return kind == "under" or (kind == "eq" and value is None)
    there = found[name]
    if kind == "eq":
        return same(there, value)
    if not _is_number(there):
        return False
    return bool(there >= value) if kind == "ge" else bool(there < value)


def same(one: Any, other: Any) -> bool:
    """Equality that tells True from 1, as the stored types do, at any depth."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(each, other[name]) for name, each in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def applied(update: Update, found: Item | None) -> dict[str, Any]:
    """The item after the update; from nothing but the key if nothing was found.

    Raises `BadWrite` where DynamoDB would refuse the outcome: adding to what is no number, too large an item.
    """
    item: dict[str, Any] = dict(found) if found is not None else {"pk": update.key.pk, "sk": update.key.sk}
    item.update(update.set)
    for name, amount in update.add.items():
        before = item.get(name, 0)
        if not _is_number(before):
            raise BadWrite(f"{name} is no number, so nothing can be added to it: {update.key}")
        within_digits(name, before + amount)
        item[name] = before + amount
    for name in update.remove:
        item.pop(name, None)
    within_size(item)
    return item


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

"""Derives purses from their entries again, and mends those that differ. Entries are never touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from portal.errors import Stale
from portal.points import records
from portal.points.model import TOTALS, Purse
from portal.points.verifying import chain_faults, derived
from portal.table.contract import Item, Table


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What would be mended of a member: the purse as it is and as its entries make it, and each difference."""

    stored: Purse
    right: Purse
    told: list[str]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a rebuild would do. `beyond`: what it can't mend, each in a sentence."""

    members: int
    changes: list[Change]
    beyond: list[str]


def plan(table: Table, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Plan:
    """Derive every purse, when it is next due, and what each key of an earning says; nothing is written."""
    members = sorted({str(item["pk"])[2:] for item in table.scan() if _belongs(item)})
    changes, beyond = [], []
    for done, member in enumerate(members, 1):
        faults = _faults(table, member)
        if faults:
            beyond += [f"{member}: {fault}; nothing can be derived from that" for fault in faults]
        else:
            changes += _change(table, member)
            beyond += [f"{member}: {fault}" for fault in _keys(table, member)]
        progress(done, len(members))
    return Plan(members=len(members), changes=changes, beyond=beyond)


def mend(table: Table, changes: Iterable[Change]) -> list[str]:
    """Write the purses that are wrong, each guarded by the version that was read; tells who was left alone."""
    late = []
    for change in changes:
        try:
            table.commit(*records.mended(change.stored, change.right))
        except Stale:
            late.append(f"{change.stored.member}: the purse has moved meanwhile; look again")
    return late


def _faults(table: Table, member: str) -> list[str]:
    """What is wrong with a member's entries by themselves, and whether the purse can be read."""
    try:
        records.mendable(table, member)
        return list(chain_faults(member, records.chain(table, member)))
    except records.Unreadable as unreadable:
        return [str(unreadable)]


def _belongs(item: Item) -> bool:
    return str(item["pk"]).startswith("M#") and (item["sk"] == "POINTS" or str(item["sk"]).startswith("L#"))


def _change(table: Table, member: str) -> list[Change]:
    while True:
        stored, due = records.mendable(table, member)
        right = derived(member, records.chain(table, member))
        if records.mendable(table, member)[0].v == stored.v:  # else somebody posts meanwhile
            break
    told = [
        f"{name} is {was}, its entries make it {should}"
        for name in ("seq", "head", "time", "lots", *TOTALS)
        if (was := getattr(stored, name)) != (should := getattr(right, name))
    ]
    if due != (earliest := min(right.lots, default=None)):
        told.append(f"is listed as due in {due}; its earliest lot lapses in {earliest}")
    right = msgspec.structs.replace(right, v=stored.v)
    return [Change(stored=stored, right=right, told=told)] if told else []


def _keys(table: Table, member: str) -> Iterator[str]:
    earned = {
        entry.key: entry for entry in records.chain(table, member) if entry.kind in ("earn", "promise") and entry.key
    }
    kept = {str(item["sk"])[2:]: item for item in records.keys(table, member)}
    for key, entry in earned.items():
        if key not in kept:
            yield f"the key of entry {entry.seq} ({key}) is missing: it could be earned again"
        elif (says := kept[key].get("amount")) != entry.amounts.get("earned", 0):
            yield f"the key {key} says {says} points; entry {entry.seq} {entry.amounts.get('earned', 0)}"

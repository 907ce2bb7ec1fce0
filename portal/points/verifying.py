"""Re-derives every purse from its entries, and names what doesn't agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from portal.points import records
from portal.points.model import GENESIS, TOTALS, Entry, Purse, balanced
from portal.table.contract import Table


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found: how much was read, the totals of all members, and each discrepancy in a sentence."""

    members: int
    entries: int
    totals: dict[str, int]
    faults: list[str]


def verify(table: Table, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Verdict:
    """Check every chain, identity, lot and total; `progress` is told how many members of how many are done."""
    lines: Counter[str] = Counter()
    members: set[str] = set()
    for item in table.scan():
        member = str(item["pk"]).removeprefix("M#")
        if str(item["sk"]).startswith("L#"):
            lines[member] += 1
        elif item["sk"] == "POINTS":
            members.add(member)
    faults = [f"{member}: {lines[member]} entries without a purse" for member in sorted(lines.keys() - members)]
    totals: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for done, member in enumerate(sorted(members)):
        progress(done, len(members))
        try:
            purse, sums, found = _settled(table, member)
        except records.Unreadable as unreadable:
            faults.append(f"{member}: {unreadable}")
            continue
        faults += [f"{member}: {fault}" for fault in found]
        totals.update(purse.totals())
        moved.update(sums)
    progress(len(members), len(members))
    if not balanced(totals):
        faults.append(f"all members: the totals don't add up: {dict(totals)}")
    for name, points in totals.items():
        if points != moved[name]:
            faults.append(f"all members: {name} is {points}, all entries together make it {moved[name]}")
    return Verdict(members=len(members), entries=lines.total(), totals=dict(totals), faults=faults)


def _settled(table: Table, member: str) -> tuple[Purse, Counter[str], list[str]]:
    """A purse, what all its entries moved, and its faults; looked at again while members go on posting to it."""
    while True:
        purse = records.purse(table.get(records.purse_key(member)), member)
        moved: Counter[str] = Counter()
        found = list(discrepancies(purse, _summing(records.chain(table, member), moved)))
        if not found or records.purse(table.get(records.purse_key(member)), member).v == purse.v:
            return purse, moved, found


def _summing(entries: Iterable[Entry], moved: Counter[str]) -> Iterator[Entry]:
    for entry in entries:
        moved.update(entry.amounts)
        yield entry


def discrepancies(stored: Purse, entries: Iterator[Entry]) -> Iterator[str]:
    """What is wrong with a purse and the chain that should have made it; nothing, if it is sound."""
    derived = Purse(member=stored.member)
    for entry in entries:
        yield from (f"entry {entry.seq}: {fault}" for fault in _faults(derived, entry))
        derived = _after(derived, entry)
    for name in ("seq", "head", "time", "lots", *TOTALS):
        was, should = getattr(stored, name), getattr(derived, name)
        if was != should:
            yield f"{name} is {was}, its entries make it {should}"


def derived(member: str, entries: Iterable[Entry]) -> Purse:
    """The purse that these entries make."""
    purse = Purse(member=member)
    for entry in entries:
        purse = _after(purse, entry)
    return purse


def chain_faults(member: str, entries: Iterable[Entry]) -> Iterator[str]:
    """What is wrong with entries by themselves."""
    purse = Purse(member=member)
    for entry in entries:
        yield from (f"entry {entry.seq}: {fault}" for fault in _faults(purse, entry))
        purse = _after(purse, entry)


def _faults(before: Purse, entry: Entry) -> Iterator[str]:
    if entry.member != before.member:
        yield f"belongs to {entry.member}"
    if entry.seq != before.seq + 1:
        yield f"follows {before.seq}; entries in between are missing"
    if entry.previous != (before.head if before.seq else GENESIS):
        yield "does not continue the entry before"
    if entry.hash != entry.digest():
        yield "was changed after it was written: its hash is another"
    if entry.note and entry.note.digest() != entry.note_hash:
        yield "its note was changed after it was written"
    if entry.time < before.time:
        yield "is earlier than the entry before"
    if not (balanced(entry.amounts) and balanced(entry.after)):
        yield f"its sums don't add up: {entry.amounts}"
    if (after := _after(before, entry).totals()) != entry.after:
        yield f"says the totals after it are {entry.after}; they are {after}"


def _after(before: Purse, entry: Entry) -> Purse:
    lots = Counter(before.lots)
    for month, change in entry.lots.items():
        lots[int(month)] += change
    return msgspec.structs.replace(
        before,
        seq=entry.seq,
        head=entry.hash,
        time=entry.time,
        lots={month: left for month, left in sorted(lots.items()) if left},
        **{name: getattr(before, name) + entry.amounts.get(name, 0) for name in TOTALS},
    )

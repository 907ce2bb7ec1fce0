"""Checks every published record: its seal, its place after the one before, and its root, where the rows still exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec

from portal.points.lines import Lines
from portal.points.model import GENESIS, balanced
from portal.proofs import records, tree
from portal.proofs.model import SUMS, Chunk, Root, difference
from portal.table.contract import Table

T = TypeVar("T")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How many records were looked at, how many of them were made again from their rows, and each discrepancy."""

    records: int
    rebuilt: int
    faults: list[str]


def verify(table: Table, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Verdict:
    """Check all records; the last one's rows are also held against the entries as they stand now.

    Whoever rewrites a member's chain from some entry on, hashes and all, is caught by that.
    """
    found = list(records.all_roots(table))
    faults, rebuilt, before = [], 0, None
    for done, record in enumerate(found, 1):
        told = list(_faults(record, before))
        chunks = _read(records.chunks, table, record)
        last = record is found[-1]
        if chunks is not None:
            rebuilt += 1
            told += _rows_faults(table, record, chunks)
            told += _rewritten(table, record, len(chunks)) if last else []
        elif last:
            told.append("its rows are missing or can't be read")
        faults += [f"{record.day}: {fault}" for fault in told]
        before = record
        progress(done, len(found))
    return Verdict(records=len(found), rebuilt=rebuilt, faults=faults)


def _read(read: Callable[..., T | None], *asked: Any) -> T | None:
    """What stands there; None if it is gone or somebody has written something else."""
    try:
        return read(*asked)
    except (msgspec.MsgspecError, KeyError, TypeError):
        return None


def _faults(record: Root, before: Root | None) -> Iterator[str]:
    if record.hash != record.digest():
        yield "the record was changed after it was published: its seal is another"
    if record.previous != (before.hash if before else GENESIS):
        yield f"doesn't name the record before, {before.day if before else 'for it is the first'}"
    if before and record.day != before.day + dt.timedelta(days=1):
        yield f"follows {before.day}; days in between are missing"
    if not balanced(record.totals):
        yield f"the totals don't add up: {record.totals}"
    for name, change in difference(record).items():
        was = before.totals[name] if before else 0
        if record.totals[name] != was + change:
            yield f"{name} is {record.totals[name]}; {was} and the day's {change} make {was + change}"


def _rows_faults(table: Table, record: Root, chunks: list[Chunk]) -> Iterator[str]:
    """Make the root again, a chunk at a time."""
    sums, leaves, last = [0] * len(SUMS), 0, b""
    for n, chunk in enumerate(chunks):
        rows = _read(records.rows, table, record, n)
        if not rows:
            yield f"the rows of chunk {n} are missing or can't be read"
            continue
        if tree.root([row.leaf for row in rows]) != chunk.root:
            yield f"the rows of chunk {n} make another root than the record says"
        salts = [last, *(row.salt for row in rows)]
        if salts != sorted(set(salts)) or rows[0].salt != chunk.first:
            yield f"the rows of chunk {n} are out of order"
        sums = [total + sum(row.totals[place] for row in rows) for place, total in enumerate(sums)]
        leaves, last = leaves + len(rows), rows[-1].salt
    if tree.root([chunk.root for chunk in chunks]).hex() != record.root:
        yield "the chunks make another root than the record says"
    if leaves != record.leaves:
        yield f"has {leaves} rows and says {record.leaves}"
    for name, points in zip(SUMS, sums, strict=True):
        if points != record.totals[name]:
            yield f"{name} is {record.totals[name]}, the members' rows make it {points}"


def _rewritten(table: Table, record: Root, chunks: int) -> Iterator[str]:
    """Hold the rows against the entries as they stand now."""
    lines = Lines(table)
    for n in range(chunks):
        rows = _read(records.rows, table, record, n) or []
        for row, entry in zip(rows, lines.entries([(row.member, row.seq) for row in rows]), strict=True):
            if entry is None:
                yield f"{row.member}: entry {row.seq} is gone; the day's root covers it"
            elif entry.hash != row.head.hex():
                yield f"{row.member}: entry {row.seq} is not the one that the day's root covers"

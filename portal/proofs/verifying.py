"""Checks every published record: its seal, its place after the one before, and its root, where the rows still exist."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import msgspec

from portal.points.lines import Lines
from portal.points.model import GENESIS, balanced
from portal.proofs import records, tree
from portal.proofs.model import SUMS, Root, Row, difference
from portal.table.contract import Table


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
        rows = [_rows(table, record, n) for n in range(len(record.chunks))]
        chunks = [chunk for chunk in rows if chunk is not None]
        missing = len(rows) - len(chunks)
        rebuilt += not missing
        faults += [f"{record.day}: {fault}" for fault in _faults(record, before)]
        if not missing:
            faults += [f"{record.day}: {fault}" for fault in _rows_faults(record, chunks)]
        elif chunks or record is found[-1]:
            faults.append(
                f"{record.day}: {len(rows) - len(chunks)} of {len(rows)} chunks of rows are missing or can't be read"
            )
        if record is found[-1]:
            faults += [f"{record.day}: {fault}" for chunk in chunks for fault in _rewritten(Lines(table), chunk)]
        before = record
        progress(done, len(found))
    return Verdict(records=len(found), rebuilt=rebuilt, faults=faults)


def _rows(table: Table, record: Root, n: int) -> list[Row] | None:
    try:
        return records.rows(table, record, n)
    except msgspec.MsgspecError:
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


def _rows_faults(record: Root, chunks: list[list[Row]]) -> Iterator[str]:
    rows = [row for chunk in chunks for row in chunk]
    if [row.salt for row in rows] != sorted({row.salt for row in rows}):
        yield "the rows are out of order"
    for n, chunk in enumerate(chunks):
        if tree.root([row.leaf for row in chunk]).hex() != record.chunks[n].root:
            yield f"the rows of chunk {n} make another root than the record says"
    if tree.root([bytes.fromhex(chunk.root) for chunk in record.chunks]).hex() != record.root:
        yield "the chunks make another root than the record says"
    if len(rows) != record.leaves:
        yield f"has {len(rows)} rows and says {record.leaves}"
    for place, name in enumerate(SUMS):
        if (points := sum(row.totals[place] for row in rows)) != record.totals[name]:
            yield f"{name} is {record.totals[name]}, the members' rows make it {points}"


def _rewritten(lines: Lines, rows: list[Row]) -> Iterator[str]:
    for row, entry in zip(rows, lines.entries([(row.member, row.seq) for row in rows]), strict=True):
        if entry is None:
            yield f"{row.member}: entry {row.seq} is gone; the day's root covers it"
        elif entry.hash != row.head.hex():
            yield f"{row.member}: entry {row.seq} is not the one that the day's root covers"

"""The close of a day: every member's chain up to midnight, under one root that names the root before.

It is defined by time alone. It covers the entries that are earlier than the end of the date on the community's clock,
so a late run, a repeated one and two at once publish the same root. What a close costs goes with the members (a
hundredth of a read each) and with the entries since the last one, never with the length of the ledger.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import chain

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, PortalError
from portal.members.service import Members
from portal.points.lines import Lines
from portal.points.model import GENESIS, Month
from portal.proofs import records, tree
from portal.proofs.model import DAY, SUMS, Block, Chunk, Root, Row, Tally, ends, summed
from portal.table.contract import Table
from portal.tokens import Tokens

#: How long after midnight a day is closed: what was begun before it has been committed by then.
WAIT = dt.timedelta(minutes=10)
#: Rows of a chunk: a power of two. A proof reads one of them (36 KB) and the list of all (16 KB for 100,000 members).
ROWS = 256
#: How long rows are kept; records stay.
ROWS_KEPT = dt.timedelta(days=40)
DRAFTS_KEPT = dt.timedelta(days=2)
#: The first close of a ledger that is older begins so long before today.
FURTHEST_BACK = 100 * DAY


class AlreadyClosed(PortalError):
    """Another run was faster; its record is the same."""

    status = 409
    sentence = N_("This day is closed already.")


class DailyClose:
    """Closes days, one after the other."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        lines: Lines,
        members: Members,
        tokens: Tokens,
        clock: Clock,
        rows: int = ROWS,
    ) -> None:
        self._table = table
        self._community = charter.community
        self._lines = lines
        self._members = members
        self._tokens = tokens
        self._clock = clock
        self._rows = rows

    def close_due(self) -> int:
        """Story of the job: close each date that is over and not closed, up to yesterday, in order; how many."""
        closed = 0
        before = records.latest(self._table)
        while (day := self._next(before)) is not None:
            made = self._close(day, before)
            with suppress(AlreadyClosed):
                self._table.commit(records.publish(made, AlreadyClosed))
            before = records.of_day(self._table, day)
            closed += 1
        return closed

    def _next(self, before: Root | None) -> dt.date | None:
        """The date whose turn it is, if it is over."""
        day = before.day + DAY if before else self._began()
        return day if day and ends(self._community, day) + WAIT <= self._clock.now() else None

    def _began(self) -> dt.date | None:
        """The day of the first member, unless that is too long ago."""
        joined = [profile.joined for profile in self._members.everybody()]
        if not joined:
            return None
        return max(self._community.today(min(joined)), self._community.today(self._clock.now()) - FURTHEST_BACK)

    def _close(self, day: dt.date, before: Root | None) -> Root:
        """Write the day's rows; gives the record, which is published last."""
        blocks = self._gather(day, before)
        rows = sorted(
            (self._salted(day, row) for row in chain.from_iterable(block.rows for block in blocks)),
            key=lambda row: row.salt,
        )
        parts = [rows[start : start + self._rows] for start in range(0, len(rows), self._rows)]
        chunks = [Chunk(tree.root([row.leaf for row in part]), part[0].salt) for part in parts]
        tally = summed([Tally(granted=_of_late(before, day)), *(block.tally for block in blocks)])
        made = Root(
            day=day,
            until=ends(self._community, day),
            leaves=len(rows),
            root=tree.root([chunk.root for chunk in chunks]).hex(),
            totals={name: sum(row.totals[place] for row in rows) for place, name in enumerate(SUMS)},
            moved=tally.moved,
            previous=before.hash if before else GENESIS,
            granted=tally.granted,
        )
        for n, part in enumerate(parts):
            self._keep(day, n, made.root, Block(part, Tally()), ROWS_KEPT)
        self._table.commit(records.keep_chunks(made, chunks, self._until(ROWS_KEPT)))
        return msgspec.structs.replace(made, hash=made.digest())

    def _gather(self, day: dt.date, before: Root | None) -> list[Block]:
        """Everybody's rows, in no order: those of the close before brought up to date, and the newcomers'."""
        known = self._known(before) if before else []
        if known is None:  # forgotten: read from the beginning, and count what is later than the last record
            return [self._newcomers(day, set(), before)]
        blocks = [self._advanced(day, n, rows) for n, rows in enumerate(known)]
        names = {row.member for rows in known for row in rows}
        return [*blocks, self._newcomers(day, names, None)]

    def _known(self, before: Root) -> list[list[Row]] | None:
        """The rows of a close by chunk, or None if any of them are forgotten."""
        chunks = records.chunks(self._table, before)
        kept = [records.rows(self._table, before, n) for n in range(len(chunks or ()))]
        known = [rows for rows in kept if rows is not None]
        return known if chunks is not None and len(known) == len(chunks) else None

    def _advanced(self, day: dt.date, n: int, rows: list[Row]) -> Block:
        """A chunk's members as of that day. Kept as a draft, so that a run that dies is not begun from nothing."""
        if done := records.draft(self._table, day, n):
            return done
        block = self._walked(day, rows, None)
        self._keep(day, n, records.DRAFT, block, DRAFTS_KEPT)
        return block

    def _newcomers(self, day: dt.date, known: set[str], counted: Root | None) -> Block:
        """Members without a row so far; only who has entries by then gets one."""
        until = ends(self._community, day)
        new = {one.id for one in self._members.everybody() if one.id not in known and one.joined < until}
        start = [Row(member=member, seq=0, head=b"", totals=[]) for member in sorted(new)]
        block = self._walked(day, start, counted.until if counted else None)
        return Block([row for row in block.rows if row.seq], block.tally)

    def _walked(self, day: dt.date, rows: list[Row], counted: dt.datetime | None) -> Block:
        """Rows brought up to the day's end, and the movements of entries after `counted`, if that is given."""
        until = ends(self._community, day)
        walked, tally = [], Tally()
        for row, purse in zip(rows, self._lines.purses([row.member for row in rows]), strict=True):
            now = row
            for entry in self._lines.since(row.member, row.seq) if purse.seq > row.seq else ():
                if entry.time >= until:
                    break
                now = now.after(entry)
                if counted is None or entry.time >= counted:
                    tally = tally.with_entry(entry, Month.of(self._community.today(entry.time)))
            walked.append(now)
        return Block(walked, tally)

    def _salted(self, day: dt.date, row: Row) -> Row:
        return msgspec.structs.replace(row, salt=salt(self._tokens, day, row.member))

    def _keep(self, day: dt.date, n: int, under: str, block: Block, span: dt.timedelta) -> None:
        self._table.commit(records.keep(day, n, under, block, self._until(span)))

    def _until(self, span: dt.timedelta) -> int:
        return int((self._clock.now() + span).timestamp())


def salt(tokens: Tokens, day: dt.date, member: str) -> bytes:
    """The salt of a member's leaf on a day: nobody but us can make it, and nobody but the member is told."""
    return bytes.fromhex(tokens.keyed("leaf", f"{day}#{member}"))


def _of_late(before: Root | None, day: dt.date) -> dict[str, dict[str, int]]:
    """What the record before says was granted this month and the month before."""
    oldest = Month.of(day).after(-1)
    return {month: rules for month, rules in (before.granted if before else {}).items() if int(month) >= oldest}

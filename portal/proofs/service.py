"""What was closed: the published records, a member's proof, and what was granted in a month."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right

import msgspec

from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.points.lines import Lines
from portal.points.model import GENESIS, Entry, Month
from portal.proofs import records, tree
from portal.proofs.checking import Result, check
from portal.proofs.closing import salt
from portal.proofs.model import PUBLISHED, Link, Proof, Root
from portal.table.contract import Table
from portal.tokens import Tokens

PAGE = 30
#: So many links are told after the proven entry; who has more waits for the next close.
LINKS = 500


class NoProofYet(PortalError):
    """The last closed day knows nothing of this member."""

    status = 404
    sentence = N_("There is no proof yet. The first one follows in the night after your first entry.")


class Listed(msgspec.Struct, frozen=True):
    """Some records, the latest first, and where the list goes on."""

    roots: list[Root]
    cursor: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A member's proof, and the entry that stands at its place in the ledger now."""

    proof: Proof
    entry: Entry | None

    @property
    def day(self) -> dt.date:
        """The closed day."""
        return self.proof.day

    @property
    def agrees(self) -> bool:
        """Whether the ledger still shows what the root covers, with nothing broken after it."""
        heads = [link.hash for link in self.proof.since]
        unbroken = [link.previous for link in self.proof.since] == [self.proof.head, *heads][: len(heads)]
        return self.entry is not None and self.entry.hash == self.entry.digest() == self.proof.head and unbroken


class Proofs:
    """Reads of what the closes have left. A proof costs the record, one chunk of rows and the entries since."""

    def __init__(self, table: Table, charter: Charter, lines: Lines, tokens: Tokens) -> None:
        self._table = table
        self._community = charter.community
        self._lines = lines
        self._tokens = tokens

    def latest(self) -> Root | None:
        """The record of the last closed day, if any day was closed."""
        return records.latest(self._table)

    def of_day(self, day: dt.date) -> Root | None:
        """The record of a date."""
        return records.of_day(self._table, day)

    def before(self, record: Root) -> Root | None:
        """The record that one names as its previous: None for the first."""
        if record.previous == GENESIS:
            return None
        days = (record.day - dt.timedelta(days=days) for days in (1, 2, 3))  # a change of zone may have skipped one
        return next((found for day in days if (found := self.of_day(day))), None)

    def check(self, proof: Proof) -> Result:
        """What comes of a proof that somebody brings."""
        published = self.of_day(proof.day)
        return check(proof, published, self.before(published) if published else None)

    def listed(self, cursor: str | None = None) -> Listed:
        """A page of records, the latest first. Raises BadCursor."""
        page = records.listed(self._table, cursor, PAGE)
        return Listed([found for item in page.items if (found := records.root(item))], page.cursor)

    def granted(self, month: Month) -> dict[str, int]:
        """Points granted in a month of the community's calendar by rule, up to the last close."""
        record = records.in_month(self._table, month)
        return record.granted.get(str(month), {}) if record else {}

    def of_member(self, member: str) -> Standing:
        """A member's proof at the latest closed day. Raises NoProofYet."""
        record = self.latest()
        chunks = records.chunks(self._table, record) if record else None
        if record is None or not chunks:
            raise NoProofYet
        mine = salt(self._tokens, record.day, member)
        n = max(0, bisect_right([chunk.first for chunk in chunks], mine) - 1)
        rows = records.rows(self._table, record, n) or []
        place = next((place for place, row in enumerate(rows) if row.member == member), None)
        if place is None:
            raise NoProofYet
        row = rows[place]
        within = tree.path([other.leaf for other in rows], place)
        above = tree.path([chunk.root for chunk in chunks], n)
        before = (
            record.leaves - len(rows) if n == len(chunks) - 1 else n * len(rows)
        )  # all but the last are equally long
        proof = Proof(
            community=self._community.name.en,
            record={name: value for name, value in record.published().items() if name in PUBLISHED},
            member=member,
            salt=row.salt.hex(),
            seq=row.seq,
            head=row.head.hex(),
            leaf=row.leaf.hex(),
            index=before + place,
            path=[sibling.hex() for sibling in (*within, *above)],
            since=self._links(member, row.seq),
        )
        return Standing(proof=proof, entry=self._lines.entry(member, row.seq))

    def _links(self, member: str, seq: int) -> list[Link]:
        links: list[Link] = []
        for entry in self._lines.since(member, seq):
            links.append(Link(entry.seq, entry.previous, entry.hash))
            if len(links) == LINKS:
                break
        return links

"""The live filter, the cases that it opens, and how they end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from portal.audit.service import Audit
from portal.cases import records
from portal.cases.model import (
    LONGEST_TITLE,
    MOST_HITS,
    Case,
    Found,
    Outcome,
    Source,
    WordList,
    found_at,
    outcome_name,
)
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.table.contract import Item, Table, Write
from portal.tokens import Ids
from portal.words import SEVERITIES, Filter, Word, normalised

PAGE = 50

_FALSE = N_("called what the word filter found in {title} a false alarm")
_HANDLED = N_("handled what the word filter found in {title}")


class AlreadySettled(PortalError):
    """Somebody was faster."""

    status = 409
    sentence = N_("{name} has settled this case already: {outcome}, {at}. Yours was not applied.")


class Waiting(msgspec.Struct, frozen=True):
    """A page of open cases, the newest last."""

    cases: list[Case]
    cursor: str | None


class Live(msgspec.Struct, frozen=True):
    """The filter of one version of the desk's list, and where each word comes from."""

    v: int
    filter: Filter
    source: dict[Word, Source]


class Cases:
    """What the word filter found."""

    def __init__(self, table: Table, charter: Charter, audit: Audit, clock: Clock, ids: Ids) -> None:
        self._table = table
        self._charter = charter
        self._audit = audit
        self._clock = clock
        self._ids = ids
        self._live: Live | None = None

    def scan(self, parts: Mapping[str, str]) -> list[Found]:
        """What the charter's and the desk's words find in texts by the slugs of their questions, in their order.

        Reads the version of the desk's list, and the list itself only when it has changed.
        """
        live = self._current()
        return [
            found_at(text, part, hit.word, hit.start, hit.end, live.source[hit.word])
            for part, text in parts.items()
            for hit in live.filter.hits(text)
        ]

    def open(self, subject: str, title: str, address: str, found: Sequence[Found]) -> list[Write]:
        """Part: one case for what one scan found in a subject's text, nothing if it found nothing.

        It keeps the gravest hits, at most 20, and no more of the text than stands beside them.
        """
        if not found:
            return []
        gravest = sorted(found, key=lambda one: -SEVERITIES.index(one.severity))
        case = Case(
            id=self._ids.new(),
            subject=subject,
            title=title[:LONGEST_TITLE],
            address=address,
            at=self._clock.now(),
            found=gravest[:MOST_HITS],
            more=max(0, len(found) - MOST_HITS),
        )
        return [records.record(case)]

    def drop(self, subject: str) -> list[Write]:
        """Part: the end of all cases of a subject whose text is erased; what was counted by word stays."""
        return records.drop(self._table, subject)

    def waiting(self, cursor: str | None = None) -> Waiting:
        """Open cases. The index may lag: each is read again by its own key, and shown only if it is open."""
        page = records.open_cases(self._table, cursor, PAGE)
        keys = [records.case_key(str(item["subject"]), str(item["id"])) for item in page.items]
        found = [records.case(item) for item in (self._table.batch_get(keys) if keys else [])]
        return Waiting([case for case in found if case and case.open], page.cursor)

    def case(self, subject: str, case: str) -> Case:
        """One case; raises NotFound."""
        found = records.case(self._table.get(records.case_key(subject, case)))
        if found is None:
            raise NotFound
        return found

    def settle(self, actor: str, actor_name: str, case: Case, outcome: Outcome, note: str) -> Case:
        """Story: somebody has looked. A false alarm counts against its words. Raises NotFound, AlreadySettled."""
        settled = msgspec.structs.replace(
            case, status=outcome, actor=actor, actor_name=actor_name, settled=self._clock.now(), note=note
        )
        did = _FALSE if outcome == "false-positive" else _HANDLED
        hits = Counter(normalised(found.word) for found in case.found)
        self._table.commit(
            records.settle(settled, self._already),
            *(records.count(word, n, n if outcome == "false-positive" else 0) for word, n in hits.items()),
            *self._audit.note(actor, actor_name, did, case.subject, title=case.title, note=note),
        )
        return settled

    def _already(self, item: Item | None) -> PortalError:
        found = records.case(item)
        if found is None or found.settled is None:
            return NotFound()
        at = self._charter.community.local(found.settled)
        return AlreadySettled(name=found.actor_name, outcome=outcome_name(found.status), at=f"{at:%Y-%m-%d %H:%M}")

    def _current(self) -> Live:
        live = self._live
        if live is None or live.v != records.version(self._table):
            self._live = live = self._made(records.word_list(self._table))
        return live

    def _made(self, desk: WordList) -> Live:
        words = self._charter.words
        listed = {Word(entry.text, entry.severity): "charter" for entry in words.word}
        added = {Word(word.text, word.severity): "desk" for word in desk.words}
        source: dict[Word, Source] = added | listed  # type: ignore[assignment] # literals, widened by the union
        return Live(desk.v, Filter(source, words.allow), source)

"""The community's list of words: the charter's and the desk's, tried on history, switched on and taken off."""

from __future__ import annotations

from collections import Counter

import msgspec

from portal.audit.service import Audit
from portal.cases import records
from portal.cases.model import (
    MOST_WORDS,
    Added,
    Example,
    History,
    Proposal,
    Proposed,
    Tally,
    Trial,
    Tried,
    WordList,
    found_at,
    read_list,
)
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError, Stale
from portal.table.contract import Table
from portal.words import Filter, Word, normalised

#: So much of history is read for a trial, and so many examples are shown of each word.
PASSAGES = 2000
EXAMPLES = 5
#: So much of a list stands in the audit log; all of it stands on the list.
NOTED = 500


class Unusable(PortalError):
    """The list was changed on its way, or is empty."""

    status = 422
    sentence = N_("This list can't be switched on as it is. Please try it once more.")


class ListFull(PortalError):
    """The desk's list is one item of the table."""

    status = 409
    sentence = N_("The desk's list has room for {most} words. Take some off, or write them into the charter.")


class Listed(msgspec.Struct, frozen=True):
    """The words that are on: the charter's and the desk's, each with what was counted of it, and the desk's version."""

    charter: list[tuple[Proposed, Tally]]
    desk: list[tuple[Added, Tally]]
    v: int


class Words:
    """The list at the desk."""

    def __init__(self, table: Table, charter: Charter, audit: Audit, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._audit = audit
        self._clock = clock

    def all(self) -> Listed:
        """Every word, in the order of its list."""
        ours = [Proposed(entry.text, entry.severity) for entry in self._charter.words.word]
        desk = records.word_list(self._table)
        read = [normalised(text) for text in (*(w.text for w in ours), *(w.text for w in desk.words))]
        tallies = records.tallies(self._table, read)
        return Listed(
            list(zip(ours, tallies, strict=False)),
            list(zip(desk.words, tallies[len(ours) :], strict=True)),
            desk.v,
        )

    def read(self, typed: str) -> Proposal:
        """A list as it was typed, beside the words that exist."""
        return self._beside(records.word_list(self._table), typed)

    def tried(self, words: list[Proposed], history: History) -> Trial:
        """What these words would have found in the latest passages; changes nothing."""
        filter_ = Filter([Word(word.text, word.severity) for word in words], self._charter.words.allow)
        hits = Counter[str]()
        examples: dict[str, list[Example]] = {word.text: [] for word in words}
        passages = Counter[str]()
        read = 0
        for passage in history.passages(PASSAGES):
            read += 1
            found = [(hit.word, hit.start, hit.end) for hit in filter_.hits(passage.text)]
            hits.update(word.text for word, *_ in found)
            for word, start, end in {word: (word, start, end) for word, start, end in reversed(found)}.values():
                passages[word.text] += 1
                if passages[word.text] <= EXAMPLES:
                    seen = found_at(passage.text, passage.part, word, start, end, "desk")
                    examples[word.text].append(Example(passage.title, seen))
        tried = [Tried(w, hits[w.text], passages[w.text], examples[w.text]) for w in words]
        return Trial(read, sorted(tried, key=lambda word: -word.hits))

    def switch_on(self, actor: str, actor_name: str, typed: str, v: int) -> int:
        """Story: a list that was tried joins the desk's; gives how many words. `v`: the version that it was tried with.

        Raises Unusable, ListFull; Stale if the desk's list has changed since.
        """
        before = records.word_list(self._table)
        if before.v != v:
            raise Stale
        now = self._clock.now()
        added = [
            Added(text=word.text, severity=word.severity, actor=actor, actor_name=actor_name, at=now)
            for word in self._usable(before, typed)
        ]
        if len(before.words) + len(added) > MOST_WORDS:
            raise ListFull(most=MOST_WORDS)
        after = WordList(words=[*before.words, *added])
        told = ", ".join(word.text for word in added)[:NOTED]
        self._table.commit(
            *records.replace(before, after),
            *self._audit.note(actor, actor_name, N_("switched on in the filter: {words}"), "WORDS", words=told),
        )
        return len(added)

    def take_off(self, actor: str, actor_name: str, text: str) -> None:
        """Story: a word of the desk's is looked for no more. Raises NotFound."""

        def story() -> None:
            before = records.word_list(self._table)
            gone = [word for word in before.words if word.text == text]
            if not gone:
                raise NotFound
            after = WordList(words=[word for word in before.words if word.text != text])
            did = N_("took the word “{subject}” off the filter")
            noted = self._audit.note(actor, actor_name, did, text, severity=gone[0].severity)
            self._table.commit(*records.replace(before, after), *noted)

        self._table.retrying(story)

    def _usable(self, desk: WordList, typed: str) -> list[Proposed]:
        proposal = self._beside(desk, typed)
        if proposal.faults or not proposal.words:
            raise Unusable
        return proposal.words

    def _beside(self, desk: WordList, typed: str) -> Proposal:
        ours = [entry.text for entry in self._charter.words.word]
        return read_list(typed, [*ours, *(word.text for word in desk.words)], desk.v)

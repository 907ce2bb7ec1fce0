"""Counting pages, and hearing what readers say of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from pathlib import Path

import msgspec

from portal.audit.service import Audit
from portal.charter.schema import Community
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.points.model import Month
from portal.readers import records
from portal.readers.model import AlreadyDone, Figures, NoSuchPage, Said, Word
from portal.table.contract import Table

PAGE = 50
WORD_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Again(PortalError):
    """The same form was sent before."""

    status = 409
    sentence = N_("This was sent before.")


class Readers:
    """What readers of the public site leave behind: figures and words, and nothing about themselves."""

    def __init__(self, table: Table, community: Community, audit: Audit, clock: Clock, pages: Path) -> None:
        """`pages`: the list of the site's addresses, as publishing writes it; without it nothing is counted."""
        self._table = table
        self._community = community
        self._audit = audit
        self._clock = clock
        self._pages = pages
        self._known: frozenset[str] = frozenset()

    def count(self, page: str, said: Said) -> None:
        """Story: a page was read, or was of help or not. Raises NoSuchPage."""
        self.require(page)
        self._table.commit(records.count(self._month, page, said))

    def leave(self, word: str, page: str, text: str, helpful: Said | None = None) -> None:
        """Story: a word about a page, and whether that was of help; a repeat of the same form changes nothing.

        The same form with another text is another word: somebody went back and mended it, or was given a used form.
        Raises NoSuchPage, NotFound.
        """
        if not WORD_ID.fullmatch(word):
            raise NotFound
        self.require(page)
        known = hashlib.sha256(f"{word} {page} {text}".encode()).hexdigest()[:32]
        left = records.leave(Word(id=known, page=page, text=text, at=self._clock.now()), Again)
        with contextlib.suppress(Again):
            self._table.commit(left, *([records.count(self._month, page, helpful)] if helpful else []))

    def waiting(self, cursor: str | None = None) -> tuple[list[Word], str | None]:
        """Words that nobody has seen to, the oldest first, and where the next page begins."""
        page = records.waiting(self._table, cursor, PAGE)
        keys = [records.word_key(str(item["id"])) for item in page.items]
        found = [records.word(item) for item in (self._table.batch_get(keys) if keys else [])]
        return [word for word in found if word and word.state == "open"], page.cursor

    def settle(self, actor: str, actor_name: str, word: str) -> None:
        """Story: somebody has seen to a word. Raises NotFound, AlreadyDone."""
        found = records.word(self._table.get(records.word_key(word)))
        if found is None:
            raise NotFound
        if found.state == "done":
            raise AlreadyDone(name=found.done_by)
        after = msgspec.structs.replace(found, state="done", done=self._clock.now(), done_by=actor_name)
        did = N_("saw to a reader's word about {page}")
        noted = self._audit.note(actor, actor_name, did, found.page, page=found.page)
        self._table.commit(records.settle(found, after, AlreadyDone(name=actor_name)), *noted)

    def figures(self) -> list[Figures]:
        """The pages of the running month, the most read first."""
        found = list(records.figures(self._table, self._month))
        return sorted(found, key=lambda one: (-one.read, one.page))

    def require(self, page: str) -> None:
        """Raises NoSuchPage for an address that the site doesn't have."""
        if not self._known and self._pages.is_file():
            self._known = frozenset(json.loads(self._pages.read_text("utf-8")))
        if page not in self._known:
            raise NoSuchPage

    @property
    def _month(self) -> Month:
        return Month.of(self._community.today(self._clock.now()))

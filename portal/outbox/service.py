"""Sends what was decided, after it was decided."""

from __future__ import annotations

import logging

import msgspec

from portal.charter.schema import Community
from portal.clock import Clock
from portal.errors import Busy, Stale, StoreUnavailable
from portal.language import Lang
from portal.mail import Mailer, MailFailed, Message
from portal.outbox import records
from portal.outbox.model import Letter, Notice
from portal.table.contract import Table, Write
from portal.tokens import Ids

#: The writer of a letter has this long to send it before the job takes over.
LEASE_SECONDS = 120
#: Waits between tries double from the lease up to six hours.
LONGEST_WAIT = 6 * 3600
#: A message that could not be handed over for two weeks tells nothing any more.
KEPT_SECONDS = 14 * 24 * 3600

log = logging.getLogger(__name__)


class Outbox:
    """Letters: `letter` makes one, its `record` joins the story's commit, `send` follows the commit.

    A message that could not be sent waits for the job, with growing pauses. One whose sender died between sending and
    noting it is sent again: at least once, and none is given up within two weeks.
    """

    def __init__(self, table: Table, mailer: Mailer, community: Community, clock: Clock, ids: Ids) -> None:
        self._table = table
        self._mailer = mailer
        self._community = community
        self._clock = clock
        self._ids = ids

    def letter(self, to: str, lang: Lang, notice: Notice) -> Letter:
        """A letter in the reader's language, leased to whoever commits it."""
        message = Message(
            to=to,
            lang=lang,
            sender=self._community.name[lang],
            footer=f"{self._community.name[lang]} · {self._community.tagline[lang]}",
            subject=notice.subject,
            paragraphs=notice.paragraphs,
            code=notice.code,
            link=notice.link,
        )
        return Letter(id=self._ids.new(), message=message, lease=self._now() + LEASE_SECONDS)

    def record(self, *letters: Letter, until: int | None = None) -> list[Write]:
        """Part: keep letters with the commit that they tell of; `until` is when nobody waits for them any more."""
        return [records.record(letter, until or self._now() + KEPT_SECONDS) for letter in letters]

    def send(self, *letters: Letter) -> None:
        """Story, after the commit: send letters that this caller leases. A failure is logged and left to the job."""
        for letter in letters:
            try:
                self._mailer.send(letter.message)
            except MailFailed as failure:
                log.warning("letter %s could not be sent and waits: %s", letter.id, failure)
            else:
                self._forget(letter)

    def send_waiting(self) -> int:
        """Story of the job: send every letter whose lease has passed; how many were taken up."""
        taken = 0
        for letter in records.waiting(self._table):
            now = self._now()
            if letter.lease >= now:
                continue
            wait = min(LEASE_SECONDS * 2**letter.tries, LONGEST_WAIT)
            try:
                self._table.commit(records.lease(letter, now, now + wait))
            except Stale:
                continue  # another runner took it, or it was sent
            self.send(msgspec.structs.replace(letter, lease=now + wait))
            taken += 1
        return taken

    def _forget(self, letter: Letter) -> None:
        try:
            self._table.commit(records.forget(letter))
        except (Busy, StoreUnavailable) as failure:  # what the letter tells has happened, so its story has not failed
            log.warning("letter %s was sent, and will be again: %s", letter.id, failure)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

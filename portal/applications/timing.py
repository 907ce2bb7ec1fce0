"""What time does to applications: places offered, answers that don't come, things that are no longer kept.

Time runs against applicants only while we wait for them. Each job may run late or twice: every step is guarded by the
version of what was read, and a step that somebody else has taken is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import msgspec

from portal.applications import notices, records
from portal.applications.filing import Filing
from portal.applications.model import CHARTER, MISSES, Application, Moment, Status
from portal.applications.moves import Moves, Tell
from portal.applications.vetting import Vetting
from portal.errors import PortalError, Stale
from portal.language import Text
from portal.outbox.model import Notice
from portal.table.contract import Item, Page, Write

log = logging.getLogger(__name__)

PAGE = 50
SILENCE = Text(en="no answer in time", zh="期限内没有回音")
#: How many writes of an erasure go into one commit.
AT_ONCE = 90


class Timing:
    """The stories of the jobs."""

    def __init__(self, moves: Moves, files: Filing, vetting: Vetting) -> None:
        self._moves = moves
        self._charter = moves.charter
        self._files = files
        self._vetting = vetting

    def offer_places(self) -> int:
        """Offer free places to the first in line, as many as there are; how many were offered.

        Where the first one's persona has no place left, the next in line for whom there is one gets it.
        """
        offered = 0
        capacity = self._charter.admission.capacity
        for waiting in self._line():
            if capacity is not None and self._taken() >= capacity:
                break
            offered += self._done(lambda one=waiting: self._offer(one))  # type: ignore[misc]
        return offered

    def offer(self, person: str, application: str, also: list[Write]) -> Application:
        """Story: offer a place to somebody on the waitlist. Raises Full, NotNow."""

        def story() -> Application:
            before = self._moves.application(person, application)
            due = self._moves.now + self._charter.admission.waitlist.offered
            after = before.to("offered", self._moves.now, due=due)
            until = self._charter.community.local(due)

            def tell(told: notices.Frame) -> Notice:
                date = told.say("{date} {time}", date=until.date(), time=f"{until:%H:%M}")
                return notices.offered(told, after, date)

            return self._moves.commit(after, [self._moved("offered")], [self._moves.seat(after), *also], tell)

        return self._moves.table.retrying(story)

    def pass_deadlines(self) -> int:
        """Do what is due where we waited for an applicant: expire, ask again, give the place on; how many."""
        passed = 0
        for due in self._due(records.DUE):
            step = {"needs_info": self._unanswered, "waitlisted": self._waited, "offered": self._missed}.get(due.status)
            if step and due.due and due.due < self._moves.now:
                passed += self._done(lambda one=due, step=step: step(one))  # type: ignore[misc]
        return passed

    def erase(self) -> int:
        """Erase what has been kept as long as the charter says, with all that hangs on it; how many applications.

        A person of whom nothing else is left, and who is no member, is forgotten with their last application.
        """
        erased = 0
        for gone in self._due(records.KEEP):
            if not gone.open and gone.kept_until and gone.kept_until <= self._moves.now:
                erased += self._done(lambda one=gone: self._erase(one))  # type: ignore[misc]
        return erased

    def _offer(self, waiting: Application) -> None:
        self.offer(waiting.person, waiting.id, [])

    def _unanswered(self, before: Application) -> None:
        self._end(before, notices.expired)

    def _waited(self, before: Application) -> None:
        """The wait is long: ask once whether it still goes on; an answer that didn't come ends it."""
        if before.asked:
            self._end(before, notices.expired)
            return
        due = self._moves.now + self._charter.admission.answering
        after = before.changed(asked=True, due=due)
        until = self._charter.community.local(due).date()
        self._moves.commit(after, [], [], lambda told: notices.still_interested(told, after, until))

    def _missed(self, before: Application) -> None:
        """An offer went by: the place goes on, and the applicant stays in line behind those who missed none."""
        freed = records.free_seat(before.persona)
        if before.missed + 1 >= MISSES:
            self._end(before, notices.expired, freed, missed=before.missed + 1)
            return
        due = self._moves.now + self._charter.admission.waitlist.asked
        after = before.to("waitlisted", self._moves.now, missed=before.missed + 1, due=due)
        self._moves.commit(after, [self._moved("waitlisted")], [freed], lambda told: notices.missed(told, after))

    def _end(
        self, before: Application, told: Callable[..., Notice], *also: Write, **changes: int
    ) -> None:  # fmt: skip
        receipt = self._moves.receipt(before, "expired", "deadline", SILENCE, (CHARTER, ""))
        after = before.to("expired", self._moves.now, claim=None, receipt=receipt, **changes)
        tell: Tell = lambda frame: told(frame, after)  # noqa: E731 - it closes over the outcome
        self._moves.commit(after, [self._moved("expired")], [*self._moves.closing(after, before), *also], tell)

    def _erase(self, gone: Application) -> None:
        """Files first, the application last: whatever comes between, the next run finds it again."""
        self._files.erase(gone.id, gone.answers)
        while happened := records.moments(self._moves.table, gone, AT_ONCE):
            self._moves.table.commit(*records.forget_moments(gone, happened))
        cases = self._vetting.forget(gone)
        for start in range(0, len(cases), AT_ONCE):
            self._moves.table.commit(*cases[start : start + AT_ONCE])
        table, person = self._moves.table, gone.person
        last = [one.id for one in records.of_person(table, person)] == [gone.id]
        begun = any(records.draft_of(table, f"person#{person}", form) for form in self._charter.questionnaires)
        stranger = last and not begun and self._moves.members.find(person) is None
        if not stranger or table.get(records.place_key(person)):
            table.commit(*records.erase(gone))
            return
        alone = [*self._moves.members.not_yet(person), records.free_place(person, Stale)]
        table.commit(*records.erase(gone), *self._moves.accounts.forget(person), *alone)

    def _line(self) -> Iterator[Application]:
        """Who waits, the first in line first; each as it stands by its own key."""
        found = self._found(lambda cursor: records.lane(self._moves.table, "waitlist", cursor, PAGE))
        return (one for one in found if one.status == "waitlisted")

    def _due(self, queue: str) -> Iterator[Application]:
        now = self._moves.now
        return self._found(lambda cursor: records.overdue(self._moves.table, now, PAGE, queue, cursor))

    def _found(self, turn: Callable[[str | None], Page]) -> Iterator[Application]:
        """Applications of a list, page by page. The index may lag, so each is read by its own key."""
        cursor = None
        while True:
            page = turn(cursor)
            for item in page.items:
                if found := self._readable(item):
                    yield found
            if (cursor := page.cursor) is None:
                return

    def _readable(self, item: Item) -> Application | None:
        """An application by its own key; one that can't be read is logged, and keeps no other waiting."""
        try:
            return self._moves.found(str(item["person"]), str(item["id"]))
        except msgspec.ValidationError:
            log.exception("an application can't be read: %s", item["id"])
            return None

    def _taken(self) -> int:
        return records.seats(self._moves.table.get(records.PLACES))["taken"]

    def _moved(self, to: Status) -> Moment:
        return self._moves.moment(CHARTER, "", to=to)

    @staticmethod
    def _done(step: Callable[[], None]) -> int:
        """Whether a step was taken. One that another has made impossible is theirs, and none keeps the rest waiting."""
        try:
            step()
        except PortalError as refusal:
            if refusal.status >= 500:  # noqa: PLR2004 - the store's trouble is everybody's
                raise
            log.info("a step of time was not taken: %s", refusal.code)
            return 0
        return 1

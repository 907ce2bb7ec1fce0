"""What an applicant does on the private page: answer, withdraw, take or leave a place, appeal. No sign-in needed."""

from __future__ import annotations

from portal.applications import notices, records
from portal.applications.model import Application, Moment
from portal.applications.moves import Moves
from portal.applications.vetting import Vetting
from portal.charter.fields import amount
from portal.errors import N_, PortalError
from portal.language import Text
from portal.table.contract import Write

ACCEPTED = Text(en="the offered place was taken", zh="接受了留出的名额")


#: Up to which place in line somebody is told theirs.
COUNTED = 100


class NotAsked(PortalError):
    """There is no conversation to answer in."""

    status = 409
    sentence = N_("Nobody has asked you anything just now. We write as soon as there is something to say.")


class OfferOver(PortalError):
    """The place was kept long enough."""

    status = 409
    sentence = N_("The place was kept for you until {until} and has gone to the next in line.")


class AppealOver(PortalError):
    """The window of the appeal has closed, or the decision was appealed before."""

    status = 409
    sentence = N_("The time to appeal this decision ended on {date}.")


class PlaceTaken(PortalError):
    """There is a newer application."""

    status = 409
    sentence = N_("You have a newer application with us, so this decision can't be appealed any more.")


class Following:
    """The applicant's verbs; each is a story that is told by mail, and refused in words where it comes too late."""

    def __init__(self, moves: Moves, vetting: Vetting) -> None:
        self._moves = moves
        self._vetting = vetting
        self._charter = moves.charter

    def answer(self, person: str, application: str, text: str) -> Application:
        """Story: a word to the desk. What answers a question brings the application back before its reader.

        Raises NotAsked, NotFound.
        """

        def story() -> Application:
            before = self._moves.application(person, application)
            if before.status not in ("needs_info", "interview", "appealed"):
                raise NotAsked
            said, heard = self._moves.moment("applicant", before.name, text=text), self._vetting.heard(before, text)
            if before.status != "needs_info":
                return self._moves.commit(before.changed(), [said], heard)
            after = before.to("in_review", self._moves.now)
            return self._moves.commit(after, [said, self._moved(after)], heard)

        return self._moves.table.retrying(story)

    def withdraw(self, person: str, application: str) -> Application:
        """Story: the applicant doesn't want it any more; an offered place goes to the next. Raises NotNow."""

        def story() -> Application:
            before = self._moves.application(person, application)
            after = before.to("withdrawn", self._moves.now, claim=None, receipt=None)
            also = [*self._moves.closing(after, before), *self._give_up(before)]
            return self._moves.commit(
                after,
                [self._moved(after)],
                also,
                lambda told: notices.withdrawn(told, after, self._charter.admission.tries),
            )

        return self._moves.table.retrying(story)

    def still_interested(self, person: str, application: str) -> Application:
        """Story: yes; the question comes again after as long as before. Raises NotNow."""

        def story() -> Application:
            before = self._moves.application(person, application)
            before.require_in("waitlisted")
            due = self._moves.now + self._charter.admission.waitlist.asked
            return self._moves.commit(before.changed(asked=False, due=due), [])

        return self._moves.table.retrying(story)

    def accept(self, person: str, application: str) -> Application:
        """Story: take the offered place, up to and including its deadline. Raises OfferOver, NotNow, AlreadyMember."""
        number: list[tuple[int, bool]] = []

        def story() -> Application:
            before = self._moves.application(person, application)
            before.require_in("offered")
            if before.due and self._moves.now > before.due:
                raise OfferOver(until=f"{self._charter.community.local(before.due):%Y-%m-%d %H:%M}")
            number[:] = number or [self._moves.number(person)]
            given, known = number[0]
            receipt = self._moves.receipt(
                before, "approved", "waitlist", ACCEPTED, ("applicant", before.name), facts={"number": given}
            )  # fmt: skip
            return self._moves.admit(before, receipt, None if known else given)

        return self._moves.table.retrying(story)

    def appeal(self, person: str, application: str, text: str) -> Application:
        """Story: ask that somebody else decides again; it takes the person's one open place.

        Raises AppealOver, PlaceTaken, NotNow, AlreadyMember.
        """

        def story() -> Application:
            before = self._moves.application(person, application)
            before.require("appealed")
            receipt = before.receipt
            if receipt is None or receipt.appeal_by is None or self._moves.today > receipt.appeal_by:
                raise AppealOver(date=receipt.appeal_by if receipt else self._moves.today)
            after = before.to("appealed", self._moves.now, appealed=receipt, votes=[], assigned="", assigned_name="")
            barred = self._moves.table.get(records.place_key(person)) is not None
            place = records.retake_place(person, application, barred=barred, taken=PlaceTaken)
            happened = [self._moved(after), self._moves.moment("applicant", before.name, text=text)]
            days = amount(self._charter.admission.decide_within)
            also = [place, *self._moves.members.not_yet(person), *self._vetting.heard(before, text)]
            return self._moves.commit(after, happened, also, lambda told: notices.appealed(told, after, days))

        return self._moves.table.retrying(story)

    def line(self, waiting: Application) -> int:
        """Which place in line somebody on the waitlist has, from 1, counted up to 100; from an index."""
        return 1 + records.before_in_line(self._moves.table, waiting, COUNTED)

    def moments(self, application: Application) -> list[Moment]:
        """What happened, as the applicant may read it."""
        return [one for one in records.moments(self._moves.table, application) if one.kind != "note"]

    def _moved(self, after: Application) -> Moment:
        return self._moves.moment("applicant", after.name, to=after.status)

    @staticmethod
    def _give_up(before: Application) -> list[Write]:
        return [records.free_seat(before.persona)] if before.status == "offered" else []

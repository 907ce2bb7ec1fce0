"""What the charter's published rules decide by themselves, when an application is sent."""

from __future__ import annotations

import msgspec

from portal.applications import notices, records
from portal.applications.model import CHARTER, Application
from portal.applications.moves import Moves, Tell
from portal.charter.fields import amount
from portal.charter.questions import Questionnaire
from portal.language import Text
from portal.table.contract import Write

BY_FACTS = Text(en="approved by published facts", zh="按公布的事实自动通过")
FULL = Text(en="every place is taken", zh="名额已满")
ITSELF = (CHARTER, "")
#: Words that bring an application before a person, whatever else it says.
HOLDING = ("hold", "block")


class Judged(msgspec.Struct, frozen=True):
    """The state an application is sent into, what else is written, and the letter that tells it."""

    after: Application
    writes: list[Write]
    tell: Tell


class Judging:
    """Declines by a rule, approvals by facts; everything else is left to people."""

    def __init__(self, moves: Moves) -> None:
        self._moves = moves
        self._charter = moves.charter

    def judge(self, made: Application, asked: Questionnaire, email: str, *, full: bool) -> Judged:
        """Part: an answer that refuses, or a total under the floor, declines; facts that are not self-declared approve.

        A word that holds leaves it to people. With `full` nobody is approved: the waitlist comes first.
        """
        days = amount(self._charter.admission.decide_within)
        reason = made.score.refused or (asked.floor_reason if made.score.band == "under" else "")
        if made.words in HOLDING or (reason and reason not in {one.slug for one in self._charter.admission.reason}):
            pass  # a reason that the charter has dropped refuses nobody, and lets nobody in
        elif reason:
            after = made.to("declined", made.moved, receipt=self._moves.refusal(made, reason, ITSELF), v=1)
            return Judged(after, [], lambda told: notices.declined(told, after))
        elif self.trusted(made, email):
            return self._waitlisted(made) if full or self._others_wait() else self._approved(made)
        return Judged(made, [], lambda told: notices.received(told, made, days))

    def trusted(self, made: Application, email: str) -> bool:
        """Whether the policy lets this in without a reader: invited, or ready by all of the facts it asks for."""
        invitations, auto = self._charter.admission.invitations, self._charter.admission.auto_approve
        if made.related:
            return False
        if made.invitation and invitations and invitations.skip_review:
            return True
        if auto is None or made.score.band != "ready":
            return False
        known = {
            "invitation": bool(made.invitation),
            "quiz": made.quiz is not None,
            "domain": email.rpartition("@")[2] in auto.domains,
        }
        return all(known[fact] for fact in auto.on)

    def _others_wait(self) -> bool:
        """Whether somebody stands in line already. The line comes from an index; who is wrong by a second waits too."""
        return bool(records.lane(self._moves.table, "waitlist", None, 1).items)

    def _approved(self, made: Application) -> Judged:
        number, known = self._moves.number(made.person)
        facts = {"number": number, "invited_by": made.invited_by} if made.invited_by else {"number": number}
        receipt = self._moves.receipt(made, "approved", "auto-approve", BY_FACTS, ITSELF, facts=facts)
        after = made.to("approved", made.moved, receipt=receipt, v=1)
        writes = [
            self._moves.seat(made),
            *([] if known else self._moves.members.welcome(made.person, made.name, number)),
        ]
        return Judged(after, writes, self._moves.welcome(after))

    def _waitlisted(self, made: Application) -> Judged:
        receipt = self._moves.receipt(made, "waitlisted", "capacity", FULL, ITSELF)
        due = made.moved + self._charter.admission.waitlist.asked
        after = made.to("waitlisted", made.moved, receipt=receipt, due=due, v=1)
        return Judged(after, [], lambda told: notices.waitlisted(told, after))

"""The desk decides: the first decision wins; each has a receipt and a line in the audit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from portal.applications import notices, records
from portal.applications.model import FIRST, USUAL, Application, Receipt, Status, Vote
from portal.applications.reading import Reading, UnknownReply
from portal.applications.timing import Timing
from portal.applications.voting import require_votes
from portal.errors import N_, PortalError
from portal.language import Text
from portal.table.contract import Write

#: What an approval rests on: no rule approves by itself.
BY_PEOPLE = Text(en="a person decides", zh="由人决定")
BY_VOTES = Text(en="a vote decides", zh="由投票决定")
APPEAL = Text(en="appeal: somebody else decides", zh="申诉：换一个人来决定")
WAIT = Text(en="a person puts it on the waitlist", zh="由人列入候补名单")


class UnknownReason(PortalError):
    """A decline needs one of the charter's reasons."""

    status = 422
    sentence = N_("Please choose one of the charter's reasons.")


class TextChanged(PortalError):
    """The applicant has changed the answers since the page was opened."""

    status = 409
    sentence = N_("The answers have been changed since you opened this page. Please read them again.")


class Review(Reading):
    """Reading, and what comes of it."""

    def approve(
        self, actor: str, actor_name: str, person: str, application: str, note: str = "", *, edits: int | None = None
    ) -> Application:  # fmt: skip
        """Story: one transaction makes the member, with number, tier, welcome points, audit, receipt and letter.

        Of an appeal: overturned. Raises NotFound, AlreadyDecided, NotNow, Claimed, JudgeFirst, DifferentDecider,
        QuorumMissing, Full, AlreadyMember, TextChanged. `edits` is the count of changes that the decider has read.
        """
        self.deciding(actor, person, application, "approved", edits)
        number, known = self._moves.number(person)

        def story() -> Application:
            before = self.deciding(actor, person, application, "approved", edits)
            rule, name = self._rule(before)
            receipt = self._moves.receipt(
                before, "approved", rule, name, (actor, actor_name), note=note, facts={"number": number}
            )  # fmt: skip
            noted = self._audit.note(
                actor, actor_name, N_("approved the application of {name} as member no. {number}"), person,
                name=before.name, number=number, application=application, note=note,
            )  # fmt: skip
            return self._moves.admit(before, receipt, None if known else number, noted, reviewed=True)

        return self._moves.table.retrying(story)

    def decline(
        self,
        actor: str,
        actor_name: str,
        person: str,
        application: str,
        reason: str,
        note: str = "",
        *,
        edits: int | None = None,
    ) -> Application:
        """Story: no, with a reason of the charter, which sets the date of the next try; an offered place goes on.

        Raises NotFound, AlreadyDecided, NotNow, Claimed, JudgeFirst, QuorumMissing, UnknownReason.
        """
        if reason not in {entry.slug for entry in self._charter.admission.reason}:
            raise UnknownReason
        told = msgspec.to_builtins(self._charter.reason(reason).name)

        def story() -> Application:
            before = self.deciding(actor, person, application, "declined", edits)
            receipt = self._moves.refusal(before, reason, (actor, actor_name), note)
            noted = self._audit.note(
                actor, actor_name, N_("declined the application of {name}: {reason}"), person,
                name=before.name, reason=told, application=application, note=note,
            )  # fmt: skip
            freed = [records.free_seat(before.persona)] if before.status == "offered" else []
            return self._decide(before, receipt, [*noted, *freed], notices.declined)

        return self._moves.table.retrying(story)

    def waitlist(
        self, actor: str, actor_name: str, person: str, application: str, note: str = "", *, edits: int | None = None
    ) -> Application:  # fmt: skip
        """Story: yes, when there is a place; an appeal that was right stands first in line. Raises as `approve`."""

        def story() -> Application:
            before = self.deciding(actor, person, application, "waitlisted", edits)
            receipt = self._moves.receipt(before, "waitlisted", "waitlist", WAIT, (actor, actor_name), note=note)
            noted = self._audit.note(
                actor, actor_name, N_("put {name} on the waitlist"), person,
                name=before.name, application=application, note=note,
            )  # fmt: skip
            due = self._moves.now + self._charter.admission.waitlist.asked
            first = FIRST if before.status == "appealed" else min(before.priority, USUAL)
            return self._decide(before, receipt, noted, notices.waitlisted, due=due, priority=first)

        return self._moves.table.retrying(story)

    def uphold(self, actor: str, actor_name: str, person: str, application: str, note: str) -> Application:
        """Story: the decision stands, with a word why. Raises NotNow, DifferentDecider, UnknownReply without one."""
        if not note:
            raise UnknownReply

        def story() -> Application:
            before = self.deciding(actor, person, application, "upheld")
            first = before.appealed
            receipt = self._moves.receipt(
                before, "upheld", "appeal", APPEAL, (actor, actor_name), note=note,
                sentence=first.sentence if first else None, apply_again=first.apply_again if first else None,
            )  # fmt: skip
            noted = self._audit.note(
                actor, actor_name, N_("turned the appeal of {name} down"), person,
                name=before.name, application=application, note=note,
            )  # fmt: skip
            return self._decide(before, receipt, noted, notices.upheld)

        return self._moves.table.retrying(story)

    def offer(self, timing: Timing, actor: str, actor_name: str, person: str, application: str) -> Application:
        """Story: offer a free place out of turn. Raises Full, NotNow."""
        before = self.deciding(actor, person, application, "offered")
        noted = self._audit.note(
            actor, actor_name, N_("offered {name} a place out of turn"), person,
            name=before.name, application=application,
        )  # fmt: skip
        return timing.offer(person, application, noted)

    def _rule(self, before: Application) -> tuple[str, Text]:
        if before.status == "appealed":
            return "appeal", APPEAL
        return ("quorum", BY_VOTES) if self._charter.admission.quorum else ("admission", BY_PEOPLE)

    def _decide(
        self,
        before: Application,
        receipt: Receipt,
        also: Sequence[Write],
        told: Callable[[notices.Frame, Application], Any],
        **changes: Any,
    ) -> Application:
        """One commit of a decision that makes no member."""
        outcome = receipt.outcome
        after = before.to(outcome, self._moves.now, receipt=receipt, claim=None, reviewed=True, **changes)
        happened = [self._moves.moment(receipt.actor, receipt.actor_name, to=outcome, text="")]
        writes = [*self._moves.closing(after, before), *also]
        return self._moves.commit(after, happened, writes, lambda frame: told(frame, after))

    def deciding(
        self, actor: str, person: str, application: str, outcome: Status, edits: int | None = None
    ) -> Application:  # fmt: skip
        """An application as it stands, which this operator may decide in this way; raises why not."""
        before = self._moves.application(person, application)
        before.require(outcome)
        if outcome in ("approved", "waitlisted"):
            before.require_in("submitted", "in_review", "appealed")  # an offer is the applicant's to take or to miss
        self._require_stranger(actor, person)
        self._require_free(before, actor)
        self._require_seen(actor, before)
        if edits is not None and edits != before.edits:
            raise TextChanged
        if before.status == "appealed":
            self._require_other(actor, before)
        elif outcome in ("approved", "waitlisted", "declined"):
            require_votes(self._charter.admission.quorum, self._present(before), outcome)
        return before

    def _present(self, before: Application) -> list[Vote]:
        """The votes of those who may review now. Only read where votes decide."""
        if self._charter.admission.quorum is None:
            return []
        moves = self._moves
        standing = {one.id for one in moves.members.profiles([vote.by for vote in before.votes])
                    if one.standing(moves.members.today) == "active"}  # fmt: skip
        able = [vote for vote in before.votes if vote.by in standing]
        return [vote for vote in able if "review" in self._charter.rights(list(moves.accounts.account(vote.by).roles))]

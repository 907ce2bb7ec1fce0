"""The desk's harmless verbs: begin to read, judge, note, ask, talk. Each has its line in the audit; none decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from portal.applications import notices
from portal.applications.model import OPEN, OURS, Application, Claim, Mark, Moment, Status, Vote
from portal.applications.moves import Moves, Tell
from portal.audit.service import Audit
from portal.charter.questions import Questionnaire
from portal.charters.service import Charters
from portal.errors import N_, PortalError

#: The states in which a blind first pass is blind.
UNDECIDED: frozenset[Status] = frozenset({"submitted", "in_review", "needs_info", "interview"})
#: The states in which judgements are given.
JUDGED: tuple[Status, ...] = (*sorted(UNDECIDED), "appealed")


class Claimed(PortalError):
    """Another reviewer has it to themselves for now."""

    status = 409
    sentence = N_("{actor} is reading this until {until}. Then, or when it is given back, it is anybody's again.")


class JudgeFirst(PortalError):
    """The first pass is blind: a judgement of one's own comes before the others' and before the decision."""

    status = 409
    sentence = N_("Please judge by the answers first: cast your vote. Name and others' judgements are shown after it.")


class OwnApplication(PortalError):
    """Nobody judges themselves."""

    status = 403
    sentence = N_("This is your own application; somebody else judges it.")


class DifferentDecider(PortalError):
    """An appeal is decided by somebody else."""

    status = 409
    sentence = N_("You had a part in this decision; somebody else decides the appeal.")


class UnknownReply(PortalError):
    """There is nothing to say."""

    status = 422
    sentence = N_("Please write something, or choose one of the charter's replies.")


class UnknownMark(PortalError):
    """The question has no rubric, or the mark is outside it."""

    status = 422
    sentence = N_("Please give this answer 0 to {marks} by its rubric.")


class Reading:
    """What operators with the right to review do to one application before it is decided."""

    def __init__(self, moves: Moves, charters: Charters, audit: Audit) -> None:
        self._moves = moves
        self._charter = moves.charter
        self._charters = charters
        self._audit = audit

    def claim(self, actor: str, actor_name: str, person: str, application: str) -> Application:
        """Story: begin to read, which freezes the text; a claim that lapsed is anybody's. Raises Claimed, NotNow."""

        def change(before: Application) -> Application:
            return self._claimed(self._begun(before), actor, actor_name)

        return self._change(
            actor, actor_name, person, application, N_("began to read the application of {name}"), change
        )

    def release(self, actor: str, actor_name: str, person: str, application: str) -> Application:
        """Story: give a claim back; the text stays frozen. Raises Claimed for another's."""

        def change(before: Application) -> Application:
            mine = before.assigned == actor
            return before.changed(
                claim=None, assigned="" if mine else before.assigned, assigned_name="" if mine else before.assigned_name
            )

        return self._change(actor, actor_name, person, application, N_("put the application of {name} back"), change)

    def assign(
        self, actor: str, actor_name: str, person: str, application: str, reviewer: str, reviewer_name: str
    ) -> Application:  # fmt: skip
        """Story: give an application to a reviewer, over a claim of anybody's. Raises DifferentDecider."""

        def change(before: Application) -> Application:
            self._require_other(reviewer, before)
            return before.changed(claim=None, assigned=reviewer, assigned_name=reviewer_name)

        did = N_("gave the application of {name} to {to}")
        return self._change(actor, actor_name, person, application, did, change, over=True, to=reviewer_name)

    def vote(
        self,
        actor: str,
        actor_name: str,
        person: str,
        application: str,
        says: Literal["yes", "no", "unsure"],
        why: str = "",
        *,
        sponsor: bool = False,
    ) -> Application:
        """Story: a judgement of one's own, in place of an earlier one. Raises NotNow once it is decided."""
        cast = Vote(
            by=actor, name=actor_name, says=says, at=self._moves.now, sponsor=sponsor and says == "yes", why=why
        )

        def change(before: Application) -> Application:
            before.require_in(*JUDGED)
            begun = self._begun(before)
            return begun.changed(votes=[*(vote for vote in begun.votes if vote.by != actor), cast])

        return self._change(
            actor, actor_name, person, application, N_("judged the application of {name}"), change, over=True
        )

    def take_back_vote(self, actor: str, actor_name: str, person: str, application: str) -> Application:
        """Story: the judgement is none any more."""

        def change(before: Application) -> Application:
            return before.changed(votes=[vote for vote in before.votes if vote.by != actor])

        did = N_("took back the judgement on {name}")
        return self._change(actor, actor_name, person, application, did, change, over=True)

    def mark(
        self, actor: str, actor_name: str, person: str, application: str, question: str, points: int
    ) -> Application:
        """Story: mark a text by its rubric, in place of an earlier mark. Raises UnknownMark."""

        def change(before: Application) -> Application:
            asked = next((one for one in self.asked(before).form if one.slug == question), None)
            if asked is None or asked.marks is None or not 0 <= points <= asked.marks:
                raise UnknownMark(marks=asked.marks if asked and asked.marks else 0)
            before.require_in(*JUDGED)
            begun, given = self._begun(before), Mark(by=actor, question=question, points=points)
            others = [one for one in begun.marks if (one.by, one.question) != (actor, question)]
            return begun.changed(marks=[*others, given])

        did = N_("marked “{question}” of {name}")
        return self._change(actor, actor_name, person, application, did, change, over=True, question=question)

    def note(self, actor: str, actor_name: str, person: str, application: str, text: str) -> Application:
        """Story: a note that only the desk reads. Raises UnknownReply for an empty one."""
        if not text:
            raise UnknownReply
        said = self._moves.moment(actor, actor_name, text=text, note=True)
        did = N_("made a note on the application of {name}")
        return self._change(
            actor, actor_name, person, application, did, lambda before: before.changed(), over=True, said=said
        )  # fmt: skip

    def ask(
        self, actor: str, actor_name: str, person: str, application: str, text: str, reply: str = ""
    ) -> Application:
        """Story: ask something back; our clock stands still, theirs begins. Raises Claimed, NotNow, UnknownReply."""
        due = self._moves.now + self._charter.admission.answering

        def change(before: Application) -> Application:
            return self._begun(before).to("needs_info", self._moves.now, due=due, claim=None, v=before.v + 1)

        def tell(after: Application, words: str) -> Tell:
            until = self._charter.community.local(due).date()
            return lambda told: notices.asked(told, after, words, until)

        return self._say(actor, actor_name, person, application, N_("asked {name} back"), change, text, reply, tell)

    def interview(
        self, actor: str, actor_name: str, person: str, application: str, text: str, reply: str = ""
    ) -> Application:  # fmt: skip
        """Story: a conversation, held by mail or elsewhere; our clock goes on. Raises Claimed, NotNow, UnknownReply."""

        def change(before: Application) -> Application:
            return self._begun(before).to("interview", self._moves.now, v=before.v + 1)

        return self._say(
            actor, actor_name, person, application, N_("invited {name} to a conversation"), change, text, reply,
            lambda after, words: lambda told: notices.conversation(told, after, words),
        )  # fmt: skip

    def say(
        self, actor: str, actor_name: str, person: str, application: str, text: str, reply: str = ""
    ) -> Application:
        """Story: a word to the applicant within a conversation or an appeal; changes no state. Raises NotNow."""

        def change(before: Application) -> Application:
            before.require_in("interview", "appealed", "needs_info")
            return before.changed()

        return self._say(
            actor, actor_name, person, application, N_("wrote to {name}"), change, text, reply,
            lambda after, words: lambda told: notices.conversation(told, after, words),
        )  # fmt: skip

    def resume(self, actor: str, actor_name: str, person: str, application: str) -> Application:
        """Story: take a question back, or end a conversation: it is being read again. Raises NotNow."""

        def change(before: Application) -> Application:
            before.require_in("needs_info", "interview")
            return before.to("in_review", self._moves.now)

        return self._change(
            actor, actor_name, person, application, N_("went on reading the application of {name}"), change
        )

    def asked(self, application: Application) -> Questionnaire:
        """The questionnaire that the answers were given to, in its version."""
        return self._charters.at(application.charter).questionnaires[application.form]

    def may_see(self, actor: str, application: Application) -> bool:
        """Whether a reviewer may see who it is and what others think: in a blind first pass, after their own vote."""
        judged = any(vote.by == actor for vote in application.votes)
        return not self._charter.admission.blind or judged or application.status not in UNDECIDED

    def named(self, actor: str, application: Application) -> str:
        """What a reviewer may call an applicant."""
        return application.name if self.may_see(actor, application) else f"#{application.id[-6:]}"

    def _require_stranger(self, actor: str, person: str) -> None:
        if actor == person:
            raise OwnApplication

    def _require_seen(self, actor: str, before: Application) -> None:
        if not self.may_see(actor, before):
            raise JudgeFirst

    def had_part(self, actor: str, application: Application) -> bool:
        """Whether somebody decided, or voted on, what is appealed now: the appeal is for others."""
        first = application.appealed if application.status == "appealed" else None
        return first is not None and (first.actor == actor or actor in first.facts.get("votes", {}))

    def _require_other(self, actor: str, before: Application) -> None:
        if self.had_part(actor, before):
            raise DifferentDecider

    def _begun(self, before: Application) -> Application:
        """The application with its text frozen, in the same version; whoever acts on it has begun to read."""
        if before.status != "submitted":
            return before
        return before.to("in_review", self._moves.now, reviewed=True, v=before.v)

    def _claimed(self, before: Application, actor: str, actor_name: str) -> Application:
        before.require_in(*OURS)
        until = self._moves.now + self._charter.admission.claimed
        return before.changed(claim=Claim(by=actor, name=actor_name, until=until))

    def _require_free(self, before: Application, actor: str) -> None:
        held = before.held(self._moves.now)
        if held and held.by != actor:
            raise Claimed(actor=held.name, until=f"{self._charter.community.local(held.until):%H:%M}")

    def _change(
        self,
        actor: str,
        actor_name: str,
        person: str,
        application: str,
        did: str,
        change: Callable[[Application], Application],
        *,
        over: bool = False,
        said: Moment | None = None,
        tell: Callable[[Application], Tell] | None = None,
        **facts: Any,
    ) -> Application:
        """One commit of something that isn't a decision, with its line in the audit; `over` a claim of another's."""

        def story() -> Application:
            before = self._moves.application(person, application)
            before.require_in(*OPEN)
            self._require_stranger(actor, person)
            if not (said and said.kind == "note"):
                self._require_other(actor, before)
            if not over:
                self._require_free(before, actor)
            if tell:
                self._require_seen(actor, before)
            after = change(before)
            moved = [self._moves.moment(actor, actor_name, to=after.status)] if after.status != before.status else []
            blind = self._charter.admission.blind and after.status in UNDECIDED
            name = f"#{after.id[-6:]}" if blind else after.name
            noted = self._audit.note(actor, actor_name, did, person, name=name, application=application, **facts)
            return self._moves.commit(after, [*moved, *([said] if said else [])], noted, tell(after) if tell else None)

        return self._moves.table.retrying(story)

    def _say(
        self,
        actor: str,
        actor_name: str,
        person: str,
        application: str,
        did: str,
        change: Callable[[Application], Application],
        text: str,
        reply: str,
        tell: Callable[[Application, str], Tell],
    ) -> Application:
        """A word to the applicant: one of the charter's replies in their language, one's own words, or both."""
        known = {entry.slug for entry in self._charter.admission.reply}
        lang = self._moves.accounts.account(person).lang
        canned = self._charter.reply(reply).text[lang] if reply in known else ""
        words = "\n\n".join(filter(None, (canned, text)))
        if not words:
            raise UnknownReply
        said = self._moves.moment(actor, actor_name, text=words)
        return self._change(
            actor, actor_name, person, application, did, change, said=said, tell=lambda after: tell(after, words)
        )  # fmt: skip

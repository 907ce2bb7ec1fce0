"""Applying: drafted, kept from device to device, sent with a proven address, changed until somebody reads it."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from portal.accounts.model import Account, normalised
from portal.accounts.service import Accounts
from portal.applications import records
from portal.applications.filing import Filing
from portal.applications.inviting import Invitations
from portal.applications.judging import Judging
from portal.applications.model import CHARTER, INVITED, Answers, Application, Draft
from portal.applications.moves import Full, Moves
from portal.applications.questionnaire import kept, persona
from portal.applications.quizzes import Quizzes
from portal.applications.scoring import score
from portal.applications.vetting import Vetting
from portal.cases.model import Found
from portal.charter.questions import Questionnaire
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.errors import N_, NotFound, PortalError
from portal.language import Lang
from portal.members.service import AlreadyMember, Members
from portal.table.contract import Item, Table, Write
from portal.tokens import Tokens

DRAFT_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: The most characters of a form that isn't sent yet, all fields together.
DRAFT_FITS = 60_000


class OneAtATime(PortalError):
    """One open application per person."""

    status = 409
    sentence = N_("You have an application with us already. The link in our message shows where it stands.")


class TooEarly(PortalError):
    """A declined application keeps its place until the date that was told."""

    status = 409
    sentence = N_("You may apply again from {date} on; that was the date we told you.")


class TooManyTries(PortalError):
    """The charter's number of applications that came to a review is used up."""

    status = 409
    sentence = N_("{most} of your applications have been read lately. You may apply again from {date} on.")


class ByInvitation(PortalError):
    """The founding cohort comes in by invitation."""

    status = 403
    sentence = N_("For now the door opens with an invitation only; a member's link lets you apply. Come back later.")


class AlreadySent(PortalError):
    """The same form again."""

    status = 409
    sentence = N_("This application was sent before.")


class DraftGone(PortalError):
    """The answers are not here any more."""

    status = 410
    sentence = N_("These answers are no longer kept. Please fill in the form again.")


class DraftUnsent(PortalError):
    """The form was kept, and never sent."""

    status = 409
    sentence = N_("This form isn't filled in yet. Your answers are here; please go through it and send it.")


class DraftTooLong(PortalError):
    """More was typed than any form asks for."""

    status = 413
    sentence = N_("That is more than a form can keep. Please shorten your answers.")


class Frozen(PortalError):
    """Somebody has begun to read."""

    status = 409
    sentence = N_("Somebody has begun to read your application, so its text stays as it is. You can still withdraw it.")


class Applications:
    """The applicant's side until a reader begins."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        charters: Charters,
        accounts: Accounts,
        members: Members,
        moves: Moves,
        invitations: Invitations,
        quizzes: Quizzes,
        judging: Judging,
        files: Filing,
        vetting: Vetting,
        tokens: Tokens,
    ) -> None:
        self._table = table
        self._charter = charter
        self._charters = charters
        self._accounts = accounts
        self._members = members
        self._moves = moves
        self._invitations = invitations
        self._quizzes = quizzes
        self._judging = judging
        self._files = files
        self._vetting = vetting
        self._tokens = tokens

    def require_open_place(self, person: str) -> None:
        """Raises AlreadyMember, OneAtATime, TooEarly, TooManyTries for a person who can't apply now."""
        if self._members.find(person):
            raise AlreadyMember
        if place := self._table.get(records.place_key(person)):
            raise _taken(place)
        tries, policy = records.tries(self._table, person), self._charter.admission.tries
        if len(tries) >= policy.most:
            ends = sorted(dt.date.fromisoformat(str(one["until"])) for one in tries)
            raise TooManyTries(most=policy.most, date=ends[-policy.most])

    def require_open_door(self, invitation: str) -> None:
        """Raises ByInvitation while the founding cohort is gathered, for those without one."""
        founding = self._charter.admission.founding
        if founding and not invitation and self.taken < founding.seats:
            raise ByInvitation

    @property
    def taken(self) -> int:
        """How many of the community's places are taken, offers included."""
        return records.seats(self._table.get(records.PLACES))["taken"]

    def asked(self, form: str) -> Questionnaire:
        """The running questionnaire of a door; raises NotFound."""
        found = self._charter.questionnaire(form)
        if found is None:
            raise NotFound
        return found

    def draft(self, form_id: str, answers: Answers, lang: Lang, form: str = "join", invitation: str = "") -> Draft:
        """What was answered, as it can be kept or sent. `form_id` is the form's own id; NotFound if it is none.

        Raises ByInvitation, and BlockedWords before anybody proves an address for nothing.
        """
        if not DRAFT_ID.fullmatch(form_id):
            raise NotFound
        asked = self.asked(form)
        self.require_open_door(invitation)
        made = Draft(
            id=form_id, lang=lang, charter=self._charter.hash, answers=kept(asked, answers), form=form,
            invitation=invitation,
        )  # fmt: skip
        self._vetting.found(asked, made.answers)
        return made

    def sendable(self, draft: Draft, owner: str, former: str = "") -> Draft:
        """A draft that is about to be sent, under an id of its owner's."""
        return self._own(owner, draft, former)

    def keep(self, draft: Draft, owner: str = "") -> list[Write]:
        """Part: keep answers until their address is proven, or until their writer goes on."""
        kept_for = msgspec.structs.replace(draft, owner=owner or draft.owner)
        pointer = [records.point_to_draft(owner, draft.form, draft.id, self._moves.now)] if owner else []
        return [records.keep_draft(kept_for, self._moves.now), *pointer]

    def save(self, owner: str, draft: Draft, former: str = "") -> Draft:
        """Story: keep a form as it was typed; what waits for the proof of an address goes on waiting, as it was sent.

        Gives the draft as it is kept, under an id of its owner's. Raises NotFound for an id that is none, DraftTooLong.
        """
        if not DRAFT_ID.fullmatch(draft.id):
            raise NotFound
        if sum(len(name) + sum(map(len, values)) for name, values in draft.typed.items()) > DRAFT_FITS:
            raise DraftTooLong
        draft = self._own(owner, draft, former)
        before = records.draft(self._table, draft.id)
        if before and before.answers and not draft.answers:
            draft = msgspec.structs.replace(before, typed=draft.typed)
        self._table.commit(*self.keep(draft, owner))
        return draft

    def _own(self, owner: str, draft: Draft, former: str = "") -> Draft:
        """The draft under an id of its owner's: another's is never written, whoever has come to know its id.

        `former` is the browser in which its writer has signed in since: what it kept is theirs.
        """
        before = records.draft(self._table, draft.id)
        if before is None or (before.owner in (owner, former) and before.form == draft.form):
            return draft
        return msgspec.structs.replace(draft, id=self._derived(owner, draft.id))

    def _derived(self, owner: str, draft: str) -> str:
        """An owner's id for a draft that was begun under another; the same however often it is asked for."""
        return self._tokens.keyed("draft", f"{owner}/{draft}")[:32]

    def left(self, owner: str, form: str) -> Draft | None:
        """What a person, or a browser, has begun and not sent."""
        found = records.draft_of(self._table, owner, form)
        return found if found and found.owner == owner else None

    def take_along(self, person: str, draft: str, *, proven: bool = False) -> Draft:
        """Story: a draft goes with the person whose address was proven, to every device, and leaves its browser.

        It gets an id of its own, so that who began it elsewhere reads and writes nothing from now on. A draft that the
        person has already is given instead, unless this one was sent and `proven` by its own address. Raises DraftGone.
        """
        owner = f"person#{person}"
        own_id = self._derived(owner, draft)
        found = records.draft(self._table, draft) or records.draft(self._table, own_id)
        if found is None or (found.owner.startswith("person#") and found.owner != owner):
            raise DraftGone
        if found.owner == owner:
            return found
        if not proven and (own := self.left(owner, found.form)):
            return own
        taken = msgspec.structs.replace(found, id=own_id, owner=owner)
        self._table.commit(*self.keep(taken, owner), records.drop_draft(found.id))
        return taken

    def submit_kept(self, person: str, draft: str) -> Application:
        """Story: send a draft that was kept until its address was proven; as `submit`, or DraftGone, DraftUnsent.

        Where it is refused, the draft goes with the person, so that nothing typed is lost.
        """
        waiting = records.draft(self._table, draft) or records.draft(
            self._table, self._derived(f"person#{person}", draft)
        )  # fmt: skip
        if waiting is None:
            return self._sent(person, draft, DraftGone())
        if not waiting.answers:
            self.take_along(person, draft)
            raise DraftUnsent
        try:
            return self.submit(person, waiting)
        except DraftGone:
            raise  # it isn't theirs
        except PortalError as refusal:
            if refusal.status < 500 and records.draft(self._table, draft):  # noqa: PLR2004 - the store's trouble passes
                self.take_along(person, draft, proven=True)
            raise

    def submit(self, person: str, draft: Draft) -> Application:
        """Story: send answers of a person whose address is proven; takes their one open place.

        A repeat gets the application that was sent. What the charter's rules decide by themselves is decided at once.
        Raises AlreadyMember, OneAtATime, TooEarly, TooManyTries, QuizFirst, InvitationOver.
        """

        def story() -> Application:
            try:
                return self._send(person, draft)
            except AlreadySent as refusal:
                sent = self._sent(person, draft.id, refusal)
                if sent.open or records.draft(self._table, draft.id) is None:
                    return sent
                # Sending deletes a draft: one that stands under a closed application's id was typed since.
                return self._send(person, msgspec.structs.replace(draft, id=self._derived(sent.id, str(sent.moved))))
            except (AlreadyMember, OneAtATime, TooEarly, TooManyTries) as refusal:
                return self._sent(person, draft.id, refusal)  # what stands in the way may be this very form

        return self._table.retrying(story)

    def edit(self, application: Application, answers: Answers) -> Application:
        """Story: other answers, as long as nobody has begun to read. Raises Frozen, BlockedWords."""
        email = self._accounts.account(application.person).email

        def story() -> Application:
            before = self._moves.application(application.person, application.id)
            if before.status != "submitted":
                raise Frozen
            asked = self._charters.at(before.charter).questionnaires[before.form]
            fixed = {q.slug: before.answers[q.slug] for q in asked.form
                     if q.kind in ("email", "file") and q.slug in before.answers}  # fmt: skip
            given = kept(asked, {**answers, **fixed})
            found = self._vetting.found(asked, given)
            after = before.changed(
                answers=given, score=score(asked, given), persona=persona(self._charter.admission.persona, given),
                name=str(given[asked.name_from or ""]), words=self._vetting.severity(found, before.words),
                edits=before.edits + 1,
            )  # fmt: skip
            after = msgspec.structs.replace(after, alike=self._vetting.signs(asked, after, email))
            self._table.commit(
                records.replace(after),
                *records.refind(before, after),
                *self._files.dropped(asked, before.answers, after.answers),
                *self._vetting.case(after, found),
            )
            return after

        return self._table.retrying(story)

    def _sent(self, person: str, draft: str, otherwise: PortalError) -> Application:
        """The application that this form has become; raises `otherwise` if it hasn't."""
        sent = records.application(self._table.get(records.application_key(person, draft)))
        if sent is None:
            raise otherwise
        return sent

    def _send(self, person: str, draft: Draft) -> Application:
        charter = self._charters.at(draft.charter)
        asked, account = charter.questionnaires[draft.form], self._accounts.account(person)
        self._require_own(draft, asked, account)
        self.require_open_place(person)
        found = self._vetting.found(asked, draft.answers)
        now = self._moves.now
        made = Application(
            id=draft.id, person=person, lang=draft.lang, form=draft.form, charter=draft.charter,
            version=asked.version, answers=draft.answers, score=score(asked, draft.answers), status="submitted",
            submitted=now, since=now, moved=now, v=1, name=str(draft.answers[asked.name_from or ""]),
            persona=persona(charter.admission.persona, draft.answers), words=self._vetting.severity(found),
            quiz=self._quizzes.require_passed(account.email, draft.form),
        )  # fmt: skip
        made = msgspec.structs.replace(made, alike=self._vetting.signs(asked, made, account.email))
        return self._first(self._invited(made, draft.invitation), found, account.email)

    def _require_own(self, draft: Draft, asked: Questionnaire, account: Account) -> None:
        """What is sent was written by whoever proved the address that stands in it. Raises DraftGone."""
        if draft.owner.startswith("person#") and draft.owner != f"person#{account.id}":
            raise DraftGone
        given = next((draft.answers.get(q.slug) for q in asked.form if q.kind == "email"), None)
        if given is not None and normalised(str(given)) != account.email:
            raise DraftGone  # corrected since: what this address proved is no longer what would be sent

    def _invited(self, made: Application, invitation: str) -> Application:
        """The application with who invited it; raises InvitationOver. An invitation of one's own is worth nothing."""
        if not invitation:
            return made
        found = self._invitations.live(invitation)
        inviter = self._members.profile(found.by)
        sign = self._vetting.mail_sign(self._accounts.account(found.by).email)
        return msgspec.structs.replace(
            made, invitation=found.id, invited_by=inviter.id, invited_name=inviter.name, priority=INVITED,
            related=sign in made.alike,
        )  # fmt: skip

    def _first(self, made: Application, found: list[Found], email: str, *, full: bool = False) -> Application:
        """Commit what was sent, in the state that the charter's rules give it by themselves."""
        moves = self._moves
        self._charters.ensure()  # what the answers pin must be there as long as they are
        asked = self._charters.at(made.charter).questionnaires[made.form]
        judged = self._judging.judge(made, asked, email, full=full)
        after = moves.kept(judged.after)
        happened = [moves.moment("applicant", made.name, to="submitted")]
        happened += [moves.moment(CHARTER, "", to=after.status)] if after.status != "submitted" else []
        letter = moves.letter(after, judged.tell)
        try:
            self._table.commit(
                records.create(after, AlreadySent),
                moves.place(after, _taken),
                *self._accounts.still(after.person),
                *([] if after.status == "approved" else self._members.not_yet(after.person)),
                records.drop_draft(after.id),
                *(self._invitations.use(after.invitation) if after.invitation else []),
                *records.findable(after),
                *self._files.sent(asked, after.answers, after.id),
                *moves.told(after, happened),
                *self._vetting.case(after, found),
                *judged.writes,
                *moves.outbox.record(letter),
            )
        except Full:
            return self._first(made, found, email, full=True)  # the last place has just gone
        moves.outbox.send(letter)
        return after

    def beside(
        self, made: Application, asked: Questionnaire, email: str, found: list[Found]
    ) -> tuple[Application, list[Write]]:
        """Part: an application with its signs, and what is kept beside it: how it is found, what its words opened."""
        vetting = self._vetting
        after = msgspec.structs.replace(
            made, words=vetting.severity(found), alike=vetting.signs(asked, made, email)
        )  # fmt: skip
        return after, [*records.findable(after), *vetting.case(after, found)]


def _taken(item: Item | None) -> PortalError:
    """What stands in the person's one place."""
    again = item.get("again") if item else None
    return TooEarly(date=dt.date.fromisoformat(again)) if again else OneAtATime()

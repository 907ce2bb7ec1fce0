"""Applying: drafted, sent with a proven address, followed on a private page."""

from __future__ import annotations

import datetime as dt
import re

from portal.accounts.model import normalised
from portal.accounts.service import Accounts
from portal.applications import notices, records
from portal.applications.model import Answers, Application, Draft
from portal.applications.questionnaire import kept
from portal.applications.scoring import score
from portal.charter.schema import Charter, amount
from portal.charters.service import Charters
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.language import Lang
from portal.members.service import AlreadyMember, Members
from portal.outbox.service import Outbox
from portal.table.contract import Item, Table, Write
from portal.tokens import Tokens

DRAFT_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class OneAtATime(PortalError):
    """One open application per person."""

    status = 409
    sentence = N_("You have an application with us already. The link in our message shows where it stands.")


class TooEarly(PortalError):
    """A declined application keeps its place until the date that was told."""

    status = 409
    sentence = N_("You may apply again from {date} on; that was the date we told you.")


class AlreadySent(PortalError):
    """The same form again."""

    status = 409
    sentence = N_("This application was sent before.")


class DraftGone(PortalError):
    """The answers are not here any more."""

    status = 410
    sentence = N_("These answers are no longer kept. Please fill in the form again.")


class Applications:
    """The applicant's side."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        charters: Charters,
        accounts: Accounts,
        members: Members,
        outbox: Outbox,
        clock: Clock,
        tokens: Tokens,
        base_url: str,
    ) -> None:
        self._table = table
        self._charter = charter
        self._charters = charters
        self._accounts = accounts
        self._members = members
        self._outbox = outbox
        self._clock = clock
        self._tokens = tokens
        self._base_url = base_url

    def require_open_place(self, person: str) -> None:
        """Raises AlreadyMember, OneAtATime, TooEarly for a person who can't apply now."""
        if self._members.find(person):
            raise AlreadyMember
        if place := self._table.get(records.place_key(person)):
            raise _taken(place)

    def draft(self, form: str, answers: Answers, lang: Lang) -> Draft:
        """What was typed, as it can be kept or sent. `form` is the form's own id; NotFound if it is none."""
        if not DRAFT_ID.fullmatch(form):
            raise NotFound
        return Draft(id=form, lang=lang, charter=self._charter.hash, answers=kept(self._charter.join, answers))

    def keep(self, draft: Draft) -> list[Write]:
        """Part: keep answers until their address is proven."""
        return [records.keep_draft(draft, self._clock.now())]

    def submit_kept(self, person: str, draft: str) -> Application:
        """Story: send a draft that was kept until its address was proven; as `submit`, or DraftGone."""
        waiting = records.draft(self._table, draft)
        if waiting is None:
            return self._sent(person, draft, DraftGone())
        return self.submit(person, waiting)

    def submit(self, person: str, draft: Draft) -> Application:
        """Story: send answers of a person whose address is proven; takes their one open place.

        A repeat gets the application that was sent. Raises AlreadyMember, OneAtATime, TooEarly.
        """

        def story() -> Application:
            try:
                return self._send(person, draft)
            except AlreadySent as again:
                return self._sent(person, draft.id, again)

        return self._table.retrying(story)

    def status_link(self, application: Application, lang: Lang) -> str:
        """The address of the private page: only we can make it, and it says nothing by itself."""
        return f"{self._base_url}/portal/status/{self.status_token(application)}?lang={lang}"

    def status_token(self, application: Application) -> str:
        """The token in that address."""
        return self._tokens.sign("status", f"{application.person}.{application.id}")

    def by_token(self, token: str) -> Application:
        """The application that a private link names; raises BadToken, NotFound."""
        person, _, application = self._tokens.unsign("status", token).partition(".")
        return self.application(person, application)

    def application(self, person: str, application: str) -> Application:
        """One application; raises NotFound."""
        found = records.application(self._table.get(records.application_key(person, application)))
        if found is None:
            raise NotFound
        return found

    def _sent(self, person: str, draft: str, otherwise: PortalError) -> Application:
        """The application that this form has become; raises `otherwise` if it hasn't."""
        sent = records.application(self._table.get(records.application_key(person, draft)))
        if sent is None:
            raise otherwise
        return sent

    def _send(self, person: str, draft: Draft) -> Application:
        charter = self._charters.at(draft.charter)
        account = self._accounts.account(person)
        if normalised(str(draft.answers.get("email", account.email))) != account.email:
            raise DraftGone  # corrected since: what this address proved is no longer what would be sent
        made = Application(
            id=draft.id,
            person=person,
            name=str(draft.answers[charter.join.name_from]),
            lang=draft.lang,
            charter=draft.charter,
            version=charter.join.version,
            answers=draft.answers,
            score=score(charter.join, draft.answers),
            status="submitted",
            submitted=self._clock.now(),
        )
        days = amount(self._charter.admission.decide_within)
        community = self._charter.community.name[made.lang]
        notice = notices.received(made, self.status_link(made, made.lang), community, days)
        letter = self._outbox.letter(account.email, made.lang, notice)
        self._table.commit(
            records.create(made, AlreadySent),
            records.take_place(person, made.id, _taken),
            *self._members.not_yet(person),
            records.drop_draft(draft.id),
            *self._outbox.record(letter),
        )
        self._outbox.send(letter)
        return made


def _taken(item: Item | None) -> PortalError:
    """What stands in the person's one place."""
    again = item.get("again") if item else None
    return TooEarly(date=dt.date.fromisoformat(again)) if again else OneAtATime()

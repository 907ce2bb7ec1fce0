"""The desk's side: one queue, oldest first; each decision with its receipt. The first decision wins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec

from portal.accounts.service import Accounts
from portal.applications import notices, records
from portal.applications.model import Application, Receipt, Status
from portal.applications.service import Applications
from portal.audit.service import Audit
from portal.charter.schema import Charter, Question
from portal.charters.service import Charters
from portal.clock import Clock
from portal.counters.service import Counters
from portal.errors import N_, NotFound, PortalError
from portal.language import Lang, Term, Text
from portal.members.service import Members
from portal.outbox.model import Notice
from portal.outbox.service import Outbox
from portal.table.contract import Item, Table, Write

PAGE = 50


#: What an approval rests on: no rule approves by itself.
BY_PEOPLE = Text(en="a person decides", zh="由人决定")


class AlreadyDecided(PortalError):
    """Another reviewer was first."""

    status = 409
    sentence = N_("{actor} has decided this already: {outcome}, {at} UTC. Your decision was not applied.")


class UnknownReason(PortalError):
    """A decline needs one of the charter's reasons."""

    status = 422
    sentence = N_("Please choose one of the charter's reasons.")


OUTCOMES = {
    "submitted": Term(N_("waiting")),
    "approved": Term(N_("approved")),
    "declined": Term(N_("declined")),
}


class Waiting(msgspec.Struct, frozen=True):
    """A page of applications that wait, the oldest first."""

    applications: list[Application]
    cursor: str | None


class Review:
    """Reading and deciding."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        charters: Charters,
        applications: Applications,
        accounts: Accounts,
        members: Members,
        counters: Counters,
        outbox: Outbox,
        audit: Audit,
        clock: Clock,
        base_url: str,
    ) -> None:
        self._table = table
        self._charter = charter
        self._charters = charters
        self._applications = applications
        self._accounts = accounts
        self._members = members
        self._counters = counters
        self._outbox = outbox
        self._audit = audit
        self._clock = clock
        self._base_url = base_url

    def waiting(self, cursor: str | None = None) -> Waiting:
        """The queue. The index may lag: each is read again by its own key, and shown only if it waits."""
        page = records.waiting(self._table, cursor, PAGE)
        keys = [records.application_key(str(item["person"]), str(item["id"])) for item in page.items]
        found = [records.application(item) for item in (self._table.batch_get(keys) if keys else [])]
        return Waiting([application for application in found if application and application.open], page.cursor)

    def questions(self, application: Application) -> list[Question]:
        """The questions that were asked, in the version that the answers were given to."""
        asked = self._charters.at(application.charter).join.question
        return [question for question in asked if question.slug in application.answers]

    def age(self, application: Application) -> dt.timedelta:
        """How long it has waited."""
        return self._clock.now() - application.submitted

    def approve(self, actor: str, actor_name: str, person: str, application: str, note: str = "") -> Application:
        """Story: one transaction makes the member, with number, tier, welcome points, audit, receipt and letter.

        Raises NotFound, AlreadyDecided, AlreadyMember.
        """
        self._open(person, application)
        known = self._members.find(person)  # whoever claimed the community may have applied before
        number = known.number if known else self._counters.ticket("member")

        def story() -> Application:
            before = self._open(person, application)
            receipt = self._receipt(before, "approved", "admission", BY_PEOPLE, actor, actor_name, note, number=number)
            decided = msgspec.structs.replace(before, status="approved", receipt=receipt)
            return self._decide(
                decided,
                [records.free_place(person), *([] if known else self._members.welcome(person, decided.name, number))],
                lambda lang: notices.approved(decided, f"{self._base_url}/portal/me", self._name(lang), number, lang),
                self._audit.note(
                    actor, actor_name, N_("approved the application of {name} as member no. {number}"), person,
                    name=decided.name, number=number, application=application, note=note,
                ),
            )  # fmt: skip

        return self._table.retrying(story)

    def decline(
        self, actor: str, actor_name: str, person: str, application: str, reason: str, note: str = ""
    ) -> Application:
        """Story: no, with a reason of the charter, which sets the date of the next try.

        Raises NotFound, AlreadyDecided, UnknownReason.
        """
        if reason not in {entry.slug for entry in self._charter.admission.reason}:
            raise UnknownReason
        rule = self._charter.reason(reason)

        def story() -> Application:
            before = self._open(person, application)
            today = self._charter.community.today(self._clock.now())
            again = today + dt.timedelta(days=rule.days)
            receipt = self._receipt(before, "declined", reason, rule.name, actor, actor_name, note)
            receipt = msgspec.structs.replace(receipt, sentence=rule.sentence, apply_again=again)
            decided = msgspec.structs.replace(before, status="declined", receipt=receipt)
            return self._decide(
                decided,
                [records.bar_place(person, application, again, self._midnight(again))],
                lambda lang: notices.declined(
                    decided, self._applications.status_link(decided, lang), self._name(lang), lang
                ),
                self._audit.note(
                    actor, actor_name, N_("declined the application of {name}: {reason}"), person,
                    name=decided.name, reason=msgspec.to_builtins(rule.name), application=application, note=note,
                ),
            )  # fmt: skip

        return self._table.retrying(story)

    def _name(self, lang: Lang) -> str:
        return self._charter.community.name[lang]

    def _decide(
        self, decided: Application, more: list[Write], told: Callable[[Lang], Notice], audited: list[Write]
    ) -> Application:
        account = self._accounts.account(decided.person)
        letter = self._outbox.letter(account.email, account.lang, told(account.lang))
        self._table.commit(records.decide(decided, _already), *more, *audited, *self._outbox.record(letter))
        self._outbox.send(letter)
        return decided

    def _open(self, person: str, application: str) -> Application:
        found = self._applications.application(person, application)
        if not found.open:
            raise _told(found)
        return found

    def _receipt(
        self,
        application: Application,
        outcome: Status,
        rule: str,
        rule_name: Text,
        actor: str,
        actor_name: str,
        note: str,
        *,
        number: int | None = None,
    ) -> Receipt:
        facts = {"score": application.score.total, "most": application.score.most, "version": application.version}
        return Receipt(
            outcome=outcome,
            rule=rule,
            rule_name=rule_name,
            charter=self._charter.hash,
            facts=facts | ({"number": number} if number else {}),
            actor=actor,
            actor_name=actor_name,
            at=self._clock.now(),
            note=note,
        )

    def _midnight(self, date: dt.date) -> dt.datetime:
        return dt.datetime.combine(date, dt.time(), ZoneInfo(self._charter.community.zone))


def _already(item: Item | None) -> PortalError:
    found = records.application(item)
    return _told(found) if found else NotFound()


def _told(decided: Application) -> PortalError:
    receipt = decided.receipt
    if receipt is None:
        return NotFound()
    return AlreadyDecided(actor=receipt.actor_name, outcome=OUTCOMES[decided.status], at=f"{receipt.at:%Y-%m-%d %H:%M}")

"""What every story of an application shares: reading it, what its end means, and the one commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from portal.accounts.service import Accounts
from portal.applications import notices, records
from portal.applications.model import Application, Moment, Receipt, Status
from portal.charter.fields import amount
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.counters.service import Counters
from portal.errors import N_, NotFound, PortalError, Stale
from portal.language import Lang, Text
from portal.members.service import Members
from portal.outbox.model import Letter, Notice
from portal.outbox.service import Outbox
from portal.table.contract import Refusal, Table, Write
from portal.tokens import Ids, Tokens

#: Decisions that took longer are counted as having taken so many hours.
LONGEST = 60 * 24
Tell = Callable[[notices.Frame], Notice]


class Full(PortalError):
    """Every place is taken, or every one for people like this."""

    status = 409
    sentence = N_("Every place is taken. Put {name} on the waitlist; the first in line is offered the next free place.")


class Moves:
    """Reads applications and commits their changes: with what happened, the letter that tells it, and its end."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        accounts: Accounts,
        members: Members,
        counters: Counters,
        outbox: Outbox,
        clock: Clock,
        ids: Ids,
        tokens: Tokens,
        base_url: str,
    ) -> None:
        self.table = table
        self.charter = charter
        self.accounts = accounts
        self.members = members
        self.counters = counters
        self.outbox = outbox
        self._clock = clock
        self._ids = ids
        self._tokens = tokens
        self._base_url = base_url

    @property
    def now(self) -> dt.datetime:
        """The present instant."""
        return self._clock.now()

    @property
    def today(self) -> dt.date:
        """The community's date."""
        return self.charter.community.today(self.now)

    def application(self, person: str, application: str) -> Application:
        """One application; raises NotFound."""
        found = self.found(person, application)
        if found is None:
            raise NotFound
        return found

    def found(self, person: str, application: str) -> Application | None:
        """One application, if it is still kept."""
        return records.application(self.table.get(records.application_key(person, application)))

    def token(self, application: Application) -> str:
        """The token in the address of the private page: only we can make it, and it says nothing by itself."""
        return self._tokens.sign("status", f"{application.person}.{application.id}")

    def by_token(self, token: str) -> Application:
        """The application that a private link names; raises BadToken, NotFound."""
        person, _, application = self._tokens.unsign("status", token).partition(".")
        return self.application(person, application)

    def link(self, application: Application, lang: Lang) -> str:
        """The address of the private page."""
        return f"{self._base_url}/portal/status/{self.token(application)}?lang={lang}"

    def moment(
        self, by: str, by_name: str, *, to: Status | None = None, text: str = "", note: bool = False
    ) -> Moment:  # fmt: skip
        """Something that happens now: a change of state, a word to the other side, or a note of the desk's own."""
        kind: Literal["moved", "message", "note"] = "note" if note else "moved" if to else "message"
        return Moment(id=self._ids.new(), at=self.now, by=by, by_name=by_name, kind=kind, to=to, text=text)

    def receipt(
        self, of: Application, outcome: Status, rule: str, name: Text, by: tuple[str, str], **more: Any
    ) -> Receipt:  # fmt: skip
        """The receipt of a decision that falls now; `facts` among `more` join those of the application."""
        facts: dict[str, Any] = {
            "score": of.score.total,
            "most": of.score.most,
            "band": of.score.band,
            "version": of.version,
        }
        facts |= {"persona": of.persona} if of.persona else {}
        facts |= {"votes": {vote.by: vote.says for vote in of.votes}} if of.votes else {}
        facts |= {"quiz": f"{of.quiz.right}/{of.quiz.of}"} if of.quiz else {}
        facts |= more.pop("facts", {})
        return Receipt(
            outcome=outcome, rule=rule, rule_name=name, charter=self.charter.hash, facts=facts,
            actor=by[0], actor_name=by[1], at=self.now, **more,
        )  # fmt: skip

    def refusal(self, of: Application, reason: str, by: tuple[str, str], note: str = "") -> Receipt:
        """The receipt of a decline, with its reason, the earliest new application and the end of its appeal."""
        rule = self.charter.reason(reason)
        return self.receipt(
            of, "declined", reason, rule.name, by,
            sentence=rule.sentence,
            note=note,
            apply_again=self.today + dt.timedelta(days=rule.days),
            appeal_by=self.today + self.charter.admission.appealing,
        )  # fmt: skip

    def closing(self, after: Application, before: Application | None = None) -> list[Write]:
        """Part: what a change means for the person's one place and tries, and for our pace."""
        writes = [self.place(after)] if not after.open else []
        if after.reviewed and after.status in ("declined", "expired", "withdrawn"):
            until = self.now + dt.timedelta(days=amount(self.charter.admission.tries.within))
            writes.append(records.note_try(after, until))
        decided = after.status in ("approved", "declined", "waitlisted")
        if decided and before and before.ours and before.status != "appealed":
            hours = int((self.now - before.since).total_seconds()) // 3600
            writes.append(records.note_pace(self.today, min(hours, LONGEST)))
        return writes

    def place(self, after: Application, taken: Refusal | None = None) -> Write:
        """Part: the person's one place as this state has it; with `taken`, for an application that is sent now."""
        receipt = after.receipt
        if after.open:
            return records.take_place(after.person, after.id, taken or Stale)
        again = receipt.apply_again if receipt and after.status in ("declined", "upheld") else None
        if again is not None and (ends := self.midnight(again)) > self.now:
            return records.bar_place(after.person, after.id, again, ends, taken)
        return records.free_place(after.person, taken)

    def commit(
        self, after: Application, happened: Sequence[Moment], also: Sequence[Write] = (), tell: Tell | None = None
    ) -> Application:
        """The one commit of a change, and the letter that tells it. Raises Stale if it was changed meanwhile."""
        letters = [self.letter(after, tell)] if tell else []
        after = self.kept(after)
        self.table.commit(
            records.replace(after),
            *self.told(after, happened),
            *also,
            *self.outbox.record(*letters),
        )
        self.outbox.send(*letters)
        return after

    def told(self, of: Application, happened: Sequence[Moment]) -> list[Write]:
        """Part: what happens in one commit, in the order in which it is to be read."""
        first = self._ids.new()
        return [records.moment(of, msgspec.structs.replace(one, id=f"{first}{n}")) for n, one in enumerate(happened)]

    def admit(
        self, before: Application, receipt: Receipt, number: int | None, also: Sequence[Write] = (), **changes: Any
    ) -> Application:
        """Approve: member, number, points, receipt and letter in one commit. `number` is None for who is a member.

        A place is taken unless one was reserved by an offer. Raises Full, AlreadyMember, Stale.
        """
        after = before.to("approved", self.now, receipt=receipt, claim=None, **changes)
        happened = [self.moment(receipt.actor, receipt.actor_name, to="approved")]
        return self.commit(after, happened, [*self.admission(before, after, number), *also], self.welcome(after))

    def admission(self, before: Application, after: Application, number: int | None) -> list[Write]:
        """Part: what an approval writes beside the application itself; who is a member already takes no place."""
        if number is None:
            return self.closing(after, before)
        seat = [] if before.status == "offered" else [self.seat(after)]
        member = self.members.welcome(after.person, after.name, number)
        return [*seat, *self.closing(after, before), *member]

    def welcome(self, after: Application) -> Tell:
        """The letter of an approval."""
        number = after.receipt.facts["number"] if after.receipt else 0
        return lambda told: notices.approved(told, after, number, f"{self._base_url}/portal/me?lang={told.lang}")

    def seat(self, of: Application) -> Write:
        """Part: one of the places, refused with Full."""
        admission = self.charter.admission
        quota = next((one.quota for one in admission.persona if one.slug == of.persona), None)
        return records.take_seat(of.persona, admission.capacity, quota, Full(name=of.name))

    def number(self, person: str) -> tuple[int, bool]:
        """The person's number as a member, a new one if need be, and whether they are one already."""
        known = self.members.find(person)  # whoever claimed the community may have applied before
        return (known.number, True) if known else (self.counters.ticket("member"), False)

    def letter(self, after: Application, tell: Tell) -> Letter:
        """The letter that tells of a change, in the language that the person reads by now."""
        account = self.accounts.account(after.person)
        frame = notices.Frame(
            self.charter.community.name[account.lang], self.link(after, account.lang), account.lang
        )  # fmt: skip
        return self.outbox.letter(account.email, account.lang, tell(frame))

    def kept(self, after: Application) -> Application:
        """The application with the end of its keeping: by the charter's retention once it is closed, none before."""
        outcome = {"upheld": "declined"}.get(after.status, after.status)
        days = getattr(self.charter.admission.retention, outcome, None)
        until = self.now + dt.timedelta(days=amount(days)) if days else None
        return msgspec.structs.replace(after, kept_until=until)

    def midnight(self, date: dt.date) -> dt.datetime:
        """The first instant of a date of the community's."""
        return self.charter.community.midnight(date)

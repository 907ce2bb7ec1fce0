"""Applications that were collected elsewhere, brought in from a table of text.

An application is sent with a proven address only. An import proves none: the operator who runs it vouches for the
addresses, the command makes them say so, and the audit log keeps it. What hangs on a proof stays with the proof: the
person is made without a session, and signing in still needs the code by mail. For the same reason nothing is decided
by itself here, neither declined by an answer or a score nor approved by facts: every imported application waits for
the desk. The founding door and the quiz are for those who come by themselves: an import brings people in before a
reader, whoever runs it is their invitation, and a quiz that the address has passed goes along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from portal.accounts.model import Account
from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.applications import cells, notices, records, sheets
from portal.applications.cells import Defaults, Entry
from portal.applications.model import Application, Moment, QuizResult
from portal.applications.moves import Moves
from portal.applications.questionnaire import persona, texts
from portal.applications.quizzes import QuizFirst, Quizzes
from portal.applications.scoring import score
from portal.applications.service import AlreadySent, Applications, OneAtATime, TooEarly, TooManyTries
from portal.applications.sheets import Faulty, Finding
from portal.audit.service import Audit
from portal.cases.model import Found
from portal.cases.service import Cases
from portal.charter.fields import amount
from portal.charter.questions import Questionnaire
from portal.charters.service import Charters
from portal.errors import N_, BadSetting, PortalError
from portal.language import Lang
from portal.members.service import AlreadyMember
from portal.outbox.model import Letter
from portal.tokens import Tokens

Advance = Callable[[int, int], None]
#: Who acts, where nobody is signed in.
TERMINAL = "terminal"
#: What the terminal says of people who can't apply now; an applicant is told it in other words.
REFUSED: Mapping[type[PortalError], str] = {
    AlreadyMember: "is a member already",
    OneAtATime: "has another application with us already",
    TooEarly: "was declined and may apply again from {date} on",
    TooManyTries: "has had {most} applications read lately and may apply again from {date} on",
}

_BEGUN = N_("began to import {n} applications from {file}, vouching for their addresses")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds: rows that can be imported, lines imported before, what is wrong, and what is left out."""

    file: str
    form: str
    encoding: str
    delimiter: str
    rows: int
    sound: list[Entry] = []
    already: list[int] = []
    faults: list[Finding] = []
    notices: list[Finding] = []

    @property
    def bad(self) -> int:
        """How many rows are bad."""
        return len({fault.line for fault in self.faults})


class Brought(msgspec.Struct, frozen=True):
    """What an import did: rows imported, rows that another run had imported, and refusals that came up meanwhile."""

    imported: int
    already: int
    late: list[Finding]


class _Look(msgspec.Struct, frozen=True):
    """What the rows of a file are looked at with; `seen` tells the first line of each address."""

    asked: Questionnaire
    by: Defaults
    report: Report
    seen: dict[str, int] = {}


class Importing:
    """First looked at, row by row, then brought in, each row in one commit: whatever ends an import leaves whole rows.

    An application's id is made of form, address and the date that the row gives, so that the same row is known again.
    """

    def __init__(
        self,
        applications: Applications,
        moves: Moves,
        accounts: Accounts,
        roles: Roles,
        charters: Charters,
        quizzes: Quizzes,
        cases: Cases,
        audit: Audit,
        tokens: Tokens,
    ) -> None:
        self._applications = applications
        self._moves = moves
        self._accounts = accounts
        self._roles = roles
        self._charters = charters
        self._quizzes = quizzes
        self._cases = cases
        self._audit = audit
        self._tokens = tokens

    def examine(self, file: str, data: bytes, form: str, lang: Lang, advance: Advance) -> Report:
        """What an import of a file would do; changes nothing. `lang` is for rows that name none.

        Each row is checked as the form checks what is typed; of rows with the same address the first counts. Raises
        NotFound for a form that there isn't, Faulty for a file or header that can't be read, BadSetting for a store
        that was written with another secret: its people would not be found.
        """
        asked = self._applications.asked(form)
        self._require_our_secret()
        sheet = sheets.read(data, cells.columns(asked))
        if wrong := cells.header_faults(asked, sheet):
            raise Faulty(*wrong)
        report = Report(file=file, form=form, encoding=sheet.encoding, delimiter=sheet.delimiter, rows=len(sheet.rows))
        by = Defaults(now=self._moves.now, community=self._moves.charter.community, lang=lang)
        look = _Look(asked, by, report)
        for number, row in enumerate(sheet.rows, 1):
            try:
                self._examine(look, row.line, cells.by_column(sheet, row))
            except Faulty as told:
                report.faults.extend(told.faults)
            advance(number, len(sheet.rows))
        return report

    def bring(self, report: Report, advance: Advance, *, quiet: bool) -> Brought:
        """The sound rows of a report, one story each; with `quiet` no letters. What happened meanwhile is told.

        The audit log has it before the first row, so that an import that was cut short is noted too.
        """
        if not report.sound:
            return Brought(0, 0, [])
        self._charters.store()
        facts = {"n": len(report.sound), "file": report.file, "bad": report.bad}
        self._moves.table.commit(*self._audit.note(TERMINAL, TERMINAL, _BEGUN, report.form, **facts))
        imported, already, late = 0, 0, list[Finding]()
        for number, entry in enumerate(report.sound, 1):
            try:
                self._moves.table.retrying(lambda one=entry: self._arrive(report, one, quiet=quiet))  # type: ignore[misc]
                imported += 1
            except AlreadySent:
                already += 1
            except tuple(REFUSED) as refusal:
                late.append(self._refused(report.form, entry.line, refusal))
            except Faulty as told:
                late.extend(told.faults)
            advance(number, len(report.sound))
        return Brought(imported, already, late)

    def _examine(self, look: _Look, line: int, typed: Mapping[str, str]) -> None:
        asked, report = look.asked, look.report
        address = cells.address(asked, typed)
        first = look.seen.setdefault(address, line) if address else line
        twice = [Finding(line, cells.email(asked), f"the same address as in line {first}")] if first != line else []
        try:
            entry = cells.entry(asked, line, typed, look.by)
        except Faulty as told:
            raise Faulty(*told.faults, *twice) from told
        if twice:
            raise Faulty(*twice)
        if self._known(report.form, entry):
            report.already.append(line)
            return
        self._scan(asked, entry)
        report.sound.append(entry)
        left = "is not asked where the others are answered so; left out"
        report.notices.extend(Finding(line, slug, left) for slug in entry.dropped)

    def _known(self, form: str, entry: Entry) -> bool:
        """Whether the row was imported before. Raises Faulty for somebody who can't apply now."""
        person = self._accounts.person_of(entry.address)
        if person is None:
            return False
        if self._moves.found(person, self._id(form, entry)):
            return True
        try:
            self._applications.require_open_place(person)
        except tuple(REFUSED) as refusal:
            raise Faulty(self._refused(form, entry.line, refusal)) from refusal
        return False

    def _arrive(self, report: Report, entry: Entry, *, quiet: bool) -> None:
        account, makes = self._accounts.vouched(entry.address, entry.lang)
        if not makes:
            if self._moves.found(account.id, self._id(report.form, entry)):
                raise AlreadySent
            self._applications.require_open_place(account.id)
        asked = self._applications.asked(report.form)
        found = self._scan(asked, entry)
        made = self._made(report.form, asked, account, entry)
        after, writes = self._applications.beside(made, asked, account.email, found)
        letters = [] if quiet else [self._received(after, account)]
        self._moves.table.commit(
            records.create(after, AlreadySent),
            *makes,
            self._moves.place(after, OneAtATime),
            *self._moves.members.not_yet(after.person),
            *writes,
            *self._moves.told(after, self._happened(report.file, entry, after)),
            *self._moves.outbox.record(*letters),
        )
        self._moves.outbox.send(*letters)

    def _made(self, form: str, asked: Questionnaire, account: Account, entry: Entry) -> Application:
        charter = self._moves.charter
        return Application(
            id=self._id(form, entry), person=account.id, lang=entry.lang, form=form, charter=charter.hash,
            version=asked.version, answers=entry.answers, score=score(asked, entry.answers), status="submitted",
            submitted=entry.submitted, since=entry.submitted, moved=self._moves.now, v=1,
            name=str(entry.answers[asked.name_from or ""]), quiz=self._quiz(account, form),
            persona=persona(charter.admission.persona, entry.answers),
        )  # fmt: skip

    def _happened(self, file: str, entry: Entry, after: Application) -> Sequence[Moment]:
        """It was sent when the row says; from where it came is a note for the desk."""
        sent = self._moves.moment("applicant", after.name, to="submitted")
        note = self._moves.moment(TERMINAL, TERMINAL, text=f"{file}:{entry.line}", note=True)
        return [msgspec.structs.replace(sent, at=entry.submitted), note]

    def _received(self, after: Application, account: Account) -> Letter:
        charter, lang = self._moves.charter, account.lang
        frame = notices.Frame(charter.community.name[lang], self._moves.link(after, lang), lang)
        notice = notices.received(frame, after, amount(charter.admission.decide_within))
        return self._moves.outbox.letter(account.email, lang, notice)

    def _quiz(self, account: Account, form: str) -> QuizResult | None:
        try:
            return self._quizzes.require_passed(account.email, form)
        except QuizFirst:
            return None

    def _scan(self, asked: Questionnaire, entry: Entry) -> list[Found]:
        """What the word filter finds. Raises Faulty for what it blocks."""
        found = self._cases.scan(texts(asked, entry.answers))
        blocked = dict.fromkeys((hit.part, hit.word) for hit in found if hit.severity == "block")
        if blocked:
            raise Faulty(*(Finding(entry.line, part, f"the word list blocks “{word}”") for part, word in blocked))
        return found

    def _refused(self, form: str, line: int, refusal: PortalError) -> Finding:
        says = next(words for kind, words in REFUSED.items() if isinstance(refusal, kind))
        return Finding(line, cells.email(self._applications.asked(form)), says.format(**refusal.facts))

    def _id(self, form: str, entry: Entry) -> str:
        return self._tokens.keyed("import", f"{form}\0{entry.address}\0{entry.day or ''}")[:32]

    def _require_our_secret(self) -> None:
        """Addresses are kept by a hash under the secret: with another one nobody would be found, and all made twice."""
        for one in self._roles.staff()[:1]:
            account = self._accounts.account(one.id)
            if self._accounts.person_of(account.email) != account.id:
                raise BadSetting("TONGHAO_SECRET is not the one that this store was written with")

"""An application on its way, what happened to it, and the receipt of its decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import msgspec

from portal.errors import N_, PortalError
from portal.language import Lang, Term, Text

Status = Literal[
    "submitted",
    "in_review",
    "needs_info",
    "interview",
    "waitlisted",
    "offered",
    "approved",
    "declined",
    "expired",
    "withdrawn",
    "appealed",
    "upheld",
]
#: Every way that an application can go; there is no other.
ARROWS: Mapping[Status, frozenset[Status]] = {
    "submitted": frozenset({"in_review", "approved", "waitlisted", "declined", "withdrawn"}),
    "in_review": frozenset({"needs_info", "interview", "approved", "waitlisted", "declined", "withdrawn"}),
    "needs_info": frozenset({"in_review", "expired", "declined", "withdrawn"}),
    "interview": frozenset({"in_review", "declined", "withdrawn"}),
    "waitlisted": frozenset({"offered", "expired", "declined", "withdrawn"}),
    "offered": frozenset({"approved", "waitlisted", "expired", "declined", "withdrawn"}),
    "declined": frozenset({"appealed"}),
    "appealed": frozenset({"upheld", "approved", "waitlisted"}),
    "approved": frozenset(),
    "expired": frozenset(),
    "withdrawn": frozenset(),
    "upheld": frozenset(),
}
#: The states in which it takes the person's one open place.
OPEN: frozenset[Status] = frozenset(
    {"submitted", "in_review", "needs_info", "interview", "waitlisted", "offered", "appealed"}
)
#: The states in which it waits for the desk.
OURS: frozenset[Status] = frozenset({"submitted", "in_review", "interview", "appealed"})
STATES: Mapping[Status, Term] = {
    "submitted": Term(N_("waiting")),
    "in_review": Term(N_("being read")),
    "needs_info": Term(N_("asked back")),
    "interview": Term(N_("in conversation")),
    "waitlisted": Term(N_("on the waitlist")),
    "offered": Term(N_("offered a place")),
    "approved": Term(N_("approved")),
    "declined": Term(N_("declined")),
    "expired": Term(N_("expired")),
    "withdrawn": Term(N_("withdrawn")),
    "appealed": Term(N_("appealed")),
    "upheld": Term(N_("appeal turned down")),
}
#: Missed offers after which the wait is over.
MISSES = 2
#: Places on the waitlist: the lower is first. An appeal that was right comes before everybody.
FIRST, INVITED, USUAL = 0, 3, 5
#: Who decides by the charter's rules alone.
CHARTER = "charter"

#: Answers by the slug of their question: a text (a date as yyyy-mm-dd, a file as `id/name`), one choice, several, a
#: number, a step of a scale, or a consent.
Answers = dict[str, str | list[str] | int | bool]
Band = Literal["ready", "between", "under"]


class NotNow(PortalError):
    """The application stands where this can't be done."""

    status = 409
    sentence = N_("This can't be done any more: the application is {state}.")


class AlreadyDecided(PortalError):
    """Another reviewer was first."""

    status = 409
    sentence = N_("{actor} has decided this already: {outcome}, {at} UTC. Your decision was not applied.")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A form on its way: what was `typed`, field by field, and the `answers` of one that waits for a proven address.

    Kept for 30 days. `form` is the questionnaire's slug, `invitation` the id of the one that it came with, `owner` the
    person, or the browser that nobody is signed in with.
    """

    id: str
    lang: Lang
    charter: str
    answers: Answers = {}
    form: str = "join"
    invitation: str = ""
    typed: dict[str, list[str]] = {}
    owner: str = ""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer weighs; `refuse` is the reason for which it refuses by itself."""

    question: str
    answer: str
    weight: int
    refuse: str = ""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of the weights, the most that could have been had, the lines it is made of, and the band it falls in."""

    total: int
    most: int
    lines: list[Line]
    band: Band = "between"

    @property
    def refused(self) -> str:
        """The reason for which one answer refuses, whatever the total; empty if none does."""
        return next((line.refuse for line in self.lines if line.refuse), "")


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Why a decision fell: the rule and the charter that it applied, the facts it rested on, who decided, and when.

    `sentence` is what the applicant is told, `note` what the decider adds; `apply_again` the earliest new application,
    `appeal_by` the last day of its appeal.
    """

    outcome: Status
    rule: str
    rule_name: Text
    charter: str
    facts: dict[str, Any]
    actor: str
    actor_name: str
    at: dt.datetime
    sentence: Text | None = None
    note: str = ""
    apply_again: dt.date | None = None
    appeal_by: dt.date | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A reviewer has begun and has the application to themselves for a while."""

    by: str
    name: str
    until: dt.datetime


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """One reviewer's judgement; `sponsor` vouches for the applicant and comes with a yes."""

    by: str
    name: str
    says: Literal["yes", "no", "unsure"]
    at: dt.datetime
    sponsor: bool = False
    why: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What one reviewer gives a text by its rubric."""

    by: str
    question: str
    points: int


class QuizResult(msgspec.Struct, frozen=True, kw_only=True):
    """A quiz that was passed: so many right of so many."""

    right: int
    of: int


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened: the state changed, a word to the other side, or a note that only the desk reads."""

    id: str
    at: dt.datetime
    by: str
    by_name: str
    kind: Literal["moved", "message", "note"]
    to: Status | None = None
    text: str = ""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A member's word for somebody: good for so many uses, until it expires."""

    id: str
    by: str
    made: dt.datetime
    expires: dt.datetime
    uses: int
    used: int = 0


class Application(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One application. Answers render with the questionnaire of the charter that they were given to.

    `since`: from when our time is counted (what we waited for the applicant is left out); `moved`: the last change of
    state; `due`: when the applicant's time is over, where we wait for them; `asked`: "still interested?" is open;
    `related`: the one who invited shares the mailbox; `edits` counts the changes of the text;
    `reviewed`: a reviewer has begun, so the text is frozen and its end counts as a try. `v` guards against lost races.
    """

    id: str
    person: str
    name: str
    lang: Lang
    form: str = "join"
    charter: str
    version: int
    answers: Answers
    score: Score
    status: Status
    submitted: dt.datetime
    since: dt.datetime
    moved: dt.datetime
    v: int
    persona: str = ""
    priority: int = USUAL
    missed: int = 0
    invitation: str = ""
    invited_by: str = ""
    invited_name: str = ""
    quiz: QuizResult | None = None
    related: bool = False
    words: str = ""
    edits: int = 0
    alike: list[str] = []
    reviewed: bool = False
    claim: Claim | None = None
    assigned: str = ""
    assigned_name: str = ""
    votes: list[Vote] = []
    marks: list[Mark] = []
    due: dt.datetime | None = None
    asked: bool = False
    kept_until: dt.datetime | None = None
    receipt: Receipt | None = None
    appealed: Receipt | None = None

    @property
    def open(self) -> bool:
        """Whether it is still on its way."""
        return self.status in OPEN

    @property
    def ours(self) -> bool:
        """Whether it waits for the desk."""
        return self.status in OURS

    def held(self, now: dt.datetime) -> Claim | None:
        """The claim on it, unless it has lapsed."""
        return self.claim if self.claim and now < self.claim.until else None

    def keeper(self, now: dt.datetime) -> str:
        """Whose it is at the desk: who has claimed it, or else to whom it was given; empty for nobody's."""
        claim = self.held(now)
        return claim.by if claim else self.assigned

    def require_in(self, *states: Status) -> None:
        """Raises AlreadyDecided or NotNow unless it stands in one of these."""
        if self.status not in states:
            self._refuse()

    def require(self, to: Status) -> None:
        """Raises AlreadyDecided or NotNow unless it can go there."""
        if to not in ARROWS[self.status]:
            self._refuse()

    def _refuse(self) -> NoReturn:
        receipt = self.receipt
        if receipt and receipt.actor != CHARTER and self.status == receipt.outcome:
            at = f"{receipt.at:%Y-%m-%d %H:%M}"
            raise AlreadyDecided(actor=receipt.actor_name, outcome=STATES[receipt.outcome], at=at)
        raise NotNow(state=STATES[self.status])

    def to(self, status: Status, now: dt.datetime, **changes: Any) -> Application:
        """The application after a change of state. Raises AlreadyDecided or NotNow for a way that there is none.

        Our clock stands still while we wait for the applicant, and starts anew with an appeal.
        """
        self.require(status)
        since = now if status == "appealed" else self.since
        if self.status == "needs_info" and status == "in_review":
            since += now - self.moved
        changed = {"since": since, "moved": now, "due": None, "asked": False, "v": self.v + 1, **changes}
        return msgspec.structs.replace(self, status=status, **changed)

    def changed(self, **changes: Any) -> Application:
        """The application with something changed where it stands."""
        return msgspec.structs.replace(self, v=self.v + 1, **changes)

"""An application on its way, and the receipt of its decision."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec

from portal.language import Lang, Text

Status = Literal["submitted", "approved", "declined"]
#: Answers by the slug of their question: a text, one choice, several, a step of a scale, or a consent.
Answers = dict[str, str | list[str] | int | bool]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that wait for their address to be proven; kept for 30 days."""

    id: str
    lang: Lang
    charter: str
    answers: Answers


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one answer weighs."""

    question: str
    answer: str
    weight: int


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The sum of the weights, the most that could have been had, and the lines that it is made of."""

    total: int
    most: int
    lines: list[Line]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Why a decision fell: the rule and the charter that it applied, the facts it rested on, who decided, and when.

    `sentence` is what the applicant is told, `note` what the decider adds; `apply_again` the earliest new application.
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


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One application. Answers render with the questionnaire of the charter that they were given to."""

    id: str
    person: str
    name: str
    lang: Lang
    charter: str
    version: int
    answers: Answers
    score: Score
    status: Status
    submitted: dt.datetime
    receipt: Receipt | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for a decision."""
        return self.status == "submitted"

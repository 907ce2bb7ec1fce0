"""A member's answers to a survey, and what all answers come to."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.applications.model import Answers
from portal.charter.questions import CHOOSING, Question, Questionnaire


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One member's answers. They render with the version of the survey that they were given to."""

    member: str
    survey: str
    version: int
    charter: str
    answers: Answers
    at: dt.datetime
    v: int


class Count(msgspec.Struct, frozen=True):
    """How often each answer of a question was given, in the charter's order."""

    question: Question
    given: list[tuple[str, int]]

    @property
    def most(self) -> int:
        """The largest of them, at least 1."""
        return max((times for _, times in self.given), default=0) or 1


def counted(survey: Questionnaire, answers: Answers) -> dict[str, int]:
    """What one sheet adds to the counts: one for each chosen answer or step; texts are read, not counted."""
    counts: dict[str, int] = {}
    for question in countable(survey):
        answer = answers.get(question.slug)
        several = answer if isinstance(answer, list) else [] if answer is None else [str(answer)]
        counts |= {f"{question.slug}|{one}": 1 for one in several}
    return counts


def countable(survey: Questionnaire) -> list[Question]:
    """The questions whose answers are counted."""
    return [question for question in survey.form if question.kind in (*CHOOSING, "scale", "consent")]


def counts(survey: Questionnaire, sums: dict[str, int]) -> list[Count]:
    """The counts of a survey's questions."""
    found: list[Count] = []
    for question in countable(survey):
        if question.kind == "scale":
            answers = [str(step) for step in range(1, (question.steps or 0) + 1)]
        elif question.kind == "consent":
            answers = ["True"]
        else:
            answers = [choice.slug for choice in question.choices]
        found.append(Count(question, [(answer, sums.get(f"{question.slug}|{answer}", 0)) for answer in answers]))
    return found

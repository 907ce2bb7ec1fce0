"""The pure rules of a quiz: what is drawn, what is right, when there may be another try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from random import Random

import msgspec

from portal.charter.questions import Question, Questionnaire, Quiz


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try: the questions that were drawn for it, and how it ended. Unanswered by its deadline, it has failed."""

    id: str
    charter: str
    version: int
    need: int
    started: dt.datetime
    deadline: dt.datetime
    drawn: list[str]
    right: int = 0
    answered: dt.datetime | None = None
    passed: bool = False

    def running(self, now: dt.datetime) -> bool:
        """Whether it can still be answered."""
        return self.answered is None and now <= self.deadline


def draw(asked: Questionnaire, quiz: Quiz, random: Random) -> list[str]:
    """Questions for an attempt, in random order."""
    return [question.slug for question in random.sample(asked.pool, quiz.draw)]


def right(questions: Sequence[Question], answers: Mapping[str, list[str]]) -> int:
    """How many of the drawn questions are answered with all that is correct and nothing else."""
    return sum(
        set(answers.get(question.slug, ())) == {choice.slug for choice in question.choices if choice.correct}
        for question in questions
    )


def again(attempts: Sequence[Attempt], quiz: Quiz, now: dt.datetime) -> dt.datetime | None:
    """When the next try may begin; None if at once."""
    lately = [one.started for one in attempts if one.started > now - quiz.pause]
    return lately[-quiz.attempts] + quiz.pause if len(lately) >= quiz.attempts else None


def left(attempts: Sequence[Attempt], quiz: Quiz, now: dt.datetime) -> int:
    """How many tries there still are."""
    return max(0, quiz.attempts - sum(one.started > now - quiz.pause for one in attempts))

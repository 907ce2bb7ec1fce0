"""The charter's weights over answers. The score orders a reviewer's thoughts; a person decides."""

from __future__ import annotations

from portal.applications.model import Answers, Line, Score
from portal.applications.questionnaire import visible
from portal.charter.schema import Question, Questionnaire


def score(questionnaire: Questionnaire, answers: Answers) -> Score:
    """The sum of the weights of visible answers, each with its line; `most` counts every question of the charter."""
    lines = [line for question in visible(questionnaire, answers) for line in _lines(question, answers)]
    return Score(
        total=sum(line.weight for line in lines),
        most=sum(_most(question) for question in questionnaire.question),
        lines=lines,
    )


def _lines(question: Question, answers: Answers) -> list[Line]:
    answer = answers.get(question.slug)
    if question.kind == "scale" and question.weight_per_step and isinstance(answer, int):
        return [Line(question=question.slug, answer=str(answer), weight=answer * question.weight_per_step)]
    chosen = answer if isinstance(answer, list) else [answer]
    return [
        Line(question=question.slug, answer=choice.slug, weight=choice.weight)
        for choice in question.choices
        if choice.slug in chosen and choice.weight
    ]


def _most(question: Question) -> int:
    gains = [choice.weight for choice in question.choices if choice.weight > 0]
    if question.kind == "multiple-choice":
        return sum(gains)
    return max(gains, default=0) + (question.steps or 0) * question.weight_per_step

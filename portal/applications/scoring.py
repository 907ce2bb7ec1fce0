"""The charter's weights over answers. The score orders a reviewer's thoughts; only published rules decide by it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.applications.model import Answers, Band, Line, Mark, Score
from portal.applications.questionnaire import visible
from portal.charter.questions import Question, Questionnaire


def score(questionnaire: Questionnaire, answers: Answers) -> Score:
    """The sum of the weights of visible answers, each with its line; `most` counts every question of the charter.

    Texts weigh nothing here: reviewers mark them by their rubric, see `marked`.
    """
    lines = [line for question in visible(questionnaire, answers) for line in _lines(question, answers)]
    total = sum(line.weight for line in lines)
    most = sum(_most(question) for question in questionnaire.form)
    return Score(total=total, most=most, lines=lines, band=band(questionnaire, total))


def band(questionnaire: Questionnaire, total: int) -> Band:
    """Where a total falls: at or above `pass` ready, below `floor` under, else between. Without a `pass` none is."""
    if questionnaire.floor is not None and total < questionnaire.floor:
        return "under"
    return "ready" if questionnaire.enough is not None and total >= questionnaire.enough else "between"


def marked(questionnaire: Questionnaire, marks: Sequence[Mark]) -> list[Line]:
    """What reviewers gave the texts: for each, the mean of the marks, a half rounded down."""
    lines: list[Line] = []
    for question in questionnaire.form:
        given = [mark.points for mark in marks if mark.question == question.slug]
        if given:
            mean = (2 * sum(given) + len(given) - 1) // (2 * len(given))
            lines.append(Line(question=question.slug, answer=str(len(given)), weight=mean))
    return lines


def _lines(question: Question, answers: Answers) -> list[Line]:
    answer = answers.get(question.slug)
    if question.kind == "scale" and question.weight_per_step and isinstance(answer, int):
        return [Line(question=question.slug, answer=str(answer), weight=answer * question.weight_per_step)]
    chosen = answer if isinstance(answer, list) else [answer]
    return [
        Line(question=question.slug, answer=choice.slug, weight=choice.weight, refuse=choice.refuse or "")
        for choice in question.choices
        if choice.slug in chosen and (choice.weight or choice.refuse)
    ]


def _most(question: Question) -> int:
    gains = [choice.weight for choice in question.choices if choice.weight > 0]
    if question.kind == "multiple-choice":
        return sum(gains)
    return max(gains, default=0) + (question.steps or 0) * question.weight_per_step

"""Which questions are asked, and which answers count: a hidden question is neither required nor stored."""

from __future__ import annotations

from collections.abc import Iterator

from portal.applications.model import Answers
from portal.charter.admission import Persona
from portal.charter.questions import Question, Questionnaire, Section
from portal.language import Lang, Text


def visible(questionnaire: Questionnaire, answers: Answers) -> list[Question]:
    """The form's questions that these answers show, in order. An answer to a hidden question shows nothing.

    A condition may name any other question, earlier or later, and conditions may hang on one another to any depth:
    rounds are made until none changes, at most one for each question, since the charter has no circles.
    """
    asked = questionnaire.form
    shown: set[str] = set()
    while True:
        now = {
            question.slug
            for question in asked
            if all(slug in shown and _given(answers.get(slug), among) for slug, among in question.show_if.items())
        }
        if now == shown:
            return [question for question in asked if question.slug in shown]
        shown = now


def kept(questionnaire: Questionnaire, answers: Answers) -> Answers:
    """The answers that were given to visible questions."""
    return {
        question.slug: answers[question.slug]
        for question in visible(questionnaire, answers)
        if answers.get(question.slug) not in (None, "", [])
    }


def sections(
    questionnaire: Questionnaire, questions: list[Question]
) -> Iterator[tuple[Section | None, list[Question]]]:
    """Questions by the sections they belong to; all in one without a heading, where the questionnaire has none."""
    if not questionnaire.section:
        yield None, questions
    for section in questionnaire.section:
        within = [question for question in questions if question.section == section.slug]
        if within:
            yield section, within


def persona(personas: list[Persona], answers: Answers) -> str:
    """The slug of the first persona that the answers tell of; empty if none."""
    for candidate in personas:
        if all(_given(answers.get(slug), among) for slug, among in candidate.when.items()):
            return candidate.slug
    return ""


def in_words(question: Question, answer: object, lang: Lang) -> str:
    """An answer as a reader sees it: choices by their text, a step of a scale with its range, a file by its name."""
    if question.kind in ("choice", "multiple-choice"):
        chosen = answer if isinstance(answer, list) else [answer]
        texts = {choice.slug: choice.text for choice in question.choices}
        comma = "、" if lang == "zh" else ", "
        return comma.join(texts[slug][lang] for slug in chosen if slug in texts)
    if question.kind == "scale" and question.low and question.high:
        ends = f"{question.low[lang]} – {question.high[lang]}"
        return f"{answer} / {question.steps}（{ends}）" if lang == "zh" else f"{answer} / {question.steps} ({ends})"
    if question.kind == "consent":
        return _YES[lang] if answer else "—"
    if question.kind == "file":
        return str(answer).partition("/")[2]
    return str(answer)


def texts(questionnaire: Questionnaire, answers: Answers) -> dict[str, str]:
    """What was written freely, by question: what the word filter reads."""
    return {
        question.slug: str(answers[question.slug])
        for question in questionnaire.form
        if question.kind in ("short-text", "long-text", "url") and question.slug in answers
    }


_YES = Text(en="Agreed", zh="同意")


def _given(answer: object, among: list[str]) -> bool:
    return bool({*answer} & {*among}) if isinstance(answer, list) else answer in among

"""Which questions are asked, and which answers count: a hidden question is neither required nor stored."""

from __future__ import annotations

from portal.applications.model import Answers
from portal.charter.schema import Question, Questionnaire
from portal.language import Lang, Text


def visible(questionnaire: Questionnaire, answers: Answers) -> list[Question]:
    """The questions that these answers show, in order. An answer to a hidden question shows nothing."""
    shown: dict[str, Question] = {}
    for question in questionnaire.question:
        if all(slug in shown and _given(answers.get(slug), among) for slug, among in question.show_if.items()):
            shown[question.slug] = question
    return list(shown.values())


def kept(questionnaire: Questionnaire, answers: Answers) -> Answers:
    """The answers that were given to visible questions."""
    return {
        question.slug: answers[question.slug]
        for question in visible(questionnaire, answers)
        if answers.get(question.slug) not in (None, "", [])
    }


def in_words(question: Question, answer: object, lang: Lang) -> str:
    """An answer as a reader sees it: choices by their text, a step of a scale with its range."""
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
    return str(answer)


_YES = Text(en="Agreed", zh="同意")


def _given(answer: object, among: list[str]) -> bool:
    return bool({*answer} & {*among}) if isinstance(answer, list) else answer in among

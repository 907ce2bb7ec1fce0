"""The join form, built from the charter's questionnaire in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, ValidationError

from portal.accounts.model import BadAddress, normalised
from portal.applications.model import Answers
from portal.applications.questionnaire import visible
from portal.charter.checks import TEXT_LIMIT
from portal.charter.schema import Question, Questionnaire
from portal.errors import N_
from portal.language import Lang, say
from portal.typed import line, prose

MISSING = N_("Please answer this question.")
CHOOSE = N_("Please choose one of the answers.")
AGREE = N_("Without agreeing to the rules nobody can join.")
TOO_LONG = N_("This is {over} characters too long; {most} fit.")
SCALE = N_("Please choose a step from 1 to {steps}.")


class JoinForm:
    """The questionnaire as WTForms fields, named by the slugs of their questions.

    No field is required for the browser when its question is conditional: readers without scripts would be stuck. A
    question that the other answers hide is neither validated nor kept.
    """

    def __init__(
        self, questionnaire: Questionnaire, lang: Lang, formdata: Any = None, *, address_known: bool = False
    ) -> None:
        self.questionnaire = questionnaire
        self.asked = [q for q in questionnaire.question if not (q.kind == "email" and address_known)]
        self._lang = lang
        self._form = BaseForm({"draft": HiddenField(), **{q.slug: _field(q) for q in self.asked}})
        self._form.process(formdata)

    def __getitem__(self, slug: str) -> Field:
        return self._form[slug]

    @property
    def draft(self) -> str:
        """The form's own id."""
        return str(self._form["draft"].data or "")

    @property
    def answers(self) -> Answers:
        """What was typed, by slug, cleaned; unanswered questions are left out."""
        typed = {question.slug: _clean(question, self._form[question.slug].data) for question in self.asked}
        return {slug: answer for slug, answer in typed.items() if answer not in (None, "", [], False)}

    @property
    def faults(self) -> Mapping[str, list[str]]:
        """Sentences about what was typed, by slug, in the order of the questions."""
        return {q.slug: list(self._form[q.slug].errors) for q in self.asked if self._form[q.slug].errors}

    @property
    def labels(self) -> Mapping[str, str]:
        """What each question asks, by slug."""
        return {question.slug: question.ask[self._lang] for question in self.asked}

    def validate(self) -> bool:
        """Whether every visible question is answered as it asks; `faults` says what is wrong."""
        answers = self.answers
        shown = {question.slug for question in visible(self.questionnaire, answers)}
        for question in self.asked:
            field = self._form[question.slug]
            fault = self._fault(question, answers.get(question.slug)) if question.slug in shown else None
            field.errors = [fault] if fault else []
        return not self.faults

    def _fault(self, question: Question, answer: Any) -> str | None:
        if answer is None:
            if not question.required:
                return None
            return say(AGREE if question.kind == "consent" else MISSING, self._lang)
        try:
            if check := CHECKS.get(question.kind):
                check(question, answer, self._lang)
        except ValidationError as fault:
            return str(fault)
        return None


def _field(question: Question) -> Any:
    choices: Any = [choice.slug for choice in question.choices]  # plain strings, which the type stubs do not know
    flags = {"required": question.required and not question.show_if}
    made: dict[str, Callable[[], Any]] = {
        "short-text": lambda: StringField(render_kw=flags),
        "long-text": lambda: TextAreaField(render_kw=flags),
        "email": lambda: EmailField(render_kw=flags),
        "choice": lambda: RadioField(choices=choices, validate_choice=False),
        "multiple-choice": lambda: SelectMultipleField(choices=choices, validate_choice=False),
        "scale": IntegerField,
        "consent": lambda: BooleanField(render_kw=flags),
    }
    return made[question.kind]()


def _clean(question: Question, typed: Any) -> Any:
    """Text without control characters and outer blanks; choices once each, in the order of the charter."""
    if isinstance(typed, str) and question.kind in ("short-text", "long-text", "email"):
        return line(typed) if question.kind == "short-text" else prose(typed)
    if isinstance(typed, list):
        known = [choice.slug for choice in question.choices]
        return [
            *(slug for slug in known if slug in typed),
            *(slug for slug in dict.fromkeys(typed) if slug not in known),
        ]
    return typed


def _check_text(question: Question, answer: str, lang: Lang) -> None:
    most = question.max_length or TEXT_LIMIT[question.kind]
    if len(answer) > most:
        raise ValidationError(say(TOO_LONG, lang, over=len(answer) - most, most=most))


def _check_choice(question: Question, answer: str | list[str], lang: Lang) -> None:
    chosen = answer if isinstance(answer, list) else [answer]
    if set(chosen) - {choice.slug for choice in question.choices}:
        raise ValidationError(say(CHOOSE, lang))


def _check_scale(question: Question, answer: int, lang: Lang) -> None:
    if not 1 <= answer <= (question.steps or 0):
        raise ValidationError(say(SCALE, lang, steps=question.steps))


def _check_address(_question: Question, answer: str, lang: Lang) -> None:
    try:
        normalised(answer)
    except BadAddress as refusal:
        raise ValidationError(say(refusal.sentence, lang)) from refusal


CHECKS: Mapping[str, Callable[[Question, Any, Lang], None]] = {
    "short-text": _check_text,
    "long-text": _check_text,
    "choice": _check_choice,
    "multiple-choice": _check_choice,
    "scale": _check_scale,
    "email": _check_address,
}


NOTE_LENGTH = 1000


class NoteForm(Form):
    """What the decider adds in their own words."""

    note = TextAreaField(
        filters=[prose], validators=[Length(max=NOTE_LENGTH, message=N_("Please say it in at most 1,000 characters."))]
    )


class DeclineForm(NoteForm):
    """A reason of the charter, and perhaps a note."""

    reason = StringField(validators=[InputRequired(N_("Please choose one of the charter's reasons."))])

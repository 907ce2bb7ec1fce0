"""The form of a questionnaire in the reader's language, and what the desk types about an application."""

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
from wtforms.validators import InputRequired, Length, Regexp

from portal.applications.answering import clean, fault
from portal.applications.model import Answers
from portal.applications.questionnaire import sections, visible
from portal.charter.questions import Question, Questionnaire, Section
from portal.errors import N_
from portal.language import Lang
from portal.typed import line, prose


class JoinForm:
    """A questionnaire as WTForms fields, named by the slugs of their questions.

    No field is required for the browser when its question is conditional: readers without scripts would be stuck. A
    question that the other answers hide is neither validated nor kept. `filed` are the answers to file questions, which
    come another way, and `refused` the sentences about files that weren't taken.
    """

    def __init__(
        self,
        questionnaire: Questionnaire,
        lang: Lang,
        formdata: Any = None,
        *,
        address_known: bool = False,
        filed: Mapping[str, str] | None = None,
        refused: Mapping[str, str] | None = None,
        files: bool = True,
    ) -> None:
        self.questionnaire = questionnaire
        left_out = {"email"} if address_known else set()
        left_out |= set() if files else {"file"}
        self.asked = [question for question in questionnaire.form if question.kind not in left_out]
        self.filed = filed or {}
        self._refused = refused or {}
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
    def sections(self) -> list[tuple[Section | None, list[Question]]]:
        """What is asked, section by section."""
        return list(sections(self.questionnaire, self.asked))

    @property
    def answers(self) -> Answers:
        """What was typed, by slug, cleaned; unanswered questions are left out."""
        typed = {question.slug: self._answer(question) for question in self.asked}
        return {slug: answer for slug, answer in typed.items() if answer not in (None, "", []) and answer is not False}

    @property
    def faults(self) -> Mapping[str, list[str]]:
        """Sentences about what was typed, by slug, in the order of the questions."""
        return {q.slug: list(self._form[q.slug].errors) for q in self.asked if self._form[q.slug].errors}

    @property
    def labels(self) -> Mapping[str, str]:
        """What each question asks, by slug."""
        return {question.slug: question.ask[self._lang] for question in self.asked}

    @property
    def answered(self) -> tuple[int, int]:
        """How many of the questions that are shown are answered, and how many are shown."""
        shown = {question.slug for question in visible(self.questionnaire, self.answers)}
        asked = [question.slug for question in self.asked if question.slug in shown]
        return sum(slug in self.answers for slug in asked), len(asked)

    def validate(self) -> bool:
        """Whether every visible question is answered as it asks; `faults` says what is wrong."""
        answers = self.answers
        shown = {question.slug for question in visible(self.questionnaire, answers)}
        for question in self.asked:
            field = self._form[question.slug]
            wrong = self._fault(question, answers.get(question.slug)) if question.slug in shown else None
            field.errors = [wrong] if wrong else []
        return not self.faults

    def require(self, slug: str) -> bool:
        """Whether this one question is answered as it asks."""
        question = next(question for question in self.asked if question.slug == slug)
        wrong = self._fault(question, self.answers.get(slug))
        self._form[slug].errors = [wrong] if wrong else []
        return wrong is None

    def _answer(self, question: Question) -> Any:
        if question.kind == "file":
            return self.filed.get(question.slug)
        field = self._form[question.slug]
        return clean(question, field.data)

    def _fault(self, question: Question, answer: Any) -> str | None:
        return self._refused.get(question.slug) or fault(question, answer, self._lang)


def _field(question: Question) -> Any:
    choices: Any = [choice.slug for choice in question.choices]  # plain strings, which the type stubs do not know
    flags = {"required": question.required and not question.show_if}
    made: dict[str, Callable[[], Any]] = {
        "long-text": lambda: TextAreaField(render_kw=flags),
        "email": lambda: EmailField(render_kw=flags),
        "choice": lambda: RadioField(choices=choices, validate_choice=False),
        "multiple-choice": lambda: SelectMultipleField(choices=choices, validate_choice=False),
        "scale": IntegerField,
        "consent": lambda: BooleanField(render_kw=flags),
    }
    return made.get(question.kind, lambda: StringField(render_kw=flags))()


def typed(given: Answers) -> list[tuple[str, str]]:
    """Answers as the fields of a form, to be filled in again."""
    pairs: list[tuple[str, str]] = []
    for slug, value in given.items():
        several = value if isinstance(value, list) else ["yes" if value is True else str(value)]
        pairs += [(slug, one) for one in several]
    return pairs


NOTE_LENGTH = 1000


class NoteForm(Form):
    """What somebody at the desk adds in their own words, and perhaps one of the charter's replies."""

    note = TextAreaField(
        filters=[prose], validators=[Length(max=NOTE_LENGTH, message=N_("Please say it in at most 1,000 characters."))]
    )
    reply = StringField(filters=[line])
    edits = StringField()

    @property
    def seen(self) -> int | None:
        """The count of changes of the answers that the page has shown."""
        typed = str(self.edits.data or "")
        return int(typed) if typed.isdecimal() and len(typed) < 6 else None  # noqa: PLR2004


class DeclineForm(NoteForm):
    """A reason of the charter, and perhaps a note."""

    reason = StringField(validators=[InputRequired(N_("Please choose one of the charter's reasons."))])


class VoteForm(NoteForm):
    """A judgement of one's own."""

    says = StringField(
        validators=[
            InputRequired(N_("Please say yes, no or unsure.")),
            Regexp("^(yes|no|unsure)$", message=N_("Please say yes, no or unsure.")),
        ]
    )
    sponsor = BooleanField()


class WordForm(Form):
    """What an applicant writes to the desk."""

    text = TextAreaField(
        filters=[prose],
        validators=[
            InputRequired(N_("Please write something.")),
            Length(max=2000, message=N_("Please say it in at most 2,000 characters.")),
        ],
    )

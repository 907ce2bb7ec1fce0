"""The shape of a questionnaire: sections, questions of every kind, conditions, a quiz."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, field

from portal.charter.fields import Days, Minutes, Name, Slug, Strict, amount
from portal.filetypes import FileType
from portal.language import Text

Kind = Literal[
    "short-text",
    "long-text",
    "choice",
    "multiple-choice",
    "number",
    "scale",
    "date",
    "email",
    "url",
    "consent",
    "file",
]
CHOOSING = ("choice", "multiple-choice")
#: The most characters of each kind of text.
TEXT_LIMIT = {"short-text": 200, "long-text": 4000, "url": 500}


class Choice(Strict, frozen=True, kw_only=True):
    """One answer to choose: what it weighs, the reason for which it refuses by itself, whether a quiz takes it."""

    slug: Name
    text: Text
    weight: Annotated[int, Meta(ge=-100, le=100)] = 0
    refuse: Slug | None = None
    correct: bool = False


class Question(Strict, frozen=True, kw_only=True):
    """One question. `show_if` maps other questions to the answers that show this one; all must hold.

    `max_length` bounds texts; `choices` belong to the choosing kinds; `low`, `high` name the ends of a scale from 1 to
    `steps`, whose answer times `weight_per_step` is its weight; `least`, `most` bound a number, `first`, `last` a date;
    `accepts` and `max_kilobytes` a file. A `rubric` says what reviewers' `marks` (0 to that many) of a text mean.
    """

    slug: Name
    kind: Kind
    ask: Text
    help: Text | None = None
    section: Slug | None = None
    required: bool = True
    show_if: dict[Name, list[Name]] = field(default_factory=dict)
    max_length: Annotated[int, Meta(ge=1, le=4000)] | None = None
    choices: list[Choice] = field(default_factory=list)
    steps: Annotated[int, Meta(ge=2, le=10)] | None = None
    low: Text | None = None
    high: Text | None = None
    weight_per_step: Annotated[int, Meta(ge=0, le=20)] = 0
    least: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)] | None = None
    most: Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)] | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    accepts: list[FileType] = field(default_factory=list)
    max_kilobytes: Annotated[int, Meta(ge=1, le=4096)] | None = None
    rubric: Text | None = None
    marks: Annotated[int, Meta(ge=1, le=20)] | None = None

    @property
    def fits(self) -> int:
        """The most characters of a text."""
        return self.max_length or TEXT_LIMIT[self.kind]


class Quiz(Strict, frozen=True, kw_only=True):
    """A section's questions are drawn at random and answered against the server's clock.

    Of all its questions `draw` are drawn for an attempt of at most `minutes`; `need` right answers pass. There are at
    most `attempts` within any `cool_off`.
    """

    draw: Annotated[int, Meta(ge=1, le=50)]
    need: Annotated[int, Meta(ge=1, le=50)]
    attempts: Annotated[int, Meta(ge=1, le=20)]
    minutes: Minutes
    cool_off: Days

    @property
    def allowed(self) -> dt.timedelta:
        """How long an attempt may take."""
        return dt.timedelta(minutes=amount(self.minutes))

    @property
    def pause(self) -> dt.timedelta:
        """The span within which attempts are counted."""
        return dt.timedelta(days=amount(self.cool_off))


class Section(Strict, frozen=True, kw_only=True):
    """Questions that belong together, under one heading."""

    slug: Slug
    title: Text
    about: Text | None = None
    quiz: Quiz | None = None


class Questionnaire(Strict, frozen=True, kw_only=True):
    """questionnaires/*.toml: what is asked, in order. Answers pin `version`.

    `use`: "join" stands at the door, "survey" is for members (of the `tiers`, if any are named). A total of `pass` or
    more is ready, one under `floor` is declined for `floor_reason`; a choice's `refuse` overrides the total.
    """

    version: Annotated[int, Meta(ge=1)]
    use: Literal["join", "survey"] = "join"
    tiers: list[Slug] = field(default_factory=list)
    title: Text
    intro: Text
    minutes: Annotated[int, Meta(ge=1, le=60)]
    name_from: Name | None = None
    enough: Annotated[int, Meta(ge=-1000, le=1000)] | None = field(name="pass", default=None)
    floor: Annotated[int, Meta(ge=-1000, le=1000)] | None = None
    floor_reason: Slug | None = None
    section: list[Section] = field(default_factory=list)
    question: Annotated[list[Question], Meta(min_length=1, max_length=120)]

    def __getitem__(self, slug: str) -> Question:
        for question in self.question:
            if question.slug == slug:
                return question
        raise KeyError(slug)

    @property
    def quiz(self) -> Section | None:
        """The section that is a quiz, if there is one."""
        return next((section for section in self.section if section.quiz), None)

    @property
    def form(self) -> list[Question]:
        """What the form asks: everything but the quiz."""
        quiz = self.quiz
        return [question for question in self.question if not (quiz and question.section == quiz.slug)]

    @property
    def pool(self) -> list[Question]:
        """What the quiz draws from."""
        quiz = self.quiz
        return [question for question in self.question if quiz and question.section == quiz.slug]

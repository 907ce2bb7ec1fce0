"""From the cells of a row to what a form would have sent: answers, the address, when it was sent, in which language."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

import msgspec

from portal.accounts.model import BadAddress, normalised
from portal.applications.answering import SCALE, clean, fault, whole
from portal.applications.model import Answers
from portal.applications.questionnaire import kept, visible
from portal.applications.sheets import Faulty, Finding, Row, Sheet
from portal.charter.questions import Question, Questionnaire
from portal.charter.schema import Community
from portal.language import LANGUAGES, Lang, known, say
from portal.typed import line

#: Columns beside those of the questions; a question of that name comes first.
SUBMITTED, LANG = "submitted", "lang"
YES = frozenset({"yes", "true", "1", "agreed", "是", "同意"})
NO = frozenset({"", "no", "false", "0", "否", "不同意"})
#: What is older is a slip of the pen.
EARLIEST = dt.date(2000, 1, 1)
#: The most characters of a row, all answers together: so much fits into one application.
FITS = 60_000
#: So much of a cell is told.
LONGEST = 40
_BETWEEN = re.compile("[;；|]")
Answer = str | list[str] | int | bool | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A row that says what a form would say. `day`: the date it gives for itself; `dropped`: answers to hidden ones."""

    line: int
    address: str
    lang: Lang
    answers: Answers
    submitted: dt.datetime
    day: dt.date | None
    dropped: list[str]


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is read by: the present, the community's calendar, and the language where it names none."""

    now: dt.datetime
    community: Community
    lang: Lang


class _BadCell(ValueError):
    pass


def email(asked: Questionnaire) -> str:
    """The slug of the question for the address."""
    return next(question.slug for question in asked.form if question.kind == "email")


def columns(asked: Questionnaire) -> list[str]:
    """Every column that an import of this form may have."""
    slugs = [question.slug for question in asked.form if question.kind != "file"]
    return [*slugs, *(name for name in (SUBMITTED, LANG) if name not in slugs)]


def header_faults(asked: Questionnaire, sheet: Sheet) -> list[Finding]:
    """What is wrong with the columns: unknown, nameless, twice, missing; or a form that nobody can be imported for."""
    return [Finding(sheet.header, field, says) for field, says in _header(asked, sheet.columns)]


def address(asked: Questionnaire, cells: Mapping[str, str]) -> str:
    """The row's address as it is compared; empty for one that is none."""
    try:
        return normalised(cells.get(email(asked), ""))
    except BadAddress:
        return ""


def by_column(sheet: Sheet, row: Row) -> dict[str, str]:
    """A row's cells by their columns; a short row ends in empty ones. Raises Faulty for one longer than the header."""
    if len(row.cells) > len(sheet.columns):
        sentence = f"the row has {len(row.cells)} cells under {len(sheet.columns)} columns; is a text not in quotes?"
        raise Faulty(Finding(row.line, "", sentence))
    return dict(zip(sheet.columns, row.cells, strict=False))


def entry(asked: Questionnaire, row: int, cells: Mapping[str, str], by: Defaults) -> Entry:
    """What a row says, by the rules of the form; answers to questions that the others hide are dropped.

    Raises Faulty with everything that is wrong, in the order of the questions.
    """
    answers, faults = _answers(asked, cells)
    if sum(len(str(answer)) for answer in answers.values()) > FITS:
        faults[""] = f"all answers together are longer than {FITS:,} characters"
    submitted, day, lang = by.now, None, by.lang
    try:
        submitted, day = _submitted(_own(asked, SUBMITTED, cells), by)
    except _BadCell as bad:
        faults[SUBMITTED] = str(bad)
    try:
        lang = _lang(_own(asked, LANG, cells)) or by.lang
    except _BadCell as bad:
        faults[LANG] = str(bad)
    if faults:
        raise Faulty(*(Finding(row, field, says) for field, says in faults.items()))
    counted = kept(asked, answers)
    return Entry(
        line=row, address=address(asked, cells), lang=lang, answers=counted, submitted=submitted, day=day,
        dropped=[slug for slug in answers if slug not in counted],
    )  # fmt: skip


def _header(asked: Questionnaire, names: list[str]) -> Iterator[tuple[str, str]]:
    files = {question.slug for question in asked.form if question.kind == "file"}
    for place, name in enumerate(names, 1):
        if not name:
            yield f"column {place}", "has no name"
        elif name in files:
            yield name, "files can't be imported; leave this column out"
        elif name not in columns(asked):
            yield name, f"the form has no such column; it has {', '.join(columns(asked))}"
    yield from ((name, "the column stands twice") for name in dict.fromkeys(names) if name and names.count(name) > 1)
    for question in asked.form:
        if question.required and not question.show_if:
            if question.slug in files:
                yield question.slug, "the form asks everybody for a file, and files can't be imported"
            elif question.slug not in names:
                yield question.slug, "the column is missing; everybody must answer it"


def _answers(asked: Questionnaire, cells: Mapping[str, str]) -> tuple[Answers, dict[str, str]]:
    """What the cells say, and by slug what is wrong with the answers to questions that are shown."""
    typed: Answers = {}
    bad: dict[str, str] = {}
    for question in asked.form:
        try:
            answer = _answer(question, cells.get(question.slug, ""))
        except _BadCell as told:
            bad[question.slug] = str(told)
        else:
            if answer not in (None, "", []):
                typed[question.slug] = answer
    wrong = {
        question.slug: bad.get(question.slug) or _fault(question, typed.get(question.slug))
        for question in visible(asked, typed)
    }
    return typed, {slug: says for slug, says in wrong.items() if says}


def _fault(question: Question, answer: Answer) -> str | None:
    if question.kind == "file":
        return "a file is asked for here, and files can't be imported" if question.required else None
    return fault(question, answer, "en")


def _answer(question: Question, cell: str) -> Answer:
    readings: Mapping[str, Callable[[Question, str], Answer]] = {
        "choice": _choice,
        "multiple-choice": _choices,
        "scale": _scale,
        "consent": _consent,
        "email": _email,
    }
    if not cell.strip():
        return None
    if reading := readings.get(question.kind):
        return reading(question, cell)
    answer: Answer = clean(question, cell)
    return answer


def _choice(question: Question, cell: str) -> str:
    """The slug that is meant: by the slug itself, or by its text in either language, whatever its case."""
    typed = _folded(cell)
    slugs = [choice.slug for choice in question.choices]
    by_text = [one.slug for one in question.choices if typed in {_folded(one.text[lang]) for lang in LANGUAGES}]
    meant = [slug for slug in slugs if slug == typed] or by_text
    if len(meant) != 1:
        raise _BadCell(f"{_quoted(cell)} is none of the answers: {', '.join(slugs)}")
    return meant[0]


def _choices(question: Question, cell: str) -> list[str]:
    """Several, apart by ; ； or |. A single one whose text has such a sign in it is that one."""
    try:
        return [_choice(question, cell)]
    except _BadCell:
        chosen = [_choice(question, part) for part in _BETWEEN.split(cell) if part.strip()]
        ordered: list[str] = clean(question, chosen)
        return ordered


def _scale(question: Question, cell: str) -> int:
    step = whole(line(cell))
    if not isinstance(step, int):
        raise _BadCell(say(SCALE, "en", steps=question.steps))
    return step


def _consent(_question: Question, cell: str) -> bool | None:
    typed = _folded(cell)
    if typed not in YES | NO:
        raise _BadCell(f"{_quoted(cell)} is neither yes nor no")
    return True if typed in YES else None


def _email(_question: Question, cell: str) -> str:
    try:
        return normalised(cell)
    except BadAddress as refusal:
        raise _BadCell(str(refusal)) from refusal


def _submitted(cell: str, by: Defaults) -> tuple[dt.datetime, dt.date | None]:
    """The instant and the community's date; a date is its first instant. Nothing is the present, and no date."""
    if not (text := cell.strip()):
        return by.now, None
    try:
        given = dt.datetime.fromisoformat(text)  # of a date, its midnight
    except ValueError as error:
        sentence = f"{_quoted(text)} is no date such as 2027-02-15, no instant such as 2027-02-15T09:30Z"
        raise _BadCell(sentence) from error
    if given.date() < EARLIEST:
        raise _BadCell(f"{given.date()} is before {EARLIEST.year}")
    aware = given if given.tzinfo else by.community.instant(given)
    if aware > by.now:
        raise _BadCell(f"{text} is in the future")
    return aware.astimezone(dt.UTC), by.community.today(aware)


def _lang(cell: str) -> Lang | None:
    named = cell.strip().lower().partition("-")[0]
    if named and known(named) is None:
        raise _BadCell(f"{_quoted(cell)} is none of the languages: {', '.join(LANGUAGES)}")
    return known(named)


def _own(asked: Questionnaire, column: str, cells: Mapping[str, str]) -> str:
    """A cell of a column beside the questions; nothing, where a question has taken its name."""
    return "" if column in {question.slug for question in asked.form} else cells.get(column, "")


def _quoted(cell: str) -> str:
    """A cell in one short line, without what could steer a terminal."""
    text = line(cell)
    return f"“{text[:LONGEST]}…”" if len(text) > LONGEST else f"“{text}”"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

"""What was typed, cleaned; and whether it is an answer that its question takes, in a sentence where it isn't."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from wtforms.validators import ValidationError

from portal.accounts.model import BadAddress, normalised
from portal.charter.questions import CHOOSING, Question
from portal.errors import N_
from portal.language import Lang, say
from portal.typed import line, prose

TEXTS = ("short-text", "long-text", "email", "url", "date", "number")
MISSING = N_("Please answer this question.")
CHOOSE = N_("Please choose one of the answers.")
AGREE = N_("Without agreeing to the rules nobody can join.")
TOO_LONG = N_("This is {over} characters too long; {most} fit.")
SCALE = N_("Please choose a step from 1 to {steps}.")
NUMBER = N_("Please type a whole number, such as 12.")
AT_LEAST = N_("Please give at least {least}.")
AT_MOST = N_("Please give at most {most}.")
DATE = N_("Please give a date as year, month and day: 2027-03-15.")
NOT_BEFORE = N_("Please give {first} or later.")
NOT_AFTER = N_("Please give {last} or earlier.")
ADDRESS = N_("Please give a whole address that begins with https:// or http://.")


def clean(question: Question, typed: Any) -> Any:
    """Text without control characters and outer blanks; numbers as numbers where they are; choices once each."""
    if isinstance(typed, str) and question.kind in TEXTS:
        text = prose(typed) if question.kind == "long-text" else line(typed)
        return whole(text) if question.kind == "number" else text
    if isinstance(typed, list) and question.kind in CHOOSING:
        known = [choice.slug for choice in question.choices]
        return [
            *(slug for slug in known if slug in typed),
            *(slug for slug in dict.fromkeys(typed) if slug not in known),
        ]
    return typed


def whole(text: str) -> int | str:
    """A whole number, of full width too; what is none stays as it was typed, to be told."""
    sign, digits = text[:1] in ("-", "−"), text.lstrip("+-−")
    number = digits.isdecimal() and len(digits) <= 12  # noqa: PLR2004 - no question asks for more
    return (-int(digits) if sign else int(digits)) if number else text


def fault(question: Question, answer: Any, lang: Lang) -> str | None:
    """What is wrong with an answer, or with its absence (None), of a question that is shown; None if nothing is."""
    if answer is None:
        if not question.required:
            return None
        return say(AGREE if question.kind == "consent" else MISSING, lang)
    try:
        check(question, answer, lang)
    except ValidationError as refusal:
        return str(refusal)
    return None


def check(question: Question, answer: Any, lang: Lang) -> None:
    """Raises ValidationError with what is wrong about an answer."""
    if checks := CHECKS.get(question.kind):
        checks(question, answer, lang)


def _text(question: Question, answer: str, lang: Lang) -> None:
    if len(answer) > question.fits:
        raise ValidationError(say(TOO_LONG, lang, over=len(answer) - question.fits, most=question.fits))


def _choice(question: Question, answer: str | list[str], lang: Lang) -> None:
    chosen = answer if isinstance(answer, list) else [answer]
    if set(chosen) - {choice.slug for choice in question.choices}:
        raise ValidationError(say(CHOOSE, lang))


def _scale(question: Question, answer: int, lang: Lang) -> None:
    if not 1 <= answer <= (question.steps or 0):
        raise ValidationError(say(SCALE, lang, steps=question.steps))


def _number(question: Question, answer: int | str, lang: Lang) -> None:
    if isinstance(answer, str):
        raise ValidationError(say(NUMBER, lang))
    if question.least is not None and answer < question.least:
        raise ValidationError(say(AT_LEAST, lang, least=question.least))
    if question.most is not None and answer > question.most:
        raise ValidationError(say(AT_MOST, lang, most=question.most))


def _date(question: Question, answer: str, lang: Lang) -> None:
    try:
        given = dt.date.fromisoformat(answer)
    except ValueError as error:
        raise ValidationError(say(DATE, lang)) from error
    if question.first and given < question.first:
        raise ValidationError(say(NOT_BEFORE, lang, first=question.first))
    if question.last and given > question.last:
        raise ValidationError(say(NOT_AFTER, lang, last=question.last))


def _url(question: Question, answer: str, lang: Lang) -> None:
    _text(question, answer, lang)
    try:
        parts = urlsplit(answer)
        sound = parts.scheme in ("http", "https") and "." in (parts.hostname or "")
    except ValueError:
        sound = False
    if not sound or any(character.isspace() for character in answer):
        raise ValidationError(say(ADDRESS, lang))


def _address(_question: Question, answer: str, lang: Lang) -> None:
    try:
        normalised(answer)
    except BadAddress as refusal:
        raise ValidationError(say(refusal.sentence, lang)) from refusal


CHECKS: Mapping[str, Callable[[Question, Any, Lang], None]] = {
    "short-text": _text,
    "long-text": _text,
    "choice": _choice,
    "multiple-choice": _choice,
    "scale": _scale,
    "number": _number,
    "date": _date,
    "url": _url,
    "email": _address,
}

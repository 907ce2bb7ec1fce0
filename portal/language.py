"""The reader's language: which one, and every sentence in it."""

from __future__ import annotations

import datetime as dt
import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

from portal.errors import N_, PortalError

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
DEFAULT: Lang = "en"
HTML_LANG: Mapping[Lang, str] = {"en": "en", "zh": "zh-Hans"}

_LOCALES = Path(__file__).parent / "locales"


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence of the community's own, in each language of the site."""

    en: str
    zh: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


class Term(str):
    """A fact that is itself a sentence of the catalogue, to be told in the reader's language."""

    __slots__ = ()


@cache
def catalogue(lang: Lang) -> gettext.NullTranslations:
    """The compiled catalogue of a language; English sentences are their own."""
    if lang == DEFAULT:
        return gettext.NullTranslations()
    return gettext.translation("portal", _LOCALES, languages=[lang])


def known(value: str | None) -> Lang | None:
    """The language that a query, cookie or form names, if it is one of ours."""
    for lang in LANGUAGES:
        if value == lang:
            return lang
    return None


def negotiate(accept: str) -> Lang:
    """The first language of ours in an Accept-Language header, by its order; English if none."""
    for part in accept.split(","):
        if lang := known(part.split(";")[0].strip().lower().split("-")[0]):
            return lang
    return DEFAULT


def say(sentence: str | Text, lang: Lang, /, **facts: Any) -> str:
    """A sentence in a language, filled with its facts; bilingual facts and dates are told in that language too."""
    told = sentence[lang] if isinstance(sentence, Text) else catalogue(lang).gettext(sentence) if sentence else ""
    return told.format(**{name: tell(fact, lang) for name, fact in facts.items()}) if facts else told


def tell(fact: Any, lang: Lang) -> Any:
    """A fact as a reader of `lang` expects it: texts and refusals in words, dates written out."""
    if isinstance(fact, Text):
        return fact[lang]
    if isinstance(fact, Term):
        return catalogue(lang).gettext(fact)
    if isinstance(fact, PortalError):
        return say(fact.sentence, lang, **fact.facts)
    if isinstance(fact, dt.date):
        return day(fact, lang)
    return fact


_COUNTS: dict[Lang, tuple[str, ...]] = {
    "en": (
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    ),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"),
}  # fmt: skip


def count(number: int, lang: Lang) -> str:
    """A number at the head of a heading: in words up to twelve, in figures beyond."""
    words = _COUNTS[lang]
    return words[number] if number < len(words) else str(number)


_MONTHS = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip


def day(date: dt.date, lang: Lang) -> str:
    """A date written out: 21 November 2026, 2026年11月21日. Of an instant, its date as given."""
    if lang == "zh":
        return f"{date.year}年{date.month}月{date.day}日"
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def month(date: dt.date, lang: Lang) -> str:
    """The month of a date: November 2026, 2026年11月."""
    return f"{date.year}年{date.month}月" if lang == "zh" else f"{_MONTHS[date.month - 1]} {date.year}"

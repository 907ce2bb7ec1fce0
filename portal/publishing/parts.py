"""The charter in prose: Jinja templates in `site/parts` (for marked places) and `site/pages` (whole pages).

One template a language, because Chinese is written, not translated; the numbers in both come from one charter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from portal.charter.schema import Charter, Tier, amount
from portal.language import Lang, day
from portal.publishing.model import PublishingError

#: Questions that ask for something else than an answer; the door counts the others.
_FORMALITIES = ("email", "consent")
_EN = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ZH = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_YEAR = 366


def questions(charter: Charter) -> int:
    """How many questions stand at the door, address and consent apart."""
    return sum(question.kind not in _FORMALITIES for question in charter.join.question)


def days_to(charter: Charter, tier: Tier) -> int | None:
    """On which day in a row a member who only stamps reaches a tier; None if a year isn't enough."""
    policy = charter.points
    earned = policy.welcome.points if policy.welcome.qualifies else 0
    for streak in range(1, _YEAR):
        earned += policy.check_in.reward(streak) if policy.check_in.qualifies else 0
        if earned >= tier.enter:
            return streak
    return None


def last_day(charter: Charter, earned: dt.date) -> dt.date:
    """The last day of a point that became available on a date."""
    month = earned.year * 12 + earned.month + amount(charter.points.lapse)
    return dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def words(number: int, lang: Lang) -> str:
    """A small number as a word, a larger one in figures."""
    names = _ZH if lang == "zh" else _EN
    return names[number] if number < len(names) else str(number)


class Parts:
    """Renders the templates of one language with one charter."""

    def __init__(self, site: Path, lang: Lang, charter: Charter) -> None:
        self._folders = {kind: site / kind / lang for kind in ("parts", "pages")}
        self._lang = lang
        self._facts: dict[str, Any] = {
            "charter": charter,
            "questions": questions(charter),
            "days_to": lambda tier: days_to(charter, tier),
            "last_day": lambda *date: day(last_day(charter, dt.date(*date)), lang),
            "date": lambda *date: day(dt.date(*date), lang),
        }

    def names(self) -> list[str]:
        """The parts that a page may ask for."""
        return sorted(path.stem for path in self._folders["parts"].glob("*.md"))

    def part(self, name: str) -> list[str]:
        """The lines of a part."""
        return self._render("parts", f"{name}.md")

    def pages(self) -> dict[str, list[str]]:
        """Whole pages, by path."""
        folder = self._folders["pages"]
        paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
        return {path: self._render("pages", path) for path in paths}

    def _render(self, kind: str, path: str) -> list[str]:
        folder = self._folders[kind]
        try:
            return self._environment(folder).get_template(path).render(self._facts).splitlines()
        except TemplateError as error:
            line = f":{error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            raise PublishingError(f"site/{kind}/{self._lang}/{path}{line}: {error}") from error

    def _environment(self, folder: Path) -> Environment:
        environment = Environment(  # noqa: S701 - it writes Markdown; `t` escapes what the charter says
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            comment_start_string="<#",  # {#place} names a place on a page
            comment_end_string="#>",
        )
        filters: dict[str, Callable[..., str]] = {
            "t": lambda text: escape(text[self._lang]),
            "words": lambda number: words(number, self._lang),
            "number": lambda duration: str(amount(duration)),
        }
        environment.filters |= filters
        return environment


def escape(text: str) -> str:
    """A sentence of the charter as Markdown that shows it as it was written."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)

"""The charter in prose: Jinja templates in `site/parts` (for marked places) and `site/pages` (whole pages).

One template a language, because Chinese is written, not translated; the numbers in both come from one charter.
A hand-written line takes a few words from it too: `{=questions}` is "six questions", `{=Questions}` begins a sentence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError

from portal.applications.door import Glance
from portal.charter.fields import amount
from portal.charter.schema import Charter, Tier
from portal.charters.changes import Version
from portal.language import Lang, day
from portal.proofs.books import Books
from portal.publishing import telling
from portal.publishing.front import Front
from portal.publishing.model import Page, PublishingError
from portal.publishing.shelving import Shelves
from portal.rewards.showcase import Catalogue

_YEAR = 366
_CATEGORY, _AWAITING = "news/category.md", "awaiting.md"
NO_SHELVES = Shelves()
_PHRASE = re.compile(r"\{=([A-Za-z]*)\}")


def days_to(charter: Charter, tier: Tier) -> int | None:
    """On which day in a row a member who only stamps reaches a tier; None if a year isn't enough."""
    policy = charter.points
    earned = policy.welcome.points if policy.welcome.qualifies else 0
    for streak in range(1, _YEAR):
        earned += policy.check_in.reward(streak) + policy.check_in.bonus(streak) if policy.check_in.qualifies else 0
        if earned >= tier.enter:
            return streak
    return None


def last_day(charter: Charter, earned: dt.date) -> dt.date:
    """The last day of a point that became available on a date."""
    month = earned.year * 12 + earned.month + amount(charter.points.lapse)
    return dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


class Parts:
    """Renders the templates of one language with one charter, and with what the portal has told last, if anything."""

    def __init__(
        self,
        site: Path,
        lang: Lang,
        charter: Charter,
        door: Glance | None = None,
        ledger: Books | None = None,
        rewards: Catalogue | None = None,
        versions: Sequence[Version] = (),
    ) -> None:
        self._folders = {kind: site / kind / lang for kind in ("parts", "pages")}
        self._lang = lang
        self._phrases = phrases(charter, lang)
        self._facts: dict[str, Any] = {
            **telling.facts(charter, lang),
            "charter": charter,
            "door": door,
            "ledger": ledger,
            "rewards": rewards,
            "versions": versions,
            "minute": lambda instant: minute(charter, instant, lang),
            "days_to": lambda tier: days_to(charter, tier),
            "last_day": lambda *date: day(last_day(charter, dt.date(*date)), lang),
            "holidays": [day(date, lang) for date in sorted(charter.points.check_in.holidays)],
            "date": lambda *date: day(dt.date(*date), lang),
        }

    def filled(self, line: str) -> str:
        """A hand-written line with the charter's words in it; raises KeyError with a name that there is none for."""
        return _PHRASE.sub(lambda found: self._phrases[found[1]], line)

    def names(self) -> list[str]:
        """The parts that a page may ask for."""
        return sorted(path.stem for path in self._folders["parts"].glob("*.md") if path.name != _AWAITING)

    def part(self, name: str) -> list[str]:
        """The lines of a part."""
        return self._render("parts", f"{name}.md")

    def pages(self, shelves: Shelves = NO_SHELVES) -> dict[str, list[str]]:
        """Whole pages, by path: one for each template of `site/pages`, and one for each category of the news."""
        folder = self._folders["pages"]
        paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
        made = {path: self._render("pages", path, shelves=shelves) for path in paths if path != _CATEGORY}
        if _CATEGORY in paths:
            for shelf in shelves.categories:
                made[f"news/{shelf.slug}/index.md"] = self._render("pages", _CATEGORY, shelves=shelves, shelf=shelf)
        return made

    def awaiting(self, said: Front, page: Page) -> list[str]:
        """What stands in the place of a page that is awaiting translation into this language."""
        return self._render("parts", _AWAITING, said=said, page=page)

    def _render(self, kind: str, path: str, **more: Any) -> list[str]:
        folder = self._folders[kind]
        try:
            return self._environment(folder).get_template(path).render(self._facts | more).splitlines()
        except TemplateError as error:
            line = f":{error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
            raise PublishingError(f"site/{kind}/{self._lang}/{path}{line}: {error}") from error

    def _environment(self, folder: Path) -> Environment:
        environment = Environment(  # noqa: S701 - it writes Markdown; `t` escapes what the charter says
            loader=FileSystemLoader([folder, self._folders["parts"]]),  # a page may include a part
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            comment_start_string="<#",  # {#place} names a place on a page
            comment_end_string="#>",
        )
        environment.filters |= self._filters()
        return environment

    def _filters(self) -> dict[str, Callable[..., str]]:
        lang = self._lang
        return {
            "t": lambda text: escape(text[lang]),
            "words": lambda number: telling.words(number, lang),
            "number": lambda duration: str(amount(duration)),
            "span": lambda duration: telling.span(duration, lang),
            "hours": lambda number: telling.hours(number, lang),
            "day": lambda date: day(date, lang),
            "many": lambda number, one, more: f"{telling.words(number, lang)} {one if number == 1 else more}",
            "listed": lambda texts, last="and": telling.listed(texts, lang, last),
            "signed": telling.signed,
            "able": lambda role: telling.listed((telling.RIGHTS[right][lang] for right in role.rights), lang),
            "escape": escape,
            "cell": lambda text: escape(" ".join(str(text).split())),
        }


def minute(charter: Charter, instant: dt.datetime, lang: Lang) -> str:
    """An instant as date and time of the community's zone."""
    local = charter.community.local(instant)
    return f"{day(local.date(), lang)} {local:%H:%M}"


def phrases(charter: Charter, lang: Lang) -> dict[str, str]:
    """The words that a hand-written line may take from the charter, by name; capitalised names begin a sentence."""
    number = telling.questions(charter)
    ask = f"{telling.words(number, lang)}个问题" if lang == "zh" else f"{telling.words(number, lang)} question"
    said = {
        "questions": ask + ("s" if lang == "en" and number != 1 else ""),
        "minutes": telling.span(f"{charter.join.minutes} minutes", lang),
        "days": telling.span(charter.admission.decide_within, lang),
    }
    return said | {name.capitalize(): text[:1].upper() + text[1:] for name, text in said.items()}


def escape(text: str) -> str:
    """A sentence of the charter as Markdown that shows it as it was written."""
    named = text.replace("&", "&amp;").replace("<", "&lt;")  # Markdown knows no backslash before these
    return re.sub(r"([\\`*_\[\]>#|])", r"\\\1", named)

"""Charters of the tests' own: the shipped one with policies changed, and a form with every kind of question."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from portal.charter.checks import faults
from portal.charter.loader import hashed, load
from portal.charter.schema import Charter
from portal.charter.zones import Moved
from portal.config import ROOT

SHIPPED = load(ROOT / "content" / "charter")


def chartered(join: dict[str, Any] | None = None, forms: dict[str, Any] | None = None, **policies: Any) -> Charter:
    """The shipped charter with these policies of admission, fields of the join form, and further forms; sound."""
    raw = msgspec.to_builtins(SHIPPED)
    raw["admission"] |= policies
    raw["questionnaires"]["join"] |= join or {}
    raw["questionnaires"] |= forms or {}
    made = hashed(msgspec.convert(raw, Charter))
    assert list(faults(made)) == []
    return made


def moved(zone: str, at: dt.datetime) -> Charter:
    """The shipped charter of a community whose clock was set to another zone at an instant."""
    community = SHIPPED.community
    history = [Moved(left=community.zone, at=at)]
    return hashed(
        msgspec.structs.replace(SHIPPED, community=msgspec.structs.replace(community, zone=zone, moved=history))
    )


def text(words: str) -> dict[str, str]:
    return {"en": words, "zh": words}


def choice(slug: str, **more: Any) -> dict[str, Any]:
    return {"slug": slug, "text": text(slug), **more}


def question(slug: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"slug": slug, "kind": kind, "ask": text(f"{slug}?"), **more}


#: Every kind of question, two levels of conditions, and one that waits for a later one.
EVERY_KIND = {
    "version": 1,
    "title": text("Everything"),
    "intro": text("All kinds."),
    "minutes": 5,
    "name_from": "name",
    "question": [
        question("name", "short-text", max_length=20),
        question("chess", "choice", choices=[choice("yes"), choice("no")], show_if={"games": ["board"]}),
        question("rating", "number", least=100, most=3000, show_if={"chess": ["yes"]}),
        question("games", "multiple-choice", choices=[choice("board", weight=2), choice("ball", weight=-1)]),
        question("since", "date", first="2000-01-01", last="2027-12-31", required=False),
        question("page", "url", required=False),
        question("hours", "scale", steps=5, low=text("few"), high=text("many"), weight_per_step=1),
        question("story", "long-text", rubric=text("0 none · 3 good"), marks=3, required=False),
        question("cv", "file", accepts=["pdf", "png"], max_kilobytes=64, required=False),
        question("email", "email"),
        question("rules", "consent"),
    ],
}

#: The same behind a quiz: two of six are drawn, both must be right, two tries a week.
QUIZ = {
    **EVERY_KIND,
    "section": [
        {"slug": "form", "title": text("You")},
        {"slug": "quiz", "title": text("Rules"), "quiz": {"draw": 2, "need": 2, "attempts": 2, "minutes": "5 minutes",
                                                          "cool_off": "7 days"}},
    ],
    "question": [
        *({**q, "section": "form"} for q in EVERY_KIND["question"]),  # type: ignore[attr-defined]
        *(question(f"q{n}", "choice", section="quiz", choices=[choice("right", correct=True), choice("wrong")])
          for n in range(6)),
    ],
}  # fmt: skip

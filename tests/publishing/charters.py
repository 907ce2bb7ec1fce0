"""Charters for the pages about the door: one with every policy on, one with none that can be left out."""

from __future__ import annotations

from typing import Any

import msgspec

from portal.charter.checks import faults
from portal.charter.loader import hashed, load
from portal.charter.schema import Charter
from portal.config import ROOT

SHIPPED = load(ROOT / "content" / "charter")


def text(words: str) -> dict[str, str]:
    return {"en": f"{words} en", "zh": f"{words} zh"}


def choice(slug: str, **more: Any) -> dict[str, Any]:
    return {"slug": slug, "text": text(f"answer {slug}"), **more}


def question(slug: str, kind: str, section: str = "form", **more: Any) -> dict[str, Any]:
    return {"slug": slug, "kind": kind, "section": section, "ask": text(f"ask {slug}"), **more}


def quizzed(number: int) -> dict[str, Any]:
    right, wrong = choice(f"right{number}", correct=True), choice(f"wrong{number}")
    return question(f"secret{number}", "choice", "quiz", choices=[right, wrong])


#: Every figure is one of its own, so that a page that shows it has it from its field.
JOIN: dict[str, Any] = {
    "version": 211,
    "title": text("title"),
    "intro": text("intro"),
    "minutes": 17,
    "name_from": "name",
    "pass": 103,
    "floor": 31,
    "floor_reason": "not-a-match-now",
    "section": [
        {"slug": "form", "title": text("section"), "about": text("about")},
        {
            "slug": "quiz",
            "title": text("quiz"),
            "quiz": {"draw": 15, "need": 13, "attempts": 14, "minutes": "97 minutes", "cool_off": "101 days"},
        },
    ],
    "question": [
        question("name", "short-text", max_length=61, help=text("help")),
        question(
            "kept", "choice", choices=[choice("lead", weight=29), choice("sell", weight=-37, refuse="advertising")]
        ),
        question("where", "multiple-choice", choices=[choice("wall"), choice("hall")], show_if={"kept": ["lead"]}),
        question("why", "long-text", max_length=1201, rubric=text("rubric"), marks=18),
        question("hours", "scale", steps=9, low=text("little"), high=text("much"), weight_per_step=19),
        question("members", "number", least=1301, most=1399, show_if={"kept": ["lead"], "where": ["wall", "hall"]}),
        question("since", "date", first="2003-02-01", last="2026-11-30", required=False),
        question("page", "url", max_length=307),
        question("cv", "file", accepts=["pdf", "png"], max_kilobytes=67),
        question("email", "email"),
        question("rules", "consent"),
        *(quizzed(number) for number in range(16)),
    ],
}
POLICIES: dict[str, Any] = {
    "decide_within": "23 days",
    "claim": "47 minutes",
    "answer_within": "41 days",
    "appeal_within": "43 days",
    "capacity": 503,
    "blind": True,
    "waitlist": {"offer": "59 days", "ask_again": "613 days"},
    "tries": {"most": 20, "within": "68 days"},
    "retention": {"approved": "701 days", "declined": "709 days", "withdrawn": "719 days", "expired": "727 days"},
    "quorum": {"votes": 7, "sponsor": True},
    "invitations": {"per_month": 71, "uses": 73, "expire": "79 days", "skip_review": True},
    "auto_approve": {"on": ["invitation", "quiz", "domain"], "domains": ["one.example", "two.example"]},
    "founding": {"seats": 89},
    "persona": [{"slug": "seller", "name": text("persona"), "when": {"kept": ["sell"]}, "quota": 83}],
}
#: What may be left out.
NOTHING: dict[str, Any] = {
    "capacity": None,
    "blind": False,
    "quorum": None,
    "invitations": None,
    "auto_approve": None,
    "founding": None,
    "persona": [],
}


def chartered(join: dict[str, Any] | None = None, **policies: Any) -> Charter:
    """The shipped charter with another form and other policies of admission; a sound one."""
    raw = msgspec.to_builtins(SHIPPED)
    raw["admission"] |= policies
    raw["questionnaires"]["join"] = join or raw["questionnaires"]["join"]
    made = hashed(msgspec.convert(raw, Charter, strict=False))
    assert list(faults(made)) == []
    return made


def everything() -> Charter:
    return chartered(JOIN, **POLICIES)


def bare() -> Charter:
    """A form whose answers weigh nothing, and no policy that a charter can do without."""
    asked = [
        question("name", "short-text"),
        question("kept", "choice", choices=[choice("lead"), choice("sell")]),
        question("email", "email"),
        question("rules", "consent"),
    ]
    plain = [{name: value for name, value in one.items() if name != "section"} for one in asked]
    return chartered({"version": 1, "title": text("t"), "intro": text("i"), "minutes": 1, "name_from": "name",
                      "question": plain}, **NOTHING)  # fmt: skip

"""The audit log, a day at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, render_template, request

from portal import access
from portal.audit.model import Change
from portal.audit.service import DAY_LIMIT, Audit
from portal.charter.schema import Charter
from portal.errors import N_
from portal.here import _, lang, the
from portal.language import Term, Text

#: What the facts of an action are called; others stand under their own name.
FACTS: dict[str, Term] = {
    "note": Term(N_("note")),
    "reason": Term(N_("reason")),
    "application": Term(N_("application")),
    "price": Term(N_("price")),
    "stock": Term(N_("stock")),
    "limit": Term(N_("limit")),
    "tier": Term(N_("tier")),
    "offered": Term(N_("offered")),
    "state": Term(N_("state")),
    "role": Term(N_("role")),
    "bad": Term(N_("bad rows")),
    "severity": Term(N_("severity")),
    "kind": Term(N_("kind")),
    "period": Term(N_("counted")),
    "opens": Term(N_("opens")),
    "closes": Term(N_("closes")),
    "tenure": Term(N_("days of membership")),
    "lasts": Term(N_("days it lasts")),
    "until": Term(N_("last day")),
    "ships": Term(N_("by post")),
    "auto": Term(N_("approved at once")),
    "flash": Term(N_("flash sale")),
    "image": Term(N_("picture")),
    "code": Term(N_("code")),
    "title.en": Term(N_("English title")),
    "title.zh": Term(N_("Chinese title")),
    "about.en": Term(N_("English description")),
    "about.zh": Term(N_("Chinese description")),
}

#: Values that aren't names, in words.
VALUES: dict[Any, Term] = {
    None: Term(N_("none")),
    True: Term(N_("yes")),
    False: Term(N_("no")),
    "active": Term(N_("active")),
    "suspended": Term(N_("suspended")),
    "requested": Term(N_("requested")),
    "approved": Term(N_("approved")),
    "fulfilled": Term(N_("fulfilled")),
    "completed": Term(N_("completed")),
    "declined": Term(N_("declined")),
    "returned": Term(N_("returned")),
    "goods": Term(N_("a thing")),
    "privilege": Term(N_("a privilege")),
    "ticket": Term(N_("a ticket")),
}

desk = Blueprint("audit_desk", __name__, url_prefix="/portal/desk")


@desk.get("/audit")
@access.to("audit")
def day() -> str:
    """What staff did on one community date; today unless another is asked for."""
    today = the(Audit).today()
    shown = min(_date(request.args.get("day", ""), today), today)
    one = dt.timedelta(days=1)
    later = shown + one if shown < today else None
    return render_template(
        "audit/day.html",
        day=shown,
        actions=the(Audit).of_day(shown),
        earlier=shown - one,
        later=later,
        limit=DAY_LIMIT,
        names=FACTS,
        in_words=_in_words,
    )


def _in_words(value: Any) -> str:
    """A fact as the reader's language tells it: roles and tiers by their names in the charter."""
    if isinstance(value, Change):
        return f"{_in_words(value.before)} → {_in_words(value.after)}"
    if isinstance(value, Text):
        return value[lang()]
    if isinstance(value, str | bool | None) and value in VALUES:
        return _(VALUES[value])
    charter = the(Charter)
    names = {tier.slug: tier.name for tier in charter.tiers} | {role.slug: role.name for role in charter.roles}
    return names[value][lang()] if value in names else str(value)


def _date(value: str, otherwise: dt.date) -> dt.date:
    try:
        return max(dt.date.fromisoformat(value), dt.date(2000, 1, 1))
    except ValueError:
        return otherwise

"""The audit log, a day at a time."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template, request

from portal import access
from portal.audit.service import DAY_LIMIT, Audit
from portal.errors import N_
from portal.here import the
from portal.language import Term

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
    "title.en": Term(N_("English title")),
    "title.zh": Term(N_("Chinese title")),
    "about.en": Term(N_("English description")),
    "about.zh": Term(N_("Chinese description")),
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
    )


def _date(value: str, otherwise: dt.date) -> dt.date:
    try:
        return max(dt.date.fromisoformat(value), dt.date(2000, 1, 1))
    except ValueError:
        return otherwise

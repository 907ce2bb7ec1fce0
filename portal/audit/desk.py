"""The audit log, a day at a time."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, render_template, request

from portal import access
from portal.audit.service import Audit
from portal.here import the

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
        "audit/day.html", day=shown, actions=the(Audit).of_day(shown), earlier=shown - one, later=later
    )


def _date(value: str, otherwise: dt.date) -> dt.date:
    try:
        return max(dt.date.fromisoformat(value), dt.date(2000, 1, 1))
    except ValueError:
        return otherwise

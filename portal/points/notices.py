"""What the ledger tells by e-mail."""

from __future__ import annotations

import datetime as dt

from portal.errors import N_
from portal.language import Lang, Term, Text, say
from portal.outbox.model import Notice


def lapsing(points: int, last: dt.date, days: int, link: str, lang: Lang) -> Notice:
    """Points lapse soon: how many, and the last day on which they can be spent."""
    facts = {"n": points, "date": last, "days": days}
    subject = N_("{n} of your points lapse tomorrow") if days == 1 else N_("{n} of your points lapse on {date}")
    if days == 0:
        subject = N_("{n} of your points lapse tonight")
    return Notice(
        subject=say(subject, lang, **facts),
        paragraphs=(
            say(N_("{n} points can be spent until the end of {date}. After that they are gone."), lang, **facts),
            say(N_("What you have asked for in time is safe: points that are held don't lapse."), lang),
            say(N_("Your tier stays as it is: neither spending nor lapsing ever costs you one."), lang),
        ),
        link=(say(N_("See what they buy"), lang), link),
    )


def tripped(rule: Text | Term, at: str, per_hour: int, link: str, lang: Lang) -> Notice:
    """A rule was paused, to those who look after the points."""
    facts = {"rule": rule, "at": at, "n": per_hour}
    return Notice(
        subject=say(N_("The rule “{rule}” pays too fast and is paused"), lang, **facts),
        paragraphs=(
            say(N_("At {at} it would have paid more than {n} points within one hour."), lang, **facts),
            say(N_("What was granted stays. Nothing more is granted by this rule until somebody resumes it."), lang),
        ),
        link=(say(N_("Look at the points desk"), lang), link),
    )

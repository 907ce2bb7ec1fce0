"""What the points desk tells a member by e-mail."""

from __future__ import annotations

from portal.errors import N_
from portal.language import Lang, Text, say
from portal.outbox.model import Notice


def granted(name: Text, points: int, pending: str, link: str, lang: Lang) -> Notice:
    """Points came by a rule; `pending` is the day from which they can be spent, empty if at once."""
    facts = {"n": points, "rule": name, "date": pending}
    when = N_("They can be spent from {date} on.") if pending else N_("They can be spent at once.")
    return Notice(
        subject=say(N_("{n} points for you: {rule}"), lang, **facts),
        paragraphs=(
            say(N_("A steward has granted you {n} points by the rule “{rule}”."), lang, **facts),
            say(when, lang, **facts),
        ),
        link=(say(N_("See your statement"), lang), link),
    )


def corrected(change: int, reason: str, link: str, lang: Lang) -> Notice:
    """Points were corrected by hand."""
    facts = {"n": abs(change)}
    said = N_("{n} points were added to yours by hand.") if change > 0 else N_("{n} of your points were taken back.")
    return Notice(
        subject=say(N_("Your points were corrected"), lang),
        paragraphs=(
            say(said, lang, **facts),
            reason,
            say(N_("If this looks wrong to you, answer this message: a person reads it."), lang),
        ),
        link=(say(N_("See your statement"), lang), link),
    )

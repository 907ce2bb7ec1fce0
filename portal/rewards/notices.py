"""What rewards tell by e-mail."""

from __future__ import annotations

from portal.errors import N_
from portal.language import Lang, say
from portal.outbox.model import Notice
from portal.rewards.model import Redemption

_SUBJECTS = {
    "requested": N_("You asked for {reward}"),
    "fulfilled": N_("{reward} is on its way to you"),
    "declined": N_("{reward} can't be had, and your points are back"),
}
_PARAGRAPHS = {
    "requested": N_(
        "{price} points are held for {reward}. They are spent when it is handed over; you can cancel until then."
    ),
    "fulfilled": N_("{reward} was handed over, and {price} points are spent. Spending never costs you your tier."),
    "declined": N_("The desk can't fulfil {reward}. All {price} points have gone back to you."),
}


def told(redemption: Redemption, link: str, lang: Lang) -> Notice:
    """The step that a redemption has just taken, with what the desk said about it."""
    facts = {"reward": redemption.title, "price": redemption.price}
    said = redemption.timeline[-1].note
    receipt = say(N_("Ledger entry {seq}, {head}."), lang, seq=redemption.seq, head=redemption.head[:12])
    return Notice(
        subject=say(_SUBJECTS[redemption.status], lang, **facts),
        paragraphs=(say(_PARAGRAPHS[redemption.status], lang, **facts), *([said] if said else []), receipt),
        link=(say(N_("See the redemption"), lang), link),
    )

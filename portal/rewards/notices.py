"""What rewards tell by e-mail."""

from __future__ import annotations

from typing import Literal

from portal.errors import N_
from portal.language import Lang, say
from portal.outbox.model import Notice
from portal.rewards.model import Redemption

#: What a letter is about: the step just taken, a word of the desk, a code in the place of another.
About = Literal["status", "word", "replaced"]

_ADDRESS = "address"
_SUBJECTS = {
    "requested": N_("You asked for {reward}"),
    "approved": N_("{reward} is approved"),
    _ADDRESS: N_("Where shall we send {reward}?"),
    "fulfilled": N_("{reward} is on its way to you"),
    "declined": N_("{reward} can't be had, and your points are back"),
    "expired": N_("{reward} has expired for want of an address"),
    "returned": N_("{reward} was taken back, and your points are back"),
    "word": N_("A word about {reward}"),
    "replaced": N_("A new code for {reward}"),
}
_PARAGRAPHS = {
    "requested": N_(
        "{price} points are held for {reward}. They are spent when it is handed over; you can cancel until then."
    ),
    "approved": N_("You will have {reward}. {price} points stay held until it is handed over."),
    _ADDRESS: N_(
        "You will have {reward}. It goes by post: please give us an address on its page. Only those who send it see it."
    ),
    "fulfilled": N_("{reward} was handed over, and {price} points are spent. Spending never costs you your tier."),
    "declined": N_("The desk can't fulfil {reward}. All {price} points have gone back to you."),
    "expired": N_("We asked for an address and got none in time. What was held has gone back where it came from."),
    "returned": N_("{reward} was taken back by the desk. All {price} points have gone back to you."),
    "word": N_("The desk has something to say about {reward}."),
    "replaced": N_("Your code for {reward} was not good. There is a new one on its page, and nothing to pay."),
}
_CODE = N_("Your code waits on its page; only you can see it there.")


def told(redemption: Redemption, link: str, lang: Lang, about: About = "status") -> Notice:
    """The step that a redemption has just taken, or what there is to say about it, with the desk's own words."""
    facts = {"reward": redemption.title, "price": redemption.price}
    said = redemption.timeline[-1].note
    key = _key(redemption) if about == "status" else about
    code = about == "status" and redemption.status == "fulfilled" and redemption.code
    paragraphs = [
        say(_PARAGRAPHS[key], lang, **facts),
        *([say(_CODE, lang)] if code else []),
        *([said] if said else []),
        say(N_("Ledger entry {seq}, {head}."), lang, **_receipt(redemption)),
    ]
    return Notice(
        subject=say(_SUBJECTS[key], lang, **facts),
        paragraphs=tuple(paragraphs),
        link=(say(N_("See the redemption"), lang), link),
    )


def _key(redemption: Redemption) -> str:
    return _ADDRESS if redemption.lane == "address" else redemption.status


def _receipt(redemption: Redemption) -> dict[str, object]:
    """The entry that the last step made; where it made none, the one that holds the points."""
    last = redemption.timeline[-1]
    seq, head = (last.seq, last.head) if last.seq else (redemption.seq, redemption.head)
    return {"seq": seq, "head": head[:12]}

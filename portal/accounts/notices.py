"""What accounts tell by e-mail."""

from __future__ import annotations

from portal.accounts.model import Challenge
from portal.errors import N_
from portal.language import say
from portal.outbox.model import Notice

REASONS = {
    "sign-in": N_("Somebody, we think you, wants to sign in to {community}. This is the code:"),
    "apply": N_("You are applying to {community}. This code proves your address and sends your application:"),
    "resume": N_("Your application to {community} waits for you. This code opens it, on this device or another:"),
    "claim": N_("You are claiming {community} as its owner. This is the code:"),
}


def proof(asked: Challenge, code: str, link: str, community: str) -> Notice:
    """The code for the browser that asked, and the link for any."""
    lang = asked.lang
    return Notice(
        subject=say(N_("{code} is your code for {community}"), lang, code=code, community=community),
        paragraphs=(
            say(REASONS[asked.purpose], lang, community=community),
            say(
                N_("Type it in the browser that asked for it, within 15 minutes. Or use the link, on any device."), lang
            ),
            say(N_("If it wasn't you, do nothing: without the code nothing happens."), lang),
        ),
        code=code,
        link=(say(N_("Continue"), lang), link),
    )

"""What a red packet tells by e-mail."""

from __future__ import annotations

from collections.abc import Sequence

from portal.errors import N_
from portal.language import Lang, say
from portal.outbox.model import Notice
from portal.packets.model import Claim, Packet


def closed(packet: Packet, claims: Sequence[Claim], grace: int, link: str, lang: Lang) -> Notice:
    """What became of a packet, to its giver; `grace`: how many days at least live the points that came back."""
    facts = {"opened": len(claims), "shares": packet.shares, "given": packet.given, "back": packet.returned}
    said = [say(N_("{opened} of {shares} shares were opened, {given} points in all."), lang, **facts)]
    if not claims:
        said = [say(N_("Nobody opened it. It happens to the best of packets."), lang)]
    if packet.returned:
        back = N_("{back} points have come back to you. They live at least {days} days.")
        said.append(say(back, lang, **facts, days=grace))
    if best := next((one for one in claims if one.member == packet.luckiest), None):
        said.append(say(N_("The luckiest was {name}, with {n} points."), lang, name=best.name, n=best.points))
    said.append(say(N_("Its seed and its list are published now: anybody can draw it again and compare."), lang))
    return Notice(
        subject=say(N_("Your red packet has closed"), lang),
        paragraphs=tuple(said),
        link=(say(N_("See what became of it"), lang), link),
    )

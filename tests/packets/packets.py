"""What the stories of red packets use."""

from __future__ import annotations

from typing import Any

from portal.members.service import Members
from portal.packets.giving import Giving, Wish
from portal.packets.model import Claim, Packet
from portal.packets.service import Packets
from portal.points.model import Purse
from portal.points.service import Points
from tests.world import World


def wish(world: World, giver: str, points: int, shares: int, **more: Any) -> Wish:
    """A form as it comes from the page, filled in."""
    giving = world.the(Giving)
    form = giving.form(giver)
    lapses = giving.lapses(world.the(Members).standing(giver))
    facts = {"form": form.token, "seal": form.seal, "split": "random", "client_seed": "rain on the roof"}
    return Wish(points=points, shares=shares, **{**facts, "lapses": lapses, **more})


def gives(world: World, giver: str, points: int = 60, shares: int = 6, **more: Any) -> Packet:
    """A packet from a member."""
    return world.the(Giving).give(giver, wish(world, giver, points, shares, **more))


def programme_gives(world: World, points: int, shares: int, **more: Any) -> Packet:
    """A packet in the community's name, by somebody at the desk."""
    return world.the(Giving).give_from_programme("wei", "Wei", programme_wish(world, points, shares, **more))


def programme_wish(world: World, points: int, shares: int, **more: Any) -> Wish:
    form = world.the(Giving).form("wei")
    facts = {"form": form.token, "seal": form.seal, "split": "random", "client_seed": "a drum"}
    return Wish(points=points, shares=shares, **{**facts, **more})


def opens(world: World, who: str, packet: Packet) -> Claim:
    return world.the(Packets).open(who, packet.id)


def purse(world: World, who: str) -> Purse:
    return world.the(Points).purse(who)


def pot(world: World, packet: Packet) -> Packet:
    """The packet as it stands now."""
    return world.the(Packets).proof(packet.id)[0]

"""People in a world, made through its services."""

from __future__ import annotations

from portal.accounts.model import Account
from portal.accounts.service import Accounts
from portal.applications.model import Answers, Application
from portal.applications.service import Applications
from portal.counters.service import Counters
from portal.language import Lang, Text
from portal.members.crediting import Crediting, Grant
from portal.members.service import Members
from portal.points.events import Earn
from portal.rewards.model import Reward
from portal.rewards.shelf import Shelf
from portal.tokens import Ids
from tests.world import World

ANSWERS: Answers = {
    "name": "Ada",
    "keeping": "lead",
    "places": ["wechat", "offline"],
    "why": "Thirty strangers every Saturday, rain or not.",
    "sell": "no",
    "hours": 3,
    "rules": True,
}


def person(world: World, name: str, lang: Lang = "en") -> Account:
    """Somebody with a proven address."""
    address = f"{name.lower()}@example.org"
    challenge = world.the(Accounts).ask(address, browser=name, caller=name, lang=lang)
    return world.the(Accounts).prove_by_code(challenge, world.mail_to(address).code, browser=name).account


def member(world: World, name: str, points: int = 0, lang: Lang = "en") -> str:
    """A member with the welcome points and, if asked, so many more on top."""
    account = person(world, name, lang)
    members = world.the(Members)
    world.table.commit(*members.welcome(account.id, name, world.the(Counters).ticket("member")))
    if points:
        give(world, account.id, points)
    return account.id


def give(world: World, member: str, points: int, key: str = "gift", *, qualifies: bool = False) -> None:
    """More points, by no rule of the charter."""
    standing = world.the(Members).standing(member)
    months = world.charter.points.months
    earn = Earn(amount=points, rule="test", key=f"test#{key}#test", months=months, text=Text(en="A gift", zh="礼物"))
    grant = Grant(earn=earn, kind="test", qualifies=qualifies)
    with world.the(Crediting).credit(standing, [grant]) as credited:
        world.table.commit(*credited.writes)


def applicant(world: World, name: str, **answers: object) -> Application:
    """Somebody whose application waits."""
    account = person(world, name)
    draft = world.the(Ids).new()
    applications = world.the(Applications)
    given = {**ANSWERS, "name": name, "email": account.email, **answers}
    return applications.submit(account.id, applications.draft(draft, given, "en"))  # type: ignore[arg-type]


def reward(world: World, slug: str = "mug", price: int = 5, stock: int = 10, **more: object) -> Reward:
    """Something on the shelf."""
    made = Reward(
        slug=slug,
        title=Text(en=slug.capitalize(), zh="杯子"),
        about=Text(en="For tea at midnight.", zh="半夜喝茶用。"),
        price=price,
        **more,  # type: ignore[arg-type]
    )
    world.the(Shelf).create("wei", "Wei", made, stock)
    return made

"""What a member and a steward do, by name, to be measured; each can be done again the next day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from portal.members.founding import Founding
from portal.points.lapsing import Lapsing
from portal.table.contract import Table
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.metering import MeteringTable, metered
from tests.people import give, member, person, reward
from tests.world import Browser, World


class Cost(NamedTuple):
    """Requests, and the units that they read and write."""

    requests: int
    read: float
    written: float


class Deeds(NamedTuple):
    """A world with Ada, whose statement is longer than a page, a steward, and what they do."""

    world: World
    visitors: tuple[Browser, ...]
    by_name: dict[str, Callable[[], object]]


def prepared(table: Table, clock: MovableClock, folder: Path) -> Deeds:
    """Everything has been done once, since the first time finds items missing that later ones find."""
    world = World(table, clock, folder)
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada = member(world, "Ada", points=50)
    for number in range(30):
        give(world, ada, 1, key=str(number))
    reward(world, price=1, stock=1000)
    browser, wei = world.browser(), world.browser()
    browser.sign_in("ada@example.org")
    wei.sign_in("wei@example.org")
    token, desk = browser.token, wei.token

    def redeem() -> object:
        return browser.post("/portal/rewards/mug/redeem", {"id": world.the(Ids).new(), "price": "1"}, csrf=token)

    def award() -> object:
        asked = {"id": world.the(Ids).new(), "rule": "answer", "about": "a hint"}
        return wei.post(f"/portal/desk/points/members/{ada}/award", asked, csrf=desk)

    measured: dict[str, Callable[[], object]] = {
        "member page": lambda: browser.get("/portal/me"),
        "check-in": lambda: browser.post("/portal/check-in", csrf=token),
        "redemption": redeem,
        "statement page": lambda: browser.get("/portal/points"),
        "catalogue": lambda: browser.get("/portal/rewards"),
        "points desk": lambda: wei.get("/portal/desk/points"),
        "award": award,
        "settling, nothing due": lambda: world.the(Lapsing).settle_due(),
    }
    for deed in measured.values():
        deed()
    return Deeds(world, (browser, wei), measured)


def next_day(deeds: Deeds, clock: MovableClock) -> None:
    """A day later, with the sessions renewed, as the first page of a day does."""
    clock.advance(days=1)
    for visitor in deeds.visitors:
        visitor.get("/portal/account")


def cost(table: MeteringTable, deed: Callable[[], object]) -> Cost:
    """What one deed costs; it must succeed."""
    with metered(table) as meter:
        answer = deed()
        assert getattr(answer, "status_code", 200) < 400
        return Cost(meter.requests, meter.read, meter.written)

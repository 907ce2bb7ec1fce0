"""What each action asks of the table: calls are counted, so that a page never grows with the membership unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portal.applications.queue import Queue
from portal.members.founding import Founding
from portal.table.contract import Table
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.people import applicant, member, person, reward
from tests.world import Browser, World


@pytest.fixture
def counting(table: Table) -> CountingTable:
    return CountingTable(table)


@pytest.fixture
def counted_world(counting: CountingTable, clock: MovableClock, tmp_path: Path) -> World:
    return World(counting, clock, tmp_path)


def signed_in(world: World, name: str) -> Browser:
    browser = world.browser()
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def cost(world: World, counting: CountingTable, act: Callable[[], object]) -> tuple[int, int, int]:
    """Reads, commits and writes of one action, without the form page that brought its token."""
    with counted(counting) as n:
        act()
        return n.reads, n.commits, n.writes


def test_pages_and_actions_of_a_member(counted_world: World, counting: CountingTable) -> None:
    world = counted_world
    member(world, "Ada", points=90)
    reward(world, price=10)
    ada = signed_in(world, "Ada")
    token = ada.token
    press = {"id": world.the(Ids).new(), "price": "10"}

    page = cost(world, counting, lambda: ada.get("/portal/me"))
    stamp = cost(world, counting, lambda: ada.post("/portal/check-in", csrf=token))
    redeem = cost(world, counting, lambda: ada.post("/portal/rewards/mug/redeem", press, csrf=token))

    assert page == (5, 0, 0)  # session; account and profile; profile, purse and years; entries; stamped days
    # session; account and profile; standing; days; is the rule paused. Breaker, two budgets, then the one transaction
    assert stamp == (5, 4, 11)
    assert redeem == (3, 2, 8)  # all it rests on in one read; the second commit forgets the letter that was sent


def test_pages_and_actions_of_the_desk_do_not_grow(
    counted_world: World, counting: CountingTable, clock: MovableClock
) -> None:
    world = counted_world
    owner = person(world, "Wei")
    world.the(Founding).claim(owner, "Wei")
    first = applicant(world, "Ada")
    wei = signed_in(world, "Wei")
    token = wei.token

    one = cost(world, counting, lambda: wei.get("/portal/desk/applications"))
    for number in range(30):
        clock.advance(seconds=1)
        applicant(world, f"P{number}")
    many = cost(world, counting, lambda: wei.get("/portal/desk/applications"))
    address = f"/portal/desk/applications/{first.person}/{first.id}/approve"
    approve = cost(world, counting, lambda: wei.post(address, csrf=token))

    assert one == many == (4, 0, 0)  # session; account and profile; the index; the applications themselves
    assert world.the(Queue).waiting().applications[0].name == "P0"
    assert approve == (6, 3, 16)  # number, the one transaction, the letter forgotten

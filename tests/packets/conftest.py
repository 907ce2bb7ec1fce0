from __future__ import annotations

import pytest

from portal.members.founding import Founding
from tests.clocks import MovableClock
from tests.people import give, member, person
from tests.world import World


@pytest.fixture
def ada(world: World, clock: MovableClock) -> str:
    """A giver: a member for eight days, a neighbour, with 130 points."""
    made = member(world, "Ada", points=100)
    give(world, made, 20, "qualifying", qualifies=True)
    clock.advance(days=8)
    return made


@pytest.fixture
def wei(world: World) -> str:
    """The owner; asked for before anybody else, as the first member."""
    account = person(world, "Wei")
    world.the(Founding).claim(account, "Wei")
    return account.id

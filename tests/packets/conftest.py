from __future__ import annotations

import pytest

from tests.clocks import MovableClock
from tests.people import give, member
from tests.world import World


@pytest.fixture
def ada(world: World, clock: MovableClock) -> str:
    """A giver: a member for eight days, a neighbour, with 130 points."""
    made = member(world, "Ada", points=100)
    give(world, made, 20, "qualifying", qualifies=True)
    clock.advance(days=8)
    return made

"""Many presses by few for less: whatever overlaps, the books balance and nothing is sold twice."""

from __future__ import annotations

from collections import Counter
from functools import partial

from portal.errors import Busy
from portal.points.lapsing import Lapsing
from portal.points.model import NotEnough
from portal.points.service import Points
from portal.rewards.closing import AlreadyClosed, Redemptions
from portal.rewards.model import Redemption
from portal.rewards.service import SoldOut
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.people import member, reward
from tests.rewards.asking import WEI, at_once, books_balance, fulfil, give_back, left, redeem, seen
from tests.world import World


def test_a_thousand_presses_for_a_hundred(world: World) -> None:
    """Fifty members with repeats: exactly as many are sold as there were, whoever pressed how often."""
    whole = isinstance(world.table, SqliteTable)
    presses, stock = (1000, 100) if whole else (300, 50)
    people = [member(world, f"M{number}", points=200) for number in range(50)]
    reward(world, price=10, stock=stock)
    made = [(people[n % 50], f"press-number-{n // 50 * 9 // 10:03}-{n % 50:03}") for n in range(presses)]

    answers = at_once([partial(redeem, world, who, "mug", press, 10) for who, press in made], 16)

    won = {(who, answer) for (who, _), answer in zip(made, answers, strict=True) if isinstance(answer, str)}
    assert len(won) == stock
    others = Counter(type(answer) for answer in answers if not isinstance(answer, str))
    assert set(others) <= {SoldOut, Busy}
    assert others[Busy] <= (0 if whole else 30)
    kept = [seen(world, who, press) for who, press in won]
    assert all(isinstance(one, Redemption) and one.open for one in kept)
    assert left(world) == 0
    books_balance(world)


def test_refunds_race_the_sweep_and_each_other(world: World, clock: MovableClock) -> None:
    """Cancelled, declined and taken back while lapsed lots are settled: each point goes one way, once."""
    people = [member(world, f"M{number}", points=30) for number in range(4)]
    reward(world, price=10, stock=100)
    clock.set(clock.now().replace(year=2028, day=30, hour=9))
    waiting = [(who, redeem(world, who, price=10)) for who in people]
    handed = [(who, redeem(world, who, price=10)) for who in people]
    for who, press in handed:
        fulfil(world, who, press)
    clock.advance(days=2)  # what is left has lapsed, and so have the months that paid
    redemptions = world.the(Redemptions)
    acts = [act for who, press in waiting for act in (
        partial(redemptions.cancel, who, press), partial(redemptions.decline, *WEI, who, press, ""))]  # fmt: skip
    acts += [partial(give_back, world, who, press) for who, press in [*handed, *handed]]
    sweeps = [world.the(Lapsing).settle_due] * 4

    answers = at_once([*acts, *sweeps], 12)

    assert {type(answer) for answer in answers} <= {int, Redemption, AlreadyClosed, Busy}
    for who, press in waiting:
        ended = seen(world, who, press)
        purse = world.the(Points).purse(who)
        returned = 10 * (seen(world, who, handed[people.index(who)][1]).status == "returned")
        kept = 10 if ended.status == "declined" else 0
        assert ended.status in ("declined", "cancelled")
        assert (purse.held, purse.spent, purse.usable(clock.now().date())) == (0, 10 - returned, kept + returned)
    world.the(Lapsing).settle_due()
    books_balance(world)


def test_the_same_thing_taken_back_twice_pays_once(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=10)
    press = redeem(world, ada, price=10)
    fulfil(world, ada, press)

    answers = at_once([partial(give_back, world, ada, press)] * 6, 6)

    assert [type(answer) for answer in answers].count(Redemption) == 1
    assert world.the(Points).purse(ada).available == 10
    assert left(world) == 9
    books_balance(world)


def test_the_last_points_are_spent_once_whatever_they_are_pressed_for(world: World) -> None:
    ada = member(world, "Ada", points=10)
    for number in range(4):
        reward(world, f"r{number}", price=10, flash=number % 2 == 0)

    answers = at_once([partial(redeem, world, ada, f"r{number}", price=10) for number in range(4)] * 2, 8)

    won = [answer for answer in answers if isinstance(answer, str)]
    assert len(won) == 2
    assert NotEnough in {type(answer) for answer in answers}
    assert world.the(Points).purse(ada).held == 20
    assert sum(left(world, f"r{number}") for number in range(4)) == 38
    books_balance(world)

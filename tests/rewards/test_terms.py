"""What a reward asks: its window to the instant, tenure, limits by month and year; and edits that touch nothing."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from portal.members.service import Members
from portal.rewards.closing import Redemptions
from portal.rewards.model import NotYet, Over, TooNew
from portal.rewards.service import LimitOfPeriod, Rewards
from portal.rewards.shelf import Backwards, Shelf
from tests.clocks import MovableClock
from tests.people import member, reward
from tests.rewards.asking import WEI, fulfil, redeem, seen
from tests.world import World

OPENS = dt.datetime(2027, 3, 5, 12, 0, tzinfo=dt.UTC)
CLOSES = dt.datetime(2027, 3, 6, 12, 0, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)


def test_a_window_is_open_from_its_first_instant_to_before_its_last(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, opens=OPENS, closes=CLOSES)
    standing = world.the(Members).standing

    clock.set(OPENS - TICK)
    with pytest.raises(NotYet, match="20:00"):  # on the community's clock
        redeem(world, ada)
    assert isinstance(world.the(Rewards).catalogue(standing(ada))[0].refusal, NotYet)
    clock.set(OPENS)
    assert redeem(world, ada)
    clock.set(CLOSES - TICK)
    press = redeem(world, ada)
    clock.set(CLOSES)
    with pytest.raises(Over, match="20:00"):
        redeem(world, ada)

    assert world.the(Rewards).catalogue(standing(ada)) == []
    assert seen(world, ada, press).open  # judged at the request only


def test_a_window_doesn_t_close_before_it_opens(world: World) -> None:
    with pytest.raises(Backwards):
        reward(world, opens=CLOSES, closes=OPENS)
    mug = reward(world)
    with pytest.raises(Backwards):
        world.the(Shelf).edit(*WEI, msgspec.structs.replace(mug, opens=OPENS, closes=OPENS))


def test_tenure_counts_days_of_membership_on_the_community_s_calendar(world: World, clock: MovableClock) -> None:
    clock.set(dt.datetime(2027, 3, 1, 15, 59, tzinfo=dt.UTC))  # 23:59 of the first of March in the community's zone
    ada = member(world, "Ada")
    reward(world, tenure=30)
    clock.set(dt.datetime(2027, 3, 30, 15, 59, tzinfo=dt.UTC))
    with pytest.raises(TooNew) as refused:
        redeem(world, ada)
    assert refused.value.facts["day"] == dt.date(2027, 3, 31)

    clock.set(dt.datetime(2027, 3, 30, 16, 0, tzinfo=dt.UTC))

    assert redeem(world, ada)


@pytest.mark.parametrize(
    ("period", "last", "again"),
    [
        ("month", dt.datetime(2027, 3, 31, 15, 59, tzinfo=dt.UTC), dt.date(2027, 4, 1)),
        ("year", dt.datetime(2027, 12, 31, 15, 59, tzinfo=dt.UTC), dt.date(2028, 1, 1)),
    ],
)
def test_a_limit_begins_again_with_the_period(
    world: World, clock: MovableClock, period: str, last: dt.datetime, again: dt.date
) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, limit=1, period=period)
    redeem(world, ada)
    clock.set(last)
    with pytest.raises(LimitOfPeriod) as refused:
        redeem(world, ada)
    assert refused.value.facts["day"] == again

    clock.advance(minutes=1)
    second = redeem(world, ada)
    with pytest.raises(LimitOfPeriod):
        redeem(world, ada)

    world.the(Redemptions).cancel(ada, second)
    assert redeem(world, ada)


def test_what_is_cancelled_next_month_was_of_the_month_before(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, limit=1, period="month")
    march = redeem(world, ada)
    clock.set(dt.datetime(2027, 4, 2, tzinfo=dt.UTC))
    april = redeem(world, ada)
    world.the(Redemptions).cancel(ada, march)

    with pytest.raises(LimitOfPeriod):
        redeem(world, ada)

    assert seen(world, ada, april).open


def test_edits_change_no_promise_that_was_made(world: World) -> None:
    ada = member(world, "Ada", points=90)
    grant = reward(world, price=5, kind="privilege", lasts=30)
    press = redeem(world, ada)
    changed = msgspec.structs.replace(grant, price=9, lasts=1, kind="goods", ships=True, offered=False)

    world.the(Shelf).edit(*WEI, changed)
    done = fulfil(world, ada, press)

    assert world.the(Shelf).reward("mug").kind == "privilege"  # what it is stays
    assert (done.price, done.address) == (5, "")
    assert done.until == world.the(Members).today + dt.timedelta(days=30)

"""Redeeming: points and stock in one transaction, told in words, on both engines."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from portal.errors import Busy, NotFound, PortalError
from portal.members.founding import Founding
from portal.members.model import Suspended
from portal.members.service import Members
from portal.points.events import TakeBack
from portal.points.model import NotEnough
from portal.points.service import Points
from portal.points.verifying import verify
from portal.rewards.closing import AlreadyClosed, Redemptions
from portal.rewards.model import Closed, PriceChanged, TierTooLow
from portal.rewards.queue import Backlog
from portal.rewards.service import LimitReached, Rewards, SoldOut
from portal.rewards.shelf import NotSoMany, Shelf, SlugTaken
from portal.table.contract import Table
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.lagging import LaggingTable
from tests.people import give, member, person, reward
from tests.world import World, field


def redeem(world: World, who: str, slug: str = "mug", press: str | None = None, price: int = 5) -> str:
    return world.the(Rewards).redeem(who, slug, press or world.the(Ids).new(), price).id


def test_ada_redeems_a_mug_and_the_desk_hands_it_over(world: World) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, price=40)

    press = redeem(world, ada, price=40)
    held = world.the(Points).purse(ada)
    done = world.the(Redemptions).fulfil("wei", "Wei", ada, press, "At the next meeting.")

    assert (held.available, held.held) == (60, 40)
    purse = world.the(Points).purse(ada)
    assert (purse.available, purse.held, purse.spent) == (60, 0, 40)
    assert [step.status for step in done.timeline] == ["requested", "approved", "fulfilled"]
    assert world.mail_to("ada@example.org").subject == "Mug is on its way to you"
    assert world.the(Backlog).waiting().redemptions == []
    assert verify(world.table).faults == []


def test_a_second_press_of_the_same_button_gets_the_first_one_s_answer(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, stock=1)

    first = redeem(world, ada, press="one-press-of-the-button", price=10)
    again = redeem(world, ada, press="one-press-of-the-button", price=10)

    assert first == again
    assert world.the(Points).purse(ada).held == 10


def test_each_refusal_says_why_and_takes_nothing(world: World) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, "dear", price=500)
    reward(world, "gone", stock=0)
    reward(world, "single", limit=1)
    reward(world, "high", tier="keeper")
    reward(world, "closed", offered=False)
    redeem(world, ada, "single")

    for slug, price, refusal, sentence in (
        ("dear", 500, NotEnough, "That needs 500 points; you can spend 25."),
        ("gone", 5, SoldOut, "is sold out"),
        ("single", 5, LimitReached, "as often as one member may"),
        ("high", 5, TierTooLow, "from the tier"),
        ("closed", 5, Closed, "not offered"),
        ("single", 4, PriceChanged, "is 5 points now"),
        ("nowhere", 5, NotFound, "nothing at this address"),
    ):
        with pytest.raises(refusal, match=sentence):
            redeem(world, ada, slug, price=price)
    assert world.the(Points).purse(ada).available == 25
    assert verify(world.table).faults == []


def test_a_suspended_member_neither_redeems_nor_earns(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    reward(world)
    today = world.the(Members).today
    world.the(Members).suspend("wei", "Wei", ada, today + dt.timedelta(days=2), "a cooling off")

    with pytest.raises(Suspended):
        redeem(world, ada)
    with pytest.raises(Suspended):
        give(world, ada, 5, key="x")
    clock.advance(days=3)

    assert redeem(world, ada)


def test_cancelling_gives_points_stock_and_limit_back(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, stock=1, limit=1)
    press = redeem(world, ada, price=10)

    world.the(Redemptions).cancel(ada, press)

    assert world.the(Points).purse(ada).available == 10
    assert redeem(world, ada, price=10)
    with pytest.raises(AlreadyClosed, match="cancelled already"):
        world.the(Redemptions).cancel(ada, press)


def test_held_points_do_not_lapse_but_the_member_s_own_cancel_loses_what_has(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10)
    clock.set(dt.datetime(2028, 3, 31, 9, tzinfo=dt.UTC))  # the last day of the welcome points
    press = redeem(world, ada, price=10)
    clock.advance(days=1)

    lost = world.the(Redemptions).lost_by_cancelling(ada, press)
    world.the(Redemptions).cancel(ada, press)

    assert lost == 10
    purse = world.the(Points).purse(ada)
    assert (purse.available, purse.held, purse.expired) == (0, 0, 10)
    assert verify(world.table).faults == []


def test_what_pays_a_debt_is_not_told_as_lost(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=14)
    clock.set(dt.datetime(2028, 3, 31, 9, tzinfo=dt.UTC))
    give(world, ada, 4)
    press = redeem(world, ada, price=14)
    points = world.the(Points)
    abused = TakeBack(granted=points.grant(ada, "test#gift#test"), amount=4, rule="test", key="abuse")
    world.table.commit(*points.post(points.purse(ada), [abused])[1])
    clock.advance(days=1)

    lost = world.the(Redemptions).lost_by_cancelling(ada, press)
    world.the(Redemptions).cancel(ada, press)

    purse = points.purse(ada)
    assert (lost, purse.expired, purse.available, purse.debt) == (6, 6, 4, 0)


def test_later_than_promised_the_member_s_own_cancel_loses_nothing(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10)
    clock.set(dt.datetime(2028, 3, 31, 9, tzinfo=dt.UTC))
    press = redeem(world, ada, price=10)
    clock.advance(days=4)

    assert world.the(Redemptions).lost_by_cancelling(ada, press) == 0
    world.the(Redemptions).cancel(ada, press)

    lapsing = world.the(Points).purse(ada).lapsing(world.the(Members).today)
    assert lapsing is not None
    assert lapsing[0] == 10
    assert (lapsing[1] - world.the(Members).today).days >= world.charter.points.grace_days
    assert verify(world.table).faults == []


def test_declined_by_the_desk_they_live_at_least_the_grace(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10)
    press = redeem(world, ada, price=10)
    clock.advance(days=420)
    world.the(Redemptions).decline("wei", "Wei", ada, press, "Out of clay.")

    purse, today = world.the(Points).purse(ada), world.the(Members).today

    assert purse.available == 10
    lapsing = purse.lapsing(today)
    assert lapsing is not None
    assert (lapsing[1] - today).days >= world.charter.points.grace_days
    assert "Out of clay." in world.mail_to("ada@example.org").text


def test_editing_a_reward_leaves_its_redemptions_alone(world: World) -> None:
    ada = member(world, "Ada", points=20)
    mug = reward(world, price=5)
    press = redeem(world, ada)

    world.the(Shelf).edit("wei", "Wei", msgspec.structs.replace(mug, price=9))

    assert world.the(Rewards).redemption(ada, press).price == 5
    with pytest.raises(PriceChanged):
        redeem(world, ada, price=5)
    with pytest.raises(PortalError, match="changed in the meantime"):
        world.the(Shelf).edit("bo", "Bo", msgspec.structs.replace(mug, price=7))


def test_the_shelf_refuses_what_cannot_be(world: World) -> None:
    reward(world, stock=2)

    with pytest.raises(SlugTaken):
        reward(world)
    with pytest.raises(NotSoMany):
        world.the(Shelf).restock("wei", "Wei", "mug", -3, "press-1")
    world.the(Shelf).restock("wei", "Wei", "mug", 5, "press-2")
    world.the(Shelf).restock("wei", "Wei", "mug", 5, "press-2")

    assert [shelved.left for shelved in world.the(Shelf).all()] == [7]


def test_fifty_at_once_for_the_last_ten_with_repeats(world: World) -> None:
    people = [member(world, f"M{number}") for number in range(50)]
    reward(world, price=10, stock=10)
    presses = {who: world.the(Ids).new() for who in people}

    def press(who: str) -> tuple[str, str]:
        try:
            return who, redeem(world, who, press=presses[who], price=10)
        except PortalError as refusal:
            return who, type(refusal).__name__

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(press, [*people, *people]))

    winners = {who for who, answer in answers if answer == presses[who]}
    assert len(winners) == 10
    outcomes = Counter(answer for who, answer in answers if who not in winners)
    assert set(outcomes) <= {"SoldOut", "Busy"}
    assert outcomes[Busy.__name__] <= (0 if isinstance(world.table, SqliteTable) else 1)
    assert world.the(Shelf).all()[0].left == 0
    verdict = verify(world.table)
    assert verdict.faults == []
    assert verdict.totals["held"] == 100


def test_one_member_s_parallel_presses_spend_once_each(world: World) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, price=10, stock=50)

    def press(number: int) -> str:
        try:
            return redeem(world, ada, press=f"press-number-{number:04}", price=10)
        except PortalError as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(press, range(12)))

    done = [answer for answer in answers if answer.startswith("press")]
    purse = world.the(Points).purse(ada)
    assert purse.held == 10 * len(done) <= 30
    assert verify(world.table).faults == []


def test_the_first_to_close_decides_and_the_second_is_told(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=10)
    press = redeem(world, ada, price=10)
    redemptions = world.the(Redemptions)

    def close(number: int) -> str:
        try:
            if number % 2:
                return redemptions.cancel(ada, press).status
            return redemptions.fulfil("wei", "Wei", ada, press, "").status
        except AlreadyClosed as refusal:
            return str(refusal)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(close, range(6)))

    ends = [answer for answer in answers if answer in ("cancelled", "fulfilled")]
    assert len(ends) == 1
    assert all(ends[0] in answer for answer in answers)
    assert verify(world.table).faults == []


def test_with_an_index_that_lags_the_desk_shows_nothing_that_is_done(
    table: Table, clock: MovableClock, tmp_path: object
) -> None:
    lagging = LaggingTable(table)
    world = World(lagging, clock, tmp_path)  # type: ignore[arg-type]
    ada = member(world, "Ada")
    reward(world, price=5)
    first, second = redeem(world, ada), redeem(world, ada)
    lagging.catch_up()
    world.the(Redemptions).fulfil("wei", "Wei", ada, first, "")

    shown = [redemption.id for redemption in world.the(Backlog).waiting().redemptions]

    assert shown == [second]


def test_a_limit_counts_what_was_had_before_there_was_one(world: World) -> None:
    ada = member(world, "Ada", points=40)
    mug = reward(world, price=5)
    redeem(world, ada)
    world.the(Shelf).edit("wei", "Wei", msgspec.structs.replace(mug, limit=1))

    with pytest.raises(LimitReached):
        redeem(world, ada)


def test_the_catalogue_tells_the_refusal_that_redeeming_would_meet(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, "a-dear-one", price=50, stock=0)
    reward(world, "b-gone", price=5, stock=0)
    reward(world, "c-high", price=5, tier="keeper")

    for offer in world.the(Rewards).catalogue(world.the(Members).standing(ada)):
        assert offer.refusal is not None
        with pytest.raises(type(offer.refusal)):
            redeem(world, ada, offer.reward.slug, price=offer.reward.price)


def test_an_edit_that_came_too_late_keeps_what_was_typed(world: World) -> None:
    owner = person(world, "Wei")
    world.the(Founding).claim(owner, "Wei")
    mug = reward(world, price=5)
    wei = world.browser()
    wei.sign_in(owner.email)
    world.the(Shelf).edit("bo", "Bo", msgspec.structs.replace(mug, price=7))
    form = {
        "title_en": "Cup",
        "title_zh": "杯",
        "about_en": "x",
        "about_zh": "y",
        "price": "9",
        "offered": "yes",
        "v": "1",
    }

    late = wei.post("/portal/desk/rewards/mug", form)
    again = wei.post("/portal/desk/rewards/mug", {**form, "v": field(late, "v")})

    assert (late.status_code, again.status_code) == (409, 302)
    assert 'value="Cup"' in late.text
    assert world.the(Shelf).reward("mug").price == 9

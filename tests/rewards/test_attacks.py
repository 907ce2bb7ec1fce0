"""What a thief or a tired steward would try."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.members.founding import Founding
from portal.rewards.closing import Redemptions
from portal.rewards.model import Closed
from portal.rewards.pools import Pools, hashed
from portal.rewards.shelf import AlreadyMoved, Shelf
from portal.rewards.shipping import Shipping
from portal.rewards.steps import OwnRedemption
from tests.clocks import MovableClock
from tests.people import member, person, reward
from tests.rewards.asking import WEI, approve, books_balance, fill, fulfil, left, redeem, seen
from tests.rewards.test_desk_pages import new, signed_in
from tests.world import World, main_text


@pytest.mark.parametrize(
    ("kind", "odd"),
    [
        ("ticket", {"until": "9999-12-31"}),
        ("goods", {"opens": "0001-01-01T00:00"}),
        ("goods", {"closes": "9999-12-31T23:59"}),
        ("privilege", {"until": "0001-01-01"}),
    ],
)
def test_dates_beyond_the_calendar_are_refused(world: World, kind: str, odd: dict[str, str]) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    made = new(signed_in(world, "Wei"), "cup", kind=kind, **odd)
    assert made.status_code == 422, made.status_code


def test_what_was_good_until_a_day_cannot_be_asked_for_after_it(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, kind="privilege", until=dt.date(2027, 3, 1))
    assert redeem(world, ada)
    clock.advance(days=1)
    with pytest.raises(Closed):
        redeem(world, ada)


def test_the_same_word_is_told_once(world: World) -> None:
    ada = member(world, "Ada", points=20)
    reward(world)
    press = redeem(world, ada)
    before = len(world.mail())
    world.the(Shipping).say(*WEI, ada, press, "Soon")
    world.the(Shipping).say(*WEI, ada, press, "Soon")
    assert len(seen(world, ada, press).timeline) == 2
    assert len(world.mail()) == before + 1


def test_a_press_that_says_another_number_is_refused(world: World) -> None:
    reward(world)
    shelf = world.the(Shelf)
    shelf.restock(*WEI, "mug", 5, "press-1")
    shelf.restock(*WEI, "mug", 5, "press-1")
    assert left(world) == 15
    with pytest.raises(AlreadyMoved):
        shelf.restock(*WEI, "mug", 7, "press-1")


def test_a_promise_that_still_lies_ahead_is_not_called_late(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, ships=True)
    press = redeem(world, ada)
    clock.advance(days=5)
    approve(world, ada, press)
    world.the(Shipping).address(ada, press, "Ada, 12 Broad Street, Lagos")
    page = main_text(signed_in(world, "Ada").get(f"/portal/rewards/redemptions/{press}"))
    assert "We have been slower than we promised" in page
    assert "and are late" not in page


def test_what_caches_keep_for_everybody_carries_no_cookie(world: World) -> None:
    reward(world)
    answer = world.browser().get("/portal/api/v1/rewards")
    assert "Set-Cookie" not in answer.headers


def test_the_log_tells_no_hash_of_a_code(world: World) -> None:
    reward(world, "voucher", kind="code")
    fill(world, "voucher", ["12345678"])
    pools = world.the(Pools)
    kept = world.the(Shelf).reward("voucher")
    name = pools.find(kept, "12345678")
    pools.revoke(*WEI, kept, name, "bad")
    told = [str(item) for item in world.table.scan() if not str(item["pk"]).startswith(("POOL#", "CODE#"))]
    assert not [line for line in told if name[:12] in line]


def test_nobody_at_the_desk_gets_their_own_points_back(world: World) -> None:
    ada = member(world, "Ada", points=50)
    reward(world, price=5, stock=3)
    reward(world, "voucher", price=5, kind="code")
    fill(world, "voucher", ["BOOK-0001", "BOOK-0002"])
    mug, voucher = redeem(world, ada), redeem(world, ada, "voucher")
    fulfil(world, ada, voucher)
    code = world.the(Shipping).code_of(world.the(Shipping).show(ada, voucher))
    own = (ada, "Ada")

    for deed in (
        lambda: world.the(Redemptions).decline(*own, ada, mug, "Mine."),
        lambda: world.the(Redemptions).give_back(*own, ada, voucher, "Mine."),
        lambda: world.the(Pools).revoke(*own, world.the(Shelf).reward("voucher"), hashed(code), "Mine."),
    ):
        with pytest.raises(OwnRedemption):
            deed()

    assert world.the(Redemptions).cancel(ada, mug).status == "cancelled"  # as everybody may
    assert world.the(Pools).revoke(*WEI, world.the(Shelf).reward("voucher"), hashed(code), "No good.") is not None
    books_balance(world)

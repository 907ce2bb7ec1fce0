"""The way of a redemption: approved, sent, received, completed; or expired, returned, cancelled too often."""

from __future__ import annotations

import datetime as dt

import pytest

from portal import jobs
from portal.charter.fields import amount
from portal.errors import NotFound
from portal.members.service import Members
from portal.points.model import InDebt
from portal.points.service import Points
from portal.rewards.closing import AlreadyClosed, NeedsAddress, NotHandedOver, Redemptions, TooManyCancels
from portal.rewards.handing import TicketUsed
from portal.rewards.queue import Backlog
from portal.rewards.shipping import NoAddress, Shipping, UnknownTicket
from portal.table.contract import Delete, Key, Update
from tests.clocks import MovableClock
from tests.people import member, reward
from tests.rewards.asking import WEI, approve, books_balance, fulfil, give_back, left, redeem, seen
from tests.world import World

HOME = "Ada Okafor\n12 Broad Street\nLagos"


def purse(world: World, who: str) -> tuple[int, int, int]:
    found = world.the(Points).purse(who)
    return found.available, found.held, found.spent


def run(world: World) -> dict[str, object]:
    return jobs.run("redemptions", world.services)


def addresses(world: World) -> list[str]:
    return [str(item["lines"]) for item in world.table.scan() if str(item["sk"]).startswith("RDA#")]


def test_a_parcel_is_approved_addressed_sent_received_and_the_address_erased(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, price=10, ships=True)
    press = redeem(world, ada, price=10)
    with pytest.raises(NoAddress):
        world.the(Shipping).address(ada, press, HOME)
    approve(world, ada, press)
    assert "address" in world.mail_to("ada@example.org").text
    with pytest.raises(NeedsAddress):
        fulfil(world, ada, press)

    world.the(Shipping).address(ada, press, "Somewhere in Lagos")
    world.the(Shipping).address(ada, press, HOME)
    assert world.the(Shipping).address_of(seen(world, ada, press)) == HOME
    fulfil(world, ada, press, "Parcel RX 123")
    done = world.the(Shipping).received(ada, press)
    again = world.the(Shipping).received(ada, press)

    assert done.status == again.status == "completed"
    assert purse(world, ada) == (20, 0, 10)
    assert "Parcel RX 123" in world.mail_to("ada@example.org").text
    assert run(world)["done"] == 0
    clock.advance(days=30)
    assert (run(world)["done"], run(world)["done"]) == (1, 0)
    assert addresses(world) == []
    assert seen(world, ada, press).address == "erased"
    books_balance(world)


def test_what_nobody_complains_of_is_completed_whenever_the_job_runs(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=5)
    press = redeem(world, ada)
    handed = clock.now()
    fulfil(world, ada, press)
    clock.advance(days=13, hours=23)
    assert run(world)["done"] == 0
    clock.advance(days=20)

    with pytest.raises(AlreadyClosed, match="completed already"):  # even before the job has come
        give_back(world, ada, press)
    assert (run(world)["done"], run(world)["done"]) == (1, 0)

    completed = seen(world, ada, press)
    assert completed.status == "completed"
    assert completed.at("completed") == handed + dt.timedelta(days=14)
    assert world.the(Backlog).waiting("fulfilled").redemptions == []


def test_without_an_address_in_time_it_expires_and_all_goes_back(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, stock=1, limit=1, ships=True)
    press = redeem(world, ada, price=10)
    approve(world, ada, press)
    clock.advance(days=14)
    for late in (
        lambda: world.the(Shipping).address(ada, press, HOME),
        lambda: world.the(Redemptions).cancel(ada, press),
    ):
        with pytest.raises(AlreadyClosed, match="expired already"):
            late()

    assert (run(world)["done"], run(world)["done"]) == (1, 0)

    assert seen(world, ada, press).status == "expired"
    assert purse(world, ada) == (10, 0, 0)
    assert left(world) == 1
    assert redeem(world, ada, price=10)
    books_balance(world)


def test_nothing_expires_while_it_is_the_community_that_is_slow(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, ships=True)
    press = redeem(world, ada, price=10)
    clock.advance(days=300)

    assert run(world)["done"] == 0
    approve(world, ada, press)
    clock.advance(days=13)
    assert run(world)["done"] == 0
    world.the(Shipping).address(ada, press, HOME)
    clock.advance(days=300)
    assert run(world)["done"] == 0

    assert seen(world, ada, press).lane == "approved"


def test_once_late_taking_it_back_stays_free_even_when_we_wait_for_the_address(
    world: World, clock: MovableClock
) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, ships=True)
    press = redeem(world, ada, price=10)
    clock.set(dt.datetime(2028, 4, 2, tzinfo=dt.UTC))  # the points have lapsed meanwhile
    approve(world, ada, press)

    assert world.the(Redemptions).lost_by_cancelling(ada, press) == 0
    world.the(Redemptions).cancel(ada, press)

    assert purse(world, ada) == (10, 0, 0)


def test_the_promise_counts_from_the_address_and_is_told_honestly(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, ships=True)
    press = redeem(world, ada, price=10)
    backlog, today = world.the(Backlog), world.the(Members).today
    days = dt.timedelta(days=amount(world.charter.points.rewards.answer_within))
    assert backlog.promised(seen(world, ada, press)) == today + days
    approve(world, ada, press)
    assert backlog.promised(seen(world, ada, press)) is None
    clock.advance(days=10)
    world.the(Shipping).address(ada, press, HOME)

    assert backlog.promised(seen(world, ada, press)) == world.the(Members).today + days
    chips = []
    for _ in range(5):
        chips.append(backlog.chip(seen(world, ada, press)))
        clock.advance(days=1)
    assert chips == ["soft", "soft", "soft", "amber", "seal"]


def test_what_came_to_nothing_keeps_no_address(world: World) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, price=5, ships=True)
    first, second = redeem(world, ada), redeem(world, ada)
    for press in (first, second):
        approve(world, ada, press)
        world.the(Shipping).address(ada, press, HOME)

    world.the(Redemptions).cancel(ada, first)
    world.the(Redemptions).decline(*WEI, ada, second, "Out of clay.")

    assert addresses(world) == []
    books_balance(world)


def test_taken_back_by_the_desk_points_return_with_grace_before_and_after_their_lot_lapsed(
    world: World, clock: MovableClock
) -> None:
    ada = member(world, "Ada", points=10)
    reward(world, price=10, limit=2)
    clock.set(dt.datetime(2028, 3, 30, 9, tzinfo=dt.UTC))
    before, after = redeem(world, ada, price=10), redeem(world, ada, price=10)
    fulfil(world, ada, before)
    fulfil(world, ada, after)

    give_back(world, ada, before)
    clock.advance(days=4)
    give_back(world, ada, after)

    assert purse(world, ada) == (20, 0, 0)
    found, today = world.the(Points).purse(ada), world.the(Members).today
    lapsing = found.lapsing(today)
    assert lapsing is not None
    assert (lapsing[1] - today).days >= 26  # the grace of the first, four days on
    assert left(world) == 8  # things come back to the shelf by hand
    with pytest.raises(AlreadyClosed, match="returned already"):
        give_back(world, ada, after)
    books_balance(world)


def test_only_what_was_handed_over_can_be_taken_back_received_or_used(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=5)
    press = redeem(world, ada)

    with pytest.raises(NotHandedOver):
        give_back(world, ada, press)
    with pytest.raises(NotHandedOver):
        world.the(Shipping).received(ada, press)
    with pytest.raises(NotHandedOver):
        world.the(Shipping).show(ada, press)
    with pytest.raises(NotFound):
        world.the(Shipping).use(*WEI, ada, press)


def test_debt_keeps_held_points_from_being_spent(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=5)
    press = redeem(world, ada)
    world.table.commit(Update(Key(f"M#{ada}", "POINTS"), add={"debt": 3, "reversed": 3}))

    with pytest.raises(InDebt):
        fulfil(world, ada, press)

    assert seen(world, ada, press).status == "requested"


def test_nobody_sits_on_the_stock_by_asking_and_cancelling(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=40)
    reward(world)
    reward(world, "tea")
    cancel = world.the(Redemptions).cancel
    for _ in range(2):
        cancel(ada, redeem(world, ada))
    third = redeem(world, ada)

    with pytest.raises(TooManyCancels, match="2 times today"):
        cancel(ada, third)
    assert seen(world, ada, third).open
    assert world.the(Redemptions).cancels_left(seen(world, ada, third)) == 0
    cancel(ada, redeem(world, ada, "tea"))  # another reward is another count
    clock.advance(days=1)

    assert cancel(ada, third).status == "cancelled"
    late = [redeem(world, ada) for _ in range(4)]
    clock.advance(days=4)
    assert {cancel(ada, press).status for press in late} == {"cancelled"}  # we are late, and count nothing
    books_balance(world)


def test_an_automatic_privilege_is_granted_in_the_same_breath(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, kind="privilege", auto=True, lasts=30)

    done = seen(world, ada, redeem(world, ada, price=10))

    assert done.status == "fulfilled"
    assert done.until == world.the(Members).today + dt.timedelta(days=30)
    assert purse(world, ada) == (0, 0, 10)
    assert [step.status for step in done.timeline] == ["requested", "approved", "fulfilled"]
    books_balance(world)


def test_an_automatic_parcel_waits_for_its_address_only(world: World) -> None:
    ada = member(world, "Ada")
    reward(world, price=10, ships=True, auto=True)

    press = redeem(world, ada, price=10)

    assert seen(world, ada, press).lane == "address"
    world.the(Shipping).address(ada, press, HOME)
    assert [one.id for one in world.the(Backlog).waiting("approved").redemptions] == [press]


def test_a_ticket_lets_one_person_in_once(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    evening = world.the(Members).today + dt.timedelta(days=60)
    reward(world, price=5, stock=2, kind="ticket", auto=True, until=evening)
    shipping = world.the(Shipping)
    press, other = redeem(world, ada), redeem(world, ada)
    number = seen(world, ada, press).ticket
    clock.advance(days=50)
    assert run(world)["done"] == 0  # a ticket is open until its day and a while longer

    found = shipping.ticket(f" {number[:5].lower()} {number[5:]}")
    used = shipping.use(*WEI, found.member, found.id)

    assert (found.id, used.status) == (press, "completed")
    with pytest.raises(TicketUsed):
        shipping.use(*WEI, ada, press)
    with pytest.raises(UnknownTicket):
        shipping.ticket("no such")
    give_back(world, ada, other)
    with pytest.raises(UnknownTicket):
        shipping.ticket(seen(world, ada, other).ticket)
    assert left(world) == 1
    books_balance(world)


def test_a_word_on_the_way_is_told_and_moves_no_deadline(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    reward(world)
    press = redeem(world, ada)
    fulfil(world, ada, press)
    clock.advance(days=10)

    world.the(Shipping).say(*WEI, ada, press, "It is parcel RX 99.")

    assert "RX 99" in world.mail_to("ada@example.org").text
    clock.advance(days=4)
    assert run(world)["done"] == 1
    assert [step.status for step in seen(world, ada, press).timeline][-2:] == ["fulfilled", "completed"]


def test_a_job_that_meets_a_refusal_does_all_the_rest(world: World, clock: MovableClock) -> None:
    people = [member(world, name) for name in ("Ada", "Bo")]
    reward(world, ships=True)
    presses = [redeem(world, who) for who in people]
    for who, press in zip(people, presses, strict=True):
        approve(world, who, press)
    world.table.commit(Delete(Key(f"M#{people[0]}", "ACCOUNT")))  # nobody to be told
    clock.advance(days=20)

    with pytest.raises(NotFound):
        run(world)

    assert seen(world, people[1], presses[1]).status == "expired"

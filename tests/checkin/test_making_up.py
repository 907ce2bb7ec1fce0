"""Missed days made up: what they join, what they never pay, and every reason why one can't be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.charter.schema import Charter
from portal.checkin.cards import Card
from portal.checkin.mending import BeforeJoining, NoMakeUps, NotMissed, NotOver, Rested, TooLongAgo, UsedUp
from portal.checkin.service import AlreadyStamped, CheckIns
from portal.errors import Busy, NotFound, PortalError
from portal.members.service import Members
from portal.points.service import Points
from portal.points.verifying import verify
from portal.table.contract import Item, Table, Write
from portal.table.sqlite import SqliteTable
from tests.checkin.ruled import charter, rule
from tests.clocks import MovableClock
from tests.forwarding import ForwardingTable
from tests.people import member
from tests.world import World, main_text

DAY = dt.timedelta(days=1)
Opens = Callable[[Charter], World]


def march(day: int) -> dt.date:
    return dt.date(2027, 3, day)


@pytest.fixture
def world_of(table: Table, clock: MovableClock, tmp_path: Path) -> Opens:
    """Opens the store under a charter of the test's own."""
    return lambda running: World(table, clock, tmp_path, charter=running)


def stamp_on(world: World, clock: MovableClock, who: str, *days: int) -> None:
    """Stamp these days of March."""
    for day in days:
        clock.set(dt.datetime(2027, 3, day, 9, tzinfo=dt.UTC))
        world.the(CheckIns).stamp(who)


def card(world: World, who: str) -> Card:
    return world.the(CheckIns).card(world.the(Members).profile(who))


def test_it_joins_two_rows_pays_nothing_for_the_day_and_raises_the_next_step(
    world_of: Opens, clock: MovableClock
) -> None:
    world = world_of(charter(rule(ladder=[1, 2, 3, 4, 5, 6], make_ups=1)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 2, 4)
    before = world.the(Points).purse(ada)

    mended = world.the(CheckIns).make_up(ada, march(3))

    assert (mended.points, mended.streak, mended.milestones) == (0, 4, {})
    assert world.the(Points).purse(ada) == before
    assert (card(world, ada).streak, card(world, ada).longest, card(world, ada).tomorrow.points) == (4, 4, 5)
    clock.advance(days=1)
    assert world.the(CheckIns).stamp(ada).points == 5
    assert verify(world.table).faults == []


def test_made_up_before_today_s_stamp_it_raises_today_s_step(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(ladder=[1, 2, 3, 4], make_ups=1)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 2)
    clock.advance(days=2)
    assert card(world, ada).today.points == 1

    world.the(CheckIns).make_up(ada, march(3))

    assert card(world, ada).today.points == 4
    assert world.the(CheckIns).stamp(ada).points == 4


def test_every_milestone_that_a_joined_row_reaches_is_paid_on_that_day_and_only_once(
    world_of: Opens, clock: MovableClock
) -> None:
    world = world_of(charter(rule(ladder=[1], milestones={3: 10, 5: 20, 7: 40, 9: 80}, make_ups=2)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 2, 3, 5, 6, 7)
    earned = world.the(Points).purse(ada).earned

    mended = world.the(CheckIns).make_up(ada, march(4))

    assert (mended.streak, mended.milestones) == (7, {5: 20, 7: 40})  # 3 was paid on the 3rd
    assert world.the(Points).purse(ada).earned == earned + 60
    keys = {entry.key for entry in world.the(Points).statement(ada).entries if entry.rule == "milestone"}
    assert keys == {f"check-in#2027#milestone-{days}" for days in (3, 5, 7)}
    stamp_on(world, clock, ada, 8, 9)
    assert world.the(Points).purse(ada).earned == earned + 60 + 2 + 80
    assert verify(world.table).faults == []


def test_a_milestone_of_last_year_is_not_paid_again_because_a_make_up_joins_its_row(
    world_of: Opens, clock: MovableClock
) -> None:
    world = world_of(charter(rule(milestones={3: 10, 6: 20}, make_ups=1)))
    clock.set(dt.datetime(2027, 12, 27, 9, tzinfo=dt.UTC))
    ada = member(world, "Ada")
    for days in (1, 1, 2, 1):  # 27, 28, 29 and 31 December, and 1 January
        world.the(CheckIns).stamp(ada)
        clock.advance(days=days)
    last = world.the(CheckIns).stamp(ada)

    mended = world.the(CheckIns).make_up(ada, dt.date(2027, 12, 30))

    assert (last.streak, last.milestones) == (2, {})
    assert (mended.streak, mended.milestones) == (6, {6: 20})


def test_a_made_up_day_never_lowers_what_the_page_has_promised(world_of: Opens, clock: MovableClock) -> None:
    """The third day pays 9; joined to two older ones, tomorrow would be the fifth, and pay 1."""
    world = world_of(charter(rule(ladder=[1, 1, 9], make_ups=1)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 3, 4)
    assert card(world, ada).tomorrow.points == 9

    world.the(CheckIns).make_up(ada, march(2))

    assert card(world, ada).tomorrow.points == 9
    clock.advance(days=1)
    stamped = world.the(CheckIns).stamp(ada)
    assert (stamped.streak, stamped.points) == (5, 9)


def test_each_refusal_says_why_and_changes_nothing(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(make_ups=1, holidays=[march(9)])))
    clock.set(dt.datetime(2027, 3, 4, 9, tzinfo=dt.UTC))
    ada, bo = member(world, "Ada"), member(world, "Bo")
    stamp_on(world, clock, ada, 5)
    clock.set(dt.datetime(2027, 3, 12, 9, tzinfo=dt.UTC))
    world.the(CheckIns).make_up(ada, march(10))
    kept = items(world)

    for who, day, refusal, sentence in (
        (ada, 12, NotOver, "not over yet"),
        (ada, 13, NotOver, "not over yet"),
        (ada, 4, TooLongAgo, "within 7 days"),
        (ada, 9, Rested, "is a holiday"),
        (ada, 5, NotMissed, "is stamped already"),
        (ada, 10, NotMissed, "is stamped already"),
        (ada, 11, UsedUp, "All make-ups of"),
        ("nobody", 11, NotFound, "nothing at this address"),
    ):
        with pytest.raises(refusal, match=sentence):
            world.the(CheckIns).make_up(who, march(day))
    clock.set(dt.datetime(2027, 3, 6, 9, tzinfo=dt.UTC))
    with pytest.raises(BeforeJoining, match="You joined after"):
        world.the(CheckIns).make_up(bo, march(3))
    with pytest.raises(NoMakeUps, match="can't be made up here"):
        world_of(charter(rule())).the(CheckIns).make_up(bo, march(5))
    for far in (dt.date.min, dt.date.max):
        with pytest.raises(PortalError):
            world.the(CheckIns).make_up(bo, far)
    assert items(world) == kept


def test_the_day_of_joining_and_the_seventh_day_back_can_be_made_up(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(make_ups=5)))
    ada, bo = member(world, "Ada"), member(world, "Bo")  # on 1 March
    clock.set(dt.datetime(2027, 3, 8, 9, tzinfo=dt.UTC))

    assert [missed.date.day for missed in card(world, ada).missed] == [7, 6, 5, 4, 3, 2, 1]
    assert world.the(CheckIns).make_up(ada, march(1)).streak == 0
    clock.advance(days=1)
    with pytest.raises(TooLongAgo):
        world.the(CheckIns).make_up(bo, march(1))


def test_the_limit_is_of_the_month_in_which_the_day_was_missed(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(make_ups=2)))
    clock.set(dt.datetime(2027, 3, 20, 9, tzinfo=dt.UTC))
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 4, 4, 9, tzinfo=dt.UTC))
    make_up = world.the(CheckIns).make_up

    for month, used, spared in (
        ("March 2027", (march(31), march(29)), march(30)),
        ("April 2027", (dt.date(2027, 4, 2), dt.date(2027, 4, 3)), dt.date(2027, 4, 1)),
    ):
        for date in used:
            make_up(ada, date)
        with pytest.raises(UsedUp) as refused:
            make_up(ada, spared)
        assert refused.value.facts["month"].en == month
    shown = world.the(CheckIns).calendar(world.the(Members).profile(ada))
    assert [(left.month.month, left.days) for left in shown.left] == [(4, 0), (3, 0)]
    assert shown.card.missed == []


def test_twenty_presses_of_one_button_are_one_make_up_and_of_many_no_more_than_allowed(
    world_of: Opens, clock: MovableClock
) -> None:
    world = world_of(charter(rule(milestones={4: 10}, make_ups=2)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 2, 3, 5)
    clock.set(dt.datetime(2027, 3, 7, 9, tzinfo=dt.UTC))

    def press(number: int) -> str:
        try:
            world.the(CheckIns).make_up(ada, march((4, 1, 6)[number % 3]))
        except (NotMissed, UsedUp, Busy) as refusal:
            return type(refusal).__name__
        return "made up"

    with ThreadPoolExecutor(10) as pool:
        answers = Counter(pool.map(press, range(30)))

    assert answers["made up"] == 2
    assert len(world.the(CheckIns).calendar(world.the(Members).profile(ada)).card.missed) == 0
    assert verify(world.table).faults == []


def test_a_stamp_and_a_make_up_at_once_pay_as_if_one_had_come_first(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(ladder=[1, 2, 3, 4, 5], milestones={4: 10, 5: 20}, make_ups=2)))
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 2, 3)
    clock.set(dt.datetime(2027, 3, 5, 9, tzinfo=dt.UTC))

    def act(number: int) -> str:
        try:
            world.the(CheckIns).stamp(ada) if number % 2 else world.the(CheckIns).make_up(ada, march(4))
        except (AlreadyStamped, NotMissed, Busy) as refusal:
            return type(refusal).__name__
        return "done"

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(act, range(16)))

    assert answers["done"] == 2
    assert card(world, ada).streak == 5
    earned = world.the(Points).purse(ada).earned - 10 - (1 + 2 + 3)
    assert earned in (5 + 10 + 20, 1 + 10 + 20)  # the stamp came after the make-up, or before it
    assert verify(world.table).faults == []


class Interrupted(ForwardingTable):
    """Something else happens once, between what a story read and what it commits."""

    between: Callable[[], object] | None = None

    def commit(self, *writes: Write) -> Item | None:
        if between := self.between:
            self.between = None
            between()
        return super().commit(*writes)


def test_a_stamp_that_a_make_up_overtakes_counts_on_what_it_did_and_pays_no_milestone_twice(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    """Either of the two would reach the third day, and so pay its milestone."""
    interrupted = Interrupted(table)
    running = charter(rule(ladder=[1, 2, 3, 4, 5], milestones={3: 10, 5: 20}, make_ups=1))
    world = World(interrupted, clock, tmp_path, charter=running)
    ada = member(world, "Ada")
    stamp_on(world, clock, ada, 1, 3, 4)
    clock.set(dt.datetime(2027, 3, 5, 9, tzinfo=dt.UTC))
    earned = world.the(Points).purse(ada).earned

    interrupted.between = lambda: world.the(CheckIns).make_up(ada, march(2))
    stamped = world.the(CheckIns).stamp(ada)

    assert (stamped.streak, stamped.points, stamped.milestones) == (5, 5, {5: 20})
    assert world.the(Points).purse(ada).earned == earned + 10 + 5 + 20
    assert verify(world.table).faults == []


# --- the pages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone, for claims that no engine can break."""
    made = rule(ladder=[2, 3], milestones={3: 10}, make_ups=1, holidays=[march(4), march(20)], qualifies=True)
    return World(sqlite_table, clock, tmp_path, charter=charter(made))


def test_the_calendar_tells_what_can_be_made_up_and_a_press_does_it(house: World, clock: MovableClock) -> None:
    ada = member(house, "Ada")
    stamp_on(house, clock, ada, 1, 3)
    browser = house.browser()
    browser.sign_in("ada@example.org")

    before = browser.get("/portal/check-in")
    pressed = browser.post("/portal/check-in/make-up", {"date": "2027-03-02"})
    after = browser.follow(pressed)
    again = browser.follow(browser.post("/portal/check-in/make-up", {"date": "2027-03-02"}))

    assert "One day can be made up" in main_text(before)
    assert "then 3 days in a row" in main_text(before)
    assert "2 March 2027 is made up, and the row is 3 days long." in main_text(after)
    assert "3 days in a row: 10 points more." in main_text(after)
    assert "2 March 2027, made up" in main_text(after)
    assert "March 2027: 0 of 1 left." in main_text(after)
    assert "2 March 2027 is stamped already." in main_text(again)
    assert "The next one is 4 March 2027." in main_text(after)


def test_both_pages_tell_how_many_of_the_missed_days_their_month_still_allows(
    house: World, clock: MovableClock
) -> None:
    ada = member(house, "Ada")
    stamp_on(house, clock, ada, 1, 5)
    browser = house.browser()
    browser.sign_in("ada@example.org")

    assert "One of two missed days can be made up" in main_text(browser.get("/portal/me"))
    assert "One of two missed days can be made up" in main_text(browser.get("/portal/check-in"))


def test_a_refusal_stands_on_the_calendar_itself_in_the_reader_s_language(house: World, clock: MovableClock) -> None:
    member(house, "Ada")
    clock.advance(days=1)
    browser = house.browser()
    browser.sign_in("ada@example.org")

    english = browser.post("/portal/check-in/make-up", {"date": "2027-03-02"})
    chinese = browser.post("/portal/check-in/make-up?lang=zh", {"date": "2027-02-20"})
    forged = [
        browser.post("/portal/check-in/make-up", {"date": bad}).status_code
        for bad in ("", "yesterday", "2027-02-30", "0000-01-01", "9" * 5000)
    ]

    assert (english.status_code, chinese.status_code) == (409, 409)
    assert "2 March 2027 is not over yet." in main_text(english)
    assert "March 2027" in main_text(english)
    assert "2027年2月20日太久了" in main_text(chinese)
    assert forged == [400] * 5


def test_the_card_says_what_today_and_tomorrow_pay_and_that_a_holiday_breaks_nothing(
    house: World, clock: MovableClock
) -> None:
    ada = member(house, "Ada")
    stamp_on(house, clock, ada, 1, 2)
    browser = house.browser()
    browser.sign_in("ada@example.org")

    stamped = main_text(browser.get("/portal/me"))
    clock.advance(days=1)
    due = main_text(browser.get("/portal/me"))
    chinese = main_text(browser.get("/portal/me?lang=zh"))
    house.the(CheckIns).stamp(ada)
    clock.advance(days=1)
    holiday = main_text(browser.get("/portal/me"))

    assert "Today is stamped. Tomorrow: 2 points. And 10 more for 3 days in a row." in stamped
    assert "Today 2 points, tomorrow 3. And 10 more today for 3 days in a row. A missed day starts" in due
    assert "今天2分，明天3分。今天连续满3天，另加10分。断一天" in chinese
    assert "Today is a holiday: a stamp counts, a day off breaks nothing." in holiday


def test_months_can_be_turned_back_to_the_one_of_joining_and_no_further(house: World, clock: MovableClock) -> None:
    member(house, "Ada")
    clock.set(dt.datetime(2027, 5, 10, 9, tzinfo=dt.UTC))
    browser = house.browser()
    browser.sign_in("ada@example.org")

    april = browser.get("/portal/check-in?month=2027-04")
    beyond = [
        browser.get(f"/portal/check-in?month={month}").status_code
        for month in ("2027-02", "2027-06", "2027-13", "x", "%00", "9999-12", "0001-01")
    ]

    assert "month=2027-03" in april.text
    assert "month=2027-05" in april.text
    assert "month=2027-02" not in browser.get("/portal/check-in?month=2027-03").text
    assert beyond == [404] * 7


def test_the_stamp_leads_back_to_the_page_that_it_stood_on(house: World) -> None:
    member(house, "Ada")
    browser = house.browser()
    browser.sign_in("ada@example.org")

    stamped = browser.post("/portal/check-in", {"on": "calendar"})
    again = browser.post("/portal/check-in", {"on": "https://elsewhere.test/"})

    assert (stamped.headers["Location"], again.headers["Location"]) == ("/portal/check-in", "/portal/me")
    assert "Today is stamped already." in main_text(browser.follow(again))


def test_a_suspended_member_sees_the_calendar_without_a_button(house: World, clock: MovableClock) -> None:
    ada = member(house, "Ada")
    clock.advance(days=2)
    house.the(Members).suspend("wei", "Wei", ada, house.the(Members).today, "a cooling off")
    browser = house.browser()
    browser.sign_in("ada@example.org")

    page = browser.get("/portal/check-in")
    refused = browser.post("/portal/check-in/make-up", {"date": "2027-03-02"})

    assert page.status_code == 200
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert refused.status_code == 403
    assert "suspended until" in main_text(refused)


def test_a_charter_without_extras_has_none_on_the_page(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    bare = World(sqlite_table, clock, tmp_path, charter=charter())
    member(bare, "Ada")
    clock.advance(days=1)
    browser = bare.browser()
    browser.sign_in("ada@example.org")

    for path in ("/portal/me", "/portal/check-in"):
        text = main_text(browser.get(path))

        assert "made up" not in text
        assert "ilestone" not in text
    assert "No, these points are there to spend." in text


def items(world: World) -> list[str]:
    return sorted(str(item) for item in world.table.scan() if str(item["sk"]).startswith(("CI#", "L#", "POINTS")))

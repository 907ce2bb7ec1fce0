"""The audit log: every act of the staff, newest first, a community day at a time."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from portal.applications.model import AlreadyDecided
from portal.applications.review import Review
from portal.audit.records import SHARDS
from portal.audit.service import DAY_LIMIT, Audit
from portal.language import Text
from portal.members.appointing import Appointments
from portal.members.founding import Founding
from portal.members.service import Members
from portal.rewards.closing import Redemptions
from portal.rewards.model import Reward
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.people import applicant, member, person
from tests.world import Browser, World, main_text

MARCH_1 = dt.date(2027, 3, 1)


def test_acts_are_told_newest_first_wherever_they_were_kept(world: World, clock: MovableClock) -> None:
    for number in range(40):
        clock.advance(seconds=7)
        note(world, f"act {number}")

    told = world.the(Audit).of_day(MARCH_1)

    assert [action.did for action in told] == [f"act {number}" for number in reversed(range(40))]
    assert len({item["pk"] for item in world.table.scan() if item["pk"].startswith("AUD#")}) > SHARDS // 2


def test_a_day_is_the_community_s_and_not_greenwich_s(world: World, clock: MovableClock) -> None:
    clock.set(dt.datetime(2027, 3, 1, 15, 59, 59, 999999, tzinfo=dt.UTC))
    note(world, "before midnight in Shanghai")
    clock.advance(microseconds=1)
    note(world, "after midnight in Shanghai")

    first, second = world.the(Audit).of_day(MARCH_1), world.the(Audit).of_day(MARCH_1 + dt.timedelta(days=1))

    assert [action.did for action in first] == ["before midnight in Shanghai"]
    assert [action.did for action in second] == ["after midnight in Shanghai"]


def test_the_log_is_walked_day_by_day(house: World, clock: MovableClock) -> None:
    wei = owner(house)
    clock.advance(days=1)
    note(house, "act of the second")
    clock.advance(days=2)
    note(house, "act of the fourth")

    fourth = wei.get("/portal/desk/audit")
    third = wei.get(link(fourth, "The day before"))
    second = wei.get(link(third, "The day before"))
    back = wei.get(link(second, "The day after"))

    assert acts(fourth) == ["act of the fourth"]
    assert "The day after" not in fourth.text
    assert "What staff did on 3 March 2027" in main_text(third)
    assert acts(third) == []
    assert acts(second) == ["act of the second"]
    assert acts(back) == []


@pytest.mark.parametrize(
    "day", ["2027-03-02", "9999-12-31", "x", "", "2027-02-30", "0000-00-00", "-1", "\u0662027-03-01"]
)
def test_a_day_that_is_none_or_not_yet_shows_today(house: World, day: str) -> None:
    wei = owner(house)

    page = wei.get("/portal/desk/audit", query_string={"day": day})

    assert page.status_code == 200
    assert "What staff did on 1 March 2027" in main_text(page)


def test_the_first_of_all_days_is_a_page_too(house: World) -> None:
    wei = owner(house)

    page = wei.get("/portal/desk/audit?day=0001-01-01")

    assert page.status_code == 200
    assert wei.get(link(page, "The day before")).status_code == 200


def test_every_act_at_the_desk_stands_in_the_log_with_who_whom_and_why(house: World, clock: MovableClock) -> None:
    world = house
    ada = member(world, "Ada", points=90)
    bob, eve = applicant(world, "Bob"), applicant(world, "Eve")
    mug = Reward(slug="mug", title=Text("Mug", "杯子"), about=Text("For tea.", "喝茶用。"), price=5)
    wei = ("wei", "Wei")
    acts = [
        lambda: world.the(Review).approve(*wei, bob.person, bob.id, "Welcome!"),
        lambda: world.the(Review).decline(*wei, eve.person, eve.id, "advertising", "A pity."),
        lambda: world.the(Members).suspend(*wei, ada, MARCH_1, "Sold tickets."),
        lambda: world.the(Members).reinstate(*wei, ada, "Made up for it."),
        lambda: world.the(Appointments).grant(*wei, ada, "reviewer"),
        lambda: world.the(Appointments).withdraw(*wei, ada, "reviewer"),
        lambda: world.the(Shelf).create(*wei, mug, 3),
        lambda: world.the(Shelf).restock(*wei, "mug", 2, "the press of a button"),
        lambda: world.the(Redemptions).fulfil(*wei, ada, ask(world, ada), "By post."),
        lambda: world.the(Redemptions).decline(*wei, ada, ask(world, ada), "Broken."),
    ]

    for act in acts:
        clock.advance(seconds=1)
        act()
    told = world.the(Audit).of_day(MARCH_1)

    assert len(told) == len(acts)
    assert {(action.actor, action.actor_name) for action in told} == {("wei", "Wei")}
    assert [action.subject for action in told][-6:] == [ada, ada, ada, ada, eve.person, bob.person]
    for why in ("Welcome!", "A pity.", "Sold tickets.", "Made up for it.", "By post.", "Broken."):
        assert sum(why in str(action.facts) for action in told) == 1


@pytest.mark.parametrize("reason", ["", "   ", "\u3000\n", "x" * 1001])
def test_an_act_whose_reason_stands_in_the_log_needs_one(house: World, reason: str) -> None:
    wei, ada = owner(house), member(house, "Ada")

    refused = wei.post(f"/portal/desk/members/{ada}/suspend", {"until": "2027-04-01", "reason": reason})

    assert refused.status_code == 422
    assert house.the(Members).profile(ada).state == "active"


def test_an_act_that_is_refused_leaves_no_line(world: World) -> None:
    ada = applicant(world, "Ada")
    world.the(Review).approve("wei", "Wei", ada.person, ada.id)

    with pytest.raises(AlreadyDecided):
        world.the(Review).decline("yan", "Yan", ada.person, ada.id, "advertising")
    world.the(Appointments).withdraw("yan", "Yan", ada.person, "reviewer")

    assert [action.actor_name for action in world.the(Audit).of_day(MARCH_1)] == ["Wei"]


def test_a_day_on_which_more_was_done_than_a_page_holds_says_so(house: World, clock: MovableClock) -> None:
    wei = owner(house)
    for number in range(DAY_LIMIT):
        clock.advance(seconds=1)
        note(house, f"act {number}")

    page = wei.get("/portal/desk/audit")

    assert acts(page) == [f"act {number}" for number in reversed(range(DAY_LIMIT))]
    assert f"the last {DAY_LIMIT} of the day" in main_text(page)


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone, for claims that no engine can break."""
    return World(sqlite_table, clock, tmp_path)


def note(world: World, did: str) -> None:
    """Somebody of the staff acts."""
    world.table.commit(*world.the(Audit).note("wei", "Wei", did, "ada"))


def owner(world: World) -> Browser:
    """A browser in which the owner is signed in."""
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    return browser


def ask(world: World, who: str) -> str:
    """Somebody asks for a mug."""
    return world.the(Rewards).redeem(who, "mug", world.the(Ids).new(), 5).id


def link(page: TestResponse, label: str) -> str:
    found = re.search(rf'href="([^"]+)">{label}<', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


def acts(page: TestResponse) -> list[str]:
    """What was noted by `note`, as a page tells it."""
    return re.findall(r"act of the \w+|act \d+", main_text(page).lower())

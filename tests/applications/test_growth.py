"""The desk asks the table as often with many applications as with few, and never offers what is decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.applications.following import Following
from portal.applications.model import Application
from portal.applications.moves import Moves
from portal.applications.queue import LISTS, Queue
from portal.applications.review import Review
from portal.applications.timing import Timing
from portal.members.founding import Founding
from portal.table.contract import Table
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.filling import fill
from tests.lagging import LaggingTable
from tests.people import applicant, person
from tests.world import Browser, World, main_text

PAGES = {
    "the queue": "applications",
    "the waitlist": "applications?lane=waitlist",
    "what was closed": "applications?lane=done",
    "mine": "applications?lane=mine",
    "a search by name": "applications?q=ad",
    "a search by address": "applications?q=ada@example.org",
    "a search by number": "applications?q=1",
}


def costs(browser: Browser, counting: CountingTable, one: Application) -> dict[str, tuple[int, int, int]]:
    """Reads, commits and writes of each page of the desk."""
    found = {}
    for name, path in {**PAGES, "one application": f"applications/{one.person}/{one.id}"}.items():
        with counted(counting) as n:
            assert browser.get(f"/portal/desk/{path}").status_code == 200
            found[name] = (n.reads, n.commits, n.writes)
    return found


def test_each_page_of_the_desk_costs_the_same_however_many_have_applied(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    one = applicant(world, "Ada")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    fill(table, one, 60)

    few = costs(browser, counting, one)
    fill(table, applicant(world, "Bea"), 1200)
    many = costs(browser, counting, one)

    assert many == few
    assert few["the queue"] == (4, 0, 0)
    assert max(reads for reads, _, _ in few.values()) == 14


def test_a_decision_costs_the_same_however_many_have_applied(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    ada, bea, cid = (applicant(world, name) for name in ("Ada", "Bea", "Cid"))
    review = world.the(Review)

    def cost(one: Application) -> tuple[int, int, int]:
        with counted(counting) as n:
            review.decline("wei", "Wei", one.person, one.id, "advertising")
            return n.reads, n.commits, n.writes

    few = cost(ada)
    fill(table, cid, 1200)

    assert cost(bea) == few == (2, 2, 8)  # the application, the account; the decision with its letter


@pytest.mark.parametrize("lane", [lane for lane in LISTS if lane not in ("mine", "done")])
def test_with_an_index_that_lags_no_list_offers_what_has_moved_on(
    table: Table, clock: MovableClock, tmp_path: Path, lane: str
) -> None:
    lagging = LaggingTable(table)
    world = World(lagging, clock, tmp_path)
    review, who = world.the(Review), ("wei", "Wei")
    ada, bea = applicant(world, "Ada"), applicant(world, "Bea")
    for one in (ada, bea):
        if lane == "asked":
            review.ask(*who, one.person, one.id, "Where?")
        if lane in ("waitlist", "offered"):
            review.waitlist(*who, one.person, one.id)
        if lane == "offered":
            world.the(Timing).offer(one.person, one.id, [])
    lagging.catch_up()
    world.the(Following).withdraw(ada.person, ada.id)

    assert [one.name for one in world.the(Queue).waiting(lane=lane).applications] == ["Bea"]


def test_a_page_opened_before_the_decision_offers_none_after_it(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    one = applicant(world, "Ada")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    page = f"/portal/desk/applications/{one.person}/{one.id}"
    token = browser.token
    world.the(Review).decline("yan", "Yan", one.person, one.id, "advertising")

    late = browser.post(f"{page}/approve", csrf=token)
    again = browser.get(page)

    assert late.status_code == 409
    assert "Yan has decided this already: declined" in main_text(late)
    assert "/approve" not in again.text
    assert world.the(Moves).application(one.person, one.id).status == "declined"


def test_jobs_cost_by_what_is_due_and_not_by_how_many_wait(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    fill(table, applicant(world, "Ada"), 600)
    timing = world.the(Timing)

    with counted(counting) as n:
        assert timing.pass_deadlines() == timing.erase() == 0

    assert n.reads == 2


def test_a_filter_looks_through_so_many_and_goes_on_behind_them(world: World) -> None:
    one = applicant(world, "Ada", keeping="no")
    fill(world.table, one, 400)
    bea = applicant(world, "Bea", keeping="lead")
    queue = world.the(Queue)
    found, cursor, turns = [], None, 0

    while True:
        page = queue.waiting(cursor, only="keeper")
        found += page.applications
        turns += 1
        if (cursor := page.cursor) is None:
            break

    assert [each.name for each in found] == [bea.name]
    assert turns == 1  # 134 wait for the desk
    assert {each.status for each in queue.waiting(only="in_review").applications} == {"in_review"}

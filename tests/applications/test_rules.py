"""Small rules, at their edges."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from portal.applications import quiz
from portal.applications.following import Following
from portal.applications.judging import HOLDING
from portal.applications.model import Mark, Vote
from portal.applications.pace import quantile
from portal.applications.queue import Queue
from portal.applications.quiz import Attempt
from portal.applications.review import Review
from portal.applications.scoring import marked
from portal.applications.timing import Timing
from portal.applications.voting import Tally
from portal.charter.admission import Quorum
from portal.charter.questions import Quiz
from portal.table.contract import Table
from tests.charters import SHIPPED, chartered
from tests.clocks import MovableClock
from tests.people import applicant
from tests.world import World

NOW = dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC)


def votes(said: str) -> list[Vote]:
    names = {"y": "yes", "n": "no", "u": "unsure"}
    return [Vote(by=str(n), name="", says=names[one], at=NOW) for n, one in enumerate(said)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "passes"),
    [("yn", True), ("yu", True), ("yuu", False), ("yynn", False), ("yyn", True), ("nu", False), ("yyynn", False)],
)
def test_a_vote_passes_with_half_of_it_yes_and_at_most_one_no(said: str, passes: bool) -> None:
    assert Tally(Quorum(votes=2), votes(said)).passes == passes


@pytest.mark.parametrize(("points", "mean"), [([3], 3), ([3, 4], 3), ([3, 4, 4], 4), ([0, 1], 0), ([1, 2, 3, 4], 2)])
def test_marks_are_averaged_a_half_rounded_down(points: list[int], mean: int) -> None:
    given = [Mark(by=str(n), question="why", points=one) for n, one in enumerate(points)]

    (line,) = marked(SHIPPED.join, given)

    assert (line.weight, line.answer) == (mean, str(len(points)))


@pytest.mark.parametrize(
    ("hours", "half", "most"),
    [
        ({0: 1}, 1, 1),
        ({0: 1, 9: 1}, 1, 10),
        ({0: 2, 5: 1}, 1, 6),
        ({1: 9, 30: 1}, 2, 2),
        ({1: 8, 30: 2}, 2, 31),
        ({}, 0, 0),
    ],
)
def test_the_pace_is_the_nearest_rank_rounded_up(hours: dict[int, int], half: int, most: int) -> None:
    assert (quantile(hours, 50), quantile(hours, 90)) == (half, most)


def test_a_try_counts_for_the_whole_cool_off_and_not_an_instant_longer() -> None:
    rules = Quiz(draw=1, need=1, attempts=1, minutes="5 minutes", cool_off="7 days")
    one = Attempt(id="a", charter="c", version=1, need=1, started=NOW, deadline=NOW + rules.allowed, drawn=[])
    week = dt.timedelta(days=7)

    assert quiz.again([one], rules, NOW + week - dt.timedelta(microseconds=1)) == NOW + week
    assert quiz.again([one], rules, NOW + week) is None
    assert (quiz.left([one], rules, NOW), quiz.left([one], rules, NOW + week)) == (0, 1)


def test_a_missed_offer_frees_its_persona_s_place_too(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path)
    one = applicant(world, "Ada")
    world.the(Review).waitlist("wei", "Wei", one.person, one.id)
    world.the(Timing).offer_places()
    taken = world.the(Queue).taken()
    clock.advance(days=6)
    world.the(Timing).pass_deadlines()

    assert (taken, world.the(Queue).taken()) == ({"taken": 1, "keeper": 1}, {"taken": 0, "keeper": 0})


def test_who_missed_an_offer_stands_behind_those_of_the_same_priority_only(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    policy = {"per_month": 3, "uses": 5, "expire": "30 days", "skip_review": False}
    world = World(table, clock, tmp_path, charter=chartered(invitations=policy))
    ada, bea = applicant(world, "Ada"), applicant(world, "Bea")
    review, timing = world.the(Review), world.the(Timing)
    review.decline("wei", "Wei", ada.person, ada.id, "advertising")
    world.the(Following).appeal(ada.person, ada.id, "Not so.")
    review.waitlist("yan", "Yan", ada.person, ada.id)  # first in line
    timing.offer_places()
    clock.advance(days=6)
    timing.pass_deadlines()
    review.waitlist("wei", "Wei", bea.person, bea.id)

    assert [one.name for one in world.the(Queue).waiting(lane="waitlist").applications] == ["Ada", "Bea"]


@pytest.mark.parametrize("severity", HOLDING[:1])
def test_a_word_that_holds_leaves_everything_to_people(
    table: Table, clock: MovableClock, tmp_path: Path, severity: str
) -> None:
    facts = {"on": ["domain"], "domains": ["example.org"]}
    world = World(table, clock, tmp_path, charter=chartered(auto_approve=facts))

    plain, held = applicant(world, "Ada"), applicant(world, "Bea", why="Meet me at the casino, any night of the week.")

    assert (plain.status, held.status, held.words) == ("approved", "submitted", severity)

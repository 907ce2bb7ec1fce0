"""Two at once: one outcome each, and everybody else is told in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.accounts.model import Account
from portal.applications.following import Following
from portal.applications.inviting import Invitations
from portal.applications.model import Application
from portal.applications.moves import Moves
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.errors import Busy, PortalError
from portal.language import say
from portal.members.service import Members
from portal.points.verifying import verify
from portal.table.contract import Table
from tests.charters import chartered
from tests.clocks import MovableClock
from tests.people import ANSWERS, applicant, member, person
from tests.world import World


def at_once(*stories: Callable[[], object]) -> list[object]:
    """What each story came to when all are told at once: its value, or the sentence of its refusal."""

    def told(story: Callable[[], object]) -> object:
        while True:
            try:
                return story()
            except Busy:
                continue  # as the page says: in a moment
            except PortalError as refusal:
                return say(refusal.sentence, "en", **refusal.facts)

    with ThreadPoolExecutor(min(16, len(stories))) as pool:
        return list(pool.map(told, stories))


def statuses(outcomes: list[object]) -> Counter[str]:
    return Counter(one.status if isinstance(one, Application) else str(one) for one in outcomes)


def test_an_applicant_edits_while_a_reviewer_begins_to_read(world: World) -> None:
    one = applicant(world, "Ada")
    edited = {**ANSWERS, "name": "Ada", "why": "Something quite different, and longer than before."}

    outcomes = at_once(
        lambda: world.the(Review).claim("wei", "Wei", one.person, one.id),
        *[lambda: world.the(Applications).edit(one, edited)] * 5,
    )

    found = world.the(Moves).application(one.person, one.id)
    refused = [told for told in outcomes[1:] if isinstance(told, str)]
    assert found.status == "in_review"
    assert found.claim is not None
    assert all("Somebody has begun to read" in told for told in refused)
    assert (found.answers["why"] == edited["why"]) == (len(refused) < 5)


def test_fifty_are_approved_for_the_last_five_places(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(capacity=5))
    waiting = [applicant(world, f"P{number}") for number in range(50)]

    outcomes = at_once(
        *(lambda one=one: world.the(Review).approve(one.id, one.id, one.person, one.id) for one in waiting)  # type: ignore[misc]
    )

    told = statuses(outcomes)
    assert told["approved"] == 5
    assert sum(n for sentence, n in told.items() if sentence.startswith("Every place is taken.")) == 45
    assert len(world.the(Members).listing("active").members) == 5
    assert world.the(Queue).taken()["taken"] == 5
    assert verify(world.table).faults == []


def test_fifty_who_are_let_in_by_facts_come_for_the_last_five_places(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    facts = {"on": ["domain"], "domains": ["example.org"]}
    world = World(table, clock, tmp_path, charter=chartered(capacity=5, auto_approve=facts))
    people = [person(world, f"P{number}") for number in range(50)]
    applications = world.the(Applications)

    def send(number: int, who: Account) -> Application:
        return applications.submit(who.id, applications.draft(f"draft-number-{number:08}", ANSWERS, "en"))

    outcomes = at_once(*(lambda n=n, who=who: send(n, who) for n, who in enumerate(people)))  # type: ignore[misc]

    assert statuses(outcomes) == {"approved": 5, "waitlisted": 45}
    assert world.the(Queue).taken()["taken"] == 5


def test_the_same_address_applies_twice_in_the_same_second(world: World) -> None:
    ada = person(world, "Ada")
    applications = world.the(Applications)

    def send(number: int) -> Application:
        return applications.submit(ada.id, applications.draft(f"draft-number-{number:08}", ANSWERS, "en"))

    outcomes = at_once(*(lambda n=n: send(n) for n in range(8)))  # type: ignore[misc]

    told = statuses(outcomes)
    assert told.pop("submitted") == 1
    assert set(told) == {"You have an application with us already. The link in our message shows where it stands."}
    assert len(world.the(Queue).waiting().applications) == 1


def test_an_offer_is_accepted_while_its_deadline_passes(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    world.the(Review).waitlist("wei", "Wei", one.person, one.id)
    offered = world.the(Timing).offer(one.person, one.id, [])
    assert offered.due is not None
    clock.set(offered.due)

    outcomes = at_once(
        lambda: world.the(Following).accept(one.person, one.id),
        world.the(Timing).pass_deadlines,
        lambda: world.the(Following).withdraw(one.person, one.id),
        world.the(Timing).pass_deadlines,
    )

    found = world.the(Moves).application(one.person, one.id)
    joined = world.the(Members).find(one.person) is not None
    assert found.status in ("approved", "withdrawn")
    assert joined == (found.status == "approved")
    assert world.the(Queue).taken()["taken"] == int(joined)
    assert sum(isinstance(told, str) for told in outcomes) == 1  # the other one is told


def test_a_deadline_passes_once_however_many_run_the_job(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    world.the(Review).waitlist("wei", "Wei", one.person, one.id)
    world.the(Timing).offer(one.person, one.id, [])
    clock.advance(days=5, seconds=1)

    passed = at_once(*[world.the(Timing).pass_deadlines] * 6)

    found = world.the(Moves).application(one.person, one.id)
    assert sum(passed) == 1  # type: ignore[arg-type]
    assert (found.status, found.missed) == ("waitlisted", 1)
    assert world.the(Queue).taken()["taken"] == 0


def test_free_places_are_offered_once_each_in_order(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    personas = [
        {"slug": "curious", "name": {"en": "c", "zh": "c"}, "when": {"keeping": ["no"]}, "quota": 1},
        {"slug": "lead", "name": {"en": "l", "zh": "l"}, "when": {"keeping": ["lead"]}},
    ]
    world = World(table, clock, tmp_path, charter=chartered(capacity=3, persona=personas))
    for number, kind in enumerate(["no", "no", "lead", "lead", "lead"]):
        clock.advance(seconds=1)
        one = applicant(world, f"P{number}", keeping=kind)
        world.the(Review).waitlist("wei", "Wei", one.person, one.id)

    at_once(*[world.the(Timing).offer_places] * 4)

    offered = {one.name for one in world.the(Queue).waiting(lane="offered").applications}
    assert offered == {"P0", "P2", "P3"}  # one of the curious, then those for whom there is a place
    assert world.the(Queue).taken() == {"taken": 3, "curious": 1, "lead": 2}


def test_an_invitation_for_one_lets_one_come(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    policy = {"per_month": 1, "uses": 1, "expire": "30 days", "skip_review": True}
    world = World(table, clock, tmp_path, charter=chartered(invitations=policy))
    wei = member(world, "Wei", 80)
    give_tier(world, wei)
    invitation = world.the(Invitations).invite(wei)
    people = [person(world, f"P{number}") for number in range(6)]
    applications = world.the(Applications)

    def send(number: int, who: Account) -> Application:
        draft = applications.draft(f"draft-number-{number:08}", ANSWERS, "en", "join", invitation.id)
        return applications.submit(who.id, draft)

    outcomes = at_once(*(lambda n=n, who=who: send(n, who) for n, who in enumerate(people)))  # type: ignore[misc]
    again = at_once(*[lambda: world.the(Invitations).invite(wei)] * 3)

    told = statuses(outcomes)
    assert told.pop("approved") == 1
    assert set(told) == {
        "This invitation has been used or has expired. You can apply without it, or ask for a new one."
    }
    assert set(map(str, again)) == {"You have made this month's 1 invitations. The next can be made on 1 April 2027."}


def give_tier(world: World, who: str) -> None:
    """Enough qualifying points for a tier that may invite."""
    from tests.people import give

    give(world, who, 60, "tier", qualifies=True)


def test_six_votes_at_once_are_six_votes(world: World) -> None:
    one = applicant(world, "Ada")

    at_once(*(lambda n=n: world.the(Review).vote(f"r{n}", f"R{n}", one.person, one.id, "yes") for n in range(6)))  # type: ignore[misc]

    assert len(world.the(Moves).application(one.person, one.id).votes) == 6


def test_two_decide_an_appeal_at_once(world: World) -> None:
    one = applicant(world, "Ada")
    world.the(Review).decline("wei", "Wei", one.person, one.id, "advertising")
    world.the(Following).appeal(one.person, one.id, "Not so.")

    outcomes = at_once(
        lambda: world.the(Review).uphold("yan", "Yan", one.person, one.id, "It stands."),
        lambda: world.the(Review).approve("lan", "Lan", one.person, one.id),
        lambda: world.the(Review).approve("wei", "Wei", one.person, one.id),
    )

    decided = [told for told in outcomes if isinstance(told, Application)]
    assert len(decided) == 1
    assert "You had a part in this decision" in str(outcomes[2]) or "has decided this already" in str(outcomes[2])
    assert (world.the(Members).find(one.person) is not None) == (decided[0].status == "approved")
    assert decided[0].moved == dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC)

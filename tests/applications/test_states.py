"""Every way that an application can go, and that there is no other: each verb in each state, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.applications.following import Following
from portal.applications.model import ARROWS, OPEN, Application, Status
from portal.applications.moves import Moves
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.errors import PortalError
from portal.points.verifying import verify
from portal.table.contract import Table
from tests.charters import chartered
from tests.clocks import MovableClock
from tests.people import ANSWERS, applicant, person
from tests.world import World

WEI = ("wei", "Wei")
YAN = ("yan", "Yan")
Verb = Callable[[World, Application], object]


def staff(name: str, *more: str, who: tuple[str, str] = WEI) -> Verb:
    def act(world: World, one: Application) -> object:
        return getattr(world.the(Review), name)(*who, one.person, one.id, *more)

    return act


def applicant_does(name: str, *more: str) -> Verb:
    def act(world: World, one: Application) -> object:
        return getattr(world.the(Following), name)(one.person, one.id, *more)

    return act


def edit(world: World, one: Application) -> object:
    return world.the(Applications).edit(one, {**ANSWERS, "name": "Ada"})


def offer(world: World, one: Application) -> object:
    return world.the(Review).offer(world.the(Timing), *YAN, one.person, one.id)


def time_passes(world: World, one: Application) -> object:
    """Long enough for whatever we waited for; a state that waits for us stays as it is."""
    clock = world.clock
    assert isinstance(clock, MovableClock)
    clock.advance(days=400)
    world.the(Timing).pass_deadlines()
    return None


#: Each verb, and where it leads from each state that it is possible in.
VERBS: dict[str, tuple[Verb, dict[Status, Status]]] = {
    "claim": (staff("claim", who=YAN), {"submitted": "in_review", "in_review": "in_review", "interview": "interview",
                               "appealed": "appealed"}),
    "vote": (staff("vote", "yes", who=YAN), {"submitted": "in_review", "in_review": "in_review",
                                             "needs_info": "needs_info", "interview": "interview",
                                             "appealed": "appealed"}),
    "ask": (staff("ask", "Where?"), {"submitted": "needs_info", "in_review": "needs_info"}),
    "interview": (staff("interview", "When?"), {"submitted": "interview", "in_review": "interview"}),
    "say": (staff("say", "Hello.", who=YAN), {"needs_info": "needs_info", "interview": "interview",
                                              "appealed": "appealed"}),
    "resume": (staff("resume"), {"needs_info": "in_review", "interview": "in_review"}),
    "approve": (staff("approve", who=YAN), {"submitted": "approved", "in_review": "approved", "appealed": "approved"}),
    "decline": (staff("decline", "advertising"), dict.fromkeys(OPEN - {"appealed"}, "declined")),
    "waitlist": (staff("waitlist", who=YAN), {"submitted": "waitlisted", "in_review": "waitlisted",
                                              "appealed": "waitlisted"}),
    "uphold": (staff("uphold", "As it was.", who=YAN), {"appealed": "upheld"}),
    "offer": (offer, {"waitlisted": "offered"}),
    "edit": (edit, {"submitted": "submitted"}),
    "answer": (applicant_does("answer", "Here."), {"needs_info": "in_review", "interview": "interview",
                                                   "appealed": "appealed"}),
    "withdraw": (applicant_does("withdraw"), dict.fromkeys(OPEN - {"appealed"}, "withdrawn")),
    "still interested": (applicant_does("still_interested"), {"waitlisted": "waitlisted"}),
    "accept": (applicant_does("accept"), {"offered": "approved"}),
    "appeal": (applicant_does("appeal", "Not so."), {"declined": "appealed"}),
    "time": (time_passes, {state: state for state in ARROWS} | {"needs_info": "expired", "offered": "waitlisted"}),
}  # fmt: skip

#: How to get somewhere from the start.
WAYS: dict[Status, list[str]] = {
    "submitted": [],
    "in_review": ["claim"],
    "needs_info": ["ask"],
    "interview": ["interview"],
    "waitlisted": ["waitlist by wei"],
    "offered": ["waitlist by wei", "offer"],
    "approved": ["approve"],
    "declined": ["decline"],
    "expired": ["ask", "time"],
    "withdrawn": ["withdraw"],
    "appealed": ["decline", "appeal"],
    "upheld": ["decline", "appeal", "uphold"],
}


def brought(world: World, state: Status) -> Application:
    made = applicant(world, "Ada")
    for step in WAYS[state]:
        verb = staff("waitlist") if step == "waitlist by wei" else VERBS[step][0]
        verb(world, made)
    found = world.the(Moves).application(made.person, made.id)
    if found.claim:
        staff("release", who=(found.claim.by, found.claim.name))(world, found)
    assert found.status == state
    return world.the(Moves).application(made.person, made.id)


@pytest.mark.parametrize("state", ARROWS)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_leads_where_it_should_or_is_refused_and_changes_nothing(
    world: World, state: Status, verb: str
) -> None:
    before = brought(world, state)
    act, leads = VERBS[verb]
    refused = None

    try:
        act(world, before)
    except PortalError as refusal:
        refused = refusal

    after = world.the(Moves).application(before.person, before.id)
    if state in leads:
        assert refused is None
        assert after.status == leads[state]
        assert after.status == state or after.status in ARROWS[state] or verb == "ask" or state == "submitted"
    else:
        assert refused is not None
        assert refused.status in (409, 410)
        assert after == before
    assert verify(world.table).faults == []


def test_every_arrow_is_some_verb_s_way() -> None:
    gone = {(state, to) for _, leads in VERBS.values() for state, to in leads.items() if state != to}
    gone |= {("in_review", "declined"), ("waitlisted", "expired"), ("offered", "expired")}  # told in stories below
    through = {("submitted", "needs_info"), ("submitted", "interview")}  # by way of in_review, in one commit

    assert gone - through == {(state, to) for state, ways in ARROWS.items() for to in ways}


@pytest.mark.parametrize("state", [state for state in ARROWS if state in OPEN])
def test_an_open_application_takes_the_one_place_and_a_closed_one_frees_it(world: World, state: Status) -> None:
    before = brought(world, state)

    with pytest.raises(PortalError) as refusal:
        world.the(Applications).require_open_place(before.person)

    assert refusal.value.status == 409


@pytest.mark.parametrize("state", ["expired", "withdrawn"])
def test_what_expired_or_was_withdrawn_has_no_cool_off(world: World, state: Status) -> None:
    before = brought(world, state)

    world.the(Applications).require_open_place(before.person)

    assert (before.receipt is None) == (state == "withdrawn")


def test_the_second_missed_offer_ends_the_wait(world: World, clock: MovableClock) -> None:
    one = brought(world, "waitlisted")
    for _ in range(2):
        offer(world, one)
        clock.advance(days=6)
        world.the(Timing).pass_deadlines()

    after = world.the(Moves).application(one.person, one.id)
    assert (after.status, after.missed) == ("expired", 2)
    assert world.the(Queue).taken()["taken"] == 0
    assert "expired" in world.mail_to("ada@example.org").subject


def test_who_waits_long_is_asked_once_and_silence_ends_it(world: World, clock: MovableClock) -> None:
    one = brought(world, "waitlisted")
    timing = world.the(Timing)
    clock.advance(days=61)
    timing.pass_deadlines()
    timing.pass_deadlines()
    asked = world.mail_to("ada@example.org")
    world.the(Following).still_interested(one.person, one.id)
    clock.advance(days=20)
    timing.pass_deadlines()
    still = world.the(Moves).application(one.person, one.id)
    clock.advance(days=41)
    timing.pass_deadlines()
    clock.advance(days=15)
    timing.pass_deadlines()

    assert asked.subject == "Are you still interested in Tonghao Commons?"
    assert still.status == "waitlisted"
    assert world.the(Moves).application(one.person, one.id).status == "expired"


def test_our_own_slowness_never_expires_anybody(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    clock.advance(days=500)

    assert world.the(Timing).pass_deadlines() == 0
    assert world.the(Moves).application(one.person, one.id).status == "submitted"


def test_our_clock_stands_still_while_we_wait_for_them(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    clock.advance(days=1)
    staff("ask", "Where?")(world, one)
    clock.advance(days=9)
    world.the(Following).answer(one.person, one.id, "In the noodle shop.")
    clock.advance(days=1)

    found = world.the(Moves).application(one.person, one.id)

    assert world.the(Queue).age(found) == dt.timedelta(days=2)


def test_a_lapsed_claim_is_anybody_s_and_never_unfreezes_the_text(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    staff("claim")(world, one)
    with pytest.raises(PortalError, match="is reading this until"):
        staff("claim", who=YAN)(world, one)
    with pytest.raises(PortalError, match="is reading this until"):
        staff("approve", who=YAN)(world, one)
    clock.advance(minutes=46)

    with pytest.raises(PortalError, match="begun to read"):
        edit(world, one)
    assert staff("approve", who=YAN)(world, one).status == "approved"  # type: ignore[attr-defined]


def test_tries_that_came_to_a_review_are_counted_and_others_are_not(world: World, clock: MovableClock) -> None:
    account = person(world, "Ada")
    applications, following = world.the(Applications), world.the(Following)

    def sent(number: int) -> Application:
        draft = applications.draft(f"draft-number-{number:08}", ANSWERS, "en")
        return applications.submit(account.id, draft)

    following.withdraw(account.id, sent(0).id)  # nobody had begun to read
    for number in (1, 2, 3):
        clock.advance(days=1)
        one = sent(number)
        staff("claim")(world, one)
        following.withdraw(account.id, one.id)

    with pytest.raises(PortalError) as refusal:
        sent(4)
    clock.advance(days=178)
    clock.advance(hours=23)
    assert sent(5).open
    assert "You may apply again from" in str(refusal.value)


def test_an_appeal_is_decided_by_somebody_else_once_and_within_its_window(world: World, clock: MovableClock) -> None:
    one = brought(world, "declined")
    appeal = applicant_does("appeal", "I never sold anything.")
    clock.advance(days=30)
    appeal(world, one)

    with pytest.raises(PortalError, match="somebody else decides"):
        staff("approve")(world, one)
    with pytest.raises(PortalError):
        world.the(Applications).require_open_place(one.person)
    after = staff("uphold", "The shop's name is in every answer.", who=YAN)(world, one)
    with pytest.raises(PortalError):
        appeal(world, one)

    assert after.appealed.actor == "wei"  # type: ignore[attr-defined]
    assert "The shop's name" in world.mail_to("ada@example.org").text
    late = applicant(world, "Bea")
    staff("decline", "advertising")(world, late)
    clock.advance(days=31)
    with pytest.raises(PortalError, match="The time to appeal this decision ended"):
        appeal(world, late)


def test_an_overturned_appeal_that_finds_no_place_is_first_in_line(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path, charter=chartered(capacity=1))
    ada, bea, cid = (applicant(world, name) for name in ("Ada", "Bea", "Cid"))
    staff("decline", "advertising")(world, ada)
    staff("waitlist")(world, bea)
    staff("approve")(world, cid)
    applicant_does("appeal", "Not so.")(world, ada)

    with pytest.raises(PortalError, match="Every place is taken"):
        staff("approve", who=YAN)(world, ada)
    staff("waitlist", who=YAN)(world, ada)

    assert [one.name for one in world.the(Queue).waiting(lane="waitlist").applications] == ["Ada", "Bea"]
    assert world.the(Following).line(world.the(Moves).application(bea.person, bea.id)) == 2

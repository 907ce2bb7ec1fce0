"""Points granted at the desk, promised first, taken back, adjusted: each with its bounds, on both engines."""

from __future__ import annotations

import datetime as dt
import html
import re

import msgspec
import pytest

from portal.audit.service import Audit
from portal.economy.correcting import Corrections
from portal.economy.model import AlreadyDecided, Correction, NoSuchEntry, OwnPurse, SecondNeeded, UnknownRule
from portal.economy.service import Awards
from portal.members.founding import Founding
from portal.members.service import Members
from portal.points.events import Hold
from portal.points.lapsing import Lapsing
from portal.points.model import TooMuch
from portal.points.service import AlreadyPosted, Points
from portal.points.verifying import verify
from tests.clocks import MovableClock
from tests.people import give, member, person
from tests.world import World, main_text


def correction(world: World, who: str, amount: int, press: str = "press", **more: object) -> Correction:
    made = Correction(
        id=f"{press:->20}",
        member=who,
        member_name="Ada",
        amount=amount,
        reason="It was somebody else's.",
        mistake=False,
        proposer="wei",
        proposer_name="Wei",
        at=world.clock.now(),
    )
    return msgspec.structs.replace(made, **more)


def award(world: World, who: str, rule: str, press: str = "award") -> str:
    """The key of the grant."""
    world.the(Awards).award("wei", "Wei", who, rule, "a hint", f"{press:->20}")
    return f"award#{press:->20}#{rule}"


def spend(world: World, who: str, amount: int, key: str = "spend") -> None:
    points = world.the(Points)
    world.table.commit(*points.post(points.purse(who), [Hold(amount=amount, rule="test", key=key)])[1])


def totals(world: World, who: str) -> dict[str, int]:
    return {name: points for name, points in world.the(Points).purse(who).totals().items() if points}


def test_a_promise_waits_its_days_then_counts_and_can_be_spent(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    award(world, ada, "notes")

    promised = totals(world, ada)
    (waiting,) = world.the(Points).promises(ada)
    qualifying = world.the(Members).standing(ada).progress.qualifying
    early = world.the(Awards).release_due()
    clock.advance(days=7)
    released = [world.the(Awards).release_due() for _ in range(2)]

    assert promised == {"available": 10, "earned": 30, "pending": 20}
    assert (waiting.pending, waiting.due) == (20, dt.date(2027, 3, 8))
    assert (qualifying, early, released) == (10, 0, [1, 0])
    assert totals(world, ada) == {"available": 30, "earned": 30}
    assert world.the(Members).standing(ada).progress.qualifying == 30
    assert world.the(Members).profile(ada).tier == "neighbour"
    assert world.the(Points).promises(ada) == []
    assert "20 points for you" in world.mail_to("ada@example.org").subject
    assert verify(world.table).faults == []


def test_a_promise_counts_in_the_month_of_its_grant_and_lapses_from_that_of_its_release(
    world: World, clock: MovableClock
) -> None:
    clock.set(dt.datetime(2027, 12, 30, 4, tzinfo=dt.UTC))
    ada = member(world, "Ada")
    award(world, ada, "notes")
    clock.advance(days=10)
    world.the(Awards).release_due()

    assert world.the(Members).standing(ada).counts == {202712: 30}
    assert world.the(Points).purse(ada).lots == {202812: 10, 202901: 20}


def test_of_a_pending_promise_what_is_taken_back_never_comes(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    key = award(world, ada, "notes")

    world.the(Corrections).make(correction(world, ada, -15, "one", grant=key))
    pending = totals(world, ada)
    clock.advance(days=7)
    world.the(Awards).release_due()
    with pytest.raises(TooMuch, match="5 points are left"):
        world.the(Corrections).make(correction(world, ada, -6, "two", grant=key))
    world.the(Corrections).make(correction(world, ada, -5, "three", grant=key))
    clock.advance(days=1)

    assert pending == {"available": 10, "earned": 30, "pending": 5, "reversed": 15}
    assert totals(world, ada) == {"available": 10, "earned": 30, "reversed": 20}
    assert world.the(Members).standing(ada).progress.qualifying == 10
    assert verify(world.table).faults == []


def test_all_of_a_promise_taken_back_leaves_nothing_to_release(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    world.the(Corrections).make(correction(world, ada, -20, grant=award(world, ada, "notes")))
    clock.advance(days=7)

    assert world.the(Awards).release_due() == 0
    assert world.the(Points).promises(ada) == []


def test_what_was_spent_becomes_debt_that_the_next_points_pay_and_the_rise_is_undone(world: World) -> None:
    ada = member(world, "Ada")
    key = award(world, ada, "hosting")
    give(world, ada, 10, key="talk", qualifies=True)
    raised = world.the(Members).profile(ada).tier
    spend(world, ada, 55)

    world.the(Corrections).make(correction(world, ada, -40, grant=key))
    indebted, tier = totals(world, ada), world.the(Members).profile(ada).tier
    give(world, ada, 50, key="later")

    assert (raised, tier) == ("regular", "neighbour")
    assert indebted == {"earned": 60, "held": 55, "reversed": 40, "debt": 35}
    assert totals(world, ada) == {"available": 15, "earned": 110, "held": 55, "reversed": 40}
    assert world.the(Members).rises(ada)[0].corrects
    last = world.the(Points).statement(ada).entries[0]
    assert last.amounts == {"earned": 50, "available": 15, "debt": -35}
    assert verify(world.table).faults == []


def test_the_community_s_own_mistake_takes_what_is_there_and_undoes_no_rise(world: World) -> None:
    ada = member(world, "Ada")
    key = award(world, ada, "hosting")
    give(world, ada, 10, key="talk", qualifies=True)
    spend(world, ada, 55)

    world.the(Corrections).make(correction(world, ada, -40, grant=key, mistake=True))

    assert totals(world, ada) == {"earned": 60, "held": 55, "reversed": 5}
    assert world.the(Members).profile(ada).tier == "regular"
    assert world.the(Points).grant(ada, key).left == 35


def test_a_second_press_is_told_that_it_was_done(world: World) -> None:
    ada = member(world, "Ada")
    key = award(world, ada, "answer")
    world.the(Corrections).make(correction(world, ada, -2, grant=key))

    for again in (correction(world, ada, -2, grant=key), correction(world, ada, 20)):
        with pytest.raises(AlreadyPosted):
            world.the(Corrections).make(again)

    assert totals(world, ada)["reversed"] == 2


def test_above_the_limit_a_second_steward_has_to_agree(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)

    done = corrections.make(correction(world, ada, 50, "small"))
    proposed = corrections.make(correction(world, ada, 51, "large", corrects=1))
    untouched = totals(world, ada)["earned"]
    (waiting,) = corrections.waiting()
    for steward, refusal in (("wei", SecondNeeded), (ada, OwnPurse)):
        with pytest.raises(refusal):
            corrections.agree(steward, "Somebody", waiting.id)
    corrections.agree("lin", "Lin", waiting.id)
    for late in (corrections.agree, corrections.refuse):
        with pytest.raises(AlreadyDecided):
            late("bo", "Bo", waiting.id)

    assert (done, proposed, untouched) == (True, False, 60)
    assert totals(world, ada)["earned"] == 111
    entry = world.the(Points).statement(ada).entries[0]
    assert (entry.kind, entry.corrects, entry.rule) == ("adjust", 1, "correction")
    assert world.the(Members).standing(ada).progress.qualifying == 10
    assert corrections.waiting() == []
    told = [action.did.split()[0] for action in world.the(Audit).of_day(world.the(Members).today)]
    assert sorted(told) == ["adjusted", "adjusted", "proposed"]


def test_what_was_withdrawn_can_t_be_proposed_anew_under_the_eyes_of_the_second_steward(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)
    corrections.make(correction(world, ada, 60, "large"))
    seen = corrections.waiting()[0].id
    corrections.refuse("wei", "Wei", seen)

    with pytest.raises(AlreadyPosted):
        corrections.make(correction(world, ada, 60_000, "large"))
    with pytest.raises(AlreadyDecided):
        corrections.agree("lin", "Lin", seen)

    assert totals(world, ada)["earned"] == 10


def test_a_late_second_press_finds_it_done_whatever_is_left(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)
    whole = correction(world, ada, -5, "whole", grant=award(world, ada, "answer"))
    large = correction(world, ada, 51, "large")
    corrections.make(whole)
    corrections.make(large)
    corrections.agree("lin", "Lin", large.id)

    for again in (whole, large):
        with pytest.raises(AlreadyPosted, match="made before"):
            corrections.make(again)

    assert corrections.waiting() == []


def test_a_correction_names_an_entry_that_is_there(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)

    with pytest.raises(NoSuchEntry, match="no entry 2"):
        corrections.make(correction(world, ada, 5, corrects=2))
    with pytest.raises(NoSuchEntry):
        corrections.make(correction(world, ada, 500, corrects=2))

    assert corrections.waiting() == []


def test_letter_and_log_tell_what_was_taken_and_not_what_was_meant(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)
    key = award(world, ada, "hosting")
    spend(world, ada, 45)

    corrections.make(correction(world, ada, -40, "one", grant=key, mistake=True))
    letter = world.mail_to("ada@example.org").text
    give(world, ada, 3)
    corrections.make(correction(world, ada, -7, "two", mistake=True))

    assert "5 of your points were taken back" in letter
    assert "3 of your points were taken back" in world.mail_to("ada@example.org").text
    log = world.the(Audit).of_day(world.the(Members).today)
    assert sorted(action.facts["points"] for action in log if "reason" in action.facts) == [-3, 5]


def test_a_refused_proposal_changes_nothing(world: World) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)
    corrections.make(correction(world, ada, -500, "large"))

    corrections.refuse("wei", "Wei", corrections.waiting()[0].id)

    assert corrections.waiting() == []
    assert totals(world, ada) == {"available": 10, "earned": 10}


def test_once_the_lot_has_closed_two_have_to_stand_for_it_and_the_bound_stays(
    world: World, clock: MovableClock
) -> None:
    ada, corrections = member(world, "Ada"), world.the(Corrections)
    key = award(world, ada, "answer")
    clock.set(dt.datetime(2028, 4, 1, 4, tzinfo=dt.UTC))
    world.the(Lapsing).settle_due()
    give(world, ada, 30, key="new")

    done = corrections.make(correction(world, ada, -4, "late", grant=key))
    corrections.agree("lin", "Lin", corrections.waiting()[0].id)
    with pytest.raises(TooMuch):
        corrections.make(correction(world, ada, -4, "more", grant=key))

    assert not done
    assert totals(world, ada) == {"available": 26, "earned": 45, "expired": 15, "reversed": 4}
    assert world.the(Points).statement(ada).entries[0].kind == "adjust"
    assert verify(world.table).faults == []


def test_nobody_decides_about_their_own_points_and_only_rules_of_the_charter_grant(world: World) -> None:
    ada = member(world, "Ada")

    with pytest.raises(OwnPurse):
        world.the(Awards).award(ada, "Ada", ada, "answer", "me", "press-press-press-1")
    with pytest.raises(OwnPurse):
        world.the(Corrections).make(correction(world, ada, 5, proposer=ada))
    with pytest.raises(UnknownRule):
        world.the(Awards).award("wei", "Wei", ada, "check-in", "x", "press-press-press-2")


def test_what_lapsed_in_a_suspension_comes_back_only_if_it_is_overturned(world: World, clock: MovableClock) -> None:
    people = {name: member(world, name) for name in ("Ada", "Bea")}
    members = world.the(Members)
    clock.set(dt.datetime(2028, 3, 20, 4, tzinfo=dt.UTC))
    for who in people.values():
        members.suspend("wei", "Wei", who, dt.date(2028, 5, 1), "a cooling off")
    clock.set(dt.datetime(2028, 4, 2, 4, tzinfo=dt.UTC))
    world.the(Lapsing).settle_due()

    back = [members.overturn("wei", "Wei", people["Ada"], "Wrong person.") for _ in range(2)]
    members.reinstate("wei", "Wei", people["Bea"], "Enough.")

    assert back == [10, 0]
    purse = world.the(Points).purse(people["Ada"])
    assert (purse.available, purse.expired, purse.lots) == (10, 0, {202805: 10})
    assert totals(world, people["Bea"]) == {"earned": 10, "expired": 10}
    assert verify(world.table).faults == []


def test_an_overturned_suspension_gives_back_what_lapsed_in_it_however_late_the_job(
    world: World, clock: MovableClock
) -> None:
    ada, members = member(world, "Ada"), world.the(Members)
    clock.set(dt.datetime(2027, 4, 5, 4, tzinfo=dt.UTC))
    give(world, ada, 7)
    clock.set(dt.datetime(2028, 4, 5, 4, tzinfo=dt.UTC))  # March's lot has lapsed before, and no job has run since
    members.suspend("wei", "Wei", ada, dt.date(2028, 6, 1), "a cooling off")
    clock.set(dt.datetime(2028, 5, 1, 4, tzinfo=dt.UTC))

    back = members.overturn("wei", "Wei", ada, "Wrong person.")
    world.the(Lapsing).settle_due()

    assert back == 7
    assert totals(world, ada) == {"available": 7, "earned": 17, "expired": 10}
    assert verify(world.table).faults == []


@pytest.mark.parametrize("seen_to", [True, False], ids=["listed as active", "not yet listed"])
def test_a_suspension_that_has_ended_can_be_overturned_too(world: World, clock: MovableClock, *, seen_to: bool) -> None:
    ada, members = member(world, "Ada"), world.the(Members)  # ten points that lapse with March 2028
    clock.set(dt.datetime(2027, 4, 5, 4, tzinfo=dt.UTC))
    give(world, ada, 7)  # these with April
    clock.set(dt.datetime(2028, 3, 20, 4, tzinfo=dt.UTC))
    members.suspend("wei", "Wei", ada, dt.date(2028, 3, 31), "a cooling off")
    clock.set(dt.datetime(2028, 5, 2, 4, tzinfo=dt.UTC))
    world.the(Lapsing).settle_due()
    if seen_to:
        assert members.end_suspensions() == 1

    back = [members.overturn("wei", "Wei", ada, "Wrong person.") for _ in range(2)]

    assert back == [10, 0]  # the seven lapsed when Ada could have spent them
    assert totals(world, ada) == {"available": 10, "earned": 17, "expired": 7}
    assert verify(world.table).faults == []


def test_a_suspension_lifted_before_its_day_is_overturned_as_far_as_it_held(world: World, clock: MovableClock) -> None:
    ada, members = member(world, "Ada"), world.the(Members)
    clock.set(dt.datetime(2028, 3, 20, 4, tzinfo=dt.UTC))
    members.suspend("wei", "Wei", ada, dt.date(2028, 5, 1), "a cooling off")
    clock.set(dt.datetime(2028, 3, 21, 4, tzinfo=dt.UTC))
    members.reinstate("wei", "Wei", ada, "Enough.")
    clock.set(dt.datetime(2028, 5, 2, 4, tzinfo=dt.UTC))

    assert members.overturn("wei", "Wei", ada, "Wrong person.") == 0


def test_the_desk_overturns_an_ended_suspension_with_a_reason(world: World, clock: MovableClock) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada, wei = member(world, "Ada"), world.browser()
    wei.sign_in("wei@example.org")
    page = f"/portal/desk/members/{ada}"
    assert "should never have been" not in wei.get(page).text
    clock.set(dt.datetime(2028, 3, 20, 4, tzinfo=dt.UTC))
    world.the(Members).suspend("wei", "Wei", ada, dt.date(2028, 3, 31), "a cooling off")
    clock.set(dt.datetime(2028, 4, 2, 4, tzinfo=dt.UTC))
    wei.sign_in("wei@example.org")

    unsaid = wei.post(f"{page}/reinstate", {"overturned": "yes", "reason": " "}, csrf=wei.token)
    done = wei.post(f"{page}/reinstate", {"overturned": "yes", "reason": "Wrong person."}, csrf=wei.token)

    assert (unsaid.status_code, done.status_code) == (422, 302)
    assert "The suspension is overturned, and 10 points came back." in wei.get(page).text
    assert "should never have been" not in wei.get(page).text


def test_members_are_told_thirty_seven_and_one_day_before_once_each(world: World, clock: MovableClock) -> None:
    ada, lapsing = member(world, "Ada"), world.the(Lapsing)

    def told(day: dt.date) -> int:
        clock.set(dt.datetime.combine(day, dt.time(4), dt.UTC))
        before = len(world.mail())
        for _ in range(2):
            lapsing.tell()
        return len(world.mail()) - before

    days = [dt.date(2028, 2, 29), dt.date(2028, 3, 1), dt.date(2028, 3, 2), dt.date(2028, 3, 25), dt.date(2028, 3, 31)]
    letters = [told(day) for day in days]

    assert letters == [0, 1, 0, 1, 1]
    assert world.mail_to("ada@example.org").subject == "10 of your points lapse tonight"
    spend(world, ada, 10)
    assert told(dt.date(2028, 3, 31)) == 0


def test_who_has_points_that_lapse_before_is_told_of_the_month_after_in_time(world: World, clock: MovableClock) -> None:
    ada, lapsing = member(world, "Ada"), world.the(Lapsing)
    clock.set(dt.datetime(2027, 4, 5, 4, tzinfo=dt.UTC))
    give(world, ada, 7)

    told = []
    for day in (dt.date(2028, 3, 31), dt.date(2028, 4, 1), dt.date(2028, 4, 2)):
        clock.set(dt.datetime.combine(day, dt.time(4), dt.UTC))
        told.append([lapsing.tell() for _ in range(2)])

    assert told == [[1, 0], [1, 0], [0, 0]]
    assert world.mail_to("ada@example.org").subject == "7 of your points lapse on 30 April 2028"


def test_what_was_typed_of_an_old_or_empty_grant_stays(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada = member(world, "Ada")
    key = award(world, ada, "answer")
    for n in range(20):
        give(world, ada, 1, key=f"later-{n}")
    wei = world.browser()
    wei.sign_in("wei@example.org")
    page = f"/portal/desk/points/members/{ada}"

    older = html.unescape(re.findall(rf'href="({page}[?]cursor=[^"]+)"', wei.get(page).text)[-1])
    action = html.unescape(re.findall(r'action="([^"]+take-back[^"]*)"', wei.get(older).text)[0])
    typed = {"id": "press-press-press-1", "grant": key, "amount": "x", "reason": "Copied."}
    refused = wei.post(action, typed)
    world.the(Corrections).make(correction(world, ada, -5, grant=key))
    late = wei.post(action, {**typed, "amount": "4"})

    assert (refused.status_code, late.status_code) == (422, 409)
    assert "Copied." in refused.text
    assert "Copied." in late.text


def test_what_was_typed_on_the_first_page_of_a_statement_stays(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada = member(world, "Ada")
    key = award(world, ada, "answer")
    wei = world.browser()
    wei.sign_in("wei@example.org")

    shown = wei.get(f"/portal/desk/points/members/{ada}").text
    action = html.unescape(re.findall(r'action="([^"]+take-back[^"]*)"', shown)[0])
    refused = wei.post(action, {"id": "press-press-press-1", "grant": key, "amount": "x", "reason": "Copied."})

    assert refused.status_code == 422
    assert "Copied." in refused.text


def test_the_desk_grants_takes_back_and_adjusts_in_words(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada = member(world, "Ada")
    wei = world.browser()
    wei.sign_in("wei@example.org")
    page = f"/portal/desk/points/members/{ada}"

    empty = wei.post(f"{page}/award", {"id": "press-press-press-1", "rule": "answer"})
    granted = wei.post(f"{page}/award", {"id": "press-press-press-1", "rule": "answer", "about": "the map"})
    again = wei.post(f"{page}/award", {"id": "press-press-press-1", "rule": "answer", "about": "the map"})
    much = {
        "id": "press-press-press-2",
        "grant": "award#press-press-press-1#answer",
        "amount": "9",
        "reason": "Copied.",
    }
    refused = wei.post(f"{page}/take-back", much)
    taken = wei.post(f"{page}/take-back", {**much, "amount": "2"})
    nothing = wei.post(f"{page}/adjust", {"id": "press-press-press-3", "amount": "0", "reason": "x"})

    assert (empty.status_code, granted.status_code, again.status_code) == (422, 302, 409)
    assert "Please say what it is for" in main_text(empty)
    assert "granted before" in main_text(again)
    assert (refused.status_code, taken.status_code, nothing.status_code) == (409, 302, 422)
    assert "5 points are left" in main_text(refused)
    assert "Copied." in refused.text
    assert "Taken back: Copied." in main_text(wei.get(page))
    assert totals(world, ada)["available"] == 13
    assert wei.get("/portal/desk/points").status_code == 200

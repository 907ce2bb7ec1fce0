"""From the form to the decision, on both engines."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from portal.accounts.service import Accounts
from portal.applications.model import AlreadyDecided
from portal.applications.moves import Moves
from portal.applications.queue import Queue
from portal.applications.review import Review, UnknownReason
from portal.applications.service import Applications, DraftGone, OneAtATime, TooEarly
from portal.audit.service import Audit
from portal.charter.loader import hashed
from portal.charters.service import Charters
from portal.errors import Busy, PortalError
from portal.language import say
from portal.members.founding import Founding
from portal.members.service import AlreadyMember, Members
from portal.points.service import Points
from portal.points.verifying import verify
from portal.table.contract import Table
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.interrupting import InterruptedTable
from tests.lagging import LaggingTable
from tests.people import ANSWERS, applicant, member, person
from tests.world import World, field


def again(world: World, who: str) -> str:
    """Send another application of the same person."""
    draft = world.the(Ids).new()
    applications = world.the(Applications)
    return applications.submit(who, applications.draft(draft, ANSWERS, "en")).id


def test_approval_is_one_transaction_with_everything_in_it(world: World) -> None:
    ada = applicant(world, "Ada")

    decided = world.the(Review).approve("wei", "Wei", ada.person, ada.id, "Good to have you.")

    profile = world.the(Members).profile(ada.person)
    assert (profile.number, profile.tier, profile.name) == (1, "newcomer", "Ada")
    assert world.the(Points).purse(ada.person).available == 10
    assert decided.receipt is not None
    assert (decided.receipt.outcome, decided.receipt.actor, decided.receipt.charter) == (
        "approved",
        "wei",
        world.charter.hash,
    )
    assert decided.receipt.facts == {
        "score": 11,
        "most": 15,
        "version": 2,
        "number": 1,
        "band": "ready",
        "persona": "keeper",
    }
    assert world.the(Queue).waiting().applications == []
    assert "Good to have you." in world.mail_to("ada@example.org").text
    (noted,) = world.the(Audit).of_day(world.the(Members).today)
    assert noted.facts["name"] == "Ada"
    assert verify(world.table).faults == []


def test_a_decline_tells_reason_and_date_and_holds_the_person_to_it(world: World, clock: MovableClock) -> None:
    ada = applicant(world, "Ada")
    decided = world.the(Review).decline("wei", "Wei", ada.person, ada.id, "could-not-verify", "Which city?")
    letter = world.mail_to("ada@example.org")

    assert decided.receipt is not None
    assert decided.receipt.apply_again == dt.date(2027, 3, 15)
    assert "Which city?" in letter.text
    assert "15 March 2027" in letter.text
    with pytest.raises(TooEarly) as early:
        again(world, ada.person)
    assert "15 March 2027" in say(early.value.sentence, "en", **early.value.facts)
    clock.set(dt.datetime(2027, 3, 14, 15, 59, tzinfo=dt.UTC))
    with pytest.raises(TooEarly):
        again(world, ada.person)
    clock.set(dt.datetime(2027, 3, 14, 16, 0, tzinfo=dt.UTC))  # midnight in Shanghai
    assert again(world, ada.person)


def test_one_open_application_a_person(world: World) -> None:
    ada = applicant(world, "Ada")

    with pytest.raises(OneAtATime):
        again(world, ada.person)

    assert len(world.the(Queue).waiting().applications) == 1


def test_the_same_form_sent_twice_is_one_application(world: World) -> None:
    account = person(world, "Ada")
    draft = world.the(Ids).new()
    applications = world.the(Applications)
    world.table.commit(*applications.keep(applications.draft(draft, {**ANSWERS, "email": account.email}, "en")))

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda _: applications.submit_kept(account.id, draft).id, range(6)))

    assert set(sent) == {draft}
    assert len(world.the(Queue).waiting().applications) == 1


def test_a_draft_that_is_gone_says_so(world: World, clock: MovableClock) -> None:
    account = person(world, "Ada")
    draft = world.the(Ids).new()
    applications = world.the(Applications)
    world.table.commit(*applications.keep(applications.draft(draft, {**ANSWERS, "email": account.email}, "en")))
    clock.advance(days=31)

    with pytest.raises(DraftGone):
        applications.submit_kept(account.id, draft)


def test_a_member_cannot_apply(world: World) -> None:
    ada = member(world, "Ada")

    with pytest.raises(AlreadyMember):
        again(world, ada)


def test_the_first_decision_wins_and_the_second_is_told_who_and_when(world: World) -> None:
    ada = applicant(world, "Ada")
    review = world.the(Review)

    def decide(number: int) -> str:
        try:
            if number % 2:
                return review.approve(f"r{number}", f"R{number}", ada.person, ada.id).status
            return review.decline(f"r{number}", f"R{number}", ada.person, ada.id, "advertising").status
        except AlreadyDecided as refusal:
            return say(refusal.sentence, "en", **refusal.facts)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(decide, range(8)))

    decisions = [answer for answer in answers if answer in ("approved", "declined")]
    assert len(decisions) == 1
    told = [answer for answer in answers if answer not in ("approved", "declined")]
    assert all(f": {decisions[0]}, 2027-03-01 09:00 UTC" in answer for answer in told)
    is_member = world.the(Members).find(ada.person) is not None
    assert is_member == (decisions[0] == "approved")
    assert verify(world.table).faults == []


def test_a_reason_must_be_the_charter_s(world: World) -> None:
    ada = applicant(world, "Ada")

    with pytest.raises(UnknownReason):
        world.the(Review).decline("wei", "Wei", ada.person, ada.id, "bad-mood")


def test_the_queue_is_oldest_first_and_turns_its_pages(world: World, clock: MovableClock) -> None:
    names = [f"P{number:02}" for number in range(52)]
    for name in names:
        applicant(world, name)
        clock.advance(seconds=61)

    first = world.the(Queue).waiting()
    second = world.the(Queue).waiting(first.cursor)

    assert [one.name for one in [*first.applications, *second.applications]] == names


def test_with_an_index_that_lags_nobody_is_offered_who_is_decided(
    table: Table, clock: MovableClock, tmp_path: object
) -> None:
    lagging = LaggingTable(table)
    world = World(lagging, clock, tmp_path)  # type: ignore[arg-type]
    ada, bea = applicant(world, "Ada"), applicant(world, "Bea")
    lagging.catch_up()
    world.the(Review).approve("wei", "Wei", ada.person, ada.id)

    assert [one.name for one in world.the(Queue).waiting().applications] == [bea.name]


def test_old_answers_read_with_the_questions_they_were_given_to(world: World, clock: MovableClock) -> None:
    world.the(Charters).store()
    ada = applicant(world, "Ada")
    join = world.charter.join
    asked = [msgspec.structs.replace(q, ask=q.help or q.ask) if q.slug == "name" else q for q in join.question]
    newer = msgspec.structs.replace(
        world.charter, questionnaires={"join": msgspec.structs.replace(join, version=2, question=asked)}
    )
    later = Charters(world.table, hashed(newer), clock)

    found = later.at(ada.charter)

    assert found.join["name"].ask == join["name"].ask
    assert found == world.charter


def test_the_private_page_shows_nothing_to_a_forger(world: World) -> None:
    ada = applicant(world, "Ada")
    token = world.the(Moves).token(ada)

    for forged in (token[:-1], token + "x", "x" + token, "a.b", ".", "é"):
        with pytest.raises(PortalError) as refusal:
            world.the(Moves).by_token(forged)
        assert refusal.value.status == 404
    assert world.the(Moves).by_token(token) == ada


def test_an_address_is_needed_before_anything_is_sent(world: World) -> None:
    browser = world.browser()
    page = browser.get("/portal/apply")
    form = {**ANSWERS, "draft": field(page, "draft"), "email": "ada@example.org", "rules": "yes", "hours": "3"}
    asked = browser.post("/portal/apply", form)

    assert asked.status_code == 302
    assert world.the(Queue).waiting().applications == []
    done = browser.post(asked.headers["Location"], {"code": world.mail_to("ada@example.org").code})
    assert "/portal/status/" in done.headers["Location"]
    assert [one.name for one in world.the(Queue).waiting().applications] == ["Ada"]


def test_a_proven_application_is_sent_though_the_store_was_busy_at_that_moment(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = InterruptedTable(sqlite_table)
    world = World(table, clock, tmp_path)
    browser = world.browser()
    form = {**ANSWERS, "draft": world.the(Ids).new(), "email": "ada@example.org", "rules": "yes", "hours": "3"}
    asked = browser.post("/portal/apply", form)
    token, code = browser.token, {"code": world.mail_to("ada@example.org").code}

    def busy() -> None:
        raise Busy

    table.interrupt(busy, writing="DRAFT#")  # the proof is given, the sending is refused
    refused = browser.post(asked.headers["Location"], code, csrf=token)
    again = browser.post(asked.headers["Location"], code, csrf=token)

    assert refused.status_code == 503
    assert "/portal/status/" in again.headers["Location"]
    assert [one.name for one in world.the(Queue).waiting().applications] == ["Ada"]


def test_what_was_typed_survives_every_refusal(world: World) -> None:
    account = person(world, "Ada")
    browser = world.browser()
    browser.sign_in(account.email)
    form = {**ANSWERS, "draft": world.the(Ids).new(), "rules": "yes", "hours": "3"}
    told = {"foreign": browser.post("/portal/apply", form, csrf="x")}
    browser.post("/portal/apply", form)
    told["second"] = browser.post("/portal/apply", {**form, "draft": world.the(Ids).new()})
    stranger = world.browser()
    for _ in range(6):
        stranger.post("/portal/apply", {**form, "email": "bea@example.org"})
    told["often"] = stranger.post("/portal/apply", {**form, "email": "bea@example.org"})

    assert {name: page.status_code for name, page in told.items()} == {"foreign": 403, "second": 409, "often": 429}
    for page in told.values():
        assert str(ANSWERS["why"]) in page.text
        assert "What you typed is still here." in page.text


def test_who_cannot_apply_is_told_before_typing(world: World) -> None:
    waiting, belonging = applicant(world, "Ada"), member(world, "Bea")
    pages = []
    for name in ("ada", "bea"):
        browser = world.browser()
        browser.sign_in(f"{name}@example.org")
        pages.append(browser.get("/portal/apply"))

    assert [page.status_code for page in pages] == [409, 409]
    assert waiting.person != belonging


def test_another_address_cannot_send_what_was_corrected(world: World) -> None:
    ada, stranger = person(world, "Ada"), person(world, "Stranger")
    applications = world.the(Applications)
    draft = applications.draft(world.the(Ids).new(), {**ANSWERS, "email": ada.email}, "en")
    world.table.commit(*applications.keep(draft))

    with pytest.raises(DraftGone):
        applications.submit_kept(stranger.id, draft.id)

    assert applications.submit_kept(ada.id, draft.id).person == ada.id


def test_who_claimed_after_applying_can_be_approved_and_keeps_the_number(world: World) -> None:
    wei = applicant(world, "Wei")
    world.the(Founding).claim(world.the(Accounts).account(wei.person), "Wei")

    decided = world.the(Review).approve("wei", "Wei", wei.person, wei.id)

    assert decided.receipt is not None
    assert decided.receipt.facts["number"] == 1
    assert world.the(Points).purse(wei.person).available == 10


def test_the_decision_is_told_in_the_language_that_was_chosen_last(world: World) -> None:
    ada = applicant(world, "Ada")
    world.the(Accounts).keep_language(ada.person, "zh")

    world.the(Review).decline("wei", "Wei", ada.person, ada.id, "could-not-verify")

    assert "2027年3月15日" in world.mail_to("ada@example.org").text

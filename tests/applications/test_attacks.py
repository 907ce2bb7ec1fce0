"""What somebody could try, or stumble into: each once went wrong."""

from __future__ import annotations

import io
import re
from pathlib import Path

import msgspec
import pytest

from portal.accounts.service import Accounts
from portal.applications.bulk import Bulk
from portal.applications.following import Following
from portal.applications.inviting import InvitationOver, Invitations
from portal.applications.model import Application
from portal.applications.moves import Moves
from portal.applications.queue import Queue
from portal.applications.reading import JudgeFirst, OwnApplication
from portal.applications.review import Review, TextChanged
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.applications.voting import QuorumMissing
from portal.cases.service import Cases
from portal.charter.loader import hashed
from portal.charters.service import Charters
from portal.errors import NotFound
from portal.members.appointing import Appointments
from portal.members.founding import Founding
from portal.members.service import AlreadyMember, Members
from portal.table.contract import Table
from portal.tokens import Ids
from tests.charters import EVERY_KIND, QUIZ, chartered, question
from tests.clocks import MovableClock
from tests.lagging import LaggingTable
from tests.people import ANSWERS, applicant, give, member, person
from tests.samples import PDF
from tests.world import World, field, main_text

WEI = ("wei", "Wei")
FORM = {**ANSWERS, "rules": "yes", "hours": "3", "email": "ada@example.org"}


def reviewers(world: World, *names: str) -> list[tuple[str, str]]:
    """Members who may review."""
    world.the(Founding).claim(owner := person(world, "Owner"), "Owner")
    found = [(member(world, name), name) for name in names]
    for one, _ in found:
        world.the(Appointments).grant(owner.id, "Owner", one, "reviewer")
    return found


def again(world: World, who: str, **more: object) -> Application:
    draft = world.the(Applications).draft(world.the(Ids).new(), {**ANSWERS, **more}, "en")  # type: ignore[arg-type]
    return world.the(Applications).submit(who, draft)


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_typing_on_while_the_code_is_on_its_way_loses_nothing(world: World) -> None:
    ada = world.browser()
    draft = world.the(Ids).new()
    asked = ada.post("/portal/apply", {**FORM, "draft": draft})
    ada.post("/portal/apply/draft", {"draft": draft, "why": "Still typing"})

    done = ada.post(asked.headers["Location"], {"code": world.mail_to("ada@example.org").code})

    assert "/portal/status/" in done.headers["Location"]
    (one,) = world.the(Queue).waiting().applications
    assert one.answers["why"] == ANSWERS["why"]


def test_a_draft_is_its_owner_s_alone(world: World) -> None:
    ada, eve = world.browser(), world.browser()
    draft = world.the(Ids).new()
    ada.post("/portal/apply/draft", {"draft": draft, "why": "Ada's own"})

    stolen = eve.post("/portal/apply/draft", {"draft": draft, "why": "Eve's"})

    sent = eve.post("/portal/apply", {**FORM, "draft": draft, "email": "eve@example.org"})

    assert (stolen.status_code, sent.status_code) == (204, 302)
    assert "Ada&#39;s own" in ada.get("/portal/apply").text
    assert field(eve.get("/portal/apply"), "draft") != draft


def test_a_draft_that_is_taken_along_leaves_the_browser_that_began_it(world: World) -> None:
    library, home = world.browser(), world.browser()
    draft = world.the(Ids).new()
    library.post("/portal/apply", {**FORM, "why": "Half a sent", "act": "later", "draft": draft})
    home.get("/portal/apply")
    page = home.follow(home.post(world.mail_to("ada@example.org").link))
    home.post("/portal/apply/draft", {"draft": field(page, "draft"), "why": "A secret of home"})

    assert "Half a sent" in page.text
    assert "secret" not in library.get("/portal/apply").text
    assert "Half a sent" not in library.get("/portal/apply").text
    library.post("/portal/apply/draft", {"draft": field(page, "draft"), "why": "Overwritten"})
    assert "A secret of home" in home.get("/portal/apply").text


def test_what_was_begun_signed_out_is_there_after_signing_in(world: World) -> None:
    person(world, "Ada")
    ada = world.browser()
    draft = world.the(Ids).new()
    ada.post("/portal/apply/draft", {"draft": draft, "why": "Begun before"})
    ada.sign_in("ada@example.org")

    page = ada.get("/portal/apply")
    kept = ada.post("/portal/apply/draft", {"draft": field(page, "draft"), "why": "Begun before, and longer"})
    sent = ada.post("/portal/apply", {**FORM, "draft": field(page, "draft")})
    again = ada.post("/portal/apply", {**FORM, "draft": field(page, "draft")})

    assert "Begun before" in page.text
    assert kept.status_code == 204
    assert sent.headers["Location"] == again.headers["Location"]


def test_nobody_has_another_s_draft_sent_on_to_themselves(world: World) -> None:
    ada, eve = world.browser(), world.browser()
    draft = world.the(Ids).new()
    ada.post("/portal/apply/draft", {"draft": draft, "why": "Ada's own"})
    eve.post("/portal/apply", {**FORM, "why": "Eve's", "act": "later", "draft": draft, "email": "eve@example.org"})

    page = eve.follow(eve.post(world.mail_to("eve@example.org").link))

    assert "Eve&#39;s" in page.text
    assert "Ada&#39;s own" in ada.get("/portal/apply").text


def test_a_form_that_is_typed_again_after_a_no_is_a_new_application(world: World, clock: MovableClock) -> None:
    ada = world.browser()
    account = person(world, "Ada")
    ada.sign_in(account.email)
    form = {**FORM, "draft": world.the(Ids).new()}
    ada.post("/portal/apply", form)
    ada.post("/portal/apply/draft", form)  # another tab goes on typing
    (one,) = world.the(Queue).waiting().applications
    world.the(Review).decline(*WEI, one.person, one.id, "incomplete-answers")
    clock.advance(days=4)

    page = ada.get("/portal/apply")
    ada.post("/portal/apply", {**form, "draft": field(page, "draft"), "why": "A longer answer, after some thought."})

    (second,) = world.the(Queue).waiting().applications
    assert second.id != one.id
    assert second.answers["why"] == "A longer answer, after some thought."
    assert world.the(Moves).application(one.person, one.id).status == "declined"


def test_signing_in_before_a_quiz_loses_no_form(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": QUIZ}))
    person(world, "Ada")
    ada = world.browser()
    draft = world.the(Ids).new()
    ada.post("/portal/apply/all/draft", {"draft": draft, "name": "Begun"})
    ada.sign_in("ada@example.org")
    form = {"games": "ball", "hours": "1", "rules": "yes", "draft": draft, "name": "Ada"}
    quiz = ada.post("/portal/apply/all", form).headers["Location"]
    begun = ada.follow(ada.post(quiz))
    drawn = re.findall(r'<fieldset class="choices" id="(q\d)"', begun.text)

    done = ada.post(quiz, {"attempt": field(begun, "attempt"), **dict.fromkeys(drawn, "right")})

    assert "/portal/status/" in done.headers["Location"]
    assert [one.name for one in world.the(Queue).waiting().applications] == ["Ada"]


def test_a_corrected_form_goes_through_the_quiz_not_the_one_before(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": QUIZ}))
    person(world, "Ada")
    ada = world.browser()
    ada.sign_in("ada@example.org")
    form = {"games": "ball", "hours": "1", "rules": "yes", "draft": world.the(Ids).new()}
    ada.post("/portal/apply/all", {**form, "name": "Old"})
    quiz = ada.post("/portal/apply/all", {**form, "name": "New"}).headers["Location"]
    begun = ada.follow(ada.post(quiz))
    drawn = re.findall(r'<fieldset class="choices" id="(q\d)"', begun.text)

    ada.post(quiz, {"attempt": field(begun, "attempt"), **dict.fromkeys(drawn, "right")})

    assert [one.name for one in world.the(Queue).waiting().applications] == ["New"]


def test_a_stranger_s_draft_never_takes_the_place_of_one_s_own(world: World) -> None:
    ada, eve = world.browser(), world.browser()
    person(world, "Ada")
    ada.sign_in("ada@example.org")
    ada.post("/portal/apply/draft", {"draft": world.the(Ids).new(), "why": "Ada's own"})
    eve.post("/portal/apply", {**FORM, "why": "Planted", "act": "later", "draft": world.the(Ids).new()})

    page = ada.follow(ada.post(world.mail_to("ada@example.org").link))

    assert "Ada&#39;s own" in page.text
    assert "Planted" not in page.text


def test_only_who_proved_the_address_in_it_sends_a_form_whatever_its_field_is_called(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    questions = [{**q, "slug": "mail"} if q["kind"] == "email" else q for q in EVERY_KIND["question"]]  # type: ignore[attr-defined]
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": {**EVERY_KIND, "question": questions}}))
    ada, eve = person(world, "Ada"), person(world, "Eve")
    applications = world.the(Applications)
    answers = {"name": "Ada", "games": ["ball"], "hours": 1, "mail": ada.email, "rules": True}
    draft = applications.draft(world.the(Ids).new(), answers, "en", "all")
    world.table.commit(*applications.keep(draft))

    with pytest.raises(Exception, match="no longer kept"):
        applications.submit_kept(eve.id, draft.id)
    assert applications.submit_kept(ada.id, draft.id).person == ada.id


def test_bad_forms_by_the_hundred_are_not_all_kept(sqlite_table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(sqlite_table, clock, tmp_path)
    eve = world.browser()

    answers = [eve.post("/portal/apply", {"draft": world.the(Ids).new(), "why": "x"}).status_code for _ in range(70)]

    assert answers.count(422) == 60
    assert answers[-1] == 429


# --- decisions ------------------------------------------------------------------------------------------------------


def test_an_application_with_a_listed_word_can_be_read_by_everybody_at_the_desk(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    one = applicant(world, "Ada", why="日赚三千，加微信，包教包会，来就有。" * 3)
    wei = world.browser()
    wei.sign_in("wei@example.org")

    page = wei.get(f"/portal/desk/applications/{one.person}/{one.id}")

    assert page.status_code == 200
    assert "words: alert" in main_text(page)
    assert one.words == "alert"
    (case,) = world.the(Cases).waiting().cases
    assert case.title == one.id[-6:]


def test_a_decision_is_about_the_text_that_was_read(world: World) -> None:
    one = applicant(world, "Ada")
    edited = world.the(Applications).edit(one, {**ANSWERS, "name": "Ada", "why": "Cheap pills, all week long."})

    with pytest.raises(TextChanged):
        world.the(Review).approve(*WEI, one.person, one.id, edits=one.edits)
    (effect,) = world.the(Bulk).decide(*WEI, "approve", [f"{one.person}/{one.id}/0"])

    assert isinstance(effect.refusal, TextChanged)
    assert world.the(Review).approve(*WEI, one.person, one.id, edits=edited.edits).status == "approved"


def test_nobody_judges_themselves(world: World) -> None:
    one = applicant(world, "Ada")
    for act in (
        lambda: world.the(Review).vote(one.person, "Ada", one.person, one.id, "yes", sponsor=True),
        lambda: world.the(Review).approve(one.person, "Ada", one.person, one.id),
    ):
        with pytest.raises(OwnApplication):
            act()


@pytest.mark.parametrize("way", ["submitted", "ask", "interview"])
def test_a_quorum_holds_for_a_no_wherever_it_stands(
    table: Table, clock: MovableClock, tmp_path: Path, way: str
) -> None:
    world = World(table, clock, tmp_path, charter=chartered(quorum={"votes": 2, "sponsor": True}))
    wei, yan, lan = reviewers(world, "Wei", "Yan", "Lan")
    one = applicant(world, "Ada")
    review, who = world.the(Review), (one.person, one.id)
    if way != "submitted":
        getattr(review, way)(*wei, *who, "Where?")

    with pytest.raises(QuorumMissing):
        review.decline(*wei, *who, "advertising")
    review.vote(*wei, *who, "yes")
    review.vote(*yan, *who, "yes")
    with pytest.raises(QuorumMissing, match="two noes"):
        review.decline(*lan, *who, "advertising")  # a sponsor who is missing is no reason for a no
    if way == "submitted":
        with pytest.raises(QuorumMissing, match="and a sponsor"):
            review.approve(*lan, *who)
        review.vote(*yan, *who, "yes", sponsor=True)
        assert review.approve(*lan, *who).receipt.rule == "quorum"  # type: ignore[union-attr]
    else:
        review.vote(*wei, *who, "no")
        review.vote(*yan, *who, "no")
        assert review.decline(*lan, *who, "advertising").status == "declined"


def test_the_vote_of_somebody_who_may_review_no_more_does_not_count(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path, charter=chartered(quorum={"votes": 2}))
    wei, yan = reviewers(world, "Wei", "Yan")
    one = applicant(world, "Ada")
    review, who = world.the(Review), (one.person, one.id)
    review.vote(*wei, *who, "yes")
    review.vote(*yan, *who, "yes")
    world.the(Appointments).withdraw("owner", "Owner", yan[0], "reviewer")

    with pytest.raises(QuorumMissing):
        review.approve(*wei, *who)
    world.the(Appointments).grant("owner", "Owner", yan[0], "reviewer")
    assert review.approve(*wei, *who).status == "approved"


def test_an_appeal_is_not_for_those_who_voted(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(quorum={"votes": 2}))
    wei, yan, lan, kim = reviewers(world, "Wei", "Yan", "Lan", "Kim")
    one = applicant(world, "Ada")
    review, who = world.the(Review), (one.person, one.id)
    review.vote(*wei, *who, "no")
    review.vote(*yan, *who, "no")
    review.decline(*lan, *who, "advertising")
    world.the(Following).appeal(*who, "Not so.")

    for had_a_part in (wei, yan, lan):
        with pytest.raises(Exception, match="had a part"):
            review.uphold(*had_a_part, *who, "It stands.")
    assert review.uphold(*kim, *who, "It stands.").status == "upheld"


def test_a_blind_first_pass_is_blind_on_every_page(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(blind=True, forms={"all": EVERY_KIND}))
    wei, yan = reviewers(world, "Wei", "Yan")
    zebedee = world.browser()
    form = {"name": "Zebedee", "games": "ball", "hours": "1", "email": "zebedee@example.org", "rules": "yes"}
    asked = zebedee.post(
        "/portal/apply/all", {**form, "draft": world.the(Ids).new(), "cv-file": (io.BytesIO(PDF), "Zebedee.pdf")}
    )
    zebedee.post(asked.headers["Location"], {"code": world.mail_to("zebedee@example.org").code})
    (one,) = world.the(Queue).waiting().applications
    review, page = world.the(Review), f"/portal/desk/applications/{one.person}/{one.id}"
    review.note(*yan, one.person, one.id, "It is Zebedee from the club.")
    desk = world.browser()
    desk.sign_in("wei@example.org")
    bulk = {"verb": "approve", "pick": f"{one.person}/{one.id}/0"}

    pages = [
        desk.get(page),
        desk.get("/portal/desk/applications"),
        desk.get("/portal/desk/applications?q=zebedee@example.org"),
        desk.post("/portal/desk/applications/bulk", bulk),
        desk.post(f"{page}/approve"),
    ]
    file = desk.get(f"{page}/files/cv")

    for each in pages:
        assert "Zebedee" not in each.text
    assert "Zebedee" not in str(file.headers)
    with pytest.raises(JudgeFirst):
        review.ask(*wei, one.person, one.id, "Where?")
    desk.post(f"{page}/vote", {"says": "yes"})
    assert "Zebedee" in desk.get(page).text
    assert review.approve(*wei, one.person, one.id).status == "approved"


# --- appeals, invitations, quizzes ----------------------------------------------------------------------------------


def test_a_member_appeals_nothing_old(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    world.the(Review).decline(*WEI, one.person, one.id, "incomplete-answers")
    clock.advance(days=4)
    second = again(world, one.person)
    world.the(Review).approve(*WEI, second.person, second.id)

    with pytest.raises(AlreadyMember):
        world.the(Following).appeal(one.person, one.id, "And yet.")

    assert world.the(Queue).taken()["taken"] == 1


def test_an_invitation_is_worth_what_its_maker_is(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    policy = {"per_month": 3, "uses": 5, "expire": "30 days", "skip_review": True}
    world = World(table, clock, tmp_path, charter=chartered(invitations=policy))
    boss = member(world, "Boss")
    give(world, boss, 60, "tier", qualifies=True)
    invitation = world.the(Invitations).invite(boss)

    def send(name: str) -> Application:
        who = person(world, name)
        draft = world.the(Applications).draft(world.the(Ids).new(), ANSWERS, "en", "join", invitation.id)
        return world.the(Applications).submit(who.id, draft)

    own, other = send("boss+1"), send("Ada")
    world.the(Members).suspend("wei", "Wei", boss, world.the(Members).today, "A rest.")

    assert (own.status, other.status) == ("submitted", "approved")
    assert other.receipt is not None
    assert other.receipt.facts["invited_by"] == boss
    with pytest.raises(InvitationOver):
        send("Bea")


def test_an_invitation_that_ends_while_one_types_costs_no_word(world: World, clock: MovableClock) -> None:
    boss = member(world, "Boss")
    give(world, boss, 60, "tier", qualifies=True)
    invitations = world.the(Invitations)
    made = invitations.invite(boss)
    ada = world.browser()
    page = ada.get(f"/portal/apply?invite={invitations.token(made.id)}")
    form = {**FORM, "draft": field(page, "draft"), "invite": field(page, "invite")}
    ada.post("/portal/apply/draft", form)
    back = ada.get("/portal/apply")
    invitations.take_back(boss, made.id)

    kept = ada.post("/portal/apply/draft", form)
    refused = ada.post("/portal/apply", form)
    sent = ada.post("/portal/apply", {**FORM, "draft": form["draft"]})

    assert field(back, "invite") == form["invite"]
    assert kept.status_code == 204
    assert refused.status_code == 410
    assert str(ANSWERS["why"]) in refused.text
    assert 'name="invite"' not in refused.text
    assert sent.status_code == 302


def test_an_answer_whose_reason_the_charter_dropped_lets_nobody_in(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    facts = {"on": ["domain"], "domains": ["example.org"]}
    raw = msgspec.to_builtins(chartered().join)
    for asked in raw["question"]:
        for one in asked.get("choices", []):
            if (asked["slug"], one["slug"]) == ("sell", "yes"):
                one["refuse"] = "advertising"
    old = chartered(join={"question": raw["question"], "pass": -9}, auto_approve=facts)
    reasons = [reason for reason in old.admission.reason if reason.slug != "advertising"]
    new = hashed(msgspec.structs.replace(old, admission=msgspec.structs.replace(old.admission, reason=reasons)))
    before = World(table, clock, tmp_path, charter=old)
    who = person(before, "Ada")
    declined = person(before, "Bea")
    before.the(Charters).store()
    applications = before.the(Applications)
    draft = applications.draft(before.the(Ids).new(), {**ANSWERS, "sell": "yes"}, "en")
    refused = applications.submit(
        declined.id, applications.draft(before.the(Ids).new(), {**ANSWERS, "sell": "yes"}, "en")
    )

    sent = World(table, clock, tmp_path, charter=new).the(Applications).submit(who.id, draft)

    assert (refused.status, sent.status) == ("declined", "submitted")
    assert refused.receipt is not None
    assert (refused.receipt.rule, refused.receipt.actor, refused.receipt.actor_name) == ("advertising", "charter", "")


# --- what is kept, and for how long ---------------------------------------------------------------------------------


def test_what_is_erased_leaves_nothing_of_a_stranger(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": EVERY_KIND}))
    ada = world.browser()
    form = {"name": "Zebedee", "games": "ball", "hours": "1", "email": "zebedee@example.org", "rules": "yes",
            "story": "日赚三千，加微信，包教包会，来就有。" * 3}  # fmt: skip
    asked = ada.post(
        "/portal/apply/all", {**form, "draft": world.the(Ids).new(), "cv-file": (io.BytesIO(PDF), "Z.pdf")}
    )
    ada.post(asked.headers["Location"], {"code": world.mail_to("zebedee@example.org").code})
    (one,) = world.the(Queue).waiting().applications
    world.the(Review).ask(*WEI, one.person, one.id, "Where?")
    for number in range(120):
        world.the(Following).answer(one.person, one.id, f"Here, Zebedee {number}")
        world.the(Review).ask(*WEI, one.person, one.id, "And then?")
    world.the(Following).withdraw(one.person, one.id)
    clock.advance(days=89)
    assert world.the(Timing).erase() == 0
    clock.advance(days=1, seconds=1)
    assert world.the(Timing).erase() == 1

    left = [item for item in table.scan() if "zebedee" in str(item).lower() or one.id in str(item)]
    assert {str(item["sk"])[:4] for item in left if not str(item["pk"]).startswith("AUD#")} == {
        "TRY#"
    }  # it tells a date
    assert world.the(Accounts).person_of("zebedee@example.org") is None
    assert list((tmp_path / "files").glob("*")) == []
    with pytest.raises(NotFound):
        world.the(Moves).application(one.person, one.id)


def test_an_index_that_lags_erases_nothing_that_has_moved_on(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    lagging = LaggingTable(table)
    world = World(lagging, clock, tmp_path, charter=chartered(retention=dict.fromkeys(
        ("approved", "declined", "withdrawn", "expired"), "30 days")))  # fmt: skip
    one = applicant(world, "Ada")
    world.the(Review).decline(*WEI, one.person, one.id, "advertising")
    clock.advance(days=30)
    lagging.catch_up()
    world.the(Following).appeal(one.person, one.id, "Not so.")
    world.the(Review).uphold("yan", "Yan", one.person, one.id, "It stands.")
    clock.advance(days=1)

    assert world.the(Timing).erase() == 0
    assert world.the(Moves).application(one.person, one.id).status == "upheld"


def test_a_file_belongs_to_one_application(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": EVERY_KIND}))
    ada, bob = world.browser(), world.browser()
    form = {"name": "Ada", "games": "ball", "hours": "1", "rules": "yes"}
    page = ada.post("/portal/apply/all", {**form, "draft": world.the(Ids).new(), "cv-file": (io.BytesIO(PDF), "a.pdf")})
    token = field(page, "cv")

    def sent(browser: object, name: str) -> int:
        answers = {**form, "draft": world.the(Ids).new(), "cv": token, "email": f"{name}@example.org"}
        asked = browser.post("/portal/apply/all", answers)  # type: ignore[attr-defined]
        return browser.post(asked.headers["Location"], {"code": world.mail_to(f"{name}@example.org").code}).status_code  # type: ignore[attr-defined, no-any-return]

    assert sent(ada, "ada") == 302
    assert sent(bob, "bob") == 410


def test_equal_long_answers_are_no_trouble(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    more = [{**question(f"t{n}", "long-text"), "required": False} for n in range(60)]
    every = {**EVERY_KIND, "question": [*EVERY_KIND["question"], *more]}  # type: ignore[misc]
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": every}))
    ada = person(world, "Ada")
    words = {f"t{n}": f"The same few words, pasted into every box there is. {n % 30}" for n in range(60)}
    answers = {"name": "Ada", "games": ["ball"], "hours": 1, "email": ada.email, "rules": True, **words}
    applications = world.the(Applications)

    one = applications.submit(ada.id, applications.draft(world.the(Ids).new(), answers, "en", "all"))  # type: ignore[arg-type]
    edited = applications.edit(
        one, {slug: f"{answer}!" if slug in words else answer for slug, answer in answers.items()}
    )  # type: ignore[misc]

    assert len(edited.alike) == 12


def test_the_desk_survives_what_is_typed_into_it(world: World) -> None:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    one = applicant(world, "Ada")
    wei = world.browser()
    wei.sign_in("wei@example.org")

    answers = [
        wei.get(f"/portal/desk/applications?q={'9' * 4400}").status_code,
        wei.get(f"/portal/desk/applications?q={'a' * 2000}").status_code,
        wei.post(
            f"/portal/desk/applications/{one.person}/{one.id}/vote", {"says": "yes", "mark-why": "9" * 5000}
        ).status_code,
        wei.post("/portal/desk/applications/bulk", {"verb": "approve", "pick": "x/y/0"}).status_code,
    ]

    assert answers == [200, 200, 302, 200]

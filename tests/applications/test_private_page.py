"""What an applicant meets: drafts that follow them, the private page in every state, files and a quiz."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from portal.applications.following import Following
from portal.applications.model import Application
from portal.applications.moves import Moves
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.applications.timing import Timing
from portal.members.founding import Founding
from portal.table.contract import Table
from portal.tokens import Ids
from tests.charters import EVERY_KIND, QUIZ, chartered
from tests.clocks import MovableClock
from tests.people import ANSWERS, applicant, person
from tests.samples import PDF, PNG
from tests.world import Browser, World, field, main_text

FORM = {**ANSWERS, "rules": "yes", "hours": "3", "email": "ada@example.org"}
WEI = ("wei", "Wei")


def link(world: World, one: Application) -> str:
    return f"/portal/status/{world.the(Moves).token(one)}"


def test_a_draft_is_kept_as_one_types_and_waits_in_the_same_browser(world: World) -> None:
    ada, stranger = world.browser(), world.browser()
    draft = field(ada.get("/portal/apply"), "draft")
    kept = ada.post("/portal/apply/draft", {"draft": draft, "why": "Half a sent", "keeping": "lead", "hours": "4"})

    again = ada.get("/portal/apply")

    assert kept.status_code == 204
    assert "Half a sent" in again.text
    assert field(again, "draft") == draft
    assert re.search(r'value="lead" checked', again.text)
    assert "Half a sent" not in stranger.get("/portal/apply").text


def test_a_draft_goes_on_on_another_device_once_the_address_is_proven(world: World) -> None:
    desk, phone = world.browser(), world.browser("zh")
    asked = desk.post("/portal/apply", {**FORM, "why": "Half a sent", "act": "later", "draft": world.the(Ids).new()})
    phone.get("/portal/apply")
    entered = phone.post(world.mail_to("ada@example.org").link)
    page = phone.follow(entered)

    assert asked.status_code == 302
    assert "Half a sent" in page.text
    assert world.the(Queue).waiting().applications == []
    sent = phone.post("/portal/apply", {**FORM, "draft": field(page, "draft")})
    assert "/portal/status/" in sent.headers["Location"]


def test_a_form_that_was_refused_for_a_missing_answer_is_kept_too(world: World) -> None:
    ada = world.browser()
    refused = ada.post("/portal/apply", {**FORM, "name": "", "draft": world.the(Ids).new()})

    assert refused.status_code == 422
    assert str(ANSWERS["why"]) in ada.get("/portal/apply").text


def test_more_than_any_form_asks_for_is_not_kept(world: World) -> None:
    ada = world.browser()
    answer = ada.post("/portal/apply/draft", {"draft": world.the(Ids).new(), "why": "x" * 60_001})

    assert answer.status_code == 413


def test_answers_can_be_changed_until_somebody_reads(world: World) -> None:
    one = applicant(world, "Ada")
    ada, page = world.browser(), link(world, one)

    shown = ada.get(f"{page}/answers")
    changed = ada.post(f"{page}/answers", {**FORM, "name": "Ada B.", "keeping": "no", "places": "wechat"})
    world.the(Review).claim(*WEI, one.person, one.id)
    late = ada.post(f"{page}/answers", {**FORM, "name": "Ada C."})

    assert str(ANSWERS["why"]) in shown.text
    assert changed.status_code == 302
    found = world.the(Moves).application(one.person, one.id)
    assert (found.name, found.persona) == ("Ada B.", "curious")
    assert "places" not in found.answers
    assert found.answers["email"] == "ada@example.org"
    assert found.score.total == 5
    assert late.status_code == 409
    assert "Ada C." in late.text
    assert [one.name for one in world.the(Queue).find("ada b")] == ["Ada B."]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_private_page_says_in_every_state_what_is_and_what_can_be_done(
    world: World, clock: MovableClock, lang: str
) -> None:
    one = applicant(world, "Ada")
    review, following, browser = world.the(Review), world.the(Following), world.browser(lang)
    who = (*WEI, one.person, one.id)
    said: list[str] = []

    def look(step: object = None) -> None:
        page = browser.get(link(world, one))
        assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        found = re.search(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
        assert found
        said.append(found[1].strip())

    look()
    look(review.ask(*who, "Where?", "a-link"))
    look(following.answer(one.person, one.id, "In a noodle shop."))
    look(review.interview(*who, "Thursday?"))
    look(review.resume(*who))
    look(review.decline(*who, "advertising"))
    look(following.appeal(one.person, one.id, "Not so."))
    look(review.waitlist("yan", "Yan", one.person, one.id))
    look(world.the(Timing).offer(one.person, one.id, []))
    look(following.accept(one.person, one.id))

    assert len(set(said)) == 9  # being read again looks as before
    if lang == "en":
        assert said[0] == "Your application is in our hands"
        assert said[-1] == "Ada, you belong"
    text = main_text(browser.get(link(world, one)))
    assert "In a noodle shop." in text
    assert "Thursday?" in text


def test_what_the_desk_notes_for_itself_is_never_shown(world: World) -> None:
    one = applicant(world, "Ada")
    world.the(Review).note(*WEI, one.person, one.id, "Sounds like my neighbour.")
    world.the(Review).vote(*WEI, one.person, one.id, "no", "Too shy.")

    page = world.browser().get(link(world, one)).text

    assert "neighbour" not in page
    assert "Too shy" not in page


def test_everything_can_be_done_by_the_link_alone(world: World, clock: MovableClock) -> None:
    one = applicant(world, "Ada")
    world.the(Review).waitlist(*WEI, one.person, one.id)
    world.the(Timing).offer_places()
    ada = world.browser()

    taken = ada.post(f"{link(world, one)}/accept")
    again = ada.post(f"{link(world, one)}/accept")

    assert taken.status_code == 302
    assert again.status_code == 409
    assert "you belong" in ada.get(link(world, one)).text
    assert world.mail_to("ada@example.org").subject == "Welcome to Tonghao Commons, member no. 1"


def test_an_offer_is_taken_up_to_its_last_instant_and_not_after(world: World, clock: MovableClock) -> None:
    one, late = applicant(world, "Ada"), applicant(world, "Bea")
    for who in (one, late):
        world.the(Review).waitlist(*WEI, who.person, who.id)
        world.the(Timing).offer(who.person, who.id, [])
    clock.advance(days=5)
    accepted = world.the(Following).accept(one.person, one.id)
    clock.advance(seconds=1)
    refused = world.browser().post(f"{link(world, late)}/accept")

    assert accepted.status == "approved"
    assert refused.status_code == 409
    assert "The place was kept for you until 2027-03-06 17:00" in main_text(refused)


def full_world(table: Table, clock: MovableClock, folder: Path) -> World:
    return World(table, clock, folder, charter=chartered(forms={"all": EVERY_KIND}))


EVERY = {
    "name": "Ada", "games": ["board"], "chess": "yes", "rating": "１８００", "since": "2010-05-01", "hours": "2",
    "page": "https://ada.example/", "story": "Long ago.", "email": "ada@example.org", "rules": "yes",
}  # fmt: skip


def apply(
    browser: Browser, world: World, files: dict[str, tuple[io.BytesIO, str]] | None = None, **changes: str
) -> object:
    form = {**EVERY, "draft": world.the(Ids).new(), **changes}
    return browser.post("/portal/apply/all", {**form, **(files or {})})


def test_every_kind_of_question_is_asked_checked_and_read(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = full_world(table, clock, tmp_path)
    wei = person(world, "Wei")
    world.the(Founding).claim(wei, "Wei")
    ada = world.browser()
    asked = apply(ada, world, {"cv-file": (io.BytesIO(PDF), "my cv.pdf")})
    ada.post(asked.headers["Location"], {"code": world.mail_to("ada@example.org").code})  # type: ignore[attr-defined]
    (one,) = world.the(Queue).waiting().applications
    desk = world.browser()
    desk.sign_in("wei@example.org")
    page = f"/portal/desk/applications/{one.person}/{one.id}"
    file = desk.get(f"{page}/files/cv")

    assert one.answers["rating"] == 1800
    assert one.answers["since"] == "2010-05-01"
    assert file.data == PDF
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert "my cv.pdf" in desk.get(page).text
    assert world.browser().get(f"{page}/files/cv").status_code == 302  # to sign in
    assert ada.get(f"{page}/files/cv").status_code == 403


def test_what_a_question_does_not_take_is_told_beside_it_and_a_hidden_one_is_not_asked(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = full_world(table, clock, tmp_path)
    ada = world.browser()
    wrong = apply(
        ada, world, {"cv-file": (io.BytesIO(b"MZ" + b"\0" * 100), "cv.png")},
        rating="99", since="1999-12-31", page="javascript:alert(1)", name="x" * 21,
    )  # fmt: skip
    hidden = apply(ada, world, games="ball", rating="nonsense")

    text = main_text(wrong)  # type: ignore[arg-type]
    assert wrong.status_code == 422  # type: ignore[attr-defined]
    for sentence in (
        "This is 1 characters too long; 20 fit.",
        "Please give at least 100.",
        "Please give 1 January 2000 or later.",
        "begins with https://",
        "This is a Windows program, whatever its name says.",
    ):
        assert sentence in text
    assert hidden.status_code == 302  # type: ignore[attr-defined]


def test_a_file_is_kept_beside_a_fault_and_nobody_forges_one(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = full_world(table, clock, tmp_path)
    ada = world.browser()
    page = apply(ada, world, {"cv-file": (io.BytesIO(PNG), "me.png")}, name="")
    token = field(page, "cv")  # type: ignore[arg-type]
    fixed = apply(ada, world, cv=token)
    ada.post(fixed.headers["Location"], {"code": world.mail_to("ada@example.org").code})  # type: ignore[attr-defined]
    (one,) = world.the(Queue).waiting().applications
    bea = world.browser()
    forged = apply(bea, world, cv=str(one.answers["cv"]), email="bea@example.org")
    bea.post(forged.headers["Location"], {"code": world.mail_to("bea@example.org").code})  # type: ignore[attr-defined]

    assert "me.png" in page.text  # type: ignore[attr-defined]
    assert str(one.answers["cv"]).endswith("/me.png")
    assert "cv" not in world.the(Queue).find("bea@example.org")[0].answers


def test_a_quiz_is_drawn_timed_and_judged_by_the_server(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": QUIZ}))
    ada = world.browser()
    asked = apply(ada, world)
    proven = ada.post(asked.headers["Location"], {"code": world.mail_to("ada@example.org").code})  # type: ignore[attr-defined]
    quiz = proven.headers["Location"]
    begun = ada.follow(ada.post(quiz))
    drawn = re.findall(r'<fieldset class="choices" id="(q\d)"', begun.text)
    same = ada.follow(ada.post(quiz))
    other = next(f"q{n}" for n in range(6) if f"q{n}" not in drawn)

    assert "/quiz/" in quiz
    assert len(drawn) == 2
    assert field(same, "attempt") == field(begun, "attempt")
    forged = ada.post(quiz, {"attempt": "x" * 26, **dict.fromkeys(drawn, "right")})
    assert forged.status_code == 409
    ada.post(quiz, {"attempt": field(begun, "attempt"), drawn[0]: "right", other: "right"})  # one is not of the draw
    assert world.the(Queue).waiting().applications == []
    again = ada.post(quiz, {"attempt": field(begun, "attempt"), **dict.fromkeys(drawn, "right")})
    assert again.status_code == 409
    second = ada.follow(ada.post(quiz))
    clock.advance(minutes=5, seconds=1)
    drawn = re.findall(r'<fieldset class="choices" id="(q\d)"', second.text)
    late = ada.post(quiz, {"attempt": field(second, "attempt"), **dict.fromkeys(drawn, "right")})
    assert "The time for these questions was over" in main_text(late)
    assert ada.post(quiz).status_code == 409  # two tries within seven days
    clock.advance(days=7)
    third = ada.follow(ada.post(quiz))
    drawn = re.findall(r'<fieldset class="choices" id="(q\d)"', third.text)
    passed = ada.post(quiz, {"attempt": field(third, "attempt"), **dict.fromkeys(drawn, "right")})
    assert "/portal/status/" in passed.headers["Location"]
    (one,) = world.the(Queue).waiting().applications
    assert one.quiz is not None
    assert (one.quiz.right, one.quiz.of) == (2, 2)

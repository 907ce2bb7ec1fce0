"""A stranger reads the site and says whether it helped and what is wrong; the desk hears it, and not from whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.errors import NotFound
from portal.members.founding import Founding
from portal.readers.model import AlreadyDone, Figures, NoSuchPage
from portal.readers.service import Readers
from portal.table.contract import Table
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.people import member, person
from tests.world import Browser, World, field, main_text

RULES, REGELN = "/rules/", "/zh/rules/"


@pytest.fixture
def world(table: Table, clock: MovableClock, tmp_path: Path) -> World:
    build = tmp_path / "build"
    build.mkdir()
    (build / "pages.json").write_text(json.dumps(["/", RULES, REGELN]))
    return World(table, clock, tmp_path, build=build)


@pytest.fixture
def wei(world: World) -> Browser:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    return browser


def said(world: World, text: str = "Rule five is unclear.", page: str = RULES) -> str:
    world.the(Readers).leave(world.the(Ids).new(), page, text)
    return next(word.id for word in world.the(Readers).waiting()[0] if word.text == text)


def test_pages_are_counted_by_the_month_of_the_community(world: World, clock: MovableClock) -> None:
    readers = world.the(Readers)
    for page in (RULES, "/", RULES):
        readers.count(page, "read")
    readers.count(RULES, "yes")
    readers.count("/", "no")

    assert readers.figures() == [Figures(page=RULES, read=2, yes=1, no=0), Figures(page="/", read=1, yes=0, no=1)]
    clock.advance(days=32)
    assert readers.figures() == []


@pytest.mark.parametrize("page", ["/rules", "rules/", "/portal/me", "", "/" + "x" * 180, "/zh/nothing/"])
def test_what_the_site_does_not_have_is_not_counted(world: World, page: str) -> None:
    with pytest.raises(NoSuchPage):
        world.the(Readers).count(page, "read")
    with pytest.raises(NoSuchPage):
        said(world, page=page)


def test_the_page_counts_without_a_cookie_or_a_trace_of_who_read(world: World) -> None:
    reader = world.browser().client
    before = sum(1 for _ in world.table.scan())

    facts, ours = {"page": RULES, "said": "read"}, {"Sec-Fetch-Site": "same-origin"}

    answers = [
        reader.post("/portal/api/v1/read", data=facts, headers=ours, base_url=world.config.base_url) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], []]
    [item] = [item for item in world.table.scan() if item["pk"].startswith("SITE#")]
    assert {name: value for name, value in item.items() if name not in ("pk", "sk")} == {"read": 2}
    assert sum(1 for _ in world.table.scan()) == before + 1


@pytest.mark.parametrize(
    ("data", "site", "status"),
    [
        ({"page": RULES, "said": "read"}, "cross-site", 403),
        ({"page": RULES, "said": "read"}, "", 403),
        ({"page": RULES, "said": "maybe"}, "same-origin", 400),
        ({"said": "read"}, "same-origin", 400),
        ({"page": "/nowhere/", "said": "read"}, "same-origin", 404),
    ],
)
def test_what_another_site_or_a_made_up_page_sends_is_refused(
    world: World, data: dict[str, str], site: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}

    answer = world.browser().client.post(
        "/portal/api/v1/read", data=data, headers=headers, base_url=world.config.base_url
    )

    assert answer.status_code == status
    assert world.the(Readers).figures() == []


@pytest.mark.parametrize(("lang", "asks"), [("en", "What is missing, or wrong?"), ("zh", "缺了什么，还是错了什么？")])
def test_a_stranger_says_what_is_wrong_and_the_desk_hears_it(world: World, wei: Browser, lang: str, asks: str) -> None:
    stranger = world.browser(lang)
    form = stranger.get(f"/portal/word?page={RULES}&helpful=no")
    assert asks in main_text(form)
    facts = {"page": RULES, "helpful": "no", "id": field(form, "id")}

    empty = stranger.post("/portal/word", facts | {"id": ""}, csrf=stranger.token)
    sent = [stranger.post("/portal/word", facts | {"text": "Rule five?"}, csrf=stranger.token) for _ in range(2)]

    assert [answer.status_code for answer in sent] == [302, 302]
    assert empty.status_code == 302  # a no alone is an answer
    page = main_text(wei.get("/portal/desk/readers"))
    assert "One reader&#39;s word waits" in page
    assert "Rule five?" in page
    assert world.the(Readers).figures() == [Figures(page=RULES, read=0, yes=0, no=2)]
    assert [item for item in world.table.scan() if "127.0.0.1" in str(item)] == []


def test_what_was_typed_stays_when_it_is_too_long(world: World) -> None:
    stranger = world.browser()
    facts = {"page": RULES, "id": world.the(Ids).new(), "text": "x" * 2001}

    refused = stranger.post("/portal/word", facts, csrf=stranger.token)

    assert refused.status_code == 422
    assert "at most 2,000 characters" in main_text(refused)
    assert "x" * 2001 in refused.text


def test_a_word_that_was_mended_and_sent_again_is_not_lost(world: World) -> None:
    stranger = world.browser()
    facts = {"page": RULES, "id": field(stranger.get(f"/portal/word?page={RULES}"), "id")}

    for text in ("Rule five?", "Rule five, and rule six?", "Rule five?"):
        assert stranger.post("/portal/word", facts | {"text": text}, csrf=stranger.token).status_code == 302

    assert {word.text for word in world.the(Readers).waiting()[0]} == {"Rule five?", "Rule five, and rule six?"}


def test_one_who_says_too_much_is_asked_to_wait(world: World) -> None:
    stranger = world.browser()

    answers = [
        stranger.post("/portal/word", {"page": RULES, "helpful": "yes"}, csrf=stranger.token).status_code
        for _ in range(21)
    ]

    assert answers == [302] * 20 + [429]
    typed = {"page": RULES, "id": world.the(Ids).new(), "text": "Rule five is unclear."}
    late = stranger.post("/portal/word", typed, csrf=stranger.token)
    assert late.status_code == 429
    assert "Rule five is unclear." in main_text(late)
    assert "What you typed is still here." in main_text(late)


@pytest.mark.parametrize("page", [RULES, "javascript:alert(1)"])
def test_what_was_typed_into_an_old_form_stays_and_leads_to_pages_of_ours(world: World, page: str) -> None:
    stranger = world.browser()
    typed = {"page": page, "id": world.the(Ids).new(), "text": "Rule five is unclear."}

    refused = stranger.post("/portal/word", typed, csrf="of another browser")

    assert refused.status_code == 403
    assert ("Rule five is unclear." in refused.text) is (page == RULES)
    assert "javascript:" not in refused.text


def test_a_word_is_seen_to_once(world: World, wei: Browser) -> None:
    word, later = said(world), said(world, "And rule six.")
    done = f"/portal/desk/readers/{word}/done"

    assert wei.post(done, csrf=wei.token).status_code == 302
    again = wei.post(done, csrf=wei.token)

    assert again.status_code == 409
    assert "Wei has seen to this word already." in main_text(again)
    assert [one.id for one in world.the(Readers).waiting()[0]] == [later]
    with pytest.raises(AlreadyDone):
        world.the(Readers).settle("mei", "Mei", word)
    with pytest.raises(NotFound):
        world.the(Readers).settle("mei", "Mei", "nothing")


def test_the_oldest_word_comes_first_and_none_is_lost_on_later_pages(world: World, clock: MovableClock) -> None:
    words = []
    for number in range(53):
        world.the(Readers).leave(world.the(Ids).new(), RULES, f"word {number}")
        words.append(f"word {number}")
        clock.advance(seconds=1)

    first, cursor = world.the(Readers).waiting()
    rest, end = world.the(Readers).waiting(cursor)

    assert [word.text for word in [*first, *rest]] == words
    assert end is None


def test_a_member_without_the_right_sees_none_of_it(world: World) -> None:
    member(world, "Ada")
    ada = world.browser()
    ada.sign_in("ada@example.org")

    assert ada.get("/portal/desk/readers").status_code == 403


def test_without_a_list_of_pages_nothing_is_counted(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, build=tmp_path / "nowhere")

    with pytest.raises(NoSuchPage):
        world.the(Readers).count("/", "read")

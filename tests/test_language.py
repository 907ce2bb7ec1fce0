"""Which language a page speaks, who remembers the choice, and how dates are told."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from portal.errors import NotFound, PortalError
from portal.language import LANGUAGES, Lang, Text, day, known, negotiate, say
from portal.members.founding import Founding
from portal.members.model import Suspended
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.people import applicant, member, person
from tests.world import Browser, World

ADA = "ada@example.org"


def test_the_page_s_own_language_comes_before_the_choice_the_account_and_the_browser(world: World) -> None:
    ada = browser_of(world, "Ada", "en", prefers="en")  # the account reads English
    kept = world.browser("zh")  # a browser that prefers Chinese

    stranger = language(kept.get("/portal/sign-in"))
    kept.sign_in(ADA)
    by_account = language(kept.get("/portal/account"))
    kept.plant("tonghao-lang", "zh")
    by_choice = language(kept.get("/portal/account"))
    by_page = language(kept.get("/portal/account?lang=en"))

    assert (stranger, by_account, by_choice, by_page) == ("zh", "en", "zh", "en")
    assert language(ada.get("/portal/account")) == "en"


def test_a_page_in_another_language_carries_it_in_every_link_and_form(house: World) -> None:
    wei = owner(house)
    applicant(house, "Ada")

    for path in ("/portal/sign-in", "/portal/apply", "/portal/me", "/portal/points", "/portal/desk/applications"):
        page = wei.get(f"{path}?lang=zh") if path != "/portal/sign-in" else house.browser().get(f"{path}?lang=zh")
        ours = re.findall(r'(?:href|action)="(/portal/[^"]*)"', page.text)

        assert language(page) == "zh"
        assert len(ours) >= 3
        assert [link for link in ours if "lang=zh" not in link] == []
        assert 'href="/zh/"' in page.text


def test_answers_to_forms_of_such_a_page_and_where_they_lead_speak_it_too(house: World) -> None:
    ada = house.browser()

    unsigned = ada.get("/portal/points?lang=zh")
    refused = ada.post("/portal/sign-in?lang=zh", {"email": "nothing"})
    asked = ada.post("/portal/sign-in?lang=zh", {"email": ADA})
    page = ada.follow(asked)

    assert "lang=zh" in unsigned.headers["Location"]
    assert (refused.status_code, language(refused)) == (422, "zh")
    assert language(page) == "zh"
    assert house.mail_to(ADA).link.endswith("?lang=zh")
    assert "验证码" in house.mail_to(ADA).text


def test_looking_at_a_page_in_another_language_keeps_nothing(world: World) -> None:
    ada = browser_of(world, "Ada", "en")
    before = sorted(map(str, world.table.scan()))

    looked = ada.get("/portal/account?lang=zh")

    assert language(looked) == "zh"
    assert looked.headers.getlist("Set-Cookie") == []
    assert sorted(map(str, world.table.scan())) == before
    assert language(ada.get("/portal/account")) == "en"


def test_the_switch_keeps_the_choice_in_the_browser_and_with_the_account(world: World) -> None:
    ada, phone = browser_of(world, "Ada", "en"), world.browser("en")

    switched = ada.post("/portal/language", {"to": "zh", "back": "/portal/account?lang=en"})
    phone.sign_in(ADA)

    assert (switched.status_code, switched.headers["Location"]) == (302, "/portal/account")
    assert ada.cookie("tonghao-lang") == "zh"
    assert language(ada.follow(switched)) == "zh"
    assert phone.cookie("tonghao-lang") is None
    assert language(phone.get("/portal/account")) == "zh"


def test_a_stranger_s_choice_is_kept_by_the_browser_alone(house: World) -> None:
    stranger = house.browser("en")

    stranger.post("/portal/language", {"to": "zh", "back": "/portal/apply"})
    signed_out = language(stranger.get("/portal/sign-in"))
    stranger.sign_in(ADA)

    assert signed_out == "zh"
    assert language(stranger.get("/portal/account")) == "zh"
    assert [item["lang"] for item in house.table.scan() if item["sk"] == "ACCOUNT"] == ["zh"]


def test_the_switch_leads_back_to_the_same_page_with_all_that_its_address_said(house: World) -> None:
    wei = owner(house)

    page = wei.get("/portal/desk/members?state=suspended&lang=en&q=%E5%90%8C+%26")
    back = re.search(r'name="back" value="([^"]*)"', page.text)
    switched = wei.post("/portal/language", {"to": "zh", "back": back[1].replace("&amp;", "&")})  # type: ignore[index]

    assert switched.headers["Location"] == "/portal/desk/members?state=suspended&q=%E5%90%8C+%26"


@pytest.mark.parametrize("lang", ["fr", "", "ZH", "zh-Hans", "../zh", "\u4e2d\u6587", "x" * 3000])
def test_a_language_that_is_not_ours_changes_nothing(house: World, lang: str) -> None:
    ada = house.browser("zh")

    page = ada.get("/portal/sign-in", query_string={"lang": lang})
    refused = ada.post("/portal/language", {"to": lang})
    ada.plant("tonghao-lang", lang)

    assert (page.status_code, language(page)) == (200, "zh")
    assert refused.status_code == 404
    assert refused.headers.getlist("Set-Cookie") == []
    assert language(ada.get("/portal/sign-in")) == "zh"


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        ("", "en"), ("*", "en"), ("fr", "en"), ("zh", "zh"), ("zh-CN", "zh"), ("zh-Hant-TW", "zh"), ("ZH-cn", "zh"),
        ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("fr-FR, fr;q=0.9, zh;q=0.5", "zh"),
        ("de,en;q=0.7,zh;q=0.3", "en"), (" zh ;q=1", "zh"), (",,;;=", "en"), ("zhx", "en"), ("\x00", "en"),
    ],
)  # fmt: skip
def test_a_stranger_is_read_their_first_language_that_is_ours(accept: str, lang: Lang) -> None:
    assert negotiate(accept) == lang


def test_refusals_speak_the_reader_s_language(house: World) -> None:
    en, zh = house.browser("en"), house.browser("zh")

    for path in ("/portal/nowhere", "/portal/status/forged", "/portal/sign-in/code/none", "/portal/claim/forged"):
        english, chinese = en.get(path), zh.get(path)

        assert english.status_code == chinese.status_code >= 400
        assert (language(english), language(chinese)) == ("en", "zh")
        assert re.search("[\u4e00-\u9fff]{4}", main(chinese))
        assert not re.search("[\u4e00-\u9fff]", main(english))


def test_letters_are_written_in_the_language_that_their_reader_chose(house: World) -> None:
    member(house, "Ada", lang="en")
    ada = house.browser("en")
    ada.sign_in(ADA)

    ada.post("/portal/language", {"to": "zh", "back": "/portal/me"})
    ada.post("/portal/sign-out")
    ada.sign_in(ADA)

    assert "同好公社" in house.mail_to(ADA).subject


# --- sentences and dates -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "en", "zh"),
    [
        (dt.date(2027, 3, 1), "1 March 2027", "2027年3月1日"),
        (dt.date(2026, 12, 31), "31 December 2026", "2026年12月31日"),
        (dt.date(2028, 2, 29), "29 February 2028", "2028年2月29日"),
    ],
)
def test_dates_are_written_out(date: dt.date, en: str, zh: str) -> None:
    assert (day(date, "en"), day(date, "zh")) == (en, zh)


def test_an_instant_is_told_by_the_community_s_clock(house: World, clock: MovableClock) -> None:
    clock.set(dt.datetime(2027, 3, 1, 16, 30, tzinfo=dt.UTC))  # half past midnight in Shanghai
    ada = browser_of(house, "Ada", "en")

    assert "2 March 2027" in ada.get("/portal/account").text
    assert "2027年3月2日" in ada.get("/portal/account?lang=zh").text


def test_facts_are_told_in_the_reader_s_language_too() -> None:
    until = dt.date(2027, 5, 4)
    facts = {"mug": Text("The mug", "杯子"), "date": until, "refusal": Suspended(until=until)}

    en, zh = [say("{mug}: {date}, {refusal}", lang, **facts) for lang in LANGUAGES]

    assert en.startswith("The mug: 4 May 2027, Your membership is suspended until 4 May 2027.")
    assert zh.startswith("杯子: 2027年5月4日, ")
    assert "2027年5月4日" in zh.partition(", ")[2]


@pytest.mark.parametrize("typed", ["{0}", "{name}", "{name.__class__}", "%s", "}{", "{", ""])
def test_what_people_typed_is_never_read_as_a_sentence_with_gaps(typed: str) -> None:
    assert say("Hello {name}", "en", name=typed) == f"Hello {typed}"
    assert say(typed, "en") == typed
    assert say(typed, "zh") == typed


def test_refusals_and_sentences_know_all_our_languages() -> None:
    assert [known(lang) for lang in ("en", "zh", "fr", None)] == ["en", "zh", None, None]
    for refusal in every_refusal(PortalError):
        if not refusal.__module__.startswith("portal."):
            continue  # other tests make refusals of their own
        assert say(refusal.sentence, "zh") != refusal.sentence or not refusal.sentence, f"{refusal} speaks only English"
    assert say(NotFound.sentence, "en") == NotFound.sentence


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone, for claims that no engine can break."""
    return World(sqlite_table, clock, tmp_path)


def browser_of(world: World, name: str, lang: Lang, prefers: str = "en") -> Browser:
    """A browser in which somebody is signed in whose account reads that language."""
    person(world, name, lang)
    browser = world.browser(prefers)
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def owner(world: World) -> Browser:
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    return browser


def language(page: TestResponse) -> str:
    """The language that a page says it is in."""
    found = re.search(r'<html lang="([^"]+)"', page.text)
    assert found, page.text
    return {"en": "en", "zh-Hans": "zh"}[found[1]]


def main(page: TestResponse) -> str:
    found = re.search(r"<main.*?</main>", page.text, re.DOTALL)
    assert found, page.text
    return found[0]


def every_refusal(root: type[PortalError]) -> list[type[PortalError]]:
    """All refusals that the portal knows, the root too."""
    return [root, *(kind for child in root.__subclasses__() for kind in every_refusal(child))]

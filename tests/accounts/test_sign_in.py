"""Signing in: a code for the browser that asked, a link for any, sessions that end."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from portal.accounts.model import BadAddress, network, normalised
from portal.accounts.service import PER_ADDRESS, PER_CALLER, Accounts, ProofGone, TooMany, WrongCode
from portal.accounts.views import own_path
from portal.errors import PortalError
from portal.members.service import Members
from portal.table.contract import Item
from portal.table.sqlite import SqliteTable
from portal.tokens import Tokens
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.interrupting import InterruptedTable
from tests.people import person
from tests.world import SECRET, Browser, World, field, main_text

ADA = "ada@example.org"


# --- the code ------------------------------------------------------------------------------------------------------


def test_ada_types_the_code_and_is_in(world: World) -> None:
    ada = world.browser()

    entered = ada.sign_in(ADA)

    assert (entered.status_code, entered.headers["Location"]) == (302, "/portal/me")
    assert ADA in main_text(ada.get("/portal/account"))


def test_after_five_wrong_codes_the_right_one_comes_too_late(world: World) -> None:
    ada = world.browser()
    page = asked(ada)
    right, wrong = codes(world)

    answers = [ada.post(page, {"code": wrong}) for _ in range(5)]
    sixth = ada.post(page, {"code": right})

    assert [answer.status_code for answer in answers] == [422] * 5
    assert "That is not the code we sent." in main_text(answers[0])
    assert sixth.status_code == 410
    assert "has been used or has expired" in main_text(sixth)
    assert signed_in_as(ada) is None


def test_the_fifth_try_may_still_be_right(world: World) -> None:
    ada = world.browser()
    page = asked(ada)
    right, wrong = codes(world)
    for _ in range(4):
        ada.post(page, {"code": wrong})

    entered = ada.post(page, {"code": right})

    assert entered.status_code == 302
    assert signed_in_as(ada) == ADA


def test_guesses_at_once_are_counted_like_guesses_one_by_one(world: World) -> None:
    accounts = world.the(Accounts)
    challenge = accounts.ask(ADA, browser="ada", caller="ada", lang="en")
    right, wrong = codes(world)

    answers = at_once(12, lambda _: accounts.prove_by_code(challenge, wrong, browser="ada"))

    assert Counter(map(type, answers)) == {WrongCode: 5, ProofGone: 7}
    with pytest.raises(ProofGone):
        accounts.prove_by_code(challenge, right, browser="ada")


def test_a_code_is_bound_to_the_browser_that_asked_and_another_can_t_use_up_its_tries(world: World) -> None:
    ada, eve = world.browser(), world.browser()
    page = asked(ada)
    right, _ = codes(world)

    refused = [eve.post(page, {"code": right}) for _ in range(6)]
    entered = ada.post(page, {"code": right})

    assert {answer.status_code for answer in refused} == {403}
    assert "belongs to the browser that asked for it" in main_text(refused[0])
    assert signed_in_as(eve) is None
    assert entered.status_code == 302


def test_a_code_works_once(world: World) -> None:
    ada = world.browser()
    page = asked(ada)
    right, _ = codes(world)
    first = ada.post(page, {"code": right})

    again = ada.post(page, {"code": right})
    ada.post("/portal/sign-out")
    signed_out = ada.post(page, {"code": right})

    assert first.status_code == 302
    assert "tonghao-session" in first.headers.get("Set-Cookie", "")
    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])  # a second press
    assert "tonghao-session" not in again.headers.get("Set-Cookie", "")
    assert signed_out.status_code == 410


def test_a_used_code_opens_nothing_for_whoever_signs_in_next_on_that_machine(small: World) -> None:
    machine = small.browser()
    page = asked(machine)
    right, _ = codes(small)
    machine.post(page, {"code": right})
    machine.post("/portal/sign-out")
    machine.sign_in("eve@example.org")

    refused = machine.post(page, {"code": right})

    assert refused.status_code == 410
    assert signed_in_as(machine) == "eve@example.org"


def test_a_code_sent_twice_at_the_same_moment_signs_in_once(world: World) -> None:
    accounts = world.the(Accounts)
    challenge = accounts.ask(ADA, browser="ada", caller="ada", lang="en")
    right, _ = codes(world)

    answers = at_once(4, lambda _: accounts.prove_by_code(challenge, right, browser="ada"))

    assert Counter(isinstance(answer, ProofGone) for answer in answers) == {False: 1, True: 3}


def test_code_and_link_are_good_for_fifteen_minutes(world: World, clock: MovableClock) -> None:
    in_time, late, by_link = world.browser(), world.browser(), world.browser()
    page = asked(in_time, "in-time@example.org")
    late_page = asked(late, "late@example.org")

    clock.advance(minutes=14, seconds=59)
    entered = in_time.post(page, {"code": world.mail_to("in-time@example.org").code})
    clock.advance(seconds=1)
    refused = late.post(late_page, {"code": world.mail_to("late@example.org").code})
    link_refused = by_link.post(world.mail_to("late@example.org").link)

    assert entered.status_code == 302
    assert (refused.status_code, link_refused.status_code) == (410, 410)
    assert late.get(late_page).status_code == 410


@pytest.mark.parametrize("spell", ["{0} {1}", "{0}-{1}", " {0}{1} ", "{0}\u00a0{1}", "full width"])
def test_a_code_may_be_spaced_and_typed_in_the_digits_of_a_chinese_keyboard(small: World, spell: str) -> None:
    ada = small.browser()
    page = asked(ada)
    right, _ = codes(small)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in right)

    entered = ada.post(page, {"code": wide if spell == "full width" else spell.format(right[:3], right[3:])})

    assert entered.status_code == 302


# --- the link ------------------------------------------------------------------------------------------------------


def test_a_link_that_is_followed_changes_nothing_however_often(world: World) -> None:
    ada, scanner = world.browser(), world.browser()
    page = asked(ada)
    letter = world.mail_to(ADA)
    before = everything(world)

    seen = [scanner.get(letter.link), scanner.get(letter.link), scanner.send("HEAD", letter.link)]

    assert [answer.status_code for answer in seen] == [200, 200, 200]
    assert everything(world) == before
    assert signed_in_as(scanner) is None
    assert ada.post(page, {"code": letter.code}).status_code == 302


def test_the_button_behind_a_link_works_in_any_browser_and_once(world: World) -> None:
    ada, phone, third = world.browser(), world.browser(), world.browser()
    page = asked(ada, next="/portal/points")
    letter = world.mail_to(ADA)

    entered = phone.post(letter.link)
    again = third.post(letter.link)
    by_code = ada.post(page, {"code": letter.code})

    assert (entered.status_code, path_of(entered)) == (302, "/portal/points")
    assert signed_in_as(phone) == ADA
    assert (again.status_code, by_code.status_code) == (410, 410)
    assert signed_in_as(third) is None


def test_a_link_needs_this_browser_s_own_form(small: World) -> None:
    asked(small.browser())
    phone = small.browser()

    refused = phone.post(small.mail_to(ADA).link, csrf="")

    assert refused.status_code == 403
    assert signed_in_as(phone) is None


def test_a_link_that_is_forged_or_cut_short_says_so(small: World) -> None:
    ada = small.browser()
    asked(ada)
    whole = small.mail_to(ADA).link.partition("?")[0]
    challenge = whole.rpartition("/")[2].partition(".")[0]
    others = Tokens((SECRET,))
    forged = [
        whole[:-1],
        whole[: len(whole) // 2],
        whole[:-9] + ("A" if whole[-9] != "A" else "B") + whole[-8:],
        whole + "A",
        f"/portal/sign-in/link/{challenge}",
        f"/portal/sign-in/link/{Tokens(('another secret, just as long as ours is',)).sign('link', 'x')}",
        f"/portal/sign-in/link/{others.sign('status', 'x')}",
        f"/portal/sign-in/link/{others.sign('claim', '1')}",
        "/portal/sign-in/link/%00",
        "/portal/sign-in/link/%ED%A0%80.%F0%9F%98%80",
        "/portal/sign-in/link/" + "A" * 5000,
    ]

    answers = [answer for link in forged for answer in (ada.get(link), ada.post(link))]

    assert {answer.status_code for answer in answers} == {404}
    assert all("This link isn&#39;t one of ours." in main_text(answer) for answer in answers)


def test_a_page_that_waits_for_a_code_can_t_be_guessed(small: World) -> None:
    ada = small.browser()

    answers = [
        ada.get(f"/portal/sign-in/code/{guess}") for guess in ("x", "%00", "A" * 4000, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    ]

    assert {answer.status_code for answer in answers} == {410}


# --- the address ---------------------------------------------------------------------------------------------------


def test_known_and_unknown_addresses_get_the_same_answers(world: World) -> None:
    person(world, "Ada")

    known, unknown = [walk(world, address) for address in (ADA, "bob@example.org")]

    assert known == unknown


def test_all_spellings_of_an_address_are_one_person(world: World, clock: MovableClock) -> None:
    spellings = [
        "Ada@Bücher.example", " ada@BÜCHER.example ", "ADA@xn--bcher-kva.example", "ada@XN--BCHER-KVA.EXAMPLE",
        "ada@bu\u0308cher.example", "ａｄａ＠bücher．ｅｘａｍｐｌｅ", "ada@bücher。example",
    ]  # fmt: skip

    people = set()
    for spelling in spellings:
        clock.advance(hours=1)
        browser = world.browser()
        page = browser.post("/portal/sign-in", {"email": spelling})
        browser.post(path_of(page), {"code": world.mail_to("ada@xn--bcher-kva.example").code})
        people.add(world.the(Accounts).session(browser.cookie("tonghao-session") or "").person)  # type: ignore[union-attr]

    assert len(people) == 1


@pytest.mark.parametrize("typed", ["ada@пример.рф", "ada@例子.测试", "Ada@Bücher.example", "阿达@example.org"])
def test_an_address_as_we_keep_it_is_an_address_that_may_be_typed(typed: str) -> None:
    kept = normalised(typed)

    assert normalised(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "ada", "@example.org", "ada@", "ada@localhost", "ada@127.0.0.1", "ada@10.0.0.12", "ada@[127.0.0.1]", "   ",
        "ada@example..org", "ada@@example.org", "ada bob@example.org", "<ada@example.org>", 'ada@example.org"eve',
        "ada@example.org\r\nBcc: eve@example.org", "ada@exam\nple.org", "a\0da@example.org", "a\x7fda@example.org",
        "ada@example.org,eve", "ada@example.org;eve", "ada@example.org>eve", "ada@example，eve.org",
        "=?utf-8?q?x=0d=0aBcc=3a_eve=40example.org?=@example.org", "=?utf-8?q??=@example.org", "ada@\u200b.org",
        "ada@exam﹫ple.org", "ada@" + "x" * 64 + ".org", "x" * 65 + "@example.org", "ada@" + "x." * 100 + "org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        normalised(typed)


def test_what_is_no_address_is_told_beside_the_field_and_nothing_is_sent(small: World) -> None:
    ada = small.browser()
    token = ada.token

    refused = [ada.post("/portal/sign-in", {"email": typed}, csrf=token) for typed in ("ada", "   ", "=?q?q?x?=@a.org")]

    assert [answer.status_code for answer in refused] == [422] * 3
    assert all('class="fault"' in answer.text for answer in refused)
    assert 'value="ada"' in refused[0].text
    assert everything(small) == []
    assert small.mail() == []


def test_too_long_an_address_is_told_in_our_own_words(small: World) -> None:
    refused = small.browser().post("/portal/sign-in", {"email": "a" * 300 + "@example.org"})

    assert refused.status_code == 422
    assert "That doesn&#39;t look like an e-mail address." in refused.text
    assert "a" * 300 + "@example.org" in refused.text


def test_two_first_proofs_of_one_address_at_once_make_one_person(world: World) -> None:
    accounts = world.the(Accounts)
    waiting = []
    for number in range(4):
        challenge = accounts.ask(ADA, browser=f"browser {number}", caller="ada", lang="en")
        waiting.append((challenge, world.mail_to(ADA).code))

    proven = at_once(4, lambda n: accounts.prove_by_code(*waiting[n], browser=f"browser {n}"))

    assert {verified.account.id for verified in proven} == {proven[0].account.id}
    assert len([item for item in everything(world) if item["sk"] == "ACCOUNT"]) == 1
    assert all(accounts.session(verified.session) for verified in proven)


# --- limits --------------------------------------------------------------------------------------------------------


def test_an_address_is_written_to_six_times_an_hour_and_what_was_sent_keeps_working(
    world: World, clock: MovableClock
) -> None:
    ada = world.browser()
    pages = [asked(ada, spelling) for spelling in (ADA, "ADA@example.org", " ada@Example.org") * 2]

    refused = ada.post("/portal/sign-in", {"email": ADA})
    elsewhere = world.browser().post("/portal/sign-in", {"email": ADA})
    another = ada.post("/portal/sign-in", {"email": "bob@example.org"})
    entered = ada.post(pages[-1], {"code": world.mail_to(ADA).code})
    clock.advance(hours=1)
    later = ada.post("/portal/sign-in", {"email": ADA})

    assert (refused.status_code, elsewhere.status_code) == (429, 429)
    assert "Please wait an hour; messages already sent keep working." in main_text(refused)
    assert (another.status_code, entered.status_code, later.status_code) == (302, 302, 302)
    assert len([letter for letter in world.mail() if letter.to == ADA]) == PER_ADDRESS + 1


def test_a_caller_asks_sixty_times_an_hour(small: World) -> None:
    accounts = small.the(Accounts)
    for number in range(PER_CALLER):
        accounts.ask(f"a{number}@example.org", browser="b", caller="192.0.2.1", lang="en")

    with pytest.raises(TooMany):
        accounts.ask("one-more@example.org", browser="another", caller="192.0.2.1", lang="en")
    accounts.ask("one-more@example.org", browser="b", caller="192.0.2.2", lang="en")

    assert small.mail()[-1].to == "one-more@example.org"


def test_a_caller_who_asked_too_often_can_t_use_up_other_people_s_limits(small: World) -> None:
    accounts = small.the(Accounts)
    for number in range(PER_CALLER):
        accounts.ask(f"a{number}@example.org", browser="b", caller="eve", lang="en")
    for _ in range(PER_ADDRESS):
        with pytest.raises(TooMany):
            accounts.ask(ADA, browser="b", caller="eve", lang="en")

    accounts.ask(ADA, browser="ada", caller="ada", lang="en")

    assert small.mail_to(ADA)


def test_a_caller_is_who_connects_and_not_who_a_header_names(small: World) -> None:
    accounts, eve = small.the(Accounts), small.browser()
    for number in range(PER_CALLER):
        accounts.ask(f"a{number}@example.org", browser="b", caller="192.0.2.1", lang="en")
    form = {"email": ADA, "csrf": eve.token}

    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "Client-IP"):
        told = {header: "for=192.0.2.9" if header == "Forwarded" else "192.0.2.9"}
        refused = eve.send("POST", "/portal/sign-in", told, data=form, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert refused.status_code == 429
    taken = eve.send("POST", "/portal/sign-in", data=form, environ_base={"REMOTE_ADDR": "192.0.2.9"})

    assert taken.status_code == 302


def test_guessing_is_limited_over_all_the_codes_of_an_hour(world: World) -> None:
    accounts = world.the(Accounts)

    answers = at_once(10, lambda n: accounts.ask(ADA, browser="b", caller=f"caller {n}", lang="en"))

    assert Counter(isinstance(answer, TooMany) for answer in answers) == {False: PER_ADDRESS, True: 10 - PER_ADDRESS}


# --- where one is led ----------------------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example", "///evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "https:evil.example", "https:/evil.example", "https://evil.example", "https:///evil.example/portal/",
    "http://tonghao.test@evil.example/portal/me", "javascript:alert(1)", "JaVaScRiPt:alert(1)//portal/",
    "data:text/html,<script>1</script>", "/portal/../../evil", "/portal/..//evil.example", "/portal/%2e%2e/evil",
    "/portal/\\..\\evil", "/portal/.%2e//evil.example", "/portal//evil.example", "/portal/%2F%2fevil.example",
    "/portal", "/portalx/me", "portal/me", "/", "", " //evil.example", "\t//evil.example", "/\t/evil.example",
    "/portal/\t/evil.example", "/\n/evil.example", "\x00//evil.example", "\u2028//evil.example", "//[", "http://[",
    "//\u2100.example", "/portal/me\r\nSet-Cookie: tonghao-session=x", "/\r\nLocation: //evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_whatever_leads_out_of_the_portal_leads_to_the_member_s_page(target: str) -> None:
    assert own_path(target) == "/portal/me"


@pytest.mark.parametrize(
    "target", ["/portal/", "/portal/me", "/portal/points?cursor=..//x&lang=zh", "/portal/desk/同好"]
)
def test_pages_of_the_portal_are_returned_to(target: str) -> None:
    assert own_path(target) == target


def test_nobody_is_led_elsewhere_by_next_or_back(small: World) -> None:
    for number, target in enumerate(("//evil.example", "/portal/../../evil", "//[", "/portal/me\r\nX: y", "/\\evil")):
        ada = small.browser()
        page = asked(ada, f"a{number}@example.org", next=target)
        entered = ada.post(page, {"code": small.mail()[-1].code})
        again = ada.get("/portal/sign-in", query_string={"next": target})
        switched = ada.post("/portal/language", {"to": "en", "back": target})

        for answer in (entered, again, switched):
            assert (answer.status_code, answer.headers["Location"]) == (302, "/portal/me")


@pytest.mark.parametrize("path", ["/portal", "/portal/desk", "/portal//me"])
def test_no_answer_names_the_host_that_the_request_claimed(small: World, path: str) -> None:
    answer = small.browser().client.get(path, base_url="http://the-function.example")

    assert "the-function.example" not in answer.headers.get("Location", "")


def test_the_page_that_was_asked_for_comes_after_the_sign_in(small: World) -> None:
    ada = small.browser()

    refused = ada.get("/portal/points?cursor=%22%26x&lang=zh")
    form = ada.get(refused.headers["Location"])
    page = ada.post("/portal/sign-in", {"email": ADA, "next": unescaped(field(form, "next"))})
    entered = ada.post(path_of(page), {"code": small.mail_to(ADA).code})

    assert refused.status_code == 302
    assert entered.headers["Location"] == "/portal/points?cursor=%22%26x&lang=zh"


# --- sessions ------------------------------------------------------------------------------------------------------


def test_a_session_ends_thirty_days_after_its_last_use(world: World, clock: MovableClock) -> None:
    ada, idle = world.browser(), world.browser()
    ada.sign_in(ADA)
    idle.sign_in("bob@example.org")

    clock.advance(days=29)
    used = signed_in_as(ada)
    clock.advance(days=1)
    ended = signed_in_as(idle)
    clock.advance(days=28, hours=23)
    still = signed_in_as(ada)
    clock.advance(days=31)

    assert (used, ended, still) == (ADA, None, ADA)
    assert signed_in_as(ada) is None


def test_a_session_is_renewed_once_a_day_and_not_with_each_page(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = CountingTable(sqlite_table)
    ada = World(table, clock, tmp_path).browser()
    ada.sign_in(ADA)

    commits = []
    for hours in (0, 23, 2, 1, 20, 5):
        clock.advance(hours=hours)
        with counted(table) as n:
            ada.get("/portal/account")
        commits.append(n.commits)

    assert commits == [0, 0, 1, 0, 0, 1]


def test_a_session_in_use_is_not_forgotten_by_the_browser_before_it_ends(small: World, clock: MovableClock) -> None:
    ada = small.browser()
    kept_until = told_to_keep(ada.sign_in(ADA), clock)

    for _ in range(45):
        clock.advance(days=2)
        kept_until = told_to_keep(ada.get("/portal/account"), clock) or kept_until

    assert signed_in_as(ada) == ADA
    assert kept_until
    assert kept_until > clock.now()


def test_a_session_that_is_signed_out_while_it_is_being_renewed_stays_out(small: World, clock: MovableClock) -> None:
    ada = small.browser()
    ada.sign_in(ADA)
    token = ada.cookie("tonghao-session") or ""
    accounts = small.the(Accounts)
    clock.advance(days=2)
    table = InterruptedTable(small.table)
    table.interrupt(lambda: accounts.sign_out(token))

    recognised = World(table, clock, small.letters.parent).the(Members).recognise(token)

    assert recognised is None
    assert accounts.session(token) is None


def test_who_signs_out_after_days_is_not_given_the_session_s_cookie_back(small: World, clock: MovableClock) -> None:
    ada = small.browser()
    ada.sign_in(ADA)
    token = ada.token
    clock.advance(days=2)

    ada.post("/portal/sign-out", csrf=token)

    assert ada.cookie("tonghao-session") is None


def test_who_signs_in_as_another_just_when_a_session_is_renewed_is_the_other(small: World, clock: MovableClock) -> None:
    browser = small.browser()
    browser.sign_in(ADA)
    clock.advance(hours=23, minutes=55)
    page = asked(browser, "bob@example.org")
    clock.advance(minutes=10)

    browser.post(page, {"code": small.mail_to("bob@example.org").code})

    assert signed_in_as(browser) == "bob@example.org"


def test_signing_out_ends_the_session_and_not_only_the_cookie(world: World) -> None:
    ada, other = world.browser(), world.browser()
    ada.sign_in(ADA)
    other.sign_in(ADA)
    token = ada.cookie("tonghao-session") or ""

    left = ada.post("/portal/sign-out")
    forgotten = ada.cookie("tonghao-session")
    ada.plant("tonghao-session", token)

    assert (left.status_code, path_of(left)) == (302, "/portal/sign-in")
    assert forgotten is None
    assert signed_in_as(ada) is None
    assert signed_in_as(other) == ADA


def test_signing_out_everywhere_ends_all_sessions_so_far(world: World, clock: MovableClock) -> None:
    ada, phone, bob = world.browser(), world.browser(), world.browser()
    ada.sign_in(ADA)
    phone.sign_in(ADA)
    bob.sign_in("bob@example.org")
    clock.advance(minutes=5)

    ada.post("/portal/sign-out", {"everywhere": "yes"})
    others = [signed_in_as(browser) for browser in (ada, phone, bob)]
    phone.sign_in(ADA)

    assert others == [None, None, "bob@example.org"]
    assert signed_in_as(phone) == ADA


def test_signing_in_never_adopts_a_session_that_somebody_planted(small: World) -> None:
    eve, ada = small.browser(), small.browser()
    eve.sign_in("eve@example.org")
    planted = eve.cookie("tonghao-session") or ""
    ada.plant("tonghao-session", planted)

    ada.sign_in(ADA)

    assert ada.cookie("tonghao-session") != planted
    assert signed_in_as(ada) == ADA
    assert signed_in_as(eve) == "eve@example.org"


@pytest.mark.parametrize("forged", ["", "x", "A" * 43, "\u00fc", "%00", "../../etc/passwd", "A" * 4000])
def test_a_forged_session_is_nobody_s(small: World, forged: str) -> None:
    eve = small.browser()
    eve.plant("tonghao-session", forged)

    answer = eve.get("/portal/account")

    assert (answer.status_code, path_of(answer)) == (302, "/portal/sign-in")


# --- cookies -------------------------------------------------------------------------------------------------------


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(small: World) -> None:
    told = cookies_of_a_visit(small)

    assert set(told) == {"tonghao-browser", "tonghao-session", "tonghao-lang", "tonghao-flash"}
    for flags in told.values():
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        assert not any(flag.startswith("Domain") for flag in flags)


def test_over_https_the_browser_itself_guards_the_cookies(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    told = cookies_of_a_visit(World(sqlite_table, clock, tmp_path, base_url="https://tonghao.test"))

    assert {"__Host-tonghao-browser", "__Host-tonghao-session", "__Host-tonghao-lang"} < set(told)
    for flags in told.values():
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        assert not any(flag.startswith("Domain") for flag in flags)


def test_over_https_no_neighbouring_host_can_plant_a_message(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    told = cookies_of_a_visit(World(sqlite_table, clock, tmp_path, base_url="https://tonghao.test"))

    assert all(name.startswith("__Host-") for name in told), sorted(told)


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def small(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone, for claims that no engine can break."""
    return World(sqlite_table, clock, tmp_path)


def asked(browser: Browser, address: str = ADA, **more: str) -> str:
    """Ask for a code; gives the path of the page that waits for it."""
    answer = browser.post("/portal/sign-in", {"email": address, **more})
    assert answer.status_code == 302, main_text(answer)
    return path_of(answer)


def codes(world: World, address: str = ADA) -> tuple[str, str]:
    """The right code and a wrong one."""
    right = world.mail_to(address).code
    return right, f"{(int(right) + 1) % 10**6:06}"


def path_of(answer: TestResponse) -> str:
    return str(answer.headers["Location"]).partition("?")[0]


def signed_in_as(browser: Browser) -> str | None:
    """Whose account page this browser sees."""
    page = browser.get("/portal/account")
    found = re.search(r"<dd>([^<]+@[^<]+)</dd>", page.text)
    return found[1] if page.status_code == 200 and found else None


def everything(world: World) -> list[Item]:
    return sorted(world.table.scan(), key=lambda item: (item["pk"], item["sk"]))


def at_once(n: int, act: Callable[[int], object]) -> list[object]:
    """What `n` threads get that start in the same moment; a refusal is an answer too."""
    start = Barrier(n)

    def run(number: int) -> object:
        start.wait()
        try:
            return act(number)
        except PortalError as refusal:
            return refusal

    with ThreadPoolExecutor(n) as threads:
        return list(threads.map(run, range(n)))


def walk(world: World, address: str) -> list[tuple[int, list[str], str]]:
    """All that somebody sees who asks for a code, the mail included; what is random is left out."""
    browser = world.browser()
    answers = [browser.post("/portal/sign-in", {"email": address})]
    answers.append(browser.get(answers[0].headers["Location"]))
    answers.append(browser.post(answers[0].headers["Location"], {"code": "not yet"}))
    letter = world.mail_to(address)
    seen = [(answer.status_code, sorted(answer.headers.keys()), answer.text) for answer in answers]
    seen.append((0, [], letter.subject + letter.text + letter.html))
    hidden = "|".join(map(re.escape, (address, letter.code, browser.token, path_of(answers[0]), letter.link)))
    return [(status, headers, re.sub(hidden, "…", text)) for status, headers, text in seen]


def unescaped(text: str) -> str:
    return text.replace("&#34;", '"').replace("&amp;", "&")


def told_to_keep(answer: TestResponse, clock: MovableClock) -> dt.datetime | None:
    """Until when a browser keeps the session's cookie that an answer brings, if it brings one."""
    cookies = [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("tonghao-session=")]
    found = re.search(r"Max-Age=(\d+)", "".join(cookies))
    return clock.now() + dt.timedelta(seconds=int(found[1])) if found else None


def cookies_of_a_visit(world: World) -> dict[str, set[str]]:
    """The flags of each cookie that a member is given who signs in, chooses a language and stamps a day."""
    from tests.people import member  # late: here alone somebody belongs

    member(world, "Ada")
    ada = world.browser()
    token = ada.token
    asked_for = ada.post("/portal/sign-in", {"email": ADA}, csrf=token)
    answers = [
        world.browser().get("/portal/sign-in"),
        ada.post(path_of(asked_for), {"code": world.mail_to(ADA).code}, csrf=token),
        ada.post("/portal/language", {"to": "en", "back": "/portal/me"}, csrf=token),
        ada.post("/portal/check-in", csrf=token),
    ]
    told = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    return {cookie.partition("=")[0]: set(cookie.split("; ")[1:]) for cookie in told}


def test_an_address_is_sent_twenty_codes_a_day_at_most(small: World, clock: MovableClock) -> None:
    clock.set(dt.datetime(2027, 3, 2, 0, 0, tzinfo=dt.UTC))
    answers = []
    for _hour in range(4):
        answers += [asked_status(small) for _ in range(6)]
        clock.advance(hours=1)
    clock.advance(days=1)

    assert answers.count(302) == 20
    assert answers[20:] == [429] * 4
    assert asked_status(small) == 302


def asked_status(world: World) -> int:
    browser = world.browser()
    return browser.post("/portal/sign-in", {"email": ADA}).status_code


def test_an_ipv6_caller_is_its_whole_network() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("203.0.113.7") == "203.0.113.7"
    assert network("") == ""

"""What keeps other sites, old pages, forged values and nasty text out, and what is told when something fails."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from io import BytesIO
from pathlib import Path

import pytest
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import Client, TestResponse, encode_multipart

from portal.applications.model import Application
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.defence import ForeignForm, form_token
from portal.errors import Busy, StoreUnavailable
from portal.language import Text
from portal.members.founding import Founding
from portal.members.service import Members
from portal.rewards.closing import Redemptions
from portal.rewards.model import Reward
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.table.dynamodb import DynamoTable
from portal.table.listing import write_cursor
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids, Tokens
from tests.clocks import MovableClock
from tests.engines import QUICK, ROOT, free_port
from tests.people import applicant, give, member, person
from tests.world import BASE, SECRET, Browser, World, main_text

EVIL = "https://evil.example"


# --- forms of our own ----------------------------------------------------------------------------------------------

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        (OURS, True),
        (OURS | {"Origin": BASE}, True),
        (OURS | {"Origin": "null"}, True),  # a page that sends no referrer
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://www.tonghao.test"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "Same-Origin"}, False),
        ({"Sec-Fetch-Site": None, "Origin": BASE}, True),  # a browser too old to say
        ({"Sec-Fetch-Site": None, "Origin": "null"}, False),
        ({"Sec-Fetch-Site": None, "Origin": EVIL}, False),
        ({"Sec-Fetch-Site": None, "Origin": BASE + ".evil.example"}, False),
        ({"Sec-Fetch-Site": None, "Origin": BASE + ":81"}, False),
        ({"Sec-Fetch-Site": None, "Origin": BASE.replace("http", "https")}, False),
        ({"Sec-Fetch-Site": None, "Origin": "http://evil@tonghao.test"}, False),
        ({"Sec-Fetch-Site": None, "Origin": ""}, False),
        ({"Sec-Fetch-Site": None, "Referer": BASE + "/portal/me"}, False),
        ({"Sec-Fetch-Site": None}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Sec-Fetch-Site": "", "Origin": BASE}, True),
    ],
)
def test_a_form_is_taken_from_our_own_pages_alone(house: World, headers: dict[str, str | None], taken: bool) -> None:
    browser = house.browser()
    form = {"csrf": browser.token, "to": "zh", "back": "/portal/apply"}

    answer = browser.send("POST", "/portal/language", headers, data=form)

    assert answer.status_code == (302 if taken else 403)
    assert (browser.cookie("tonghao-lang") == "zh") is taken


def test_behind_a_cdn_the_origin_is_the_one_that_people_see(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(sqlite_table, clock, tmp_path, base_url="https://commons.example")
    browser = world.browser()
    form = {"csrf": browser.token, "to": "zh"}
    sent = {"Host": "function.example", "Cookie": f"__Host-tonghao-browser={browser.cookie('__Host-tonghao-browser')}"}

    def answer(**headers: str) -> int:
        told = sent | {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(world.app, use_cookies=False).post("/portal/language", data=form, headers=told).status_code

    assert answer(Sec_Fetch_Site="same-origin") == 302
    assert answer(Origin="https://commons.example") == 302
    assert answer(Origin="https://function.example") == 403
    assert answer(Origin="http://commons.example") == 403


def test_a_form_needs_the_token_of_the_very_browser_that_sends_it(house: World) -> None:
    ada, eve = house.browser(), house.browser()
    token, evils = ada.token, eve.token
    forged = [
        {}, {"csrf": ""}, {"csrf": "x"}, {"csrf": evils}, {"csrf": token[:-1]}, {"csrf": token + "0"},
        {"csrf": token.upper()}, {"csrf": f" {token}"}, {"csrf": "\u2028" * 64}, {"csrf": "\0"},
        {"csrf": form_token(Tokens(("another secret, as long as ours",)), ada.cookie("tonghao-browser") or "")},
        {"csrf": form_token(Tokens((SECRET,)), "")}, {"csrf": [evils, token]}, {"csrf[]": token},
    ]  # fmt: skip

    answers = [ada.send("POST", "/portal/language", data={"to": "zh", **form}) for form in forged]

    assert [answer.status_code for answer in answers] == [403] * len(forged)
    assert all(ForeignForm.sentence in answer.text for answer in answers)
    assert ada.cookie("tonghao-lang") is None
    assert ada.send("POST", "/portal/language", data={"to": "zh", "csrf": token}).status_code == 302


def test_a_token_counts_in_a_form_and_nowhere_else(house: World) -> None:
    ada = house.browser()
    token = ada.token
    ways = [
        ada.send("POST", f"/portal/language?csrf={token}&to=zh"),
        ada.send("POST", "/portal/language", json={"csrf": token, "to": "zh"}),
        ada.send("POST", "/portal/language", data=f"csrf={token}&to=zh", headers={"Content-Type": "text/plain"}),
        ada.send("POST", "/portal/language", headers={"X-CSRF-Token": token, "Csrf": token}, data={"to": "zh"}),
        ada.send("POST", "/portal/language", data=b"csrf=\xff&to=\xff", headers={"Content-Type": FORM}),
    ]
    files = {"csrf": (BytesIO(token.encode()), "token.txt"), "to": "zh"}
    ways.append(ada.send("POST", "/portal/language", data=files))

    assert [answer.status_code for answer in ways] == [403] * 6
    assert ada.cookie("tonghao-lang") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "CONNECT"])
def test_whatever_is_not_a_look_needs_a_form(house: World, method: str) -> None:
    browser = house.browser()
    browser.get("/portal/apply")

    for path in ("/portal/apply", "/portal/me", "/portal/nowhere", "/portal/healthz"):
        assert browser.send(method, path).status_code == 403


def test_a_first_form_without_a_cookie_is_refused_and_the_next_one_is_not(house: World) -> None:
    browser = house.browser()

    refused = browser.send("POST", "/portal/language", data={"to": "zh", "csrf": "x"})
    taken = browser.post("/portal/language", {"to": "zh"})

    assert refused.status_code == 403
    assert any(cookie.startswith("tonghao-browser=") for cookie in refused.headers.getlist("Set-Cookie"))
    assert taken.status_code == 302


# --- headers -------------------------------------------------------------------------------------------------------


def test_every_answer_is_hardened_errors_and_redirects_too(house: World) -> None:
    ada = house.browser()
    ada.sign_in("ada@example.org")
    token = ada.token
    answers = {
        "page": ada.get("/portal/me"),
        "redirect": house.browser().get("/portal/me"),
        "moved": ada.get("/portal"),
        "forbidden": ada.get("/portal/desk/members"),
        "foreign form": ada.post("/portal/sign-out", csrf="x"),
        "not found": ada.get("/portal/nowhere"),
        "wrong method": ada.post("/portal/me", csrf=token),
        "unprocessable": ada.post("/portal/sign-in", {"email": "x"}, csrf=token),
        "too large": ada.send("POST", "/portal/apply", data={"why": "x" * 10**6}),
        "json": ada.get("/portal/healthz"),
        "options": ada.send("OPTIONS", "/portal/me"),
        "not modified": ada.get("/portal/sign-in?lang=zh"),
    }

    for name, answer in answers.items():
        told = answer.headers
        assert told["X-Content-Type-Options"] == "nosniff", name
        assert told["Cache-Control"] == "no-store", name
        assert told["Referrer-Policy"] in ("same-origin", "no-referrer", "strict-origin"), name
        assert told["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert told["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "camera=()" in told["Permissions-Policy"], name
        assert told["Vary"] == "Cookie, Accept-Language", name
        assert "Strict-Transport-Security" not in told, name
        assert "Server" not in told, name
        strict(told["Content-Security-Policy"])


def test_over_https_browsers_are_told_to_stay_there(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    browser = World(sqlite_table, clock, tmp_path, base_url="https://tonghao.test").browser()

    told = [browser.get(path).headers for path in ("/portal/apply", "/portal/me", "/portal/nowhere", "/portal/healthz")]

    assert [headers["Strict-Transport-Security"] for headers in told] == ["max-age=31536000"] * 4


def test_pages_whose_address_is_a_secret_tell_it_to_nobody(house: World) -> None:
    applied = applicant(house, "Ada")
    asked = house.browser()
    asked.post("/portal/sign-in", {"email": "bob@example.org"})
    links = [house.mail_to("ada@example.org").link, house.mail_to("bob@example.org").link]

    pages = [house.browser().get(link) for link in links]

    assert applied.status == "submitted"
    assert [page.status_code for page in pages] == [200, 200]
    assert [page.headers["Referrer-Policy"] for page in pages] == ["no-referrer", "strict-origin"]
    assert pages[0].headers["X-Robots-Tag"] == "noindex"


def test_a_missing_page_of_the_public_site_is_hardened_too(house: World) -> None:
    missing = house.browser().get("/nowhere")

    assert missing.status_code == 404
    assert missing.headers["X-Content-Type-Options"] == "nosniff"
    strict(missing.headers["Content-Security-Policy"])


def test_no_page_needs_what_the_policy_forbids(house: World) -> None:
    for page in every_page(lived_in(house, "Ada")):
        text = page.text

        assert not re.search(r"<script(?![^>]*\ssrc=)", text)
        assert not re.search(r"<style|<iframe|<object|<embed|<base", text)
        assert not re.search(r"<[^>]+\s(?:style|on\w+)\s*=", text)
        assert "javascript:" not in text
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text)


# --- text of people ------------------------------------------------------------------------------------------------

NASTY = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>"""
FRIENDLY = "阿达 Ada 👩‍🚀🎉 \u202eمرحبا بالعالم\u202c"


@pytest.mark.parametrize("name", [NASTY, FRIENDLY, "{{ 7*7 }}${7*7}{name}%s"])
def test_what_people_type_is_shown_as_they_typed_it_and_never_becomes_a_page(house: World, name: str) -> None:
    pages = every_page(lived_in(house, name))

    shown = [page for page in pages if name in html.unescape(page.text)]
    assert len(shown) >= 10
    for page in pages:
        assert "<img src=x" not in page.text
        assert "<script>alert" not in page.text
    for letter in house.mail():
        assert "<img src=x" not in letter.html
        assert "<script>alert" not in letter.html


def test_what_was_typed_comes_back_as_text_when_a_form_is_refused(house: World) -> None:
    ada = house.browser()

    applied = ada.post("/portal/apply", {"name": NASTY * 9, "why": NASTY, "email": NASTY, "draft": NASTY})
    signed = ada.post("/portal/sign-in", {"email": NASTY, "next": NASTY})
    claimed = ada.post(claim_link(house), {"name": NASTY, "email": NASTY})

    for page in (applied, signed, claimed):
        assert page.status_code == 422
        assert NASTY in html.unescape(page.text)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_a_name_of_three_hundred_letters_is_told_and_everything_typed_is_kept(house: World) -> None:
    ada = house.browser()
    form = {**FORM_OF_ADA, "name": "N" * 300, "draft": house.the(Ids).new()}

    refused = ada.post("/portal/apply", form)

    assert refused.status_code == 422
    assert "240 characters too long; 60 fit." in refused.text
    for typed in (form["name"], form["why"], form["email"], form["draft"]):
        assert typed in html.unescape(refused.text)
    assert all(item["pk"].startswith(("RL#", "DRAFT")) for item in house.table.scan())


def test_control_characters_in_a_name_are_left_out(house: World) -> None:
    ada = house.browser()
    form = {**FORM_OF_ADA, "name": "A\x00d\x07a\r\n\t Love\x7f\x1b[31m", "draft": house.the(Ids).new()}

    asked = ada.post("/portal/apply", form)
    sent = ada.post(asked.headers["Location"], {"code": house.mail_to("ada@example.org").code})

    assert sent.status_code == 302
    assert house.the(Queue).waiting().applications[0].name == "Ada Love[31m"


def test_a_title_can_t_add_a_line_to_the_head_of_a_letter(house: World) -> None:
    wei = owner(house)
    member(house, "Ada", points=90)
    ada = signed_in(house, "Ada")
    for number, title in enumerate(("Mug\r\nBcc: eve@example.org", "=?utf-8?q?Mug=0d=0aBcc:_eve@example.org?=")):
        slug = f"mug-{number}"
        shelved = wei.post("/portal/desk/rewards", {**FORM_OF_MUG, "slug": slug, "title_en": title})
        asked = ada.post(f"/portal/rewards/{slug}/redeem", {"id": house.the(Ids).new(), "price": "5"})

        assert (shelved.status_code, asked.status_code) == (302, 302)

    heads = [path.read_text().partition("\n\n")[0] for path in house.letters.glob("*.eml")]
    assert not any(re.search("^Bcc", head, re.MULTILINE) for head in heads)


@pytest.mark.parametrize(
    "path", ["/portal/status/x%0d%0aSet-Cookie:%20a=b", "/portal/me?next=%0d%0aX:%20y", "/portal/%0aX"]
)
def test_an_address_can_t_add_a_header(house: World, path: str) -> None:
    answer = house.browser().get(path)

    assert answer.status_code in (302, 404)
    assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))
    assert "\n" not in answer.headers.get("Location", "")


# --- forged values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", ["x", "a.b.c", "e30.aaaa.bbbb", "eyJfZmxhc2hlcyI6W119", "A" * 4000, "..", "\u00e9"])
def test_a_forged_message_is_never_shown(house: World, forged: str) -> None:
    browser = house.browser()
    browser.plant("tonghao-flash", forged)

    page = browser.get("/portal/sign-in")

    assert page.status_code == 200
    assert 'role="status"' not in page.text


def test_a_message_that_another_secret_signed_is_never_shown(house: World) -> None:
    browser = house.browser()
    message = {"_flashes": [{" t": ["message", "Send your code to eve."]}]}
    signer = {"key_derivation": "hmac"}
    for secret in ("", "dev", SECRET, Tokens((SECRET,)).keyed("csrf", "flash")):
        forged = URLSafeTimedSerializer(secret, salt="cookie-session", signer_kwargs=signer).dumps(message)
        browser.plant("tonghao-flash", str(forged))

        assert "Send your code" not in browser.get("/portal/sign-in").text


LISTS = ["/portal/points", "/portal/desk/members", "/portal/desk/applications", "/portal/desk/redemptions"]
CURSORS = [
    "", "x", "%00", "W10", "WyJ4Il0", "!!!!", "A" * 9000, "bnVsbA", "eyJhIjoxfQ", "W251bGxd", "WzFd", "\u540c", "==",
    write_cursor([]), write_cursor([""]), write_cursor(["x" * 2000]), write_cursor(["a", "b", "c", "d"]),
    write_cursor(["", "", ""]), write_cursor(["x", "", "y"]), urlsafe_b64encode(b'["L#1"] ').decode(),
]  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_a_forged_cursor_is_told_in_a_sentence(house: World, path: str) -> None:
    wei = owner(house)

    answers = {cursor: wei.get(path, query_string={"cursor": cursor}) for cursor in CURSORS}

    for cursor, answer in answers.items():
        assert answer.status_code == 400, cursor
        assert "This page of the list can&#39;t be found. Please start from the first one." in answer.text


def test_a_cursor_leads_nowhere_but_on_in_its_own_list(house: World) -> None:
    wei = owner(house)
    ada = member(house, "Ada")
    give(house, ada, 7, "a secret gift")
    keys = [
        ["L#0000000099"],
        ["ACCOUNT"],
        ["PROFILE"],
        ["2099", f"M#{ada}", "PROFILE"],
        [f"M#{ada}", f"M#{ada}", "L#1"],
    ]

    answers = [wei.get("/portal/points", query_string={"cursor": write_cursor(key)}) for key in keys]

    assert {answer.status_code for answer in answers} <= {200, 400}
    for answer in answers:
        assert "secret gift" not in answer.text
        assert "ada@example.org" not in answer.text


ODD = [
    "%00",
    "..%2f..%2fetc",
    "%F0%9F%98%80",
    "%ED%A0%80",
    "%ff",
    "'%22%3Cscript%3E",
    "x" * 3000,
    "%20",
    "%C2%85",
    "{0}",
]


@pytest.mark.parametrize("odd", ODD)
def test_no_address_however_odd_is_a_defect(house: World, odd: str) -> None:
    wei = owner(house)
    token = wei.token
    filled = {
        **FORM_OF_MUG, "csrf": token, "role": "reviewer", "held": "yes", "until": "2027-04-01", "reason": "advertising",
        "note": "n", "id": house.the(Ids).new(), "more": "1", "code": "123456", "name": "N", "email": "n@example.org",
        "everywhere": "", "to": "en",
    }  # fmt: skip

    for route in house.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", odd.replace("\\", r"\\"), re.sub(r"<any\((\w+)[^>]*>", r"\1", route.rule))
        if route.arguments and route.endpoint != "accounts.sign_out":
            for method in (route.methods or set()) & {"GET", "POST"}:
                answer = wei.send(method, path, data=filled if method == "POST" else None)

                assert answer.status_code < 500, (method, path)


# --- too much ------------------------------------------------------------------------------------------------------


def test_five_megabytes_are_more_than_a_form_takes(house: World) -> None:
    ada = house.browser()
    token = ada.token
    big = {**FORM_OF_ADA, "csrf": token, "why": "x" * 5_000_000}
    many = {"csrf": token, **{f"field-{number}": "x" for number in range(1200)}}

    answers = [ada.send("POST", "/portal/apply", data=big)]
    for form in (big, many):
        boundary, body = encode_multipart(form)
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answers.append(ada.send("POST", "/portal/apply", kind, data=body))

    for answer in answers:
        assert answer.status_code == 413
        assert "That is more than this form takes." in main_text(answer)
        assert "nothing was saved" in main_text(answer)
    assert list(house.table.scan()) == []


def test_an_application_as_long_as_it_may_be_is_taken(house: World) -> None:
    ada = house.browser()
    form = {**FORM_OF_ADA, "why": "同" * 1200, "draft": house.the(Ids).new()}

    assert ada.post("/portal/apply", form).status_code == 302


# --- refusals ------------------------------------------------------------------------------------------------------


def test_the_wrong_method_is_told_with_the_right_ones(house: World) -> None:
    ada = house.browser()

    looked = ada.get("/portal/sign-out")
    sent = ada.post("/portal/healthz")

    assert (looked.status_code, sent.status_code) == (405, 405)
    assert "This address can&#39;t be used in that way." in main_text(looked)
    assert "POST" in looked.headers.get("Allow", ""), "HTTP asks for it"


def test_refusals_of_what_programs_ask_are_json(house: World) -> None:
    ada = house.browser()

    answers = [
        ada.post("/portal/healthz"), ada.post("/portal/healthz", csrf="x"), ada.get("/portal/healthz/x"),
        ada.get("/portal/api/v1/nothing"),
    ]  # fmt: skip

    assert [answer.status_code for answer in answers] == [405, 403, 404, 404]
    for answer in answers:
        assert answer.mimetype == "application/json"
        assert set(json.loads(answer.text)) == {"error", "sentence"}


def test_a_defect_is_told_in_a_sentence_and_logged_without_the_address(
    house: World, caplog: pytest.LogCaptureFixture
) -> None:
    house.app.add_url_rule("/portal/broken/<token>", "broken", broken)
    house.app.add_url_rule("/portal/api/broken/<token>", "api_broken", broken)
    browser = house.browser()

    page, answer = browser.get("/portal/broken/a-secret-link"), browser.get("/portal/api/broken/a-secret-link")

    assert (page.status_code, answer.status_code) == (500, 500)
    assert "Something went wrong on our side." in main_text(page)
    assert json.loads(answer.text)["sentence"].startswith("Something went wrong on our side.")
    assert "kaputt" not in page.text + answer.text
    assert "Traceback" not in page.text + answer.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "kaputt" in caplog.text
    assert "a-secret-link" not in "".join(record.getMessage() for record in caplog.records)


# --- the store is away ---------------------------------------------------------------------------------------------


def test_healthz_tells_engine_charter_and_version(world: World) -> None:
    told = world.browser().get("/portal/healthz")

    assert told.status_code == 200
    health = json.loads(told.text)
    assert health["status"] == "ok"
    assert health["engine"] in ("sqlite", "dynamodb")
    assert health["charter"] == world.charter.hash
    assert health["version"]


def test_a_store_that_is_gone_is_told_to_people_and_to_machines(house: World, sqlite_table: SqliteTable) -> None:
    ada = house.browser()
    ada.sign_in("ada@example.org")
    token = ada.token
    sqlite_table.close()
    sqlite_table.path.rename(sqlite_table.path.with_suffix(".away"))

    answers = [
        ada.get("/portal/me"),
        ada.post("/portal/sign-in", {"email": "b@example.org"}, csrf=token),
        ada.get("/portal/nowhere"),
    ]
    health = house.browser().get("/portal/healthz")
    sqlite_table.path.with_suffix(".away").rename(sqlite_table.path)

    for answer in answers:
        unavailable(answer, sqlite_table.path)
    assert health.status_code == 503
    assert json.loads(health.text)["status"] == "store unavailable"
    assert ada.get("/portal/me").status_code == 200


def test_a_store_that_is_taken_away_while_it_is_open_is_missed(house: World, sqlite_table: SqliteTable) -> None:
    ada = house.browser()
    ada.sign_in("ada@example.org")
    token = ada.token
    sqlite_table.path.unlink()

    asked = ada.post("/portal/sign-in", {"email": "bob@example.org"}, csrf=token)
    health = house.browser().get("/portal/healthz")

    assert (asked.status_code, health.status_code) == (503, 503), "it is written to a file that nobody can find again"


def test_a_database_that_does_not_answer_is_told(clock: MovableClock, tmp_path: Path) -> None:
    table = DynamoTable("nobody", clock, endpoint=f"http://127.0.0.1:{free_port()}", rivals=QUICK, stories=QUICK)
    browser = World(table, clock, tmp_path).browser()

    asked = browser.post("/portal/sign-in", {"email": "ada@example.org"})
    health = browser.get("/portal/healthz")
    table.close()

    unavailable(asked, Path("127.0.0.1"))
    assert health.status_code == 503
    assert json.loads(health.text)["status"] == "store unavailable"


def test_a_store_that_can_t_be_written_shows_what_it_holds_and_says_that_it_takes_nothing(
    house: World, sqlite_table: SqliteTable
) -> None:
    ada = house.browser()
    ada.sign_in("ada@example.org")
    token = ada.token
    with sqlite_table._connections.reading() as connection:
        connection.execute("PRAGMA query_only = ON")

    asked = ada.post("/portal/sign-in", {"email": "bob@example.org"}, csrf=token)

    unavailable(asked, sqlite_table.path)
    assert ada.get("/portal/account").status_code == 200
    assert house.mail()[-1].to == "ada@example.org"


def test_a_store_that_may_not_be_written_by_this_user_is_told(tmp_path: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from portal.table.sqlite import SqliteTable
        from tests.clocks import MovableClock
        from tests.world import World
        folder = Path(sys.argv[1])
        table = SqliteTable(folder / "club.db", MovableClock())
        table.create()
        browser = World(table, MovableClock(), folder).browser()
        browser.get("/portal/status/x")  # all that is loaded late is loaded while it may be
        table.close()
        table.path.chmod(0o444)
        if os.geteuid() == 0:  # for whom nothing is read-only
            os.setuid(65534)
        health, page = browser.get("/portal/healthz"), browser.post("/portal/sign-in", {"email": "ada@example.org"})
        print(health.status_code, health.json["status"], page.status_code, "be reached right now" in page.text)
    """
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.owner() == tmp_path.owner() and folder.is_relative_to(tmp_path.parents[1]):
            folder.chmod(0o755)
    code = "\n".join(line[8:] for line in script.splitlines())

    told = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.stdout.strip() == "503 store unavailable 503 True", told.stderr[-2000:]


def test_when_too_many_write_at_once_the_reader_is_told_to_come_back_and_when(
    clock: MovableClock, tmp_path: Path
) -> None:
    table, other = [SqliteTable(tmp_path / "busy.db", clock, busy_timeout=0.05) for _ in range(2)]
    table.create()
    browser = World(table, clock, tmp_path).browser()
    token = browser.token
    with other._connections.transaction():
        busy = browser.post("/portal/sign-in", {"email": "ada@example.org"}, csrf=token)
    free = browser.post("/portal/sign-in", {"email": "ada@example.org"}, csrf=token)
    table.close()
    other.close()

    assert (busy.status_code, free.status_code) == (503, 302)
    assert Busy.sentence in main_text(busy)
    assert busy.headers.get("Retry-After", "").isdecimal(), "the architecture promises it"


# --- what the stories use ------------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
FORM_OF_ADA = {
    "name": "Ada", "keeping": "lead", "places": ["wechat"], "why": "Thirty strangers every Saturday, rain or not.",
    "sell": "no", "hours": "3", "rules": "yes", "email": "ada@example.org",
}  # fmt: skip
FORM_OF_MUG = {
    "slug": "mug", "title_en": "Mug", "title_zh": "杯子", "about_en": "For tea.", "about_zh": "喝茶用。", "price": "5",
    "stock": "3", "offered": "yes",
}  # fmt: skip


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone: the defence stands above the engines."""
    return World(sqlite_table, clock, tmp_path)


def broken(token: str) -> str:
    raise ZeroDivisionError(f"kaputt {len(token)}")


def strict(policy: str) -> None:
    """Whether a policy lets no foreign code in."""
    told = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert told["default-src"] == "'self'"
    assert told["frame-ancestors"] == told["base-uri"] == told["object-src"] == "'none'"
    assert told["form-action"] == "'self'"
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy


def unavailable(answer: TestResponse, path: Path) -> None:
    assert answer.status_code == 503
    assert StoreUnavailable.sentence in main_text(answer).replace("&#39;", "'")
    assert str(path) not in answer.text


def claim_link(world: World) -> str:
    link = world.the(Founding).link()
    assert link
    return link.removeprefix(BASE)


def owner(world: World, name: str = "Wei") -> Browser:
    world.the(Founding).claim(person(world, "Wei"), name)
    return signed_in(world, "Wei")


def signed_in(world: World, name: str) -> Browser:
    browser = world.browser()
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


class LivedIn:
    """A community in which everything has happened once, and everybody and everything has the same name."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.owner = owner(world, name)
        self.waiting, declined, approved = [apply(world, who, name) for who in ("waiting", "declined", "ada")]
        wei = world.the(Review)
        wei.approve("wei", name, approved.person, approved.id, name)
        wei.decline("wei", name, declined.person, declined.id, "advertising", name)
        self.links = [world.mail_to(f"{who}@example.org").link for who in ("waiting", "declined")]
        self.ada = approved.person
        give(world, self.ada, 90)
        mug = Reward(slug="mug", title=Text(name, name), about=Text(name, name), price=5)
        world.the(Shelf).create("wei", name, mug, 9)
        self.open, done, bad = [
            world.the(Rewards).redeem(self.ada, "mug", world.the(Ids).new(), 5).id for _ in range(3)
        ]
        world.the(Redemptions).fulfil("wei", name, self.ada, done, name)
        world.the(Redemptions).decline("wei", name, self.ada, bad, name)
        self.redemptions = [self.open, done, bad]
        self.ada_s = signed_in(world, "ada")
        world.the(Members).suspend("wei", name, self.ada, world.the(Members).today, name)


def apply(world: World, who: str, name: str) -> Application:
    """Somebody applies under a name, by the form as people do."""
    browser, address = world.browser(), f"{who}@example.org"
    form = {**FORM_OF_ADA, "name": name, "why": name, "email": address, "draft": world.the(Ids).new()}
    asked = browser.post("/portal/apply", form)
    browser.post(asked.headers["Location"], {"code": world.mail_to(address).code})
    sent = [one for one in world.the(Queue).waiting().applications if one.id == form["draft"]]
    return sent[0]


def lived_in(world: World, name: str) -> LivedIn:
    return LivedIn(world, name)


def every_page(life: LivedIn) -> list[TestResponse]:
    """All pages that show what people typed, as those see them who may."""
    desk = [
        "applications", f"applications/{life.waiting.person}/{life.waiting.id}", "members", "members?state=suspended",
        f"members/{life.ada}", "rewards", "rewards/mug", "redemptions", f"redemptions/{life.ada}/{life.open}", "audit",
    ]  # fmt: skip
    pages = [life.owner.get(f"/portal/desk/{page}") for page in desk]
    pages += [life.owner.get("/portal/me"), life.owner.get("/portal/account")]
    pages += [life.ada_s.get(f"/portal/{page}") for page in ("me", "points", "rewards", "account", "desk/members")]
    pages += [life.ada_s.get(f"/portal/rewards/redemptions/{one}") for one in life.redemptions]
    pages += [life.world.browser().get(link) for link in life.links]
    pages += [life.world.browser().get(f"/portal/{page}") for page in ("apply", "sign-in", "nowhere")]
    assert {page.status_code for page in pages} == {200, 403, 404}
    return pages

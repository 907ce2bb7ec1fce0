"""Who may do what: the whole table, endpoint by endpoint, walked by every kind of visitor."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from flask import Blueprint
from werkzeug.test import TestResponse

from portal import access, pages
from portal.app import create_app
from portal.charter.schema import Right
from portal.defence import ForeignForm
from portal.errors import Forbidden
from portal.members.appointing import Appointments
from portal.members.founding import Founding
from portal.members.service import Members
from portal.pages import MembersOnly, RolesRest
from portal.rewards.service import Rewards
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.people import member, person, reward
from tests.world import Browser, World

#: They rest on nobody, and change nothing of anybody's.
WITHOUT_VISITOR = ("POST /portal/api/v1/read",)
#: What each address asks of its visitor. A line that is loosened here must be loosened on purpose.
DECLARED = {
    "GET /portal/": "anyone",
    "GET /portal/account": "person",
    "GET /portal/api/v1/door": "anyone",
    "GET /portal/api/v1/ledger": "anyone",
    "GET /portal/api/v1/roots": "anyone",
    "POST /portal/api/v1/read": "anyone",
    "GET /portal/apply": "anyone",
    "POST /portal/apply": "anyone",
    "GET /portal/apply/<form>": "anyone",
    "POST /portal/apply/<form>": "anyone",
    "POST /portal/apply/<form>/draft": "anyone",
    "GET /portal/apply/<form>/quiz/<draft>": "person",
    "POST /portal/apply/<form>/quiz/<draft>": "person",
    "POST /portal/apply/draft": "anyone",
    "GET /portal/check-in": "member",
    "POST /portal/check-in": "member",
    "POST /portal/check-in/make-up": "member",
    "GET /portal/claim/<token>": "anyone",
    "POST /portal/claim/<token>": "anyone",
    "GET /portal/desk/": "member",
    "GET /portal/desk/applications": "review",
    "GET /portal/desk/applications/<applicant>/<application>": "review",
    "POST /portal/desk/applications/<applicant>/<application>/<any(ask, interview, say, note):kind>": "review",
    "POST /portal/desk/applications/<applicant>/<application>/<any(claim, release, resume, unvote):step>": "review",
    "POST /portal/desk/applications/<applicant>/<application>/<any(waitlist, uphold):verb>": "review",
    "POST /portal/desk/applications/<applicant>/<application>/approve": "review",
    "POST /portal/desk/applications/<applicant>/<application>/assign": "review",
    "POST /portal/desk/applications/<applicant>/<application>/decline": "review",
    "GET /portal/desk/applications/<applicant>/<application>/files/<question>": "review",
    "POST /portal/desk/applications/<applicant>/<application>/offer": "review",
    "POST /portal/desk/applications/<applicant>/<application>/vote": "review",
    "POST /portal/desk/applications/bulk": "review",
    "GET /portal/desk/audit": "audit",
    "GET /portal/desk/cases": "words",
    "GET /portal/desk/cases/<subject>/<case>": "words",
    "POST /portal/desk/cases/<subject>/<case>/<any(handled, false):end>": "words",
    "GET /portal/desk/members": "members",
    "GET /portal/desk/members/<member>": "members",
    "POST /portal/desk/members/<member>/reinstate": "members",
    "POST /portal/desk/members/<member>/roles": "appoint",
    "POST /portal/desk/members/<member>/suspend": "members",
    "GET /portal/desk/members/operators": "members",
    "GET /portal/desk/packets": "rewards",
    "POST /portal/desk/packets": "rewards",
    "GET /portal/desk/questionnaires/<form>": "review",
    "GET /portal/desk/points": "points",
    "GET /portal/desk/points/members/<member>": "points",
    "POST /portal/desk/points/corrections/<correction>/<any(agree, refuse):answer>": "points",
    "POST /portal/desk/points/members/<member>/adjust": "points",
    "POST /portal/desk/points/members/<member>/award": "points",
    "POST /portal/desk/points/members/<member>/take-back": "points",
    "POST /portal/desk/points/rules/<rule>/resume": "points",
    "GET /portal/desk/redemptions": "fulfil",
    "GET /portal/desk/redemptions/<member>/<redemption>": "fulfil",
    "POST /portal/desk/redemptions/<member>/<redemption>/"
    "<any(approve, fulfil, decline, return, say, use):end>": "fulfil",
    "POST /portal/desk/redemptions/bulk": "fulfil",
    "POST /portal/desk/redemptions/export": "fulfil",
    "GET /portal/desk/redemptions/ticket": "fulfil",
    "GET /portal/desk/readers": "site",
    "POST /portal/desk/readers/<word>/done": "site",
    "GET /portal/desk/rewards": "rewards",
    "POST /portal/desk/rewards": "rewards",
    "GET /portal/desk/rewards/<slug>": "rewards",
    "POST /portal/desk/rewards/<slug>": "rewards",
    "GET /portal/desk/rewards/<slug>/pool": "rewards",
    "POST /portal/desk/rewards/<slug>/pool": "rewards",
    "POST /portal/desk/rewards/<slug>/pool/revoke": "rewards",
    "POST /portal/desk/rewards/<slug>/stock": "rewards",
    "GET /portal/desk/surveys": "members",
    "GET /portal/desk/surveys/<survey>": "members",
    "GET /portal/desk/words": "words",
    "POST /portal/desk/words": "words",
    "POST /portal/desk/words/remove": "words",
    "POST /portal/desk/words/try": "words",
    "GET /portal/healthz": "anyone",
    "GET /portal/invitations": "member",
    "POST /portal/invitations": "member",
    "POST /portal/invitations/take-back": "member",
    "POST /portal/language": "anyone",
    "GET /portal/me": "person",
    "GET /portal/packets": "member",
    "POST /portal/packets": "member",
    "GET /portal/packets/<packet>": "member",
    "POST /portal/packets/<packet>/open": "member",
    "GET /portal/packets/new": "member",
    "GET /portal/points": "member",
    "GET /portal/points.csv": "member",
    "GET /portal/points/proof.json": "member",
    "GET /portal/proofs": "anyone",
    "POST /portal/proofs": "anyone",
    "GET /portal/api/v1/rewards": "anyone",
    "GET /portal/rewards": "member",
    "GET /portal/rewards/pictures/<name>": "anyone",
    "POST /portal/rewards/<slug>/redeem": "member",
    "GET /portal/rewards/redemptions/<redemption>": "member",
    "POST /portal/rewards/redemptions/<redemption>/address": "member",
    "POST /portal/rewards/redemptions/<redemption>/cancel": "member",
    "POST /portal/rewards/redemptions/<redemption>/code": "member",
    "POST /portal/rewards/redemptions/<redemption>/received": "member",
    "GET /portal/sign-in": "anyone",
    "POST /portal/sign-in": "anyone",
    "GET /portal/sign-in/code/<challenge>": "anyone",
    "POST /portal/sign-in/code/<challenge>": "anyone",
    "GET /portal/sign-in/link/<link>": "anyone",
    "POST /portal/sign-in/link/<link>": "anyone",
    "POST /portal/sign-out": "person",
    "GET /portal/status/<token>": "anyone",
    "POST /portal/status/<token>/<any(withdraw, accept, interested):step>": "anyone",
    "POST /portal/status/<token>/answer": "anyone",
    "GET /portal/status/<token>/answers": "anyone",
    "POST /portal/status/<token>/answers": "anyone",
    "POST /portal/status/<token>/appeal": "anyone",
    "GET /portal/surveys": "member",
    "GET /portal/surveys/<survey>": "member",
    "POST /portal/surveys/<survey>": "member",
    "GET /portal/word": "anyone",
    "POST /portal/word": "anyone",
    "GET /portal/word/thanks": "anyone",
}

#: What each kind of visitor may use, written down once more and not computed from the program.
MAY = {
    "nobody": {"anyone"},
    "person": {"anyone", "person"},
    "member": {"anyone", "person", "member"},
    "suspended member": {"anyone", "person", "member"},
    "reviewer": {"anyone", "person", "member", "review"},
    "steward": {
        "anyone",
        "person",
        "member",
        "review",
        "words",
        "members",
        "points",
        "rewards",
        "fulfil",
        "site",
        "audit",
    },
    "suspended steward": {"anyone", "person", "member"},
    "owner": {
        "anyone",
        "person",
        "member",
        "review",
        "words",
        "members",
        "points",
        "rewards",
        "fulfil",
        "site",
        "audit",
        "appoint",
    },
}


def test_every_address_is_declared_as_it_is_written_here(house: World) -> None:
    assert declared(house) == DECLARED


@pytest.mark.parametrize("kind", MAY)
def test_each_visitor_is_let_in_sent_to_sign_in_or_refused_as_declared(house: World, kind: str) -> None:
    browser = visitor(house, kind)
    token = browser.token

    answers = {}
    for address in sorted(DECLARED, key=lambda address: "sign-out" in address):  # last: it ends the walk
        method, path = concrete(address)
        answers[address] = met(browser.send(method, path, data={"csrf": token} if method == "POST" else None))

    assert answers == {address: expected(kind, address, rule) for address, rule in DECLARED.items()}


@pytest.mark.parametrize("kind", ["nobody", "owner"])
def test_no_form_is_taken_without_its_token_whoever_sends_it(house: World, kind: str) -> None:
    browser = visitor(house, kind)
    before = sorted(map(str, house.table.scan()))

    for address in DECLARED:
        method, path = concrete(address)
        if method == "POST":
            refused = browser.send("POST", path, data={"csrf": "x"})
            if address in WITHOUT_VISITOR:  # it asks for a page of ours, not for a form of this browser's
                refused = browser.client.post(path, headers={"Sec-Fetch-Site": "cross-site"})

            assert (address, refused.status_code) == (address, 403)
            assert ForeignForm.sentence in refused.text

    assert sorted(map(str, house.table.scan())) == before


def test_looking_with_head_or_asking_for_options_opens_no_door(house: World) -> None:
    browser = visitor(house, "member")

    for address, rule in DECLARED.items():
        method, path = concrete(address)
        if rule in ("review", "members", "site", "audit", "appoint", "fulfil", "points", "rewards") and method == "GET":
            assert browser.send("HEAD", path).status_code == 403
            assert house.browser().send("HEAD", path).status_code == 302
            assert browser.send("OPTIONS", path).status_code == 403


def test_a_view_without_a_rule_does_not_start(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = Blueprint("extra", "extra", url_prefix="/portal")
    extra.add_url_rule("/forgotten", "forgotten", lambda: "come in")
    extra.add_url_rule("/declared", "declared", access.to("member")(lambda: "come in"))
    all_pages = pages.blueprints()
    monkeypatch.setattr(pages, "blueprints", lambda: [*all_pages, extra])

    with pytest.raises(access.UndeclaredView, match=r"extra\.forgotten$"):
        create_app(house.services, house.config)


def test_all_views_without_a_rule_are_named_at_once() -> None:
    def one() -> None: ...
    def two() -> None: ...

    with pytest.raises(access.UndeclaredView, match=r": a\.one, b\.two$"):
        access.declared({"b.two": two, "a.one": one, "c.three": access.to("anyone")(lambda: None)})


def test_a_rule_that_nobody_knows_lets_nobody_in() -> None:
    everything = frozenset(access.RULES)

    for typo in ("Anyone", "", "members ", "owner"):
        answer = access.permits(typo, person=True, standing="active", rights=everything)  # type: ignore[arg-type]

        assert answer == "no"


def test_a_right_needs_both_the_role_and_a_standing_that_is_active() -> None:
    right: Right = "review"

    def answer(
        *, person: bool = True, standing: str | None = "active", rights: frozenset[str] = frozenset({right})
    ) -> str:
        return access.permits(right, person=person, standing=standing, rights=rights)

    assert answer() == "yes"
    assert answer(standing="suspended") == "no"
    assert answer(standing=None) == "no"
    assert answer(rights=frozenset()) == "no"
    assert answer(rights=frozenset({"members"})) == "no"
    assert answer(person=False) == "sign in"


def test_who_is_sent_to_sign_in_comes_back_to_what_was_asked_for(house: World) -> None:
    nobody = house.browser()
    token = nobody.token

    looked = nobody.get("/portal/desk/members?state=suspended")
    sent = nobody.post("/portal/check-in", csrf=token)

    assert looked.headers["Location"] == "/portal/sign-in?next=/portal/desk/members?state%3Dsuspended"
    assert sent.headers["Location"] == "/portal/sign-in?next=/portal/me"


def test_a_member_s_things_are_not_there_for_another_member(house: World) -> None:
    ada, bob = member(house, "Ada", points=20), member(house, "Bob")
    reward(house, price=5)
    mug = house.the(Rewards).redeem(ada, "mug", house.the(Ids).new(), 5)
    browser = house.browser()
    browser.sign_in("bob@example.org")

    looked = browser.get(f"/portal/rewards/redemptions/{mug.id}")
    cancelled = browser.post(f"/portal/rewards/redemptions/{mug.id}/cancel")

    assert (looked.status_code, cancelled.status_code) == (404, 404)
    assert house.the(Rewards).redemption(ada, mug.id).open
    assert bob != ada


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone: access is decided above the engines."""
    return World(sqlite_table, clock, tmp_path)


def declared(world: World) -> dict[str, str]:
    """Method and path of every route of the app, with the rule of its view."""
    views = world.app.view_functions
    return {
        f"{method} {route.rule}": vars(views[route.endpoint])["access"]
        for route in world.app.url_map.iter_rules()
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }


def concrete(address: str) -> tuple[str, str]:
    """An address of the table with something in its gaps."""
    method, _, path = address.partition(" ")
    return method, re.sub(r"<\w+>", "x", re.sub(r"<any\((\w+)[^>]*>", r"\1", path))


def visitor(world: World, kind: str) -> Browser:
    """A browser in which such a visitor is signed in."""
    browser = world.browser()
    if kind == "nobody":
        return browser
    world.the(Founding).claim(owner := person(world, "Wei"), "Wei")
    if kind == "owner":
        browser.sign_in(owner.email)
        return browser
    if kind == "person":
        person(world, "Ada")
    else:
        ada = member(world, "Ada")
        role = kind.removeprefix("suspended ")
        if role != "member":
            world.the(Appointments).grant(owner.id, "Wei", ada, role)
        if kind.startswith("suspended"):
            world.the(Members).suspend(owner.id, "Wei", ada, dt.date(2027, 6, 1), "A rest.")
    browser.sign_in("ada@example.org")
    return browser


def expected(kind: str, address: str, rule: str) -> str:
    """What such a visitor should meet there."""
    if rule in MAY[kind]:
        no_desk = address == "GET /portal/desk/" and not MAY[kind] & {"review"}
        return "refused: no right" if no_desk and kind != "steward" else "let in"
    if kind == "nobody":
        return "sent to sign in"
    return "refused: members only" if rule == "member" else "refused: no right"


def met(answer: TestResponse) -> str:
    """How a visitor was met: what the view itself then found wrong is not the door's affair."""
    assert answer.status_code < 500
    if answer.status_code == 302 and answer.headers["Location"].startswith("/portal/sign-in?next="):
        return "sent to sign in"
    if answer.status_code == 403:
        assert ForeignForm.sentence not in answer.text
        text = answer.text.replace("&#39;", "'")
        told = {
            Forbidden.sentence: "refused: no right",
            RolesRest.sentence: "refused: no right",
            MembersOnly.sentence: "refused: members only",
        }
        return next((meaning for sentence, meaning in told.items() if sentence in text), "let in")
    return "let in"

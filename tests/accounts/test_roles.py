"""The first owner, and the roles that owners grant and withdraw."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from portal.accounts.model import Account
from portal.accounts.roles import AlreadyOwned, LastOwner, Roles, UnknownRole
from portal.accounts.service import Accounts
from portal.audit.service import Audit
from portal.errors import NotFound, PortalError
from portal.members.appointing import Appointments, NotInStanding
from portal.members.founding import Founding, LinkExpired
from portal.members.service import Members, OwnerStands
from portal.table.contract import Key
from portal.table.sqlite import SqliteTable
from portal.tokens import Tokens
from tests.clocks import MovableClock
from tests.interrupting import InterruptedTable
from tests.people import member, person
from tests.world import SECRET, Browser, World, main_text

MARCH_1 = dt.date(2027, 3, 1)


# --- the claim -----------------------------------------------------------------------------------------------------


def test_who_holds_the_terminal_s_link_becomes_owner_and_member_no_1(world: World) -> None:
    wei = world.browser()
    link = claim_link(world)

    asked = wei.post(link, {"name": "Wei 伟 🎉", "email": "wei@example.org"})
    entered = wei.post(asked.headers["Location"], {"code": world.mail_to("wei@example.org").code})
    page = wei.follow(entered)

    assert "Member no. 1" in main_text(page)
    assert "Wei 伟 🎉" in main_text(page)
    assert wei.get("/portal/desk/").headers["Location"] == "/portal/desk/applications"
    assert world.the(Founding).link() is None
    assert [(action.actor_name, action.did) for action in world.the(Audit).of_day(MARCH_1)] == [
        ("Wei 伟 🎉", "claimed the community as its first owner")
    ]


def test_to_look_at_the_claim_changes_nothing(house: World) -> None:
    link = claim_link(house)

    looks = [house.browser().get(link), house.browser().get(link), house.browser().send("HEAD", link)]

    assert [look.status_code for look in looks] == [200, 200, 200]
    assert list(house.table.scan()) == []


def test_a_claim_link_is_good_for_a_day(house: World, clock: MovableClock) -> None:
    link = claim_link(house)
    form = {"name": "Wei", "email": "wei@example.org"}

    clock.advance(days=1)
    in_time = house.browser().post(link, form)
    clock.advance(seconds=1)
    late = [house.browser().get(link), house.browser().post(link, form)]

    assert in_time.status_code == 302
    assert [answer.status_code for answer in late] == [410, 410]
    assert LinkExpired.sentence in main_text(late[0])
    assert house.browser().get(claim_link(house)).status_code == 200


def test_a_claim_link_can_t_be_made_by_anybody_else(house: World) -> None:
    now = str(int(house.clock.now().timestamp()))
    tokens = Tokens((SECRET,))
    forged = ["x", claim_link(house)[len("/portal/claim/") : -1], tokens.sign("link", now), tokens.sign("status", now)]
    forged += [Tokens(("a secret of somebody else, long enough",)).sign("claim", now), "%00", "A" * 4000]

    answers = [house.browser().send(method, f"/portal/claim/{token}") for token in forged for method in ("GET", "HEAD")]
    posted = [house.browser().post(f"/portal/claim/{token}", {"name": "E", "email": "e@e.org"}) for token in forged]

    assert {answer.status_code for answer in answers + posted} == {404}
    assert house.mail() == []


def test_there_is_one_claim_however_many_links_were_printed(house: World) -> None:
    first, second = claim_link(house), claim_link(house)
    claim(house, "Wei")

    late = [house.browser().get(first), house.browser().post(second, {"name": "Eve", "email": "eve@example.org"})]

    assert [answer.status_code for answer in late] == [409, 409]
    assert AlreadyOwned.sentence in main_text(late[0])
    assert house.the(Founding).link() is None


def test_a_claim_that_is_proven_after_another_s_signs_in_and_claims_nothing(world: World) -> None:
    eve, link = world.browser(), claim_link(world)
    asked = eve.post(link, {"name": "Eve", "email": "eve@example.org"})
    claim(world, "Wei")

    refused = eve.post(asked.headers["Location"], {"code": world.mail_to("eve@example.org").code})

    assert refused.status_code == 409
    assert AlreadyOwned.sentence in main_text(refused)
    assert "You are signed in, and not a member yet" in main_text(eve.get("/portal/me"))
    assert eve.get("/portal/desk/").status_code == 403


def test_of_two_claims_at_once_one_wins(world: World) -> None:
    people = [person(world, name) for name in ("Wei", "Eve", "Yan")]

    answers = at_once(*(lambda who=who: world.the(Founding).claim(who, "N.") for who in people))

    assert Counter(map(type, answers)) == {type(None): 1, AlreadyOwned: 2}
    assert [account.roles for account in world.the(Roles).staff()] == [("owner",)]
    assert (world.table.get(Key("OWNERS", "OWNERS")) or {})["holders"] == 1
    assert len([who for who in people if world.the(Members).find(who.id)]) == 1


def test_the_owner_is_member_no_1_though_another_claim_came_at_the_same_moment(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = InterruptedTable(sqlite_table)
    world = World(table, clock, tmp_path)
    wei, eve = person(world, "Wei"), person(world, "Eve")
    founding = world.the(Founding)
    table.interrupt(lambda: founding.claim(wei, "Wei"), writing="OWNERS")  # Eve's number may have been drawn by then

    with pytest.raises(AlreadyOwned):
        founding.claim(eve, "Eve")

    assert world.the(Members).profile(wei.id).number == 1


@pytest.mark.parametrize("name", ["", "   ", "\u3000", "\r\n", "x" * 61, "x" * 300])
def test_the_owner_has_a_name_of_at_most_sixty_letters(house: World, name: str) -> None:
    refused = house.browser().post(claim_link(house), {"name": name, "email": "wei@example.org"})

    assert refused.status_code == 422
    assert field_value(refused.text, "email") == "wei@example.org"
    assert field_value(refused.text, "name") == name.replace("\r\n", "\n") or not name.strip()
    assert house.mail() == []


def test_a_wrong_address_in_the_claim_is_told_and_the_name_is_kept(house: World) -> None:
    refused = house.browser().post(claim_link(house), {"name": "Wei", "email": "nothing"})

    assert refused.status_code == 422
    assert "That doesn&#39;t look like an e-mail address." in refused.text
    assert (field_value(refused.text, "name"), field_value(refused.text, "email")) == ("Wei", "nothing")


# --- granted and withdrawn -----------------------------------------------------------------------------------------


def test_a_role_opens_the_desk_at_once_and_its_withdrawal_closes_it_at_once(world: World, clock: MovableClock) -> None:
    wei, ada = claim(world, "Wei"), member(world, "Ada")
    browser = signed_in(world, "Ada")
    path = f"/portal/desk/members/{ada}/roles"

    before = browser.get("/portal/desk/applications").status_code
    clock.advance(seconds=1)
    granted = wei.post(path, {"role": "reviewer", "held": "yes"})
    during = [browser.get(f"/portal/desk/{page}").status_code for page in ("applications", "members")]
    clock.advance(seconds=1)
    withdrawn = wei.post(path, {"role": "reviewer", "held": "no"})
    after = browser.get("/portal/desk/applications").status_code
    told = world.the(Audit).of_day(MARCH_1)

    assert (granted.status_code, withdrawn.status_code) == (302, 302)
    assert (before, during, after) == (403, [200, 403], 403)
    assert [(action.actor_name, action.subject) for action in told[:2]] == [("Wei", ada), ("Wei", ada)]
    assert told[0].did.startswith("withdrew the role")
    assert told[1].did.startswith("granted the role")
    assert "Reviewer" in main_text(wei.get("/portal/desk/audit"))


def test_a_role_that_is_held_already_is_no_act(world: World) -> None:
    claim(world, "Wei")
    ada = member(world, "Ada")

    for act in ("grant", "grant", "withdraw", "withdraw"):
        getattr(world.the(Appointments), act)("wei", "Wei", ada, "steward")

    assert len(world.the(Audit).of_day(MARCH_1)) == 3  # the claim too
    assert [account.roles for account in world.the(Roles).staff()] == [("owner",)]


def test_several_roles_granted_at_once_are_all_held(world: World) -> None:
    claim(world, "Wei")
    ada = member(world, "Ada")

    answers = at_once(
        *(
            lambda role=role: world.the(Appointments).grant("wei", "Wei", ada, role)
            for role in ("reviewer", "steward", "owner")
        )
    )

    assert answers == [None, None, None]
    assert sorted(world.the(Accounts).account(ada).roles) == ["owner", "reviewer", "steward"]
    assert (world.table.get(Key("OWNERS", "OWNERS")) or {})["holders"] == 2


def test_there_are_only_the_charter_s_roles_and_only_for_people_who_exist(house: World) -> None:
    wei, ada = claim(house, "Wei"), member(house, "Ada")
    before = sorted(map(str, house.table.scan()))

    unknown = [
        wei.post(f"/portal/desk/members/{ada}/roles", {"role": role, "held": "yes"}) for role in ("king", "", "Owner")
    ]
    nobody = wei.post("/portal/desk/members/nobody/roles", {"role": "reviewer", "held": "yes"})

    assert [answer.status_code for answer in unknown] == [422, 422, 422]
    assert UnknownRole.sentence in main_text(unknown[0])
    assert nobody.status_code == 404
    assert sorted(map(str, house.table.scan())) == before
    with pytest.raises(NotFound):
        house.the(Appointments).grant("wei", "Wei", "nobody", "reviewer")


@pytest.mark.parametrize("role", ["steward", "reviewer"])
def test_only_an_owner_appoints(house: World, role: str) -> None:
    claim(house, "Wei")
    ada = member(house, "Ada")
    house.the(Appointments).grant("wei", "Wei", ada, role)
    browser = signed_in(house, "Ada")

    refused = browser.post(f"/portal/desk/members/{ada}/roles", {"role": "owner", "held": "yes"})
    page = browser.get(f"/portal/desk/members/{ada}")

    assert refused.status_code == 403
    assert house.the(Accounts).account(ada).roles == (role,)
    assert f"/portal/desk/members/{ada}/roles" not in page.text


def test_a_role_goes_to_nobody_but_members_in_good_standing(house: World) -> None:
    claim(house, "Wei")
    ada, bob = person(house, "Ada").id, member(house, "Bob")
    house.the(Members).suspend("wei", "Wei", bob, dt.date(2099, 12, 31), "Sold tickets.")

    with pytest.raises(NotFound):
        house.the(Appointments).grant("wei", "Wei", ada, "owner")
    with pytest.raises(NotInStanding):
        house.the(Appointments).grant("wei", "Wei", bob, "owner")

    assert house.the(Accounts).account(ada).roles == house.the(Accounts).account(bob).roles == ()


# --- the last owner ------------------------------------------------------------------------------------------------


def test_the_last_owner_stays(world: World) -> None:
    wei = claim(world, "Wei")
    me = world.the(Roles).staff()[0].id

    refused = wei.post(f"/portal/desk/members/{me}/roles", {"role": "owner", "held": "no"})

    assert refused.status_code == 409
    assert "This is the last owner." in main_text(refused)
    assert world.the(Accounts).account(me).roles == ("owner",)


def test_with_a_second_owner_the_first_may_go(world: World) -> None:
    wei = claim(world, "Wei")
    me, ada = world.the(Roles).staff()[0].id, member(world, "Ada")

    wei.post(f"/portal/desk/members/{ada}/roles", {"role": "owner", "held": "yes"})
    gone = wei.post(f"/portal/desk/members/{me}/roles", {"role": "owner", "held": "no"})

    assert gone.status_code == 302
    assert [account.id for account in world.the(Roles).staff()] == [ada]
    with pytest.raises(LastOwner):
        world.the(Appointments).withdraw(me, "Wei", ada, "owner")


def test_of_owners_who_withdraw_each_other_at_once_one_remains(world: World) -> None:
    claim(world, "Wei")
    roles, appointments = world.the(Roles), world.the(Appointments)
    owners = [roles.staff()[0].id, member(world, "Ada"), member(world, "Bob")]
    for owner in owners[1:]:
        appointments.grant("wei", "Wei", owner, "owner")

    answers = at_once(*(lambda who=who: appointments.withdraw("another", "N.", who, "owner") for who in owners))

    assert Counter(map(type, answers)) == {type(None): 2, LastOwner: 1}
    assert [account.roles for account in roles.staff()] == [("owner",)]


def test_an_owner_can_t_be_suspended_out_of_the_desk(world: World) -> None:
    wei = claim(world, "Wei")
    me = world.the(Roles).staff()[0].id

    refused = wei.post(f"/portal/desk/members/{me}/suspend", {"until": "2099-12-31", "reason": "Power."})

    assert refused.status_code == 409
    assert OwnerStands.sentence.partition("'")[0] in main_text(refused)
    assert wei.get("/portal/desk/members").status_code == 200


def test_somebody_made_owner_while_being_suspended_is_not_suspended(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = InterruptedTable(sqlite_table)
    world = World(table, clock, tmp_path)
    claim(world, "Wei")
    ada = member(world, "Ada")
    table.interrupt(lambda: world.the(Appointments).grant("wei", "Wei", ada, "owner"))

    with pytest.raises(OwnerStands):
        world.the(Members).suspend("yan", "Yan", ada, dt.date(2099, 12, 31), "Power.")

    assert world.the(Members).profile(ada).state == "active"


def test_a_community_is_never_left_to_an_owner_who_can_do_nothing(house: World) -> None:
    wei, me = claim(house, "Wei"), house.the(Roles).staff()[0].id
    ada, bob = member(house, "Ada"), person(house, "Bob").id
    house.the(Members).suspend("wei", "Wei", ada, dt.date(2099, 12, 31), "Sold tickets.")

    for helpless in (ada, bob):  # one suspended for decades, one who is no member
        wei.post(f"/portal/desk/members/{helpless}/roles", {"role": "owner", "held": "yes"})
    wei.post(f"/portal/desk/members/{me}/roles", {"role": "owner", "held": "no"})

    assert wei.get("/portal/desk/members").status_code == 200, "nobody is left who could reinstate or appoint anybody"


# --- standing ------------------------------------------------------------------------------------------------------


def test_an_operator_who_is_suspended_is_no_operator_until_it_ends(world: World, clock: MovableClock) -> None:
    claim(world, "Wei")
    ada = member(world, "Ada")
    world.the(Appointments).grant("wei", "Wei", ada, "steward")
    browser = signed_in(world, "Ada")
    pages = ("applications", "members", "rewards", "redemptions", "audit")

    def desk() -> set[int]:
        return {browser.get(f"/portal/desk/{page}").status_code for page in pages}

    before = desk()
    world.the(Members).suspend("wei", "Wei", ada, dt.date(2027, 3, 3), "A rest.")
    during = desk()
    reinstating = browser.post(f"/portal/desk/members/{ada}/reinstate", {"reason": "I think so."})
    clock.set(dt.datetime(2027, 3, 3, 15, 59, tzinfo=dt.UTC))  # the last minute of the last day in Shanghai
    last_minute = desk()
    clock.advance(minutes=1)

    assert (before, during, last_minute) == ({200}, {403}, {403})
    assert reinstating.status_code == 403
    assert desk() == {200}


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def house(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on SQLite alone, for claims that no engine can break."""
    return World(sqlite_table, clock, tmp_path)


def claim_link(world: World) -> str:
    link = world.the(Founding).link()
    assert link
    return link.removeprefix(world.config.base_url)


def claim(world: World, name: str) -> Browser:
    """A browser in which the first owner is signed in."""
    account: Account = person(world, name)
    world.the(Founding).claim(account, name)
    return signed_in(world, name)


def signed_in(world: World, name: str) -> Browser:
    browser = world.browser()
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def field_value(html: str, name: str) -> str | None:
    found = re.search(rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"', html)
    return found[1] if found else None


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act comes to when all start in the same moment; a refusal is an answer too."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        return with_refusals(act)

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def with_refusals(act: Callable[[], object]) -> object:
    try:
        return act()
    except PortalError as refusal:
        return refusal

"""The pages beside the story: refusals, odd visitors, the rest of the public site, and the choice of language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.language import HTML_LANG, Lang
from portal.members.founding import Founding
from portal.members.service import Members
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.people import member, person
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]
both = pytest.mark.parametrize("lang", ["en", "zh"])


@both
def test_every_page_of_the_public_site_is_sound(build: Path, reader: Callable[..., Reader], lang: Lang) -> None:
    site = build / "site" / ("zh" if lang == "zh" else "")
    pages = sorted(page.parent for page in site.rglob("index.html") if lang == "zh" or "zh" not in page.parts)
    visitor = reader(lang, examined=True)

    assert len(pages) > 8
    for page in pages:
        address = f"/{page.relative_to(build / 'site').as_posix()}/".replace("/./", "/")
        visitor.open(address)
        visitor.look(address)


@both
def test_addresses_that_lead_nowhere(reader: Callable[..., Reader], lang: Lang) -> None:
    lost = reader(lang, pictured=True)
    for name, address in (
        ("lost-on-the-site", "/zh/nowhere/" if lang == "zh" else "/nowhere/"),
        ("lost-in-the-portal", "/portal/nowhere"),
        ("lost-status", "/portal/status/forged"),
    ):
        with lost.refused(404, address):
            lost.open(address)
        lost.look(name)


@both
def test_somebody_signed_in_who_is_no_member(commons: World, reader: Callable[..., Reader], lang: Lang) -> None:
    """By the link of the message, on a device that never asked for it; nothing happens until its button is pressed."""
    guest, other = reader(lang, pictured=True), reader(lang, pictured=True)
    guest.open("/portal/sign-in")
    guest.field("email").fill("no address")
    with guest.refused(422):
        guest.press(guest.submit("/portal/sign-in"))
    guest.look("sign-in-with-a-fault")
    guest.field("email").fill("bo@example.org")
    guest.press(guest.submit("/portal/sign-in"))

    other.open(other.linked("bo@example.org"))
    other.look("sign-in-link")
    other.press(other.main.get_by_role("button"))
    other.look("not-yet")
    with other.refused(403, "/portal/points"):
        other.open("/portal/points")
    other.look("members-only")
    other.open("/portal/account")
    other.look("account")
    other.press(other.submit("/portal/sign-out"))
    assert other.path == "/portal/sign-in"


@both
def test_a_suspended_member_and_who_suspended_them(commons: World, reader: Callable[..., Reader], lang: Lang) -> None:
    make = partial(reader, lang, pictured=True)
    commons.the(Founding).claim(person(commons, "Wei", lang), "Wei")
    ada = member(commons, "Ada", points=30, lang=lang)
    members = commons.the(Members)
    owner, phone = make(width=DESK), make()
    owner.sign_in("wei@example.org")
    owner.open(f"/portal/desk/members/{ada}")
    with owner.refused(422):
        owner.press(owner.submit("/suspend"))
    owner.look("desk-member-with-faults")
    owner.field("until").fill((members.today + dt.timedelta(days=10)).isoformat())
    owner.field("reason").fill("Three price lists in three days.")
    owner.press(owner.submit("/suspend"))
    owner.look("desk-member-suspended")
    for name in ("members?state=suspended", "members/operators"):
        owner.open(f"/portal/desk/{name}")
        owner.look(f"desk-{name.replace('?state=', '-').replace('/', '-')}")

    phone.sign_in("ada@example.org")
    expect(phone.main).to_contain_text("Three price lists in three days.")
    expect(phone.submit("/portal/check-in")).to_have_count(0)
    phone.look("me-suspended")


def test_the_chosen_language_stays(reader: Callable[..., Reader]) -> None:
    visitor = reader("en")
    visitor.open("/portal/apply")
    visitor.press(visitor.page.locator('header button[name="to"]'))
    visitor.eye.lang = "zh"

    visitor.look("apply")
    visitor.open("/portal/sign-in")
    expect(visitor.page.locator("html")).to_have_attribute("lang", HTML_LANG["zh"])
    visitor.press(visitor.page.locator("header .brand"))
    assert visitor.path == "/zh/"


def test_the_chosen_colours_stay_from_the_site_to_the_portal(reader: Callable[..., Reader]) -> None:
    visitor = reader("en", width=DESK)
    visitor.open("/")
    visitor.page.locator("[data-scheme-toggle]").click()
    expect(visitor.page.locator("html")).to_have_attribute("data-md-color-scheme", "slate")
    visitor.open("/portal/apply")

    expect(visitor.page.locator("html")).to_have_attribute("data-md-color-scheme", "slate")
    expect(visitor.page.locator("body")).to_have_css("background-color", "rgb(21, 23, 27)")

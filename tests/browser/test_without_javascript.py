"""Scripts are a comfort: whoever has none applies, signs in, stamps and redeems all the same, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.points.verifying import verify
from tests.browser.reader import Reader
from tests.people import reward
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]

ADA = "ada@example.org"


def test_a_member_needs_no_scripts(commons: World, reader: Callable[..., Reader]) -> None:
    reward(commons, "mug", price=5)
    ada, phone = reader(scripts=False), reader(scripts=False)

    applies(ada)
    approve_whoever_waits(commons)
    phone.sign_in(ADA)
    stamps(phone)
    redeems(phone)

    assert verify(commons.table).faults == []


def applies(ada: Reader) -> None:
    """Every question is there; the one that the answers make needless may stay empty."""
    ada.open("/portal/apply")
    expect(ada.page.locator("[data-scheme-toggle]")).to_be_hidden()
    expect(ada.page.locator("#places")).to_be_visible()
    ada.look("apply")
    ada.field("name").fill("Ada")
    ada.choice("keeping", "no").check()
    ada.field("why").fill("I bake for the whole staircase.")
    ada.choice("sell", "no").check()
    ada.choice("hours", "2").check()
    ada.field("email").fill(ADA)
    with ada.refused(422):
        ada.press(ada.submit("/portal/apply"))
    faults = ada.main.get_by_role("alert")
    expect(faults.get_by_role("link")).to_have_attribute("href", "#rules")
    expect(faults).to_be_focused()
    ada.field("rules").check()
    ada.press(ada.submit("/portal/apply"))
    ada.prove(ADA)

    assert ada.path.startswith("/portal/status/")
    ada.look("status")


def approve_whoever_waits(commons: World) -> None:
    review = commons.the(Review)
    for one in commons.the(Queue).waiting().applications:
        review.approve("wei", "Wei", one.person, one.id)


def stamps(phone: Reader) -> None:
    expect(phone.page).to_have_url("/portal/me")
    phone.press(phone.submit("/portal/check-in"))

    expect(phone.page.locator(".stamp.done")).to_have_count(1)
    phone.look("me")


def redeems(phone: Reader) -> None:
    phone.press(phone.page.locator('header a[href="/portal/rewards"]'))
    phone.look("rewards")
    phone.press(phone.submit("/mug/redeem"))

    assert phone.path.startswith("/portal/rewards/redemptions/")
    phone.look("redemption")
    phone.press(phone.submit("/cancel"))
    expect(phone.submit("/cancel")).to_have_count(0)

"""Rewards in a browser: a member's catalogue and parcels, the desk's queue and pool, the public catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.language import Lang
from portal.members.founding import Founding
from portal.rewards.shelf import Shelf
from portal.rewards.showcase import Showcase
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.people import member, person, reward
from tests.rewards.asking import left, redeem, seen
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]
both = pytest.mark.parametrize("lang", ["en", "zh"])


@both
def test_a_parcel_from_the_catalogue_to_the_door(commons: World, reader: Callable[..., Reader], lang: Lang) -> None:
    commons.the(Founding).claim(person(commons, "Wei", lang), "Wei")
    ada = member(commons, "Ada", points=90, lang=lang)
    reward(commons, "sticker", price=12, ships=True, limit=2, period="month")
    reward(commons, "lantern", price=500, tier="keeper", tenure=30, stock=0)
    reward(commons, "mug", price=30, flash=True, opens=dt.datetime(2027, 3, 8, 12, tzinfo=dt.UTC))
    phone, desk = reader(lang, examined=True), reader(lang, width=DESK, examined=True)
    phone.sign_in("ada@example.org")
    desk.sign_in("wei@example.org")

    phone.open("/portal/rewards")
    phone.look("rewards-catalogue")
    phone.press(phone.submit("/sticker/redeem"))
    press = phone.path.rpartition("/")[2]
    phone.look("redemption-requested")

    desk.open("/portal/desk/redemptions")
    desk.strike("j")
    desk.look("desk-redemption-requested")
    desk.strike("a")
    expect(desk.notices).to_contain_text("Ada")
    desk.look("desk-redemptions-empty")

    phone.open(phone.linked("ada@example.org"))
    phone.look("redemption-address")
    with phone.refused(422):
        phone.press(phone.submit("/address"))
    phone.field("lines").fill("Ada Okafor\n12 Broad Street\nLagos")
    phone.press(phone.submit("/address"))
    phone.look("redemption-addressed")

    desk.open("/portal/desk/redemptions?lane=approved")
    desk.strike("j")
    expect(desk.main).to_contain_text("12 Broad Street")
    desk.field("note").fill("RX 123")
    desk.page.keyboard.press("Tab")
    desk.look("desk-redemption-to-hand-over")
    desk.strike("f")

    phone.open(f"/portal/rewards/redemptions/{press}")
    expect(phone.main).to_contain_text("RX 123")
    phone.press(phone.submit("/received"))
    phone.look("redemption-completed")
    assert seen(commons, ada, press).status == "completed"


@both
def test_codes_and_tickets(commons: World, reader: Callable[..., Reader], lang: Lang) -> None:
    commons.the(Founding).claim(person(commons, "Wei", lang), "Wei")
    ada = member(commons, "Ada", points=90, lang=lang)
    reward(commons, "voucher", kind="code", auto=True)
    reward(commons, "evening", kind="ticket", auto=True, until=dt.date(2027, 4, 2))
    phone, desk = reader(lang, examined=True), reader(lang, width=DESK, examined=True)
    phone.sign_in("ada@example.org")
    desk.sign_in("wei@example.org")

    desk.open("/portal/desk/rewards/voucher/pool")
    desk.field("codes").fill("BOOK-0001\nBOOK 2\nBOOK-0001\nBOOK-0003")
    desk.press(desk.page.locator("main form[enctype] button"))
    desk.look("desk-pool-report")
    desk.press(desk.page.locator('main button[value="bring"]'))
    assert left(commons, "voucher") == 2

    press = redeem(commons, ada, "voucher")
    phone.open(f"/portal/rewards/redemptions/{press}")
    expect(phone.main).not_to_contain_text("BOOK-")
    phone.press(phone.submit("/code"))
    expect(phone.page.locator(".code-shown")).to_contain_text("BOOK-")
    phone.look("redemption-code")
    desk.open("/portal/desk/rewards/voucher/pool")
    desk.look("desk-pool")

    gig = redeem(commons, ada, "evening")
    phone.open(f"/portal/rewards/redemptions/{gig}")
    phone.look("redemption-ticket")
    desk.open("/portal/desk/redemptions")
    desk.page.keyboard.press("s")
    desk.field("number").fill(seen(commons, ada, gig).ticket.lower())
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")
    desk.look("desk-ticket")
    desk.strike("a")
    assert seen(commons, ada, gig).used


@both
def test_several_at_once_and_the_shelf(commons: World, reader: Callable[..., Reader], lang: Lang) -> None:
    commons.the(Founding).claim(person(commons, "Wei", lang), "Wei")
    reward(commons, "mug", price=5)
    for name in ("Ada", "Bo"):
        redeem(commons, member(commons, name), "mug")
    desk = reader(lang, width=DESK, examined=True)
    desk.sign_in("wei@example.org")

    desk.open("/portal/desk/redemptions")
    desk.page.locator("main form details summary").click()
    for box in desk.page.locator("main input[name=pick]").all():
        box.check()
    desk.look("desk-redemptions-several")
    desk.press(desk.page.locator("main form details button"))
    desk.look("desk-redemptions-preview")
    desk.press(desk.page.locator('main button[value="do"]'))
    desk.look("desk-redemptions-done")

    desk.open("/portal/desk/rewards/mug")
    for opener in desk.page.locator("main details summary").all():
        opener.click()
    desk.look("desk-reward-open")


@both
def test_the_public_catalogue_is_of_today(
    commons: World, build: Path, reader: Callable[..., Reader], lang: Lang
) -> None:
    """It was built without a reward; the page asks the portal, and shows what there is."""
    mug = reward(commons, "mug", price=5, limit=1, tier="keeper", closes=dt.datetime(2027, 3, 8, 12, tzinfo=dt.UTC))
    visitor = reader(lang, examined=True)

    visitor.open("/zh/rewards/" if lang == "zh" else "/rewards/")

    cards = visitor.page.locator(".showcase li:not([hidden])")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text(mug.title[lang])
    expect(cards).to_contain_text("20:00")  # on the community's clock
    expect(visitor.page.locator("[data-rewards-none]")).to_be_hidden()
    visitor.look("rewards-public")
    assert commons.the(Showcase).catalogue().rewards[0].left == commons.the(Shelf).left("mug")

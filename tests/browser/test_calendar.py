"""The calendar of stamps: a month of seals, a missed day made up, a milestone reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from portal.checkin.service import CheckIns
from portal.language import Lang
from tests.browser.reader import Reader
from tests.clocks import MovableClock
from tests.people import member
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]

JOINED = dt.datetime(2027, 1, 30, 9, tzinfo=dt.UTC)
#: Days after joining. 1 and 8 February are missed; the 5th and the 7th are holidays, the 6th is stamped all the same.
STAMPED = (0, 1, 3, 4, 5, 7, 10, 11)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_missed_day_is_made_up_and_the_row_reaches_a_milestone(
    commons: World, clock: MovableClock, reader: Callable[..., Reader], lang: Lang
) -> None:
    ada_at_home(commons, clock, lang)
    phone = reader(lang, pictured=True)
    phone.sign_in("ada@example.org")
    phone.open("/portal/me")
    expect(phone.link("/portal/check-in")).to_be_visible()
    phone.look("me-with-a-missed-day")
    phone.press(phone.page.locator('main a[href$="#make-up"]'))

    expect(phone.page.locator(".month .day.stamped")).to_have_count(6)
    expect(phone.page.locator(".month .day.holiday")).to_have_count(2)
    expect(phone.page.locator(".month .day.open")).to_have_count(1)
    phone.look("calendar")
    phone.page.locator('main [name="date"]').evaluate("field => { field.value = '2027-02-07' }")
    with phone.refused(409):
        phone.press(phone.submit("/check-in/make-up"))
    phone.look("calendar-refused")
    phone.press(phone.submit("/check-in/make-up"))

    expect(phone.page.locator(".month .day.made-up")).to_have_count(1)
    expect(phone.page.locator(".month .day.open")).to_have_count(0)
    expect(phone.notices.last).to_have_text(phone.said("{days} days in a row: {points} points more.", days=7, points=5))
    phone.look("calendar-mended")
    phone.press(phone.submit("/portal/check-in"))

    expect(phone.page.locator(".month .day.stamped.now")).to_have_count(1)
    expect(phone.submit("/portal/check-in")).to_have_count(0)
    phone.look("calendar-stamped")
    phone.press(phone.link("/portal/check-in?month=2027-01"))
    expect(phone.page.locator(".month .day.stamped")).to_have_count(2)
    phone.look("calendar-earlier")


def test_it_works_without_scripts(commons: World, clock: MovableClock, reader: Callable[..., Reader]) -> None:
    ada_at_home(commons, clock, "en")
    phone = reader("en", scripts=False)
    phone.sign_in("ada@example.org")
    phone.open("/portal/check-in")

    phone.press(phone.submit("/check-in/make-up"))

    expect(phone.page.locator(".month .day.made-up")).to_have_count(1)
    phone.look("calendar-without-scripts")


def ada_at_home(world: World, clock: MovableClock, lang: Lang) -> None:
    """Ada has stamped for a while, and it is the evening of 11 February."""
    clock.set(JOINED)
    ada = member(world, "Ada", lang=lang)
    for days in STAMPED:
        clock.set(JOINED + dt.timedelta(days=days))
        world.the(CheckIns).stamp(ada)
    clock.set(JOINED + dt.timedelta(days=12))

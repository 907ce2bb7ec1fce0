"""A member's statement and its proof, the page that checks one, and the public books; without scripts as well."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.language import Lang
from portal.members.service import Members
from portal.proofs.closing import DailyClose
from portal.proofs.service import Proofs
from portal.rewards.service import Rewards
from tests.browser.reader import Reader
from tests.clocks import MovableClock
from tests.closes import MIDNIGHT
from tests.people import give, member, reward
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]


@pytest.fixture
def ada(commons: World, clock: MovableClock) -> str:
    """Two days on the way, one of them closed."""
    who = member(commons, "Ada", points=40)
    member(commons, "Bea", points=3)
    reward(commons, price=8)
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    commons.the(DailyClose).close_due()
    clock.advance(hours=10)
    commons.the(Rewards).redeem(who, "mug", "the-only-press-there-is", 8)
    for number in range(24):
        give(commons, who, 1, key=str(number))
    return who


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("scripts", [True, False])
def test_a_member_reads_the_statement_and_checks_it(
    commons: World, reader: Callable[..., Reader], ada: str, lang: Lang, scripts: bool
) -> None:
    phone = reader(lang, pictured=scripts, scripts=scripts)
    phone.sign_in("ada@example.org")
    phone.open(f"/portal/points?lang={lang}")
    expect(phone.main).to_contain_text(str(commons.the(Members).standing(ada).purse.available))
    phone.page.locator("details.fine summary").first.click()
    expect(phone.page.locator("details.fine dl").first).to_be_visible()
    phone.look("points-statement")
    phone.field("kind").select_option("went")
    phone.press(phone.page.locator(".find button"))
    expect(phone.page.locator("#statement tbody tr")).to_have_count(1)
    phone.look("points-of-a-kind")
    phone.open(f"/portal/points?lang={lang}")

    phone.press(phone.submit("/portal/proofs"))

    expect(phone.page.locator("h1")).to_have_text(phone.said("This proof holds"))
    expect(phone.page.locator(".chip-jade")).to_have_count(6)
    phone.look("proof-holds")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_anybody_checks_a_proof(commons: World, reader: Callable[..., Reader], ada: str, lang: Lang) -> None:
    proof: dict[str, Any] = commons.the(Proofs).of_member(ada).proof.written()
    stranger = reader(lang, pictured=True)
    stranger.open("/portal/proofs")
    stranger.look("proofs")
    stranger.field("proof").fill("{ half of it")
    with stranger.refused(422):
        stranger.press(stranger.submit("/portal/proofs"))
    expect(stranger.field("proof")).to_have_value("{ half of it")
    stranger.look("proof-unread")

    stranger.field("proof").fill(json.dumps({**proof, "seq": 9}))
    stranger.press(stranger.submit("/portal/proofs"))

    expect(stranger.page.locator("h1")).to_have_text(stranger.said("This proof does not hold"))
    expect(stranger.page.locator(".chip-amber")).to_have_count(2)
    stranger.look("proof-fails")


@pytest.mark.parametrize(("lang", "address"), [("en", "/transparency/"), ("zh", "/zh/transparency/")])
def test_the_public_books_are_those_of_last_night(
    commons: World, reader: Callable[..., Reader], ada: str, lang: Lang, address: str
) -> None:
    visitor = reader(lang, pictured=True)
    visitor.open(address)
    sheet = visitor.page.locator(".ledger")
    record = commons.the(Proofs).latest()
    assert record is not None

    expect(sheet).to_be_visible()
    expect(sheet.locator(".books tbody tr td").first).to_have_text(str(record.totals["earned"]))
    sheet.locator("summary").click()
    expect(sheet.locator("[data-ledger=root]")).to_have_text(record.root)
    visitor.look("transparency")
    visitor.press(visitor.link("/portal/proofs"))
    expect(visitor.main).to_contain_text(record.root[:16])

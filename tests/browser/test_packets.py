"""A red packet on a phone: given, opened, and at the close recomputed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from portal.language import Lang
from portal.members.founding import Founding
from portal.packets.closing import Closing
from portal.points.verifying import verify
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.clocks import MovableClock
from tests.people import give, member, person
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_red_packet_from_the_giving_to_the_proof(
    commons: World, clock: MovableClock, reader: Callable[..., Reader], lang: Lang
) -> None:
    make = partial(reader, lang, pictured=True)
    ada, bo = member(commons, "Ada", points=100, lang=lang), member(commons, "Bo", lang=lang)
    give(commons, ada, 20, "up", qualifies=True)
    clock.advance(days=8)
    giver, opener = make(), make()
    giver.sign_in("ada@example.org")
    opener.sign_in("bo@example.org")

    opener.open("/portal/packets")
    opener.look("packets-none")
    packet = gives(giver)
    opener.open("/portal/packets")
    opener.look("packets")
    opener.press(opener.link(packet))
    opener.look("packet-sealed")
    opener.press(opener.submit("/open"))
    expect(opener.main.locator(".slip .figure")).to_have_text(str(commons_share(commons, bo)))
    opener.look("packet-opened")
    clock.advance(days=1)
    commons.the(Closing).close_due()

    opener.open(packet)
    expect(opener.main.locator("#proof .chip-jade")).to_be_visible()
    opener.page.locator("#proof summary").click()
    opener.look("packet-closed")
    giver.open(packet)
    giver.look("packet-given")
    giver.open("/portal/packets")
    giver.look("packets-given")
    assert verify(commons.table).faults == []


def gives(giver: Reader) -> str:
    """Fills the form, once wrongly; gives the packet's address."""
    giver.open("/portal/packets/new")
    seed = giver.field("client_seed").input_value()
    assert len(seed) == 16
    assert set(seed) <= set("0123456789abcdef")  # the browser's own chance
    giver.field("points").fill("60")
    giver.field("shares").fill("61")
    giver.field("blessing").fill("恭喜发财，大吉大利")
    giver.look("packets-new")
    with giver.refused(422):
        giver.press(giver.submit("/portal/packets"))
    expect(giver.field("blessing")).to_have_value("恭喜发财，大吉大利")
    expect(giver.field("client_seed")).to_have_value(seed)
    giver.look("packets-new-with-a-fault")
    giver.field("shares").fill("6")
    giver.press(giver.submit("/portal/packets"))
    giver.look("packet-own")
    return giver.path


def commons_share(commons: World, who: str) -> int:
    claim = next(item for item in commons.table.scan() if item["sk"] == f"CLAIM#{who}")
    return int(claim["points"])


def test_the_desk_s_packets(commons: World, reader: Callable[..., Reader]) -> None:
    commons.the(Founding).claim(person(commons, "Wei"), "Wei")
    desk = reader("en", pictured=True, width=DESK)
    desk.sign_in("wei@example.org")

    desk.open("/portal/desk/packets")
    desk.look("desk-packets-none")
    desk.field("points").fill("200")
    desk.field("shares").fill("20")
    desk.press(desk.submit("/portal/desk/packets"))
    assert desk.path.startswith("/portal/packets/")
    desk.open("/portal/desk/packets")
    desk.look("desk-packets")


def test_a_member_without_scripts_gives_and_opens(
    commons: World, clock: MovableClock, reader: Callable[..., Reader]
) -> None:
    ada = member(commons, "Ada", points=100)
    member(commons, "Bo")
    give(commons, ada, 20, "up", qualifies=True)
    clock.advance(days=8)
    giver, opener = reader(scripts=False), reader(scripts=False)
    giver.sign_in("ada@example.org")
    opener.sign_in("bo@example.org")

    giver.open("/portal/packets/new")
    assert giver.field("client_seed").input_value()
    giver.field("client_seed").fill("a line of a song")
    giver.field("points").fill("60")
    giver.field("shares").fill("6")
    giver.press(giver.submit("/portal/packets"))
    opener.open(giver.path)
    opener.press(opener.submit("/open"))

    expect(opener.main.locator(".slip .figure")).to_be_visible()
    assert verify(commons.table).faults == []

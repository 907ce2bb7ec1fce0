"""The pages of red packets: what they tell, what they keep, and what they do not give away."""

from __future__ import annotations

import re
from itertools import count

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from portal import cli
from portal.members.service import Members
from portal.packets.closing import Closing
from portal.packets.giving import Giving
from portal.packets.service import Packets
from portal.points.verifying import verify
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.packets.packets import gives, opens, pot, programme_gives, purse
from tests.people import member
from tests.world import Browser, World, field, main_text


def signed_in(world: World, name: str, lang: str = "en") -> Browser:
    browser = world.browser(lang)
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def filled(page: TestResponse, **typed: object) -> dict[str, object]:
    """The form of a page with what was typed into it."""
    ours = {name: field(page, name) for name in ("form", "seal", "lapses")}
    return {**ours, "points": 60, "shares": 6, "split": "random", "client_seed": "rain", "blessing": "", **typed}


def test_the_list_says_today_or_tomorrow_of_what_closes_then(world: World, ada: str, clock: MovableClock) -> None:
    member(world, "Bo")
    gives(world, ada)
    opener = signed_in(world, "Bo")

    given = main_text(opener.get("/portal/packets"))
    clock.advance(hours=20)
    later = main_text(opener.get("/portal/packets"))

    assert re.search(r"6 of 6 left until \d\d:\d\d tomorrow", given)
    assert re.search(r"6 of 6 left until \d\d:\d\d today", later)


def test_ada_gives_and_bo_opens_and_both_are_told(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    giver, opener = signed_in(world, "Ada"), signed_in(world, "Bo")

    form = giver.get("/portal/packets/new")
    sent = filled(form, blessing="Stay warm")
    given = giver.post("/portal/packets", sent)
    twice = giver.post("/portal/packets", sent)
    packet = given.headers["Location"]
    before = opener.get(packet)
    opened = opener.post(f"{packet}/open")
    again = opener.post(f"{packet}/open")
    after = main_text(opener.follow(again))

    assert "31 March 2028" in main_text(form)
    assert field(form, "seal") in form.text
    assert (given.status_code, twice.headers["Location"]) == (302, packet)
    assert "Stay warm" in main_text(opener.get("/portal/packets"))
    assert "First come, first served" in main_text(before)
    assert (opened.status_code, again.status_code) == (302, 302)
    share = purse(world, bo).available - 10
    assert after.startswith(f"{share} ")
    assert "Good until 31 March 2028" in after
    assert purse(world, ada).held == 60
    clock.advance(days=1)
    world.the(Closing).close_due()
    closed = main_text(opener.get(packet))
    assert "recomputed: it agrees" in closed
    assert f"of your 60 points were opened. {60 - share} came back." in main_text(giver.get(packet))
    assert "the luckiest" in closed


def test_before_the_close_no_page_tells_a_seed_or_another_s_share(world: World, wei: str, ada: str) -> None:
    chance = count(7)  # so that no share is by chance a number of the pages
    world.the(Ids)._randbytes = lambda size: next(chance).to_bytes(size, "big")
    bo = member(world, "Bo")
    packet = programme_gives(world, 200, 2)
    opens(world, bo, packet)
    sealed = next(item for item in world.table.scan() if item["sk"] == "SEALED")
    secrets = {sealed["seed"], *map(str, sealed["drawn"])}

    told = [
        main_text(signed_in(world, who).get(address))
        for who in ("Ada", "Wei")
        for address in (f"/portal/packets/{packet.id}", "/portal/packets", "/portal/packets/new", "/portal/points")
    ]
    desk = signed_in(world, "Wei")
    told += [main_text(desk.get(address)) for address in ("/portal/desk/packets", "/portal/desk/audit")]

    for page in told:
        assert not secrets & set(re.findall(r"\w+", page))
    share = main_text(signed_in(world, "Bo").get(f"/portal/packets/{packet.id}"))
    assert secrets & set(re.findall(r"\w+", share))  # the own one is told, so this test can tell


def test_what_is_wrong_is_said_beside_what_was_typed(world: World, ada: str) -> None:
    giver = signed_in(world, "Ada")
    form = giver.get("/portal/packets/new")

    for typed, status, sentence in (
        ({"points": "many"}, 422, "Not a valid integer value."),
        ({"points": ""}, 422, "Please fill this in."),
        ({"points": -5}, 422, "whole number from 1"),
        ({"client_seed": "  "}, 422, "Please type anything here"),
        ({"client_seed": "x" * 65}, 422, "at most 64 characters"),
        ({"blessing": "好" * 61}, 422, "at most 60 characters"),
        ({"split": "unfair"}, 422, "Please choose one of these."),
        ({"points": 131}, 409, "you can spend 130"),
        ({"points": 500}, 422, "at most 200 points"),
        ({"seal": "0" * 64}, 422, "This isn't the seal that we gave"),
        ({"lapses": "202705"}, 409, "would lapse on 31 March 2028 by now"),
        ({"form": "forged"}, 422, "Here is a new one: send it again"),
    ):
        answer = giver.post(
            "/portal/packets", filled(form, **{"client_seed": "hail", "blessing": "Stay warm", **typed})
        )
        text = answer.text.replace("&#39;", "'")
        assert (typed, answer.status_code) == (typed, status)
        assert sentence in text
        if "blessing" not in typed:
            assert 'value="Stay warm"' in text
    assert purse(world, ada).held == 0
    anew = giver.post("/portal/packets", filled(form, lapses="202705"))
    assert field(anew, "lapses") == "202803"  # what stands on the page now can be sent
    renewed = giver.post("/portal/packets", filled(form, form="forged", points=20))
    assert field(renewed, "form") != "forged"
    assert giver.post("/portal/packets", filled(renewed, points=20)).status_code == 302


def test_a_chinese_reader_meets_chinese(world: World, ada: str) -> None:
    member(world, "Bo", lang="zh")
    packet = gives(world, ada, 60, 6)
    reader = signed_in(world, "Bo", "zh")

    assert "Ada的红包" in reader.get(f"/portal/packets/{packet.id}").text
    assert "有一个红包等你拆" in reader.get("/portal/packets").text
    reader.post(f"/portal/packets/{packet.id}/open")
    assert "Ada的红包" in main_text(reader.get("/portal/points"))


def test_whoever_comes_too_late_is_told_on_the_packet_s_page(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    member(world, "Cy")
    packet = gives(world, ada, 60, 6)
    late, own = signed_in(world, "Cy"), signed_in(world, "Ada")

    refused = own.post(f"/portal/packets/{packet.id}/open")
    clock.advance(days=1)
    closed = late.post(f"/portal/packets/{packet.id}/open")

    assert (refused.status_code, closed.status_code) == (403, 409)
    assert "It is for the others." in main_text(refused)
    assert "This red packet has closed." in main_text(closed)
    assert late.get("/portal/packets/nowhere").status_code == 404
    assert late.post("/portal/packets/nowhere/open").status_code == 404
    assert purse(world, bo).available == 10


def test_a_suspended_member_reads_and_neither_gives_nor_opens(world: World, ada: str) -> None:
    packet = programme_gives(world, 50, 5)
    members = world.the(Members)
    members.suspend("wei", "Wei", ada, members.today, "a rest")
    browser = signed_in(world, "Ada")

    assert "suspended until" in main_text(browser.get("/portal/packets"))
    assert "suspended until" in main_text(browser.get("/portal/packets/new"))
    assert "suspended until" in main_text(browser.get(f"/portal/packets/{packet.id}"))
    assert browser.post(f"/portal/packets/{packet.id}/open").status_code == 403
    assert pot(world, packet).next == 0


def test_the_desk_gives_in_the_community_s_name(world: World, wei: str, ada: str) -> None:
    desk = signed_in(world, "Wei")

    form = desk.get("/portal/desk/packets")
    ours = {name: field(form, name) for name in ("form", "seal")}
    typed = {"points": 200, "shares": 20, "split": "equal", "client_seed": "drum", "lapses": ""}
    given = desk.post("/portal/desk/packets", {**ours, **typed})
    packet = given.headers["Location"]
    forged = desk.post("/portal/desk/packets", {**ours, **typed, "form": "x"})

    assert "Tonghao Commons" in main_text(signed_in(world, "Ada").get(packet))
    assert "It is out." in main_text(desk.get(packet))
    assert "You gave this one." in main_text(desk.post(f"{packet}/open"))
    assert "1800 points to give away this month" in main_text(desk.get("/portal/desk/packets"))
    assert "Gave a red packet of 200 points in 20 shares" in main_text(desk.get("/portal/desk/audit"))
    assert forged.status_code == 422
    assert world.the(Giving).budget_left() == 1800
    assert verify(world.table).faults == []


def test_the_terminal_draws_a_closed_packet_again(
    world: World, ada: str, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_settings", lambda: world.config)
    monkeypatch.setattr("portal.wiring.tools", lambda *_: None)
    monkeypatch.setattr("portal.wiring.wire", lambda _: world.services)
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 2)
    opens(world, bo, packet)
    asked = ["packets", "check", packet.id]

    early = CliRunner().invoke(cli.main, asked)
    clock.advance(days=1)
    world.the(Closing).close_due()
    sound = CliRunner().invoke(cli.main, asked)
    unknown = CliRunner().invoke(cli.main, ["packets", "check", "nowhere"])

    assert (early.exit_code, sound.exit_code, unknown.exit_code) == (1, 0, 1)
    assert "is open" in early.output
    listed = " ".join(map(str, world.the(Packets).proof(packet.id)[0].drawn))
    assert f"the list is what the seeds draw: {listed}" in sound.output

"""The pages of rewards as browsers and strangers use them: forms that keep what was typed, lists, files, forged ids."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from portal.members.founding import Founding
from portal.rewards.bulk import NothingTicked, Together
from portal.rewards.queue import Backlog, plain
from portal.rewards.shelf import Shelf
from portal.rewards.shipping import Shipping
from portal.table.contract import Key, Table, Update
from portal.tokens import Ids
from tests.charters import moved
from tests.clocks import MovableClock
from tests.people import member, person, reward
from tests.rewards.asking import approve, fill, fulfil, left, redeem, seen
from tests.world import Browser, World, main_text

FORM = {"title_en": "Cup", "title_zh": "杯", "about_en": "x", "about_zh": "y", "price": "9", "offered": "yes"}


def png(width: int = 2, height: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * 3 * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture
def wei(world: World) -> Browser:
    """The owner, at the desk."""
    owner = person(world, "Wei")
    world.the(Founding).claim(owner, "Wei")
    return signed_in(world, "Wei")


def signed_in(world: World, name: str) -> Browser:
    browser = world.browser()
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def new(wei: Browser, slug: str, **more: Any) -> Any:
    return wei.post("/portal/desk/rewards", {**FORM, "slug": slug, "stock": "3", **more})


def test_a_reward_with_all_its_terms_comes_back_into_its_form(world: World, wei: Browser) -> None:
    made = new(
        wei, "cup", kind="privilege", lasts="30", limit="2", period="month", tier="keeper", tenure="14", auto="yes",
        flash="yes", opens="2027-03-05T20:00", closes="2027-03-06T20:00", alt_en="A cup", alt_zh="一只杯",
        image=(io.BytesIO(png()), "cup.png"),
    )  # fmt: skip
    assert made.status_code == 302, made.text
    kept = world.the(Shelf).reward("cup")
    page = wei.get("/portal/desk/rewards/cup").text

    assert (kept.kind, kept.lasts, kept.period, kept.tenure, kept.auto, kept.flash) == (
        "privilege", 30, "month", 14, True, True,
    )  # fmt: skip
    assert f"{kept.opens:%Y-%m-%dT%H:%M}" == "2027-03-05T12:00"  # the form speaks on the community's clock
    assert 'value="2027-03-05T20:00"' in page
    picture = world.browser().get(f"/portal/rewards/pictures/{kept.image}")
    assert (picture.data, picture.mimetype) == (png(), "image/png")
    assert "immutable" in picture.headers["Cache-Control"]
    assert "sandbox" in picture.headers["Content-Security-Policy"]

    changed = wei.post("/portal/desk/rewards/cup", {**FORM, "v": "1", "drop": "yes"})
    assert changed.status_code == 302
    assert (world.the(Shelf).reward("cup").image, world.the(Shelf).reward("cup").kind) == ("", "privilege")


def test_a_window_saved_again_stays_when_the_clock_was_moved(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    opens = dt.datetime(2027, 3, 10, 4, tzinfo=dt.UTC)  # noon in Shanghai
    world = World(table, clock, tmp_path, charter=moved("Africa/Lagos", dt.datetime(2027, 3, 15, tzinfo=dt.UTC)))
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    desk = signed_in(world, "Wei")
    reward(world, opens=opens)

    assert 'value="2027-03-10T12:00"' in desk.get("/portal/desk/rewards/mug").text
    saved = desk.post("/portal/desk/rewards/mug", {**FORM, "opens": "2027-03-10T12:00", "v": "1"})

    assert saved.status_code == 302
    assert world.the(Shelf).reward("mug").opens == opens


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"image": b"<svg onload=alert(1)>"}, "an SVG picture"),
        ({"image": b"MZ" + b"\0" * 80}, "a Windows program"),
        ({"opens": "2027-03-06T20:00", "closes": "2027-03-05T20:00"}, "close before it opens"),
        ({"opens": "tomorrow"}, "Please give a date and a time"),
        ({"stock": ""}, "Please fill this in"),
        ({"price": "-4"}, "from 1 to 1,000,000"),
        ({"tenure": "0"}, "from 1 to 3,650"),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(
    world: World, wei: Browser, typed: dict[str, Any], sentence: str
) -> None:
    sent = {name: (io.BytesIO(value), "cup.png") if isinstance(value, bytes) else value
            for name, value in typed.items()}  # fmt: skip
    refused = new(wei, "cup", **sent)

    assert refused.status_code == 422
    assert sentence in refused.text
    assert 'value="Cup"' in refused.text
    assert world.the(Shelf).all() == []


def test_forged_pictures_are_nowhere(world: World) -> None:
    for name in ("0" * 32 + ".png", "..%2f..%2fsecret", "x.svg", "0" * 32 + ".html"):
        assert world.browser().get(f"/portal/rewards/pictures/{name}").status_code == 404


def test_a_table_of_codes_is_shown_before_it_is_brought_in(world: World, wei: Browser) -> None:
    new(wei, "voucher", kind="code", stock="")
    table = "code\nONE-1\nTWO 2\nONE-1\nTHREE-3\n"

    shown = wei.post("/portal/desk/rewards/voucher/pool", {"file": (io.BytesIO(table.encode()), "codes.csv")})

    assert "2 codes can be brought in" in main_text(shown)
    assert "line 3" in main_text(shown)
    assert left(world, "voucher") == 0
    for _ in range(2):
        brought = wei.post("/portal/desk/rewards/voucher/pool", {"codes": table, "act": "bring"})
        assert brought.status_code == 302
    assert left(world, "voucher") == 2
    binary = wei.post("/portal/desk/rewards/voucher/pool", {"file": (io.BytesIO(b"\xff\xfe\0"), "codes.csv")})
    assert (binary.status_code, "CSV in UTF-8" in binary.text) == (422, True)
    unknown = wei.post("/portal/desk/rewards/voucher/pool/revoke", {"code": "nowhere", "reason": "bad"})
    assert (unknown.status_code, 'value="nowhere"' in unknown.text) == (404, True)
    gone = wei.post("/portal/desk/rewards/voucher/pool/revoke", {"code": "ONE-1", "reason": "bad"})
    assert (gone.status_code, left(world, "voucher")) == (302, 1)
    assert "ONE-1" not in wei.get("/portal/desk/rewards/voucher/pool").text


def test_the_list_as_a_file_is_safe_noted_and_tells_addresses_only_where_something_is_sent(
    world: World, wei: Browser
) -> None:
    name = '=HYPERLINK("http://evil")'
    ada = member(world, "Ada", points=50)
    bo = member(world, "Bo")
    profile = next(item for item in world.table.scan() if item["pk"] == f"M#{bo}" and item["sk"] == "PROFILE")
    world.table.commit(Update(Key(profile["pk"], profile["sk"]), set={"name": name}))
    reward(world, ships=True)
    waits, sent = redeem(world, ada), redeem(world, bo)
    for who, press in ((ada, waits), (bo, sent)):
        approve(world, who, press)
        world.the(Shipping).address(who, press, f"{who}\n@street 1")
    fulfil(world, ada, waits)

    def rows(lane: str) -> list[dict[str, str]]:
        answer = wei.post(f"/portal/desk/redemptions/export?lane={lane}")
        assert answer.mimetype == "text/csv"
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    [hand], [done] = rows("approved"), rows("fulfilled")

    assert hand["member"] == f"'{name}"
    assert hand["address"] == f"{bo}\n@street 1"
    assert (done["member"], done["address"]) == ("Ada", "")
    assert "Exported a list of redemptions (1)" in main_text(wei.get("/portal/desk/audit"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\r=1", "|cmd"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert plain(cell) == f"'{cell}"
    assert plain("Ada = Bo") == "Ada = Bo"


def test_several_at_once_show_their_effect_before_they_happen(world: World, wei: Browser) -> None:
    ada = member(world, "Ada", points=50)
    reward(world, price=5)
    reward(world, "parcel", price=5, ships=True)
    mug, parcel = redeem(world, ada), redeem(world, ada, "parcel")
    picks = [f"{ada}/{mug}", f"{ada}/{parcel}", f"{ada}/forged", "nonsense"]

    preview = wei.post("/portal/desk/redemptions/bulk", {"verb": "fulfil", "pick": picks})

    assert "Fulfil 1 of 2?" in main_text(preview)
    assert "goes by post and has no address" in main_text(preview)
    assert seen(world, ada, mug).status == "requested"
    done = wei.post("/portal/desk/redemptions/bulk", {"verb": "fulfil", "pick": picks, "act": "do", "note": "Enjoy."})
    assert "Done: 1 of 2" in main_text(done)
    assert (seen(world, ada, mug).status, seen(world, ada, parcel).status) == ("fulfilled", "requested")
    assert "Enjoy." in world.mail_to("ada@example.org").text
    with pytest.raises(NothingTicked):
        world.the(Together).preview("fulfil", [])
    assert wei.post("/portal/desk/redemptions/bulk", {"verb": "burn", "pick": picks}).status_code == 422


def test_the_lists_are_by_state_and_kind_the_oldest_first(world: World, wei: Browser, clock: Any) -> None:
    ada = member(world, "Ada", points=90)
    reward(world, price=5)
    reward(world, "gig", price=5, kind="ticket")
    first, gig = redeem(world, ada), redeem(world, ada, "gig")
    clock.advance(hours=1)
    second = redeem(world, ada)
    approve(world, ada, second)
    backlog = world.the(Backlog)

    assert [one.id for one in backlog.waiting("requested").redemptions] == sorted([first, gig])
    assert [one.id for one in backlog.waiting("requested", None, "ticket").redemptions] == [gig]
    assert [one.id for one in backlog.waiting("approved").redemptions] == [second]
    page = wei.get("/portal/desk/redemptions?lane=requested&kind=ticket")
    assert "One request waits for a yes" in main_text(page)
    assert "Gig" in main_text(page)
    assert wei.get("/portal/desk/redemptions?lane=forged&kind=forged").status_code == 200


def test_at_the_desk_each_step_tells_its_refusal_and_keeps_the_words(world: World, wei: Browser) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, ships=True)
    press = redeem(world, ada)
    place = f"/portal/desk/redemptions/{ada}/{press}"

    early = wei.post(f"{place}/fulfil", {"note": "Parcel RX 1"})
    wrong = wei.post(f"{place}/return", {"note": "Parcel RX 1"})
    empty = wei.post(f"{place}/say", {"note": " "})
    approved = wei.post(f"{place}/approve", {"note": ""})
    again = wei.post(f"{place}/approve", {"note": ""})

    assert [one.status_code for one in (early, wrong, empty, approved, again)] == [409, 409, 422, 302, 409]
    assert "Parcel RX 1" in early.text
    assert wei.post(f"/portal/desk/redemptions/{ada}/forged/approve", {"note": ""}).status_code == 404
    assert wei.get("/portal/desk/redemptions/ticket?number=zzz").status_code == 404


def test_a_member_sees_and_moves_only_what_is_theirs(world: World) -> None:
    ada, bo = member(world, "Ada", points=20), member(world, "Bo", points=20)
    reward(world, "voucher", kind="code", auto=True)
    fill(world, "voucher", ["SECRET-CODE-1"])
    press = redeem(world, ada, "voucher")
    place = f"/portal/rewards/redemptions/{press}"
    thief, owner = signed_in(world, "Bo"), signed_in(world, "Ada")

    for step in ("cancel", "address", "code", "received"):
        assert thief.post(f"{place}/{step}", {"lines": "12 Broad Street"}).status_code == 404
    assert thief.get(place).status_code == 404
    assert bo not in owner.get(place).text
    assert "SECRET-CODE-1" not in owner.get(place).text
    assert owner.post(f"{place}/code", csrf="forged").status_code == 403
    assert owner.post(f"{place}/address", {"lines": "12 Broad Street"}).status_code == 409
    shown = owner.post(f"{place}/code")
    assert "SECRET-CODE-1" in owner.get(shown.headers["Location"].partition("#")[0]).text
    assert seen(world, ada, press).shown


def test_what_is_too_dear_tells_its_price_and_how_much_is_missing(world: World) -> None:
    member(world, "Ada", points=20)
    reward(world, "dear", price=500)

    page = main_text(signed_in(world, "Ada").get("/portal/rewards"))

    assert "500 points" in page
    assert "470 more to go" in page


def test_a_refused_press_finds_the_catalogue_again_with_the_reason(world: World) -> None:
    member(world, "Ada")
    reward(world, stock=0)
    ada = signed_in(world, "Ada")

    refused = ada.post("/portal/rewards/mug/redeem", {"id": world.the(Ids).new(), "price": "5"})

    assert refused.status_code == 409
    assert "Mug is sold out" in main_text(refused)
    assert "points to spend" in main_text(refused)


def test_an_address_is_asked_kept_in_the_form_and_told_to_those_who_send_it_only(world: World, wei: Browser) -> None:
    ada = member(world, "Ada", points=20)
    reward(world, ships=True)
    press = redeem(world, ada)
    place = f"/portal/rewards/redemptions/{press}"
    phone = signed_in(world, "Ada")
    assert "Name and address" not in phone.get(place).text
    approve(world, ada, press)

    short = phone.post(f"{place}/address", {"lines": "here"})
    assert (short.status_code, ">here</textarea>" in short.text) == (422, True)
    assert phone.post(f"{place}/address", {"lines": "12 Broad Street\nLagos"}).status_code == 302

    assert "12 Broad Street" in wei.get(f"/portal/desk/redemptions/{ada}/{press}?lane=approved").text
    assert "12 Broad Street" not in wei.get("/portal/desk/redemptions?lane=approved").text
    assert "12 Broad Street" in phone.get(place).text
    assert re.search(r"by \d+ March 2027", main_text(phone.get(place)))


def test_the_public_catalogue_tells_public_facts_to_everybody(world: World) -> None:
    reward(world, "mug", price=5, tier="keeper")
    reward(world, "hidden", offered=False)
    answer = world.browser().get("/portal/api/v1/rewards")

    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.json is not None
    assert [one["slug"] for one in answer.json["rewards"]] == ["mug"]
    assert set(answer.json["rewards"][0]) == {
        "slug", "title", "about", "price", "kind", "left", "limit", "period", "tier", "tenure", "opens", "closes",
        "image", "alt",
    }  # fmt: skip

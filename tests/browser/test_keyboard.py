"""Without a mouse: the skip link, what is wrong with a form, the desk's keys, and a focus that can always be seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from portal.members.founding import Founding
from portal.members.service import Members
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.people import applicant, person
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]

_FOCUSED = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const rings = [getComputedStyle(e), getComputedStyle(e, "::after")];
  return {
    what: e.outerHTML.slice(0, 90),
    ringed: rings.some((style) => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2),
    inside: box.width > 0 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0,
    body: e === document.body,
  };
}"""
_NAME = "document.activeElement.name || document.activeElement.id"


@pytest.fixture
def owner(commons: World, reader: Callable[..., Reader]) -> Reader:
    """Wei, who owns the community, at the desk; Ada, Bo and Cy are waiting."""
    commons.the(Founding).claim(person(commons, "Wei"), "Wei")
    for name in ("Ada", "Bo", "Cy"):
        applicant(commons, name)
        commons.clock.advance(hours=1)  # type: ignore[attr-defined]
    wei = reader(width=DESK)
    wei.sign_in("wei@example.org")
    wei.open("/portal/desk/applications")
    return wei


def test_the_first_stop_leads_past_the_header(reader: Callable[..., Reader]) -> None:
    ada = reader(width=DESK)
    for address in ("/", "/rules/", "/portal/apply"):
        ada.open(address)
        ada.page.keyboard.press("Tab")
        expect(ada.page.locator(".skip")).to_be_focused()
        expect(ada.page.locator(".skip")).to_be_in_viewport()
        ada.page.keyboard.press("Enter")
        ada.page.keyboard.press("Tab")

        assert ada.page.evaluate("document.activeElement.closest('main') !== null"), address


def test_the_focus_can_be_seen_wherever_it_stops(reader: Callable[..., Reader]) -> None:
    ada = reader()
    for address in ("/", "/portal/apply", "/portal/sign-in"):
        ada.open(address)

        assert [stop for stop in stops(ada.page) if not (stop["ringed"] and stop["inside"])] == [], address


def test_what_is_wrong_takes_the_focus_and_leads_to_each_fault_in_turn(
    commons: World, reader: Callable[..., Reader]
) -> None:
    ada = reader()
    ada.open("/portal/apply")
    with ada.refused(422):
        ada.press(ada.submit("/portal/apply"))
    asked = [question.slug for question in commons.charter.join.question if not question.show_if]
    links = ada.page.locator(".faults a")

    expect(ada.page.locator(".faults")).to_be_focused()
    assert links.evaluate_all("all => all.map(one => one.hash.slice(1))") == asked
    for place, slug in enumerate(asked):
        links.nth(place).focus()
        ada.page.keyboard.press("Enter")
        if ada.page.evaluate(_NAME) != slug:  # a group takes no focus itself; the next stop is its first answer
            ada.page.keyboard.press("Tab")
        assert ada.page.evaluate(_NAME) == slug
        described = ada.page.evaluate(
            "document.activeElement.closest('[aria-describedby]')?.getAttribute('aria-describedby') ?? ''"
        )
        assert f"{slug}-fault" in described.split()


def test_j_and_k_walk_the_queue(owner: Reader) -> None:
    shown = owner.page.locator(".desk-person h2")
    for key, name in (("j", "Ada"), ("j", "Bo"), ("j", "Cy"), ("k", "Bo")):
        owner.strike(key)
        expect(shown).to_have_text(name)
    owner.strike("k")
    owner.page.keyboard.press("k")  # the first stays the first

    expect(shown).to_have_text("Ada")
    expect(owner.page.locator('.desk-list [aria-current="true"]')).to_have_text("Ada")
    assert [stop for stop in stops(owner.page) if not (stop["ringed"] and stop["inside"])] == []


def test_a_approves_d_opens_the_reasons_and_typed_letters_stay_letters(commons: World, owner: Reader) -> None:
    owner.strike("j")
    here = owner.page.url
    note = owner.page.locator('form[action$="/approve"] [name="note"]')
    owner.page.locator('form[action$="/approve"] summary').click()
    note.press_sequentially("a jade d k")

    expect(note).to_have_value("a jade d k")
    assert owner.page.url == here
    owner.page.keyboard.press("Tab")
    owner.page.keyboard.press("d")
    expect(owner.page.locator("#reason")).to_be_visible()
    owner.page.keyboard.press("d")
    expect(owner.page.locator("#reason")).to_be_hidden()
    owner.page.keyboard.press("Control+a")  # the browser's own
    owner.strike("a")

    expect(owner.notices).to_contain_text("Ada")
    expect(owner.page.locator(".desk-list tbody tr")).to_have_count(2)
    assert [member.name for member in commons.the(Members).listing("active").members] == ["Ada", "Wei"]


def stops(page: Page) -> list[dict[str, object]]:
    """Where the focus stops from the top of a page to its end."""
    found: list[dict[str, object]] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop["body"]:
            break
        found.append(stop)
    assert len(found) > 3
    return found

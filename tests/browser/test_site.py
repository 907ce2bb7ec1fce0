"""What the site does with scripts: it is searched, counted, read without a network, and knows who is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from portal.readers.model import Figures
from portal.readers.service import Readers
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.people import member
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("table", ["sqlite"], indirect=True)]


def searching(page: Page) -> None:
    with page.expect_response("**/search.json"):
        page.keyboard.press("/")
    expect(page.locator("[data-search] input")).to_be_focused()


def asked(page: Page, query: str) -> list[str]:
    """The titles that a query finds, the best first."""
    page.locator("[data-search] input").fill(query)
    told = page.locator("[data-search] [role=status]")
    expect(told).not_to_contain_text(re.compile(r"^(Words in|中英文)"))
    return page.locator("[data-search] li > a:first-child strong").all_text_contents()


@pytest.mark.parametrize(
    ("lang", "query", "first", "among"),
    [
        ("en", "appeal", "", "Conduct and appeals"),
        ("en", "how do I appeal?", "Conduct and appeals", "How we decide"),
        ("en", "red packets", "Red packets", "Points"),
        ("en", "lapsing", "", "Why points lapse, and why at the end of a month"),
        ("en", "FOUNDING hundred", "The founding hundred", ""),
        ("en", "同好", "", "Words"),
        ("en", "who pays", "", "Questions"),
        ("zh", "创始百人", "创始百人", ""),
        ("zh", "怎么加入", "加入", ""),
        ("zh", "红包上限", "红包", "积分"),
        ("zh", "签到积分", "细水长流的签到", "积分"),
        ("zh", "到期", "", "积分"),
        ("zh", "Usenet", "创始百人", ""),
        ("zh", "申诉怎么办", "", "问答"),
    ],
)
def test_real_questions_find_their_pages(
    reader: Callable[..., Reader], lang: str, query: str, first: str, among: str
) -> None:
    stranger = reader(lang, width=DESK)
    stranger.open("/zh/" if lang == "zh" else "/")
    searching(stranger.page)

    found = asked(stranger.page, query)

    assert found
    assert not first or found[0] == first
    assert not among or among in found[:8]


def test_script_and_index_come_with_the_first_search_and_stay_small(reader: Callable[..., Reader]) -> None:
    stranger = reader("zh", width=DESK)
    page, fetched = stranger.page, list[str]()
    page.on("request", lambda request: fetched.append(request.url))
    stranger.open("/zh/knowledge/")
    page.wait_for_load_state("networkidle")
    before = [url for url in fetched if "search" in url]

    with page.expect_response("**/search.json"):
        page.get_by_role("button", name="搜索").click()

    assert before == []
    assert len([url for url in fetched if "search" in url]) == 2


def test_a_search_by_keyboard_ends_on_the_place_that_was_found(reader: Callable[..., Reader]) -> None:
    stranger = reader(width=DESK, examined=True)
    stranger.open("/")
    searching(stranger.page)
    assert asked(stranger.page, "a second missed offer")
    expect(stranger.page.locator("[data-search] mark").first).to_be_visible()
    stranger.look("search")
    stranger.page.keyboard.press("ArrowDown")
    stranger.page.keyboard.press("ArrowDown")
    stranger.page.keyboard.press("Enter")

    stranger.page.wait_for_url("**/join/decisions/#*")
    expect(stranger.page.locator("[data-search]")).to_be_hidden()


def test_nothing_found_says_so_and_escape_gives_the_focus_back(reader: Callable[..., Reader]) -> None:
    stranger = reader(width=DESK)
    stranger.open("/")
    opener = stranger.page.get_by_role("button", name="Search", exact=True)
    opener.click()

    assert asked(stranger.page, "xyzzy") == []
    expect(stranger.page.locator("[data-search] [role=status]")).to_contain_text("Nothing on this site says that")
    stranger.page.keyboard.press("Escape")
    expect(opener).to_be_focused()


# --- readers -------------------------------------------------------------------------------------------------------

NO_DRIVER = "Object.defineProperty(navigator, 'webdriver', { get: () => false })"


def figures(world: World, page: str) -> Figures | None:
    return next((one for one in world.the(Readers).figures() if one.page == page), None)


def test_a_page_is_counted_and_a_yes_is_heard_without_a_cookie(commons: World, reader: Callable[..., Reader]) -> None:
    stranger = reader(width=DESK)
    stranger.page.add_init_script(NO_DRIVER)
    with stranger.page.expect_response("**/portal/api/v1/read"):
        stranger.open("/zh/rules/")
    with stranger.page.expect_response("**/portal/api/v1/read"):
        stranger.page.get_by_role("link", name="有用", exact=True).click()

    expect(stranger.page.get_by_role("status").filter(has_text="记下了")).to_be_visible()
    assert figures(commons, "/zh/rules/") == Figures(page="/zh/rules/", read=1, yes=1, no=0)
    assert stranger.page.context.cookies() == []


def test_who_asks_not_to_be_counted_is_not(commons: World, reader: Callable[..., Reader]) -> None:
    stranger = reader(width=DESK)
    stranger.page.add_init_script(f"{NO_DRIVER}; navigator.globalPrivacyControl = true")
    stranger.open("/rules/")
    stranger.page.wait_for_load_state("networkidle")

    assert figures(commons, "/rules/") is None


def test_a_no_leads_to_a_form_that_reaches_the_desk(commons: World, reader: Callable[..., Reader]) -> None:
    stranger = reader(pictured=True, examined=True)
    stranger.open("/knowledge/tiers/")
    stranger.page.get_by_role("link", name="No", exact=True).click()
    stranger.look("reader-word")
    stranger.field("text").fill("The third source is about shops.")
    stranger.press(stranger.submit("/portal/word"))

    expect(stranger.page.get_by_role("heading", name="It is with the desk")).to_be_visible()
    stranger.look("reader-thanks")
    [word] = commons.the(Readers).waiting()[0]
    assert (word.page, word.text) == ("/knowledge/tiers/", "The third source is about shops.")


# --- one product ---------------------------------------------------------------------------------------------------


def test_the_site_names_whoever_is_signed_in_until_they_sign_out(commons: World, reader: Callable[..., Reader]) -> None:
    member(commons, "Ada")
    ada = reader(width=DESK)
    ada.sign_in("ada@example.org")
    ada.open("/rules/")
    link = ada.page.locator("[data-standing]")
    expect(link).to_have_text("Ada")

    link.click()
    ada.page.wait_for_url("**/portal/me*")
    ada.open("/portal/account")
    ada.press(ada.submit("/portal/sign-out"))
    ada.open("/rules/")

    expect(link).to_have_text("Sign in")


def test_the_core_pages_are_read_without_a_network(reader: Callable[..., Reader]) -> None:
    stranger = reader(width=DESK, keeps=True)
    page = stranger.page
    stranger.open("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.context.set_offline(True)

    page.goto("/zh/rules/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.head')).borderBottomStyle") == "solid"
    page.goto("/knowledge/tiers/")
    expect(page.get_by_role("heading", name="There is no connection right now")).to_be_visible()
    page.context.set_offline(False)

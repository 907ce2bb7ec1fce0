"""The whole story, told once in each language on each engine: from the front page to the second stamp."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from portal.language import Lang, Text, count
from portal.members.founding import Founding
from portal.points.verifying import verify
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.clocks import MovableClock
from tests.people import applicant
from tests.world import World

pytestmark = pytest.mark.browser

OWNER, ADA, JONAS = "wei@example.org", "ada@example.org", "jonas@example.org"
NAME = Text("Ada Okafor", "陈若溪")
WHY = Text(
    "Thirty strangers every Saturday, rain or not. I keep the list, the rope and the first-aid kit.",
    "每个周六带三十个陌生人爬山，风雨无阻。名单、绳子、急救包都归我管。",
)
WELCOME = Text("Come on Thursday: we want to hear about the rope.", "周四来吧，大家想听你讲讲那根绳子。")
HANDED = Text("It waits for you at the tea house, behind the counter.", "放在茶馆柜台后面了，来取就好。")
STICKER = {
    "slug": "sticker",
    "title_en": "A sticker with the seal",
    "title_zh": "印章贴纸",
    "about_en": "For the lid of a laptop or the door of a fridge.",
    "about_zh": "贴在电脑盖上，或者冰箱门上。",
    "price": "5",
    "limit": "1",
    "stock": "3",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_whole_story(
    commons: World, clock: MovableClock, reader: Callable[..., Reader], lang: Lang, *, pictured: bool
) -> None:
    make = partial(reader, lang, pictured=pictured)
    jonas = applicant(commons, "Jonas", keeping="soon", places=[], why="I would like to learn how it is done.")
    clock.advance(days=2, hours=5)
    owner, ada, phone = make(width=DESK), make(), make()

    claims_the_community(owner)
    reads_the_site(ada)
    applies(ada)
    clock.advance(hours=20)
    is_approved_with_a_note(owner, ada)
    clock.advance(minutes=4)
    is_declined_with_a_reason(owner, make(), jonas.name)
    signs_in_and_stamps(phone)
    clock.advance(minutes=30)
    a_reward_is_put_on_the_shelf(owner, phone)
    redeems(phone)
    clock.advance(hours=1, minutes=20)
    is_given_what_was_asked_for(owner)
    sees_where_the_points_went(phone)
    can_be_looked_up(owner)
    clock.advance(days=1)
    stamps_a_second_day(phone)

    assert verify(commons.table).faults == []


def claims_the_community(owner: Reader) -> None:
    link = owner.world.the(Founding).link()
    assert link
    owner.open(link)
    owner.look("claim")
    owner.field("name").fill("Wei")
    owner.field("email").fill(OWNER)
    owner.press(owner.submit(owner.path))
    owner.look("code")
    owner.prove(OWNER)

    expect(owner.page).to_have_url("/portal/me")
    owner.look("me-first-time")
    for name in ("redemptions", "rewards", "audit"):
        owner.open(f"/portal/desk/{name}")
        owner.look(f"desk-{name}-first-time")


def reads_the_site(ada: Reader) -> None:
    """In Chinese the front page stands under /zh/; either way the door to the portal keeps the language."""
    home = "/zh/" if ada.lang == "zh" else "/"
    charter = ada.world.charter
    ada.open(home)
    ada.look("home")
    ada.press(ada.page.locator(f'header a[href="{home}rules/"]'))
    for rule in charter.rules.rule:
        expect(ada.main).to_contain_text(rule.title[ada.lang])
    ada.look("rules")
    ada.press(ada.page.locator('a[href^="/portal/apply"]').first)

    expect(ada.main).to_contain_text(charter.join.intro[ada.lang])
    ada.look("apply")


def applies(ada: Reader) -> None:
    send = ada.submit("/portal/apply")
    places, why = ada.page.locator("#places"), ada.field("why")
    expect(places).to_be_hidden()
    ada.choice("keeping", "lead").check()
    expect(places).to_be_visible()
    ada.choice("keeping", "no").check()
    expect(places).to_be_hidden()
    ada.choice("keeping", "lead").check()
    ada.choice("places", "wechat").check()
    ada.choice("places", "offline").check()
    ada.field("name").fill(NAME[ada.lang])
    ada.choice("sell", "no").check()
    ada.choice("hours", "3").check()
    ada.field("email").fill(ADA)
    ada.field("rules").check()
    with ada.refused(422):
        ada.press(send)

    faults = ada.main.get_by_role("alert")
    expect(faults).to_be_focused()
    expect(faults.get_by_role("link")).to_have_count(1)
    expect(faults).to_contain_text(ada.world.charter.join["why"].ask[ada.lang])
    expect(why).to_have_attribute("aria-invalid", "true")
    expect(ada.field("name")).to_have_value(NAME[ada.lang])
    expect(ada.choice("places", "offline")).to_be_checked()
    expect(ada.choice("places", "forum")).not_to_be_checked()
    ada.look("apply-with-a-fault")
    faults.get_by_role("link").click()
    expect(why).to_be_focused()
    why.fill(WHY[ada.lang])
    ada.press(send)
    ada.look("apply-code")
    ada.field("code").fill("000 000" if ada.letter(ADA).code != "000000" else "111111")
    with ada.refused(422):
        ada.press(ada.submit(ada.path))
    expect(ada.field("code")).to_have_attribute("aria-invalid", "true")
    ada.look("apply-code-wrong")
    ada.prove(ADA)

    expect(ada.main).to_contain_text(ada.said("Your application is in our hands"))
    ada.look("status-received")


def is_approved_with_a_note(owner: Reader, ada: Reader) -> None:
    owner.open("/portal/desk/")
    expect(owner.page.locator(".desk-list tbody tr")).to_have_count(2)
    owner.look("desk-applications")
    owner.press(owner.page.locator(".desk-list a").nth(1))
    person = owner.page.locator(".desk-person")
    expect(person).to_contain_text(WHY[owner.lang])
    expect(person).to_contain_text(
        owner.said("Score {total} of {most}. It orders thoughts; you decide.", total=11, most=15)
    )
    owner.look("desk-application")
    person.locator('form[action$="/approve"] summary').click()
    person.locator('form[action$="/approve"] [name="note"]').fill(WELCOME[owner.lang])
    owner.page.keyboard.press("Tab")
    owner.strike("a")

    expect(owner.notices).to_contain_text(NAME[owner.lang])
    ada.page.reload()
    expect(ada.main).to_contain_text(WELCOME[ada.lang])
    ada.look("status-approved")


def is_declined_with_a_reason(owner: Reader, jonas: Reader, name: str) -> None:
    reason = owner.world.charter.admission.reason[2]
    owner.strike("j")
    expect(owner.page.locator(".desk-person h2")).to_have_text(name)
    owner.page.keyboard.press("d")
    owner.choice("reason", reason.slug).check()
    owner.look("desk-application-declining")
    owner.press(owner.submit("/decline"))

    owner.look("desk-applications-done")
    owner.page.go_back()
    expect(owner.page.locator(".desk-person .notice")).to_contain_text("Wei")
    owner.look("desk-application-decided")
    jonas.open(jonas.linked(JONAS) + f"?lang={jonas.lang}")
    expect(jonas.main).to_contain_text(reason.sentence[jonas.lang])
    jonas.look("status-declined")


def signs_in_and_stamps(phone: Reader) -> None:
    """On another device than the one that applied; the first stamp lifts to the second tier."""
    risen = phone.world.charter.tiers[1].name[phone.lang]
    phone.open("/portal/me")
    expect(phone.field("email")).to_be_focused()
    phone.look("sign-in")
    phone.field("email").fill(ADA)
    phone.press(phone.submit("/portal/sign-in"))
    phone.prove(ADA)
    expect(phone.page).to_have_url("/portal/me")
    phone.look("me")
    phone.press(phone.submit("/portal/check-in"))

    expect(phone.page.locator(".stamp.done")).to_have_count(1)
    expect(phone.notices.last).to_have_text(phone.said("You have risen to {tier}.", tier=risen))
    expect(phone.submit("/portal/check-in")).to_have_count(0)
    phone.look("me-stamped")


def a_reward_is_put_on_the_shelf(owner: Reader, phone: Reader) -> None:
    phone.open("/portal/rewards")
    phone.look("rewards-first-time")
    owner.open("/portal/desk/rewards")
    owner.field("slug").fill("Sticker!")
    with owner.refused(422):
        owner.press(owner.submit("/portal/desk/rewards"))
    expect(owner.field("slug")).to_have_value("Sticker!")
    owner.look("desk-rewards-with-faults")
    for name, value in STICKER.items():
        owner.field(name).fill(value)
    owner.field("offered").check()
    owner.press(owner.submit("/portal/desk/rewards"))

    expect(owner.page.locator("tbody")).to_contain_text(_title(owner))
    owner.look("desk-rewards")
    owner.press(owner.link("/portal/desk/rewards/sticker"))
    owner.look("desk-reward")


def redeems(phone: Reader) -> None:
    phone.open("/portal/rewards")
    phone.look("rewards")
    phone.press(phone.submit("/sticker/redeem"))

    expect(phone.main).to_contain_text(phone.said("{reward} is waiting for the desk", reward=_title(phone)))
    phone.look("redemption")


def is_given_what_was_asked_for(owner: Reader) -> None:
    owner.open("/portal/desk/redemptions")
    owner.strike("j")
    expect(owner.page.locator(".desk-person .eyebrow")).to_contain_text(NAME[owner.lang])
    owner.look("desk-redemption")
    owner.field("note").fill(HANDED[owner.lang])
    owner.page.keyboard.press("Tab")
    owner.strike("f")

    expect(owner.notices).to_contain_text(NAME[owner.lang])
    expect(owner.page.locator(".desk-list")).to_have_count(0)


def sees_where_the_points_went(phone: Reader) -> None:
    phone.open(phone.linked(ADA))
    expect(phone.main).to_contain_text(HANDED[phone.lang])
    phone.look("redemption-fulfilled")
    phone.open("/portal/rewards")
    phone.look("rewards-asked-for")
    phone.open("/portal/points")

    changes = phone.page.locator("tbody tr td:nth-child(4)")
    expect(changes).to_have_text(["0", "−5", "+2", "+10"])
    phone.look("points")


def can_be_looked_up(owner: Reader) -> None:
    """Who did what, and how members stand."""
    owner.open("/portal/desk/audit")
    expect(owner.page.locator("tbody tr")).to_have_count(4)  # the claim was yesterday
    expect(owner.page.locator("tbody tr").last).to_contain_text(NAME[owner.lang])
    owner.look("desk-audit")
    owner.open("/portal/desk/members")
    owner.look("desk-members")
    owner.press(owner.page.get_by_role("link", name=NAME[owner.lang]))
    expect(owner.main).to_contain_text(owner.world.charter.tiers[1].name[owner.lang])
    owner.look("desk-member")


def stamps_a_second_day(phone: Reader) -> None:
    phone.open("/portal/me")
    expect(phone.page.locator(".stamp.done")).to_have_count(1)
    phone.press(phone.submit("/portal/check-in"))

    expect(phone.page.locator(".stamp.done")).to_have_count(2)
    expect(phone.page.locator("section h2").first).to_contain_text(re.compile(count(2, phone.lang), re.IGNORECASE))
    phone.look("me-second-day")


def _title(reader: Reader) -> str:
    return Text(en=STICKER["title_en"], zh=STICKER["title_zh"])[reader.lang]

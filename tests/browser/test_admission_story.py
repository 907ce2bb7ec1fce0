"""An applicant with a phone, in Chinese, with scripts and without: asked back, in line, offered a place, let in.

And another one who is declined, appeals, and is let in by somebody else. One reviewer reads English: what the desk
says often is told in the applicant's language all the same.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from portal.applications.following import ACCEPTED
from portal.applications.model import Application
from portal.applications.review import APPEAL, Review
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.language import say
from portal.members.appointing import Appointments
from portal.members.founding import Founding
from portal.points.verifying import verify
from portal.tokens import Ids
from tests.browser.looking import DESK
from tests.browser.reader import Reader
from tests.clocks import MovableClock
from tests.people import ANSWERS, member, person
from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("table", ["sqlite"], indirect=True),
    pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"]),
]

RUOXI, XIAOBO = "ruoxi@example.org", "bo@example.org"
NAME = "陈若溪"
WHY = "每个周六带三十个陌生人爬山，风雨无阻。名单、绳子、急救包都归我管。"
QUESTION = "比如上个周六，谁走丢了吗？"
ANSWER = "走丢过一个。我把绳子系在岔路口的树上，原路回去，二十分钟找到了人。"
OBJECTION = "我不卖东西。那句话说的是我修的自行车，修好都送人了。"
WELCOME = "读了你的申诉，自行车的事我们看错了。欢迎。"


def test_asked_back_waiting_in_line_and_let_in(
    commons: World, clock: MovableClock, reader: Callable[..., Reader], *, scripts: bool
) -> None:
    wei, phone = at_the_desk(commons, reader, "Wei"), on_a_phone(reader, scripts=scripts)
    somebody_waits_in_line(commons)

    begins_and_leaves(phone, scripts=scripts)
    clock.advance(hours=7)
    comes_back_and_sends(phone, scripts=scripts)
    clock.advance(hours=20)
    is_asked_back(wei, phone)
    clock.advance(hours=3)
    answers(phone)
    clock.advance(minutes=40)
    is_put_in_line(wei, phone)
    clock.advance(days=12)
    assert commons.the(Timing).offer_places() == 2
    clock.advance(hours=9)
    takes_the_place(phone)
    can_be_read_at_the_desk(wei)

    assert verify(commons.table).faults == []


def test_declined_appealed_and_overturned(
    commons: World, clock: MovableClock, reader: Callable[..., Reader], *, scripts: bool
) -> None:
    wei, phone = at_the_desk(commons, reader, "Wei"), on_a_phone(reader, scripts=scripts)
    mei = at_the_desk(commons, reader, "Mei")
    waiting(commons, "Bo", why="修自行车。")
    clock.advance(hours=5)

    is_declined(wei)
    clock.advance(days=1)
    appeals(phone)
    clock.advance(hours=2)
    cannot_decide_twice(wei)
    is_overturned(mei, phone)

    assert verify(commons.table).faults == []


def begins_and_leaves(phone: Reader, *, scripts: bool) -> None:
    """With scripts the form is kept as one types; without them it is put by, and the address proven at once."""
    phone.open("/portal/apply?lang=zh")
    expect(phone.page.locator("#places")).to_be_visible(visible=not scripts)
    phone.look("apply")
    phone.field("name").fill(NAME)
    phone.choice("keeping", "lead").check()
    phone.choice("places", "offline").check()
    if scripts:
        kept = phone.page.locator("[data-progress]")
        expect(kept).to_contain_text(phone.said("kept in this browser"))
        phone.look("apply-kept")
        phone.open("/zh/")
        phone.open("/portal/apply?lang=zh")
        expect(kept).not_to_be_empty()
    else:
        with phone.refused(422):
            phone.press(phone.choice("act", "later"))
        phone.look("apply-later-without-an-address")
        phone.field("email").fill(RUOXI)
        phone.press(phone.choice("act", "later"))
        phone.look("apply-later-code")
        phone.prove(RUOXI)

    assert phone.path == "/portal/apply"


def comes_back_and_sends(phone: Reader, *, scripts: bool) -> None:
    """Nothing has to be typed again; who has proven the address isn't asked for it."""
    expect(phone.notices.first).to_contain_text(
        phone.said("Here is what you left. It is kept for thirty days after the last change.")
    )
    expect(phone.field("name")).to_have_value(NAME)
    expect(phone.choice("keeping", "lead")).to_be_checked()
    expect(phone.choice("places", "offline")).to_be_checked()
    expect(phone.choice("places", "wechat")).not_to_be_checked()
    phone.look("apply-left")
    phone.field("why").fill(WHY)
    phone.choice("sell", "no").check()
    phone.choice("hours", "3").check()
    phone.field("rules").check()
    if scripts:
        phone.field("email").fill(RUOXI)
    expect(phone.field("email")).to_have_count(1 if scripts else 0)
    phone.press(phone.choice("act", "send"))
    if scripts:
        phone.look("apply-code")
        phone.prove(RUOXI)

    assert phone.path.startswith("/portal/status/")
    expect(phone.main).to_contain_text(phone.said("Your application is in our hands"))
    phone.look("status-received")


def is_asked_back(wei: Reader, phone: Reader) -> None:
    """With the charter's words, which the reviewer picks in English, and a question of the reviewer's own."""
    reply = wei.world.charter.admission.reply[0]
    wei.open("/portal/desk/applications")
    wei.strike("j")
    expect(wei.page.locator(".desk-person h2")).to_have_text(NAME)
    wei.strike("c")
    expect(wei.page.locator(".desk-person .eyebrow")).to_contain_text("Wei")
    phone.page.reload()
    expect(phone.main).to_contain_text(phone.said("Somebody is reading your application"))
    phone.look("status-being-read")
    wei.page.keyboard.press("n")
    wei.field("reply").select_option(reply.slug)
    talk(wei).locator('[name="note"]').fill(QUESTION)
    wei.look("desk-asking")
    wei.press(talk(wei).locator('[formaction*="/ask"]'))

    expect(wei.page.locator(".desk-person .eyebrow")).to_contain_text(wei.said("asked back"))
    letter = phone.letter(RUOXI)
    assert letter.subject == told(phone, "{community} has a question about your application")
    assert reply.text.zh in letter.text
    assert QUESTION in letter.text


def answers(phone: Reader) -> None:
    phone.open(phone.linked(RUOXI))
    expect(phone.main.locator(".notice").last).to_contain_text(QUESTION)
    expect(phone.main.locator(".notice").last).to_contain_text(phone.world.charter.admission.reply[0].text.zh)
    phone.look("status-asked")
    with phone.refused(422):
        phone.press(phone.submit("/answer"))
    expect(phone.field("text")).to_have_attribute("aria-invalid", "true")
    phone.look("status-asked-with-a-fault")
    phone.field("text").fill(ANSWER)
    phone.press(phone.submit("/answer"))

    expect(phone.notices).to_have_text(phone.said("Your answer is with those who decide."))
    phone.look("status-answered")


def is_put_in_line(wei: Reader, phone: Reader) -> None:
    wei.open("/portal/desk/applications")
    wei.strike("j")
    expect(wei.page.locator(".desk-person .timeline")).to_contain_text(ANSWER)
    wei.strike("c")
    wei.look("desk-answered")
    wei.press(wei.page.locator('[formaction*="/waitlist"]'))

    expect(wei.notices).to_contain_text(NAME)
    wei.open("/portal/desk/applications?lane=waitlist")
    expect(wei.page.locator(".desk-list tbody a")).to_have_text(["Jonas", NAME])
    wei.look("desk-waitlist")
    assert phone.letter(RUOXI).subject == told(phone, "You are on the waitlist of {community}")
    phone.open(phone.linked(RUOXI))
    expect(phone.main).to_contain_text(phone.said("You are number {n} in line.", n=2))
    phone.look("status-waitlisted")


def takes_the_place(phone: Reader) -> None:
    assert phone.letter(RUOXI).subject == told(phone, "A place in {community} is yours")
    phone.open(phone.linked(RUOXI))
    expect(phone.main.locator("h1")).to_have_text(phone.said("A place is kept for you, {name}", name=NAME))
    phone.look("status-offered")
    phone.press(phone.submit("/accept"))

    expect(phone.main.locator("h1")).to_have_text(phone.said("{name}, you belong", name=NAME))
    expect(phone.main).to_contain_text(ACCEPTED.zh)
    phone.look("status-approved")
    phone.press(phone.link("/portal/me"))
    phone.look("me")


def can_be_read_at_the_desk(wei: Reader) -> None:
    wei.open("/portal/desk/applications?lane=done")
    wei.strike("j")
    expect(wei.page.locator(".desk-person .notice")).to_contain_text(ACCEPTED.en)
    steps = wei.page.locator(".desk-person .timeline li").all_inner_texts()
    told_in_turn = ("Sent", QUESTION, ANSWER, "Put on the waitlist", "Offered a place", "Approved")
    assert [step for text in steps for step in told_in_turn if step in text] == list(told_in_turn)
    wei.look("desk-closed")


def is_declined(wei: Reader) -> None:
    reason = wei.world.charter.admission.reason[1]
    wei.open("/portal/desk/applications")
    wei.strike("j")
    wei.page.keyboard.press("d")
    wei.choice("reason", reason.slug).check()
    wei.press(wei.submit("/decline"))
    expect(wei.notices).to_contain_text("Bo")


def appeals(phone: Reader) -> None:
    """From the letter, without signing in; what isn't said is asked for again where it belongs."""
    reason = phone.world.charter.admission.reason[1]
    assert phone.letter(XIAOBO).subject == told(phone, "Your application to {community}: not this time")
    phone.open(phone.linked(XIAOBO))
    expect(phone.main).to_contain_text(reason.sentence.zh)
    expect(phone.field("text")).to_be_hidden()
    phone.look("status-declined")
    phone.main.locator("summary").first.click()
    phone.look("status-appealing")
    with phone.refused(422):
        phone.press(phone.submit("/appeal"))
    expect(phone.field("text")).to_be_visible()
    phone.field("text").fill(OBJECTION)
    phone.press(phone.submit("/appeal"))

    expect(phone.main.locator("h1")).to_have_text(phone.said("Your appeal is being looked at"))
    expect(phone.main.locator(".timeline")).to_contain_text(OBJECTION)
    phone.look("status-appealed")


def cannot_decide_twice(wei: Reader) -> None:
    wei.open("/portal/desk/applications")
    wei.strike("j")

    expect(wei.main).to_contain_text("You had a part in this decision")
    expect(wei.page.locator('[data-key="a"]')).to_have_count(0)
    wei.look("desk-decided-before")


def is_overturned(mei: Reader, phone: Reader) -> None:
    mei.open("/portal/desk/applications")
    mei.strike("j")
    mei.strike("c")
    expect(mei.page.locator(".desk-person .timeline")).to_contain_text(OBJECTION)
    mei.look("desk-appeal")
    approval = mei.page.locator('form[action*="/approve"]')
    approval.locator("summary").click()
    approval.locator('[name="note"]').fill(WELCOME)
    mei.page.keyboard.press("Tab")
    mei.strike("a")

    expect(mei.notices).to_contain_text("Bo")
    mei.page.go_back()
    papers = mei.page.locator(".desk-person .notice")
    expect(papers).to_contain_text(["Mei", "Wei"])
    expect(papers.first).to_contain_text(APPEAL.zh)
    mei.look("desk-overturned")
    phone.page.reload()
    expect(phone.main.locator("h1")).to_have_text(phone.said("{name}, you belong", name="Bo"))
    expect(phone.main).to_contain_text(WELCOME)
    phone.look("status-overturned")


def talk(wei: Reader) -> Locator:
    """The form for words to the applicant."""
    return wei.page.locator('form[action*="/note"]')


def told(phone: Reader, subject: str) -> str:
    """A subject of a letter, in Chinese."""
    return say(subject, "zh", community=phone.world.charter.community.name.zh)


def on_a_phone(reader: Callable[..., Reader], *, scripts: bool) -> Reader:
    """In Chinese; light with scripts, dark without."""
    return reader("zh", scripts=scripts, pinned="light" if scripts else "dark")


def at_the_desk(commons: World, reader: Callable[..., Reader], name: str) -> Reader:
    """Wei owns the community and reads English; Mei reviews and reads Chinese."""
    if name == "Wei":
        commons.the(Founding).claim(person(commons, name), name)
    else:
        commons.the(Appointments).grant("wei", "Wei", member(commons, name, lang="zh"), "reviewer")
    one = reader("en" if name == "Wei" else "zh", width=DESK, pinned="light" if name == "Wei" else "dark")
    one.sign_in(f"{name.lower()}@example.org")
    return one


def somebody_waits_in_line(commons: World) -> None:
    jonas = waiting(commons, "Jonas")
    commons.the(Review).waitlist("wei", "Wei", jonas.person, jonas.id)


def waiting(commons: World, name: str, **said: str) -> Application:
    """Somebody who reads Chinese and has applied."""
    account, applications = person(commons, name, "zh"), commons.the(Applications)
    given = {**ANSWERS, "name": name, "email": account.email, **said}
    return applications.submit(account.id, applications.draft(commons.the(Ids).new(), given, "zh"))

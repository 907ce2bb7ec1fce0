"""What the demo's shelf offers. The cheapest is within reach on a member's first day: the welcome and one stamp."""

from __future__ import annotations

from typing import Any

from portal.language import Text
from portal.rewards.model import Reward


def _gift(slug: str, title: Text, about: Text, price: int, **more: Any) -> Reward:
    return Reward(slug=slug, title=title, about=about, price=price, **more)


#: Each reward with its first stock, the cheapest first.
GIFTS = (
    (
        _gift(
            "sticker-sheet",
            Text(en="Sticker sheet", zh="贴纸一张"),
            Text(
                en="Nine of our in-jokes, drawn by members, on paper that comes off again. Sent by post.",
                zh="成员画的九个内部梗，撕下来不留胶。平邮寄出。",
            ),
            price=12,
            limit=2,
        ),
        90,
    ),
    (
        _gift(
            "postcard",
            Text(en="Postcard from a member", zh="成员手写的明信片"),
            Text(
                en="Somebody you haven't met yet writes to you about their community, by hand.",
                zh="一位你还没见过的成员，亲手写几句他那边的社群，寄给你。",
            ),
            price=24,
            limit=3,
        ),
        60,
    ),
    (
        _gift(
            "reading-room",
            Text(en="A month in the reading room", zh="阅览室月票"),
            Text(
                en="A code for thirty days among other people's rules, minutes and post-mortems.",
                zh="凭码进阅览室三十天，看别人家的群规、会议记录和复盘。",
            ),
            price=30,
            kind="code",
            auto=True,
        ),
        80,
    ),
    (
        _gift(
            "second-pair-of-eyes",
            Text(en="A second pair of eyes", zh="请人看一眼"),
            Text(
                en="For a month a steward reads what you are about to publish in your own community, and says so.",
                zh="一个月里，你自己社群要发的东西，发之前管事先替你看一遍，有话直说。",
            ),
            price=40,
            kind="privilege",
            lasts=30,
            limit=1,
            period="month",
        ),
        12,
    ),
    (
        _gift(
            "tea",
            Text(en="Tin of tea", zh="一罐茶"),
            Text(
                en="Fifty grams from the hills where Lan's reading group began. For long evenings at the desk.",
                zh="五十克，产自陈岚读书会起家的那片山。适合夜里值班喝。",
            ),
            price=45,
        ),
        30,
    ),
    (
        _gift(
            "field-notebook",
            Text(en="Field notebook", zh="手记本"),
            Text(
                en="Sewn, ruled on the left and blank on the right, with the checklist of a first evening inside.",
                zh="线装，左页有格，右页空白，夹一张“第一次聚会”清单。",
            ),
            price=70,
            limit=1,
        ),
        25,
    ),
    (
        _gift(
            "book-voucher",
            Text(en="Book voucher", zh="书券"),
            Text(
                en="For one book of your choice at a shop of your choice. Tell us afterwards whether it was any good.",
                zh="任选一家书店，任选一本书。读完告诉我们值不值。",
            ),
            price=100,
            limit=2,
            tier="regular",
        ),
        20,
    ),
    (
        _gift(
            "paper-lantern",
            Text(en="Paper lantern", zh="纸灯笼"),
            Text(
                en="Made by hand in Mika's town, with your number on it. For those who keep the lamp lit.",
                zh="Mika家乡的手工灯笼，写上你的编号。给守灯的人。",
            ),
            price=180,
            limit=1,
            tier="keeper",
        ),
        8,
    ),
)

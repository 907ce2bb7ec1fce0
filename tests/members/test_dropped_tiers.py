"""A charter may drop a tier on which members stand: they stand lowest until what they have earned lifts them again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from portal.applications.inviting import Invitations
from portal.members.founding import Founding
from portal.members.service import Members
from portal.packets.service import Packets
from portal.points.service import Points
from portal.rewards.model import TierTooLow
from portal.rewards.service import Rewards
from portal.table.contract import Table
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.packets.packets import opens, programme_gives
from tests.people import give, member, person, reward
from tests.world import World, main_text


@pytest.fixture
def dropped(table: Table, clock: MovableClock, tmp_path: Path) -> tuple[World, str]:
    """Ada has risen to a tier that the charter of today no longer has."""
    before = World(table, clock, tmp_path)
    before.the(Founding).claim(person(before, "Wei"), "Wei")
    ada = member(before, "Ada", points=10)
    give(before, ada, 20, "qualifying", qualifies=True)
    assert before.the(Members).profile(ada).tier == "neighbour"
    tiers = [tier for tier in before.charter.tiers if tier.slug != "neighbour"]
    return World(table, clock, tmp_path / "later", charter=msgspec.structs.replace(before.charter, tiers=tiers)), ada


@pytest.mark.parametrize("path", ["/portal/me", "/portal/points", "/portal/rewards", "/portal/packets"])
def test_their_pages_go_on(dropped: tuple[World, str], path: str) -> None:
    world, _ = dropped
    browser = world.browser()
    browser.sign_in("ada@example.org")

    assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/portal/desk/members", "/portal/desk/members/{ada}", "/portal/desk/points/members/{ada}"]
)
def test_the_desk_sees_them_by_the_tier_s_old_name(dropped: tuple[World, str], path: str) -> None:
    world, ada = dropped
    wei = world.browser()
    wei.sign_in("wei@example.org")

    page = wei.get(path.format(ada=ada))

    assert page.status_code == 200
    assert "Ada" in main_text(page)


def test_they_stamp_redeem_and_rise(dropped: tuple[World, str]) -> None:
    world, ada = dropped
    browser = world.browser()
    browser.sign_in("ada@example.org")
    reward(world, price=1, stock=5)
    reward(world, "lamp", price=1, stock=5, tier="regular")

    assert "sign-in" not in browser.post("/portal/check-in", csrf=browser.token).headers["Location"]
    world.the(Rewards).redeem(ada, "mug", world.the(Ids).new(), 1)
    with pytest.raises(TierTooLow):
        world.the(Rewards).redeem(ada, "lamp", world.the(Ids).new(), 1)

    assert world.the(Points).purse(ada).held == 1
    give(world, ada, 60, "more", qualifies=True)
    assert world.the(Members).profile(ada).tier == "regular"


def test_who_has_earned_one_below_the_dropped_tier_has_all_that_is_open_to_it(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    before = World(table, clock, tmp_path)
    ada = member(before, "Ada", points=10)
    give(before, ada, 2000, "qualifying", qualifies=True)
    *tiers, top = before.charter.tiers
    assert before.the(Members).profile(ada).tier == top.slug
    world = World(table, clock, tmp_path / "later", charter=msgspec.structs.replace(before.charter, tiers=tiers))

    packet = programme_gives(world, 10, 2, tier=tiers[-1].slug)

    assert world.the(Packets).see(ada, packet.id).refusal is None
    assert [one.id for one in world.the(Packets).mine(ada).waiting] == [packet.id]
    assert opens(world, ada, packet)
    assert "invite" in tiers[-1].privileges
    assert world.the(Invitations).invite(ada)

"""Standing and tiers, on both engines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from portal.audit.service import Audit
from portal.checkin.service import CheckIns
from portal.errors import Stale
from portal.language import say
from portal.members.crediting import Crediting, Grant
from portal.members.model import Suspended
from portal.members.service import AlreadyMember, DayIsOver, Members, OwnSuspension
from portal.points.events import Earn, Hold
from portal.points.service import Points
from portal.table.contract import Table
from portal.tools import Tools
from portal.wiring import wire
from tests.clocks import MovableClock
from tests.interrupting import InterruptedTable
from tests.people import give, member
from tests.world import World


def tier(world: World, who: str) -> str:
    return world.the(Members).profile(who).tier


def test_a_tier_rises_at_once_and_may_skip_steps(world: World) -> None:
    ada = member(world, "Ada")

    give(world, ada, 49, key="a", qualifies=True)
    before = tier(world, ada)
    give(world, ada, 1, key="b", qualifies=True)
    exactly = tier(world, ada)

    assert (before, exactly) == ("neighbour", "regular")
    rises = world.the(Members).rises(ada)
    assert [(rise.before, rise.after, rise.qualifying) for rise in rises] == [
        ("neighbour", "regular", 60),
        ("newcomer", "neighbour", 59),
    ]


def test_gifts_do_not_qualify_and_spending_does_not_demote(world: World) -> None:
    ada = member(world, "Ada")
    give(world, ada, 500, key="gift")
    unmoved = tier(world, ada)
    give(world, ada, 50, key="talk", qualifies=True)

    points = world.the(Points)
    _, writes = points.post(points.purse(ada), [Hold(amount=560, rule="test", key="test#x#test")])
    world.table.commit(*writes)

    assert (unmoved, tier(world, ada)) == ("newcomer", "regular")
    assert points.purse(ada).available == 0


def test_what_was_earned_thirteen_months_ago_no_longer_counts(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")  # 10 welcome points in March 2027
    clock.set(dt.datetime(2028, 3, 15, tzinfo=dt.UTC))
    within = world.the(Members).standing(ada).progress.qualifying
    clock.set(dt.datetime(2028, 4, 15, tzinfo=dt.UTC))
    after = world.the(Members).standing(ada).progress.qualifying

    assert (within, after) == (10, 0)
    assert tier(world, ada) == "newcomer"


def test_a_suspension_ends_by_itself_after_its_last_day(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    members = world.the(Members)
    members.suspend("wei", "Wei", ada, members.today + dt.timedelta(days=1), "a cooling off")

    states = [members.profile(ada).standing(members.today)]
    for _ in range(2):
        clock.advance(days=1)
        states.append(members.profile(ada).standing(members.today))

    assert states == ["suspended", "suspended", "active"]


def test_reinstating_ends_it_now_and_both_stand_in_the_audit_log(world: World) -> None:
    ada = member(world, "Ada")
    members = world.the(Members)
    members.suspend("wei", "Wei", ada, members.today, "a cooling off")
    with pytest.raises(Suspended) as refusal:
        members.profile(ada).require_active(members.today)

    members.reinstate("wei", "Wei", ada, "talked it over")

    assert "until 1 March 2027" in say(refusal.value.sentence, "en", **refusal.value.facts)
    assert members.profile(ada).standing(members.today) == "active"
    noted = [(action.did, action.facts["reason"]) for action in world.the(Audit).of_day(members.today)]
    assert ("reinstated {name}: {reason}", "talked it over") in noted
    assert ("suspended {name} until {until}: {reason}", "a cooling off") in noted


def test_a_suspension_for_ever_can_be_lifted(world: World) -> None:
    ada = member(world, "Ada")
    members = world.the(Members)

    for lift in (members.reinstate, members.overturn):
        members.suspend("wei", "Wei", ada, dt.date.max, "a mix-up")
        lift("wei", "Wei", ada, "explained")
        assert members.profile(ada).state == "active"


def test_nobody_overturns_their_own_suspension_once_it_has_ended(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=50)
    members = world.the(Members)
    members.suspend("wei", "Wei", ada, dt.date(2028, 4, 2), "a quarrel")
    clock.set(dt.datetime(2028, 4, 3, 9, tzinfo=dt.UTC))  # her points have lapsed in it

    with pytest.raises(OwnSuspension):
        members.overturn(ada, "Ada", ada, "I was right")

    assert world.the(Points).purse(ada).expired == 0
    assert members.overturn("wei", "Wei", ada, "she was right") == 60


def test_a_person_becomes_a_member_once(world: World) -> None:
    ada = member(world, "Ada")

    with pytest.raises(AlreadyMember):
        world.table.commit(*world.the(Members).welcome(ada, "Ada", 99))


def test_the_listing_turns_its_pages(world: World) -> None:
    for number in range(53):
        member(world, f"M{number}")

    first = world.the(Members).listing("active")
    second = world.the(Members).listing("active", first.cursor)

    assert (len(first.members), len(second.members), second.cursor) == (50, 3, None)
    assert len({profile.number for profile in [*first.members, *second.members]}) == 53


def test_a_suspension_that_is_over_leaves_the_list(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    members = world.the(Members)
    members.suspend("wei", "Wei", ada, members.today, "a cooling off")
    still = members.end_suspensions()
    clock.advance(days=1)

    assert (still, members.end_suspensions(), members.end_suspensions()) == (0, 1, 0)
    assert [profile.id for profile in members.listing("active").members] == [ada]
    assert members.listing("suspended").members == []


def test_a_suspension_ends_no_earlier_than_today(world: World) -> None:
    ada = member(world, "Ada")

    with pytest.raises(DayIsOver):
        world.the(Members).suspend("wei", "Wei", ada, dt.date(2020, 1, 1), "late")


def test_a_tier_that_the_charter_drops_is_stood_in_for(world: World) -> None:
    ada = member(world, "Ada")
    give(world, ada, 2, key="a", qualifies=True)
    fewer = [tier for tier in world.charter.tiers if tier.slug != "neighbour"]
    later = World(world.table, world.clock, world.letters.parent)
    charter = msgspec.structs.replace(world.charter, tiers=fewer)
    later.services = wire(msgspec.structs.replace(later.services[Tools], charter=charter))

    standing = later.the(Members).standing(ada)

    assert standing.profile.tier == "newcomer"


def test_counts_read_before_a_posting_never_decide_a_tier_after_it(world: World) -> None:
    ada = member(world, "Ada")
    members = world.the(Members)
    torn = members.standing(ada)
    give(world, ada, 1, key="between", qualifies=True)
    fresh = members.standing(ada)
    torn = msgspec.structs.replace(torn, profile=fresh.profile, purse=fresh.purse)
    earn = Earn(amount=1, rule="test", key="test#after#test", months=12)

    grant = Grant(earn=earn, kind="test", qualifies=True)
    with pytest.raises(Stale), world.the(Crediting).credit(torn, [grant]) as credited:
        world.table.commit(*credited.writes)


def test_what_is_earned_while_the_year_turns_counts_towards_the_tier(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    ada = member(world, "Ada")
    before = sum(world.the(Members).standing(ada).counts.values())
    clock.set(dt.datetime(2027, 12, 31, 15, 59, 59, tzinfo=dt.UTC))

    torn.interrupt(lambda: clock.advance(seconds=1), writing="BUDGET#")
    stamped = world.the(CheckIns).stamp(ada)

    assert stamped.points
    assert sum(world.the(Members).standing(ada).counts.values()) == before + stamped.points

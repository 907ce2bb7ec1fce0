"""Opening: one share each, no oversell, nothing burnt by impatience, and the close, on both engines."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from portal.accounts.service import Accounts
from portal.errors import Busy, NotFound, PortalError
from portal.members.model import Suspended
from portal.members.service import Members
from portal.packets.closing import Closing
from portal.packets.drawing import commitment, draw
from portal.packets.giving import Giving
from portal.packets.model import (
    AllOpened,
    BeingOpened,
    Claim,
    NotForTier,
    Over,
    OwnPacket,
    check,
    luckiest,
)
from portal.packets.service import Packets
from portal.points.model import Purse
from portal.points.service import Points
from portal.points.verifying import verify
from portal.table.contract import Delete, Key, Table, Update
from tests.charters import SHIPPED
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.interrupting import InterruptedTable
from tests.lagging import LaggingTable
from tests.packets.packets import gives, opens, pot, programme_gives, purse
from tests.packets.test_giving import owe
from tests.people import give, member
from tests.world import Letter, World


def test_a_packet_from_the_giving_to_the_close(world: World, ada: str, clock: MovableClock) -> None:
    bo, cy = member(world, "Bo"), member(world, "Cy")
    packet = gives(world, ada, 60, 6)

    first, second = opens(world, bo, packet), opens(world, cy, packet)
    seen = world.the(Packets).see(bo, packet.id)
    clock.advance(hours=24)
    closed = world.the(Closing).close_due()

    assert [(one.name, one.points, one.luckiest) for one in seen.opened] == [("Bo", None, False), ("Cy", None, False)]
    assert (seen.mine, seen.proof) == (first, None)
    after, taken = pot(world, packet), first.points + second.points
    assert closed == 1
    assert (after.state, after.given, after.returned, after.settled) == ("closed", taken, 60 - taken, True)
    assert after.luckiest == max((first, second), key=lambda one: (one.points, -one.k)).member
    mine = purse(world, ada)
    assert (mine.available, mine.held, mine.spent) == (130 - taken, 0, taken)
    assert purse(world, bo).available == 10 + first.points
    assert [one.points for one in world.the(Packets).see(cy, packet.id).opened] == [first.points, second.points]
    assert verify(world.table).faults == []


def test_the_list_and_the_seed_are_published_and_anybody_can_draw_again(
    world: World, ada: str, clock: MovableClock
) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 6, client_seed="屋檐下的雨")
    claim = opens(world, bo, packet)
    assert all(b"keyed" not in str(item).encode() for item in world.table.scan())
    clock.advance(hours=25)
    world.the(Closing).close_due()

    after, proof = world.the(Packets).proof(packet.id)
    assert proof is not None
    assert proof.sound
    assert commitment(after.seed) == packet.commitment
    facts = {"seed": after.seed, "client_seed": "屋檐下的雨", "packet": packet.id}
    assert draw("random", 60, 6, **facts) == after.drawn
    assert after.drawn[claim.k] == claim.points
    for forged, fault in (
        ({"seed": "another"}, "seal"),
        ({"client_seed": "another"}, "draw"),
        ({"drawn": [10] * 6}, "draw"),
        ({"returned": after.returned - 1}, "shares"),
    ):
        found = check(msgspec.structs.replace(after, **forged), [claim])
        assert not getattr(found, fault)
    assert not check(after, [msgspec.structs.replace(claim, k=(claim.k + 1) % 6, points=99)]).shares


def test_a_gift_counts_towards_no_tier_and_keeps_the_giver_s_date(world: World, ada: str, clock: MovableClock) -> None:
    clock.advance(days=40)
    bo = member(world, "Bo")
    before = world.the(Members).standing(bo).progress.qualifying
    packet = gives(world, ada, 100, 1)

    opens(world, bo, packet)

    [entry, *_] = world.the(Points).statement(bo).entries
    assert (entry.rule, entry.key) == ("red-packet", f"packet#{packet.id}#red-packet")
    assert entry.lots == {"202803": 100}
    assert entry.note is not None
    assert entry.note.text.en == "Red packet from Ada"
    standing = world.the(Members).standing(bo)
    assert (standing.progress.qualifying, standing.profile.tier) == (before, "newcomer")


def test_a_receiver_in_debt_pays_it_first(world: World, ada: str) -> None:
    bo = member(world, "Bo")
    owe(world, bo, 25)
    packet = gives(world, ada, 60, 1)

    opens(world, bo, packet)

    after = purse(world, bo)
    assert (after.debt, after.available) == (0, 35)


def test_each_refusal_says_why(world: World, ada: str, clock: MovableClock) -> None:
    bo, cy, di = (member(world, name) for name in ("Bo", "Cy", "Di"))
    high = gives(world, ada, 10, 2, tier="regular")
    low = gives(world, ada, 10, 1, tier="newcomer")
    members = world.the(Members)
    members.suspend("wei", "Wei", di, members.today + dt.timedelta(days=9), "a rest")

    def met(who: str, packet: str) -> type[Exception]:
        with pytest.raises(PortalError) as refused:
            world.the(Packets).open(who, packet)
        return type(refused.value)

    assert met(ada, low.id) is OwnPacket
    assert met(bo, high.id) is NotForTier
    assert met(di, low.id) is Suspended
    assert met(bo, "01J00000000000000000000000") is NotFound
    opens(world, bo, low)
    assert met(cy, low.id) is Over  # the last share closed it
    clock.advance(hours=24)
    give(world, cy, 400, "regular", qualifies=True)
    assert met(cy, high.id) is Over
    assert verify(world.table).faults == []


def test_the_desk_s_own_packet_is_not_for_who_made_it(world: World) -> None:
    wei, bo = member(world, "Wei"), member(world, "Bo")
    form = world.the(Giving).form(wei)
    facts = {"form": form.token, "seal": form.seal}
    packet = world.the(Giving).give_from_programme(wei, "Wei", _wish(facts))

    with pytest.raises(OwnPacket):
        opens(world, wei, packet)
    opens(world, bo, packet)

    [entry, *_] = world.the(Points).statement(bo).entries
    assert (entry.rule, entry.key) == ("programme-packet", f"packet#{packet.id}#programme-packet")
    assert entry.lots == {"202803": 5}
    assert purse(world, wei).available == 10


def test_opening_again_shows_the_same_share_even_after_the_close(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 6)

    first = opens(world, bo, packet)
    again = opens(world, bo, packet)
    clock.advance(days=2)
    world.the(Closing).close_due()

    assert first == again == opens(world, bo, packet)
    assert purse(world, bo).available == 10 + first.points


@pytest.mark.timeout(600)
def test_of_five_hundred_taps_at_once_fifty_get_a_share(world: World, ada: str) -> None:
    """Two hundred and ten members, five hundred taps: no oversell, one each, all books in balance, no 500."""
    packet = gives(world, ada, 120, 50)
    people = [joined(world, n) for n in range(210)]
    taps = [people[n % len(people)] for n in range(500)]

    with ThreadPoolExecutor(24) as pool:
        met = list(pool.map(lambda who: outcome(lambda: opens(world, who, packet)), taps))

    got = {one.member: one for one in met if isinstance(one, Claim)}
    assert len(got) == 50
    assert {type(one) for one in met} <= {Claim, AllOpened, BeingOpened, Over}
    assert sorted(one.k for one in got.values()) == list(range(50))
    after = pot(world, packet)
    assert (after.state, after.next, after.given) == ("closed", 50, 120)
    assert sum(one.points for one in got.values()) == 120
    assert verify(world.table).faults == []
    assert Counter(purse(world, who).available for who in people if who not in got).keys() == {10}


def test_sixty_taps_of_one_member_draw_one_ticket(world: World, ada: str) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 50)

    with ThreadPoolExecutor(20) as pool:
        met = list(pool.map(lambda _: outcome(lambda: opens(world, bo, packet)), range(60)))

    claims = [one for one in met if isinstance(one, Claim)]
    assert claims
    assert len(set(map(repr, claims))) == 1
    assert {type(one) for one in met} <= {Claim, BeingOpened}
    assert pot(world, packet).next == 1
    assert purse(world, bo).available == 10 + claims[0].points
    assert verify(world.table).faults == []


class CutShort(Exception):
    """The machine went away."""


def test_what_is_cut_short_after_the_ticket_goes_back_at_the_close(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    ada = giver(world, clock)
    bo, cy = member(world, "Bo"), member(world, "Cy")
    packet = gives(world, ada, 60, 2)

    def crash() -> None:
        raise CutShort

    torn.interrupt(crash, writing=f"PK#{packet.id}#0")
    with pytest.raises(CutShort):
        opens(world, bo, packet)
    with pytest.raises(BeingOpened):
        opens(world, bo, packet)
    clock.advance(seconds=10)
    again, burnt = opens(world, bo, packet), pot(world, packet).next
    with pytest.raises(AllOpened, match="All 2 shares"):
        opens(world, cy, packet)
    clock.advance(hours=24)
    world.the(Closing).close_due()

    after = pot(world, packet)
    assert (again.k, burnt) == (1, 2)
    assert (after.given, after.returned) == (again.points, 60 - again.points)
    assert purse(world, ada).available == 130 - again.points
    assert verify(world.table).faults == []


def test_the_lease_of_a_tap_ends_by_itself(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 6)
    ttl = int(clock.now().timestamp()) + 10
    world.table.commit(Update(Key(f"PK#{packet.id}#G#{bo}", "GATE"), set={"ttl": ttl}))

    clock.advance(seconds=9)
    with pytest.raises(BeingOpened):
        opens(world, bo, packet)
    clock.advance(seconds=1)

    assert opens(world, bo, packet)


def test_a_close_may_come_late_and_twice_and_from_two_machines(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 50)
    claim = opens(world, bo, packet)
    clock.advance(days=9)

    with pytest.raises(Over):
        opens(world, member(world, "Cy"), packet)
    with ThreadPoolExecutor(6) as pool:
        met = list(pool.map(lambda _: outcome(world.the(Closing).close_due), range(6)))
    assert world.the(Closing).close_due() == 0
    first = pot(world, packet)
    world.the(Closing).close(packet.id)

    assert {type(one) for one in met} <= {int, Busy}
    assert sum(one for one in met if isinstance(one, int)) == 1
    assert pot(world, packet) == first
    assert (first.given, first.returned) == (claim.points, 60 - claim.points)
    mine = purse(world, ada)
    assert (mine.available, mine.held, mine.spent) == (130 - claim.points, 0, claim.points)
    kinds = Counter(entry.kind for entry in world.the(Points).statement(ada).entries)
    assert (kinds["cancel"], kinds["fulfil"]) == (2, 1)  # forty shares, then nine
    assert verify(world.table).faults == []


def test_a_close_cut_short_anywhere_is_taken_up_again(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    ada = giver(world, clock)
    bo = member(world, "Bo")
    packets = [gives(world, ada, 20, 20) for _ in range(3)]
    for packet in packets:
        opens(world, bo, packet)
    clock.advance(days=1)

    def crash() -> None:
        raise CutShort

    for packet, steps in zip(packets, (0, 1, 2), strict=True):
        cut_after(torn, steps, crash, f"PK#{packet.id}")
        with pytest.raises(CutShort):
            world.the(Closing).close(packet.id)
        assert pot(world, packet).state != "closed"
    assert world.the(Closing).close_due() == 3

    assert [pot(world, packet).returned for packet in packets] == [19, 19, 19]
    assert purse(world, ada).available == 127
    assert verify(world.table).faults == []


def test_a_share_is_opened_or_goes_back_when_the_close_races(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    """Whoever has a ticket and is overtaken by the close gets nothing and is told; whoever is faster keeps it."""
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    ada = giver(world, clock)
    bo, cy = member(world, "Bo"), member(world, "Cy")
    slow, quick = gives(world, ada, 30, 3), gives(world, ada, 30, 3)

    def close() -> None:
        clock.advance(days=1)
        world.the(Closing).close(slow.id)

    torn.interrupt(close, writing=f"PK#{slow.id}#0")
    with pytest.raises(Over):
        opens(world, bo, slow)
    assert (pot(world, slow).returned, purse(world, bo).available) == (30, 10)

    clock.advance(days=-1)
    taking = world.the(Packets)
    with_ticket = taking._taking(quick, cy, taking._ticket(quick), world.table.batch_get(world.the(Members).keys(cy)))
    clock.advance(days=1)
    overtaken: list[Claim] = []
    torn.interrupt(lambda: overtaken.append(with_ticket()), writing=f"PK#{quick.id}#0")
    world.the(Closing).close(quick.id)

    after = pot(world, quick)
    assert (after.given, after.returned) == (overtaken[0].points, 30 - overtaken[0].points)
    assert after.luckiest == cy
    assert verify(world.table).faults == []


def test_opening_and_closing_at_the_same_time_keeps_the_books(world: World, ada: str, clock: MovableClock) -> None:
    people = [joined(world, n) for n in range(30)]
    packet = gives(world, ada, 90, 40)

    def act(n: int) -> object:
        if n == 20:
            clock.advance(hours=24)
        if n >= 20 and n % 4 == 0:
            return outcome(world.the(Closing).close_due)
        return outcome(lambda: opens(world, people[n % 30], packet))

    with ThreadPoolExecutor(12) as pool:
        met = list(pool.map(act, range(60)))
    world.the(Closing).close_due()

    claims = {one.member: one.points for one in met if isinstance(one, Claim)}
    after = pot(world, packet)
    assert (after.state, after.given) == ("closed", sum(claims.values()))
    assert {type(one) for one in met} <= {Claim, Over, BeingOpened, int, Busy}
    mine = purse(world, ada)
    assert (mine.held, mine.spent, mine.available) == (0, after.given, 130 - after.given)
    assert verify(world.table).faults == []


def test_what_goes_back_goes_to_the_later_lots_with_grace(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    clock.advance(days=35)
    give(world, ada, 50, "april")
    clock.set(dt.datetime(2028, 3, 30, tzinfo=dt.UTC))
    packet = gives(world, ada, 150, 2, split="equal")
    opens(world, bo, packet)
    clock.set(dt.datetime(2028, 4, 28, tzinfo=dt.UTC))

    world.the(Closing).close_due()

    assert packet.allocation == {"202803": 130, "202804": 20}
    after = purse(world, ada)
    assert after.lots == {202804: 30, 202805: 75}  # 20 of April's and 55 of March's; 30 days from now at least
    assert (after.spent, after.expired) == (75, 0)
    assert verify(world.table).faults == []


def test_what_was_opened_came_from_the_earliest_lots(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    clock.advance(days=35)
    give(world, ada, 50, "april")
    packet = gives(world, ada, 150, 2, split="equal")
    opens(world, bo, packet)
    clock.advance(days=1)

    world.the(Closing).close_due()

    assert purse(world, ada).lots == {202803: 55, 202804: 50}  # each back where it came from, dates and all
    assert verify(world.table).faults == []


def test_two_closes_that_cross_give_each_lot_its_own(world: World, ada: str, clock: MovableClock) -> None:
    """The other machine gives forty shares back after this one has read the pot, and before it reads the purse."""
    clock.advance(days=35)
    give(world, ada, 50, "april")
    packet = gives(world, ada, 150, 50, split="equal")
    clock.advance(days=1)
    closing, points = world.the(Closing), world.the(Points)
    reads = points.purse

    def crossed(who: str) -> Purse:
        points.purse = reads  # type: ignore[method-assign]
        closing._give_back(packet.id)
        return reads(who)

    closing._shut(packet.id)
    points.purse = crossed  # type: ignore[method-assign]
    closing.close(packet.id)

    assert pot(world, packet).returned == 150
    assert purse(world, ada).lots == {202803: 130, 202804: 50}
    assert verify(world.table).faults == []


def test_two_closes_that_cross_give_the_budget_back_once(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    packet = programme_gives(world, 100, 10)
    clock.advance(hours=12)
    programme_gives(world, 150, 10)
    clock.advance(hours=12)
    closing = world.the(Closing)

    cut_after(torn, 2, lambda: closing.close(packet.id), f"PK#{packet.id}")
    closing.close(packet.id)

    assert (pot(world, packet).state, pot(world, packet).returned) == ("closed", 100)
    assert world.the(Giving).budget_left() == 1850


def test_no_ticket_is_drawn_after_the_close_however_late_the_job(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path)
    bo = member(world, "Bo")
    packet = programme_gives(world, 100, 10)

    torn.interrupt(lambda: clock.advance(days=1), writing=f"PK#{packet.id}#G")
    with pytest.raises(Over):
        opens(world, bo, packet)

    assert pot(world, packet).next == 0


def test_what_the_programme_gets_back_can_be_given_again(world: World, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    packet = programme_gives(world, 200, 20)
    claim = opens(world, bo, packet)
    clock.advance(hours=25)

    world.the(Closing).close_due()
    world.the(Closing).close_due()

    assert world.the(Giving).budget_left() == 2000 - claim.points
    assert verify(world.table).faults == []


def test_a_giver_who_came_into_debt_holds_up_nobody(world: World, ada: str, clock: MovableClock) -> None:
    """The packet closes and is published; what was opened stays held until the debt is paid, then the job spends it."""
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 1)
    clock.advance(seconds=1)
    lost = gives(world, ada, 10, 2)
    owe(world, ada, 5)
    opens(world, bo, packet)

    closed = pot(world, packet)
    assert (closed.state, closed.settled, closed.luckiest) == ("closed", False, bo)
    clock.advance(hours=24)
    assert [world.the(Closing).close_due() for _ in range(3)] == [1, 1, 0]  # what came back paid the debt
    after = purse(world, ada)
    assert (after.debt, after.held, after.spent, after.available) == (0, 0, 60, 5)
    assert pot(world, packet).settled
    assert pot(world, lost).settled


def told(world: World) -> list[Letter]:
    return [letter for letter in world.mail() if letter.subject == "Your red packet has closed"]


def test_the_giver_is_told_once_what_became_of_it(world: World, ada: str, clock: MovableClock) -> None:
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 3)
    mine = opens(world, bo, packet)
    clock.advance(hours=25)

    for _ in range(2):
        world.the(Closing).close_due()

    [letter] = told(world)
    for sentence in (
        f"1 of 3 shares were opened, {mine.points} points in all.",
        f"{60 - mine.points} points have come back to you.",
        f"The luckiest was Bo, with {mine.points} points.",
        f"/portal/packets/{packet.id}",
    ):
        assert sentence in letter.text


def test_a_packet_that_nobody_opened_and_one_whose_giver_is_gone_close_as_well(
    world: World, ada: str, clock: MovableClock
) -> None:
    packets = [gives(world, ada, 10, 2) for _ in range(2)]
    clock.advance(hours=25)
    world.the(Closing).close(packets[0].id)
    world.table.commit(Delete(world.the(Accounts).key(ada)))

    world.the(Closing).close(packets[1].id)

    [letter] = told(world)
    assert "Nobody opened it." in letter.text
    assert pot(world, packets[1]).state == "closed"


def test_the_luckiest_drew_most_and_of_equals_the_earlier(clock: MovableClock) -> None:
    def claim(who: str, k: int, points: int) -> Claim:
        return Claim(packet="p", member=who, name=who, k=k, points=points, at=clock.now())

    claims = [claim("bo", 2, 7), claim("cy", 1, 7), claim("di", 0, 3)]

    assert luckiest("random", claims) == "cy"
    assert luckiest("random", []) is None
    assert luckiest("equal", claims) is None


def test_no_story_decides_by_an_index_that_lags(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    lagging = LaggingTable(table)
    world = World(lagging, clock, tmp_path)
    ada = giver(world, clock)
    bo = member(world, "Bo")
    packet = gives(world, ada, 60, 1)
    lagging.catch_up()

    assert [one.id for one in world.the(Packets).mine(bo).waiting] == [packet.id]
    opens(world, bo, packet)
    clock.advance(days=1)

    assert world.the(Packets).mine(member(world, "Cy")).waiting == []
    assert world.the(Closing).close_due() == 0
    assert verify(world.table).faults == []


def test_what_an_opening_asks_of_the_table(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    ada = giver(world, clock)
    packet = gives(world, ada, 60, 3)
    people = [member(world, name) for name in ("Bo", "Cy", "Di", "Ed")]

    def cost(who: str) -> tuple[int, int]:
        with counted(counting) as n:
            outcome(lambda: opens(world, who, packet))
            return n.reads, n.commits

    costs = [cost(who) for who in people]

    assert costs[0] == costs[1] == (3, 3)  # all it rests on, the share, the pot; gate, ticket, transaction
    assert costs[3] == (1, 0)  # too late costs one read


def outcome(act: Callable[[], object]) -> object:
    """What came of it: the answer, or the refusal."""
    try:
        return act()
    except PortalError as refusal:
        return refusal


def joined(world: World, n: int) -> str:
    """A member made without a letter, by the hundred."""
    who = f"01K{n:023}"
    world.table.commit(*world.the(Members).welcome(who, f"Member {n}", 1000 + n))
    return who


def test_a_share_is_opened_while_the_month_turns(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    """In July a window of six months touches a year less than in June, so that what was read in June doesn't fit."""
    tiers = [msgspec.structs.replace(tier, window="6 months") for tier in SHIPPED.tiers]
    torn = InterruptedTable(table)
    world = World(torn, clock, tmp_path, charter=msgspec.structs.replace(SHIPPED, tiers=tiers))
    bo = member(world, "Bo")
    clock.set(dt.datetime(2027, 6, 30, 15, 59, 59, tzinfo=dt.UTC))
    packet = programme_gives(world, 100, 1)

    torn.interrupt(lambda: clock.advance(seconds=1), writing=f"PK#{packet.id}#G")

    assert opens(world, bo, packet).points == 100


def giver(world: World, clock: MovableClock) -> str:
    """As `ada`, in a world of the test's own."""
    made = member(world, "Ada", points=100)
    give(world, made, 20, "qualifying", qualifies=True)
    clock.advance(days=8)
    return made


def cut_after(torn: InterruptedTable, steps: int, crash: Callable[[], object], writing: str) -> None:
    """Crash, or whatever else it is, before the commit that comes after so many others."""
    meanwhile = crash
    for _ in range(steps):
        meanwhile = later(torn, meanwhile, writing)
    torn.interrupt(meanwhile, writing=writing)


def later(torn: InterruptedTable, then: Callable[[], object], writing: str) -> Callable[[], object]:
    return lambda: torn.interrupt(then, writing=writing)


def _wish(facts: dict[str, str]) -> object:
    from portal.packets.giving import Wish

    return Wish(points=10, shares=2, split="equal", client_seed="x", **facts)

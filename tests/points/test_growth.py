"""What a member does costs the same with a thousand members, ten thousand and a hundred thousand, entries and all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portal.members.founding import Founding
from portal.points.lapsing import Lapsing
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.clocks import MovableClock
from tests.crowding import crowd
from tests.metering import MeteringTable, metered
from tests.people import give, member, person, reward
from tests.world import Browser, World

Cost = tuple[int, float, float]
SIZES = (1_000, 10_000, 100_000)


def deeds(world: World, browser: Browser, wei: Browser) -> dict[str, Callable[[], object]]:
    """What is measured, by name; each can be done again the next day."""
    token, desk = browser.token, wei.token

    def redeem() -> object:
        return browser.post("/portal/rewards/mug/redeem", {"id": world.the(Ids).new(), "price": "1"}, csrf=token)

    return {
        "member page": lambda: browser.get("/portal/me"),
        "check-in": lambda: browser.post("/portal/check-in", csrf=token),
        "redemption": redeem,
        "statement page": lambda: browser.get("/portal/points"),
        "catalogue": lambda: browser.get("/portal/rewards"),
        "points desk": lambda: wei.get("/portal/desk/points"),
        "settling, nothing due": lambda: world.the(Lapsing).settle_due(),
        "award": lambda: wei.post(
            f"/portal/desk/points/members/{world.ada}/award",  # type: ignore[attr-defined]
            {"id": world.the(Ids).new(), "rule": "answer", "about": "a hint"},
            csrf=desk,
        ),
    }


def cost(table: MeteringTable, deed: Callable[[], object]) -> Cost:
    """Requests, units read, units written."""
    with metered(table) as meter:
        answer = deed()
        assert getattr(answer, "status_code", 200) < 400
        return meter.requests, meter.read, meter.written


def test_what_a_member_does_costs_the_same_however_many_there_are(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = MeteringTable(sqlite_table)
    world = World(table, clock, tmp_path)
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    ada, one = member(world, "Ada", points=50), member(world, "One")
    world.ada = ada  # type: ignore[attr-defined]
    for number in range(3):
        give(world, one, 1, key=str(number))
    reward(world, price=1, stock=1000)
    browser, wei = world.browser(), world.browser()
    browser.sign_in("ada@example.org")
    wei.sign_in("wei@example.org")
    measured = deeds(world, browser, wei)
    for deed in measured.values():  # the first of each finds items missing that later ones find
        deed()

    costs, filled = [], 0
    for size in SIZES:
        crowd(sqlite_table, one, filled, size)
        filled = size
        clock.advance(days=1)
        for visitor in (browser, wei):  # renews the session, as the first page of a day does
            visitor.get("/portal/account")
        costs.append({name: cost(table, deed) for name, deed in measured.items()})

    assert costs[0] == costs[1] == costs[2]
    assert sum(1 for _ in sqlite_table.query("MEM#active#0", index="gs1", limit=1000).items) == 1000

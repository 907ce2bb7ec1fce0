"""Every verb of the ledger through the close, the statement, the file and the rebuild, on both engines."""

from __future__ import annotations

import csv
import datetime as dt
import io

from portal.economy.correcting import Corrections
from portal.economy.model import Correction
from portal.economy.service import Awards
from portal.points import rebuilding
from portal.points.lapsing import Lapsing
from portal.points.service import Points
from portal.points.verifying import verify
from portal.proofs import verifying
from portal.proofs.service import Proofs
from portal.proofs.statements import Statements, asked
from portal.rewards.closing import Redemptions
from portal.rewards.service import Rewards
from tests.clocks import MovableClock
from tests.closes import MIDNIGHT, closing
from tests.people import give, member, reward
from tests.world import World, main_text


def correct(world: World, who: str, amount: int, press: str, grant: str = "") -> None:
    made = Correction(
        id=f"{press:->20}",
        member=who,
        member_name="Ada",
        amount=amount,
        reason="It was somebody else's.",
        mistake=False,
        proposer="wei",
        proposer_name="Wei",
        at=world.clock.now(),
        grant=grant,
    )
    assert world.the(Corrections).make(made)


def history(world: World, clock: MovableClock) -> str:
    """Ada earns, asks, gets, gives back; is promised, loses, owes, pays; and some of it lapses. A close a day."""
    ada = member(world, "Ada", points=30)
    reward(world, price=12)

    def night() -> None:
        clock.set(MIDNIGHT + dt.timedelta(days=(clock.now() - MIDNIGHT).days + 1, minutes=10))
        closing(world).close_due()

    first = world.the(Rewards).redeem(ada, "mug", "the-first-press-there-is", 12).id
    night()
    world.the(Redemptions).fulfil("wei", "Wei", ada, first, "")
    second = world.the(Rewards).redeem(ada, "mug", "the-second-press-there-is", 12).id
    world.the(Awards).award("wei", "Wei", ada, "notes", "a hint", f"{'notes':->20}")
    night()
    world.the(Redemptions).cancel(ada, second)
    correct(world, ada, 3, "more")
    correct(world, ada, -30, "gift", grant="test#gift#test")  # more than is left: some becomes debt
    night()
    give(world, ada, 2, key="pays")
    clock.advance(days=7)
    world.the(Awards).release_due()
    night()
    return ada


def test_the_books_of_every_night_follow_from_the_night_before(world: World, clock: MovableClock) -> None:
    ada = history(world, clock)
    clock.set(dt.datetime(2028, 6, 1, tzinfo=dt.UTC))
    world.the(Lapsing).settle_due()
    clock.advance(days=1)
    closing(world).close_due()

    last = world.the(Proofs).latest()
    assert last is not None
    assert verifying.verify(world.table).faults == verify(world.table).faults == []
    assert last.totals == world.the(Points).purse(ada).totals()
    assert (last.totals["reversed"], last.totals["spent"], last.totals["pending"]) == (30, 12, 0)
    assert last.totals["expired"] > 0
    assert world.the(Proofs).of_member(ada).agrees
    plan = rebuilding.plan(world.table)
    assert (plan.changes, plan.beyond) == ([], [])


def test_statement_and_file_tell_each_verb_and_agree(world: World, clock: MovableClock) -> None:
    ada = history(world, clock)
    browser = world.browser()
    browser.sign_in("ada@example.org")

    page = browser.get("/portal/points")
    rows = list(csv.DictReader(io.StringIO(browser.get("/portal/points.csv").data.decode("utf-8-sig"), newline="")))

    purse = world.the(Points).purse(ada)
    balances = [int(row["Balance"]) for row in rows]
    assert balances[-1] == purse.available
    assert [sum(int(row["Points"]) for row in rows[: place + 1]) for place in range(len(rows))] == balances
    kinds = {row["kind"] for row in rows}
    assert {"earn", "promise", "release", "hold", "fulfil", "cancel", "take-back", "adjust"} <= kinds
    assert all(row["What"] and row["Why"] for row in rows)
    assert "Taken back" in main_text(page)
    statements = world.the(Statements)
    corrected = statements.page(purse, asked("", "corrected")).entries
    assert {entry.kind for entry in corrected} == {"take-back", "adjust"}


def test_what_is_promised_stands_on_the_page_with_its_day(world: World) -> None:
    ada = member(world, "Ada")
    world.the(Awards).award("wei", "Wei", ada, "notes", "a hint", f"{'notes':->20}")
    browser = world.browser()
    browser.sign_in("ada@example.org")

    text = main_text(browser.get("/portal/points"))

    assert "What is pending" in text
    assert "8 March 2027" in text

"""The daily stamp: dates alone decide, once each; what the page promised is paid."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.charter.economy import CheckIn
from portal.charter.schema import Charter
from portal.checkin.cards import Card
from portal.checkin.service import AlreadyStamped, CheckIns
from portal.errors import Busy
from portal.members.model import Suspended
from portal.members.service import Members
from portal.points.service import Points
from portal.points.verifying import verify
from portal.table.contract import Put, Table
from portal.table.sqlite import SqliteTable
from tests.checkin.ruled import charter, rule
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.people import member
from tests.world import World

DAY = dt.timedelta(days=1)
Opens = Callable[[Charter], World]


def test_the_first_day_pays_and_raises_the_tier(world: World) -> None:
    ada = member(world, "Ada")

    stamped = world.the(CheckIns).stamp(ada)

    assert (stamped.points, stamped.streak, stamped.rose_to) == (2, 1, "neighbour")
    assert world.the(Points).purse(ada).available == 12
    shown = card(world, ada)
    assert (shown.stamped, shown.streak, shown.tomorrow.points) == (True, 1, 2)


def test_eight_days_climb_the_ladder_begin_it_again_and_pass_a_milestone(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")

    paid = []
    for _ in range(8):
        promised = card(world, ada).today
        stamped = world.the(CheckIns).stamp(ada)
        assert (stamped.points, stamped.milestones) == (promised.points, promised.milestones)
        paid.append(stamped.points + sum(stamped.milestones.values()))
        clock.advance(days=1)

    assert paid == [2, 2, 3, 3, 4, 4, 6 + 5, 2]
    assert world.the(Points).purse(ada).earned == 10 + sum(paid)
    assert verify(world.table).faults == []


def test_a_missed_day_starts_the_ladder_again_and_the_longest_run_stays(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    for days in (1, 1, 2, 1):
        world.the(CheckIns).stamp(ada)
        clock.advance(days=days)

    shown = card(world, ada)

    assert (shown.streak, shown.longest, shown.today.points) == (1, 3, 2)


def test_a_day_is_a_date_of_the_community_not_of_utc(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 1, 15, 59, 59, 999_999, tzinfo=dt.UTC))  # the last of 1 March in Shanghai
    world.the(CheckIns).stamp(ada)
    with pytest.raises(AlreadyStamped):
        world.the(CheckIns).stamp(ada)
    clock.advance(microseconds=1)

    stamped = world.the(CheckIns).stamp(ada)

    assert stamped.streak == 2


@pytest.mark.parametrize(
    "last", [dt.date(2027, 12, 31), dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2027, 2, 28)], ids=str
)
def test_a_row_crosses_the_ends_of_years_months_and_leap_days(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, last: dt.date
) -> None:
    clock.set(dt.datetime(last.year, last.month, last.day, 2, tzinfo=dt.UTC) - 2 * DAY)
    world = World(sqlite_table, clock, tmp_path)
    ada = member(world, "Ada")

    assert stamp_days(world, clock, ada, 5) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("changes", ["2027-03-28", "2027-10-31"])
def test_clocks_that_go_forward_or_back_neither_give_nor_take_a_day(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, changes: str
) -> None:
    """Berlin: the days of the change have 23 and 25 hours. A stamp in the first and one in the last minute of each."""
    world = World(sqlite_table, clock, tmp_path, charter=charter(zone="Europe/Berlin"))
    berlin = world.charter.community
    day = dt.date.fromisoformat(changes)
    hours = (berlin.midnight(day + DAY) - berlin.midnight(day).astimezone(dt.UTC)) / dt.timedelta(hours=1)
    clock.set(berlin.midnight(day - DAY))
    ada = member(world, "Ada")
    streaks = []

    for date in (day - DAY, day, day + DAY):
        clock.set(berlin.midnight(date))
        streaks.append(world.the(CheckIns).stamp(ada).streak)
        clock.set(berlin.midnight(date + DAY) - dt.timedelta(seconds=1))
        with pytest.raises(AlreadyStamped):
            world.the(CheckIns).stamp(ada)

    assert hours in (23, 25)
    assert streaks == [1, 2, 3]


def test_a_date_that_a_change_of_zone_skips_is_a_holiday(world_of: Opens, clock: MovableClock) -> None:
    """From Honolulu over the date line to Kiritimati, as 1 March ends: 2 March never is."""
    moved = (("Pacific/Honolulu", "2027-03-02T10:00:00+00:00"),)
    world = world_of(charter(zone="Pacific/Kiritimati", moved=moved))
    ada = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 2, 9, 59, tzinfo=dt.UTC))
    first = world.the(CheckIns).stamp(ada)
    promised = card(world, ada).tomorrow
    clock.set(dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC))

    mean = world_of(charter(rule(ladder=[0]), zone="Pacific/Kiritimati", moved=moved))
    second = mean.the(CheckIns).stamp(ada)

    assert world.the(Members).today == dt.date(2027, 3, 3)
    assert (first.streak, second.streak, second.points, promised.points) == (1, 2, 2, 2)
    assert marks(world, ada)[dt.date(2027, 3, 2)] == "holiday"


def test_a_date_that_comes_twice_is_one_date(world_of: Opens, clock: MovableClock) -> None:
    """Back over the date line, as 3 March ends in Kiritimati: in Honolulu it begins once more."""
    moved = (("Pacific/Kiritimati", "2027-03-03T10:00:00+00:00"),)
    world = world_of(charter(zone="Pacific/Honolulu", moved=moved))
    clock.set(dt.datetime(2027, 2, 28, 11, tzinfo=dt.UTC))
    ada, bo = member(world, "Ada"), member(world, "Bo")
    world.the(CheckIns).stamp(bo)
    before = stamp_days(world, clock, ada, 2)
    clock.set(dt.datetime(2027, 3, 3, 9, 59, 59, tzinfo=dt.UTC))
    assert world.the(Members).today == dt.date(2027, 3, 3)
    before.append(world.the(CheckIns).stamp(ada).streak)
    clock.advance(seconds=1)

    assert world.the(Members).today == dt.date(2027, 3, 3)
    with pytest.raises(AlreadyStamped):
        world.the(CheckIns).stamp(ada)
    assert world.the(CheckIns).stamp(bo).streak == 1
    clock.advance(days=1)
    assert [*before, world.the(CheckIns).stamp(ada).streak] == [1, 2, 3, 4]
    assert world.the(CheckIns).stamp(bo).streak == 2


def test_holidays_at_the_edges_and_in_the_middle_neither_count_nor_break(world_of: Opens, clock: MovableClock) -> None:
    rests = [dt.date(2027, 3, day) for day in (1, 4, 5, 7)]
    world = world_of(charter(rule(holidays=rests)))
    ada = member(world, "Ada")
    clock.advance(days=1)
    stamp_days(world, clock, ada, 2)  # 2 and 3 March; the 1st is a holiday before the row
    resting = card(world, ada)
    clock.advance(days=2)

    after = world.the(CheckIns).stamp(ada)  # on the 6th
    clock.advance(days=1)
    on_a_holiday = world.the(CheckIns).stamp(ada)

    assert (resting.holiday, resting.streak, resting.today.streak) == (True, 2, 3)
    assert (after.streak, after.points) == (3, 3)
    assert (on_a_holiday.streak, on_a_holiday.points) == (4, 1)
    assert card(world, ada).longest == 4


def test_a_past_holiday_that_is_taken_away_breaks_no_row_that_rested_on_it(
    world_of: Opens, clock: MovableClock
) -> None:
    rests = [dt.date(2027, 3, 31), dt.date(2027, 4, 1)]
    world = world_of(charter(rule(holidays=rests)))
    clock.set(dt.datetime(2027, 3, 30, 9, tzinfo=dt.UTC))
    ada, bo = member(world, "Ada"), member(world, "Bo")
    world.the(CheckIns).stamp(ada)
    clock.advance(days=3)
    world.the(CheckIns).stamp(ada)
    clock.advance(days=1)

    without = world_of(charter(rule()))

    assert card(without, ada).streak == 2
    assert without.the(CheckIns).stamp(ada).streak == 3
    assert without.the(CheckIns).stamp(bo).streak == 1
    assert marks(without, ada, "2027-03")[dt.date(2027, 3, 31)] == "holiday"
    assert marks(without, bo, "2027-03")[dt.date(2027, 3, 31)] == "missed"


def test_a_holiday_that_a_stamp_was_told_of_stays_one_before_it_comes(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(holidays=[dt.date(2027, 3, 2)])))
    ada = member(world, "Ada")
    world.the(CheckIns).stamp(ada)
    clock.advance(days=2)

    without = world_of(charter(rule()))

    assert without.the(CheckIns).stamp(ada).streak == 2


def test_a_past_holiday_that_is_added_joins_rows_and_its_milestone_is_paid_with_the_next_stamp(
    world_of: Opens, clock: MovableClock
) -> None:
    milestones = {4: 50}
    world = world_of(charter(rule(milestones=milestones)))
    ada = member(world, "Ada")
    stamp_days(world, clock, ada, 2)
    clock.advance(days=1)
    stamp_days(world, clock, ada, 2)

    kinder = world_of(charter(rule(milestones=milestones, holidays=[dt.date(2027, 3, 3)])))
    told = card(kinder, ada)
    stamped = kinder.the(CheckIns).stamp(ada)

    assert (told.streak, told.today.milestones) == (4, {4: 50})
    assert (stamped.streak, stamped.milestones) == (5, {4: 50})


def test_what_the_page_promised_for_tomorrow_is_paid_when_the_ladder_falls_overnight(
    world_of: Opens, clock: MovableClock
) -> None:
    generous = world_of(charter(rule(ladder=[1, 9], milestones={2: 40})))
    ada = member(generous, "Ada")
    generous.the(CheckIns).stamp(ada)
    promised = card(generous, ada).tomorrow
    clock.advance(days=1)
    mean = world_of(charter(rule(ladder=[1, 1, 1], milestones={2: 4, 3: 5})))

    shown = card(mean, ada)
    paid = mean.the(CheckIns).stamp(ada)
    clock.advance(days=1)
    next_day = mean.the(CheckIns).stamp(ada)

    assert (promised.points, promised.milestones) == (9, {2: 40})
    assert (shown.today.points, [day.points for day in shown.week if day.today]) == (9, [9])
    assert (paid.points, paid.milestones) == (9, {2: 40})
    assert (next_day.points, next_day.milestones) == (1, {3: 5})


def test_a_promise_is_good_for_its_day_alone(world_of: Opens, clock: MovableClock) -> None:
    generous = world_of(charter(rule(ladder=[1, 9])))
    ada = member(generous, "Ada")
    generous.the(CheckIns).stamp(ada)
    clock.advance(days=2)

    mean = world_of(charter(rule(ladder=[1])))

    assert mean.the(CheckIns).stamp(ada).points == 1


def test_more_than_was_promised_is_paid_when_the_ladder_has_risen(world_of: Opens, clock: MovableClock) -> None:
    ada = member(world_of(charter(rule(ladder=[1]))), "Ada")
    world_of(charter(rule(ladder=[1]))).the(CheckIns).stamp(ada)
    clock.advance(days=1)

    assert world_of(charter(rule(ladder=[1, 7]))).the(CheckIns).stamp(ada).points == 7


def test_a_milestone_is_paid_once_a_calendar_year(world_of: Opens, clock: MovableClock) -> None:
    """Reached in November, again in December, passed over the new year by a row that goes on, and reached again."""
    world = world_of(charter(rule(milestones={3: 10})))
    clock.set(dt.datetime(2027, 11, 1, 9, tzinfo=dt.UTC))
    ada = member(world, "Ada")

    def paid(days: int) -> list[dict[int, int]]:
        found = []
        for _ in range(days):
            found.append(world.the(CheckIns).stamp(ada).milestones)
            clock.advance(days=1)
        return found

    november = paid(4)
    clock.set(dt.datetime(2027, 12, 28, 9, tzinfo=dt.UTC))
    over_the_year = paid(8)
    clock.advance(days=1)
    january = paid(4)
    clock.advance(days=1)

    assert november == [{}, {}, {3: 10}, {}]
    assert over_the_year == [{}] * 8
    assert january == [{}, {}, {3: 10}, {}]
    assert paid(4) == [{}] * 4


def test_or_once_ever(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(milestones={2: 10}, milestones_paid="once ever")))
    ada = member(world, "Ada")
    stamp_days(world, clock, ada, 2)
    clock.advance(days=400)

    stamp_days(world, clock, ada, 3)

    assert world.the(Points).purse(ada).earned == 10 + (1 + 2) + 10 + (1 + 2 + 3)
    keys = [entry.key for entry in world.the(Points).statement(ada).entries if entry.rule == "milestone"]
    assert keys == ["check-in#ever#milestone-2"]


def test_a_milestone_that_is_new_is_not_paid_to_rows_that_have_passed_it(world_of: Opens, clock: MovableClock) -> None:
    ada = member(world_of(charter(rule())), "Ada")
    stamp_days(world_of(charter(rule())), clock, ada, 4)

    stamped = world_of(charter(rule(milestones={3: 10, 5: 20}))).the(CheckIns).stamp(ada)

    assert stamped.milestones == {5: 20}


def test_two_hundred_taps_are_one_stamp(world: World) -> None:
    ada = member(world, "Ada")

    def tap(_: int) -> str:
        try:
            world.the(CheckIns).stamp(ada)
        except (AlreadyStamped, Busy) as refusal:
            return type(refusal).__name__
        return "stamped"

    with ThreadPoolExecutor(24) as pool:
        taps = Counter(pool.map(tap, range(200)))

    assert taps["stamped"] == 1
    assert world.the(Points).purse(ada).earned == 12
    assert card(world, ada).longest == 1
    assert verify(world.table).faults == []


def test_a_suspended_member_can_neither_stamp_nor_make_up(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.advance(days=1)
    world.the(Members).suspend("wei", "Wei", ada, world.the(Members).today, "a cooling off")

    with pytest.raises(Suspended):
        world.the(CheckIns).stamp(ada)
    with pytest.raises(Suspended):
        world.the(CheckIns).make_up(ada, world.the(Members).today - DAY)


def test_a_day_that_pays_nothing_is_stamped_all_the_same(world_of: Opens, clock: MovableClock) -> None:
    world = world_of(charter(rule(ladder=[0, 1])))
    ada = member(world, "Ada")

    assert world.the(CheckIns).stamp(ada).points == 0
    with pytest.raises(AlreadyStamped):
        world.the(CheckIns).stamp(ada)
    clock.advance(days=1)
    assert world.the(CheckIns).stamp(ada).streak == 2


def test_a_sheet_of_an_earlier_version_is_read_and_written_on(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada")
    clock.advance(days=3)
    world.table.commit(Put({"pk": f"M#{ada}", "sk": "CI#2027-03", "days": 0b110}))  # 2 and 3 March

    assert world.the(CheckIns).stamp(ada).streak == 3


def test_a_stamp_costs_the_same_after_a_year(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    ada = member(world, "Ada")
    costs = []
    for day in range(0, 400, 20):
        clock.set(dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC) + day * DAY)
        with counted(counting) as cost:
            world.the(CheckIns).stamp(ada)
        costs.append((cost.reads, cost.commits))

    assert set(costs) == {(3, 4)}  # breaker and two budgets are one plain update each


def test_a_plateau_stays_at_the_top() -> None:
    plateau = CheckIn(ladder=[1, 5], after_the_last="plateau", qualifies=True)

    assert [plateau.reward(streak) for streak in (1, 2, 3, 30)] == [1, 5, 5, 5]


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def world_of(table: Table, clock: MovableClock, tmp_path: Path) -> Opens:
    """Opens the same store under another charter, as after a release."""
    return lambda running: World(table, clock, tmp_path, charter=running)


def card(world: World, who: str) -> Card:
    return world.the(CheckIns).card(world.the(Members).profile(who))


def marks(world: World, who: str, month: str | None = None) -> dict[dt.date, str]:
    weeks = world.the(CheckIns).calendar(world.the(Members).profile(who), month).weeks
    return {day.date: day.mark for week in weeks for day in week if day.mark != "outside"}


def stamp_days(world: World, clock: MovableClock, who: str, days: int) -> list[int]:
    """Stamp so many days in a row; the clock stands on the day after them."""
    streaks = []
    for _ in range(days):
        streaks.append(world.the(CheckIns).stamp(who).streak)
        clock.advance(days=1)
    return streaks

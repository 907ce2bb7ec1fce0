"""Streak, longest row, step and milestones against a model that walks day by day."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.charter.economy import CheckIn
from portal.checkin import cards, mending
from portal.checkin.book import opened
from portal.checkin.model import DAY, Days, Sheet, dates_of
from tests.checkin.ruled import rule

START = dt.date(2027, 11, 20)
SPAN = 75  # over the turn of a year, and three of a month
LONG_BEFORE = START - 2 * DAY


def walk(counted: frozenset[dt.date], holidays: frozenset[dt.date], until: dt.date) -> tuple[int, int]:
    """The streak of the day `until` and the longest row, with a counter and a calendar."""
    streak = longest = 0
    date = LONG_BEFORE
    while date < until:
        streak = streak + 1 if date in counted else streak if date in holidays else 0
        longest = max(longest, streak)
        date += DAY
    if until in counted:
        streak += 1
    return streak, max(longest, streak)


OFFSETS = st.frozensets(st.integers(0, SPAN - 1).map(lambda offset: START + offset * DAY))


@given(OFFSETS, OFFSETS, OFFSETS, st.integers(0, SPAN - 1))
def test_streak_and_longest_follow_from_the_dates_alone(
    stamped: frozenset[dt.date], made_up: frozenset[dt.date], holidays: frozenset[dt.date], offset: int
) -> None:
    today = START + offset * DAY
    stamped, made_up = (frozenset(date for date in dates if date <= today) for dates in (stamped, made_up))
    days = Days(stamped=stamped, made_up=made_up, holidays=holidays)

    streak, longest = walk(stamped | made_up, holidays, today)

    assert len(days.streak(today)) == streak
    assert days.longest() == longest


@given(OFFSETS, OFFSETS)
def test_sheets_keep_every_date_and_nothing_else(stamped: frozenset[dt.date], made_up: frozenset[dt.date]) -> None:
    book = opened({}, START, rule())
    for date in stamped:
        sheet = book.sheet(date)
        book = book.with_sheet(Sheet(month=sheet.month, days=sheet.days | 1 << (date.day - 1), made_up=sheet.made_up))
    for date in made_up:
        sheet = book.sheet(date)
        book = book.with_sheet(Sheet(month=sheet.month, days=sheet.days, made_up=sheet.made_up | 1 << (date.day - 1)))

    assert dates_of(book.sheets.values(), ()) == Days(stamped=stamped, made_up=made_up)


Act = tuple[Literal["stamp", "mend", "both", "rest"], int]
LIVES = st.lists(st.tuples(st.sampled_from(["stamp", "stamp", "stamp", "mend", "both", "rest"]), st.integers(1, 8)),
                 min_size=20, max_size=SPAN)  # fmt: skip


@given(
    LIVES,
    OFFSETS,
    st.sampled_from(["cycle", "plateau"]),
    st.sampled_from(["once a year", "once ever"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=9),
)
def test_a_life_of_stamps_and_make_ups_is_paid_as_a_naive_book_would(
    life: list[Act], holidays: frozenset[dt.date], after_the_last: str, paid: str, ladder: list[int]
) -> None:
    check_in = rule(
        ladder=ladder,
        after_the_last=after_the_last,
        milestones={2: 5, 3: 7, 7: 20, 15: 50},
        milestones_paid=paid,
        make_ups=2,
        holidays=sorted(holidays),
    )
    model = Naive(check_in, holidays)
    book = opened({}, START, check_in)
    for offset, (act, back) in enumerate(life):
        book = opened(book.sheets, START + offset * DAY, check_in)
        missed = book.today - back * DAY
        if act in ("mend", "both") and mending.refusal(book, missed, START) is None:
            assert model.may(missed, book.today)
            book, deed = book.mended(missed)
            assert (deed.streak, deed.points, deed.milestones) == model.mend(missed, book.today)
        elif act in ("mend", "both"):
            assert not model.may(missed, book.today)
        if act in ("stamp", "both"):
            shown = cards.card(book, START)
            book, deed = book.stamped()
            assert shown.today == deed
            assert (deed.streak, deed.points, deed.milestones) == model.stamp(book.today)
        shown = cards.card(book, START)
        assert (shown.streak, shown.longest) == walk(model.counted, holidays, book.today)
        assert shown.tomorrow.points == max(
            naive_reward(check_in, shown.tomorrow.streak), model.promised(book.today + DAY)
        )


class Naive:
    """Keeps lists and sets, and walks the calendar for every question."""

    def __init__(self, check_in: CheckIn, holidays: frozenset[dt.date]) -> None:
        self.rule = check_in
        self.holidays = holidays
        self.stamped: frozenset[dt.date] = frozenset()
        self.made_up: frozenset[dt.date] = frozenset()
        self.told = (LONG_BEFORE, 0)
        self.paid: list[tuple[dt.date, int]] = []
        self.promises: list[tuple[dt.date, int]] = []

    @property
    def counted(self) -> frozenset[dt.date]:
        return self.stamped | self.made_up

    def may(self, date: dt.date, today: dt.date) -> bool:
        used = [day for day in self.made_up if (day.year, day.month) == (date.year, date.month)]
        free = date not in self.counted and date not in self.holidays
        return free and START <= date < today and (today - date).days <= 7 and len(used) < 2

    def promised(self, date: dt.date) -> int:
        return max((points for day, points in self.promises if day == date), default=0)

    def stamp(self, today: dt.date) -> tuple[int, int, dict[int, int]]:
        before = walk(self.counted, self.holidays, today)[0]
        self.stamped |= {today}
        streak = walk(self.counted, self.holidays, today)[0]
        points = max(naive_reward(self.rule, streak), self.promised(today))
        return streak, points, self._pay(before, streak, today)

    def mend(self, date: dt.date, today: dt.date) -> tuple[int, int, dict[int, int]]:
        before = walk(self.counted, self.holidays, today)[0]
        self.made_up |= {date}
        streak = walk(self.counted, self.holidays, today)[0]
        return streak, 0, self._pay(before, streak, today)

    def _pay(self, before: int, streak: int, today: dt.date) -> dict[int, int]:
        """Each milestone that the row has passed since it was told, unless it was paid this year, or to this row."""
        row = self._row(today)
        if self.told[0] in row:
            before = self.told[1]
        reached = {}
        for milestone in self.rule.milestone:
            paid = [on for on, days in self.paid if days == milestone.days]
            ever = self.rule.milestones_paid == "once ever"
            again = any(ever or on.year == today.year or (row and on >= min(row)) for on in paid)
            if before < milestone.days <= streak and not again:
                reached[milestone.days] = milestone.points
                self.paid.append((today, milestone.days))
        self.told = (max(self.counted), streak)
        next_ = today + DAY if today in self.counted else today
        reward = naive_reward(self.rule, walk(self.counted | {next_}, self.holidays, next_)[0])
        self.promises.append((next_, max(reward, self.promised(next_))))
        return reached

    def _row(self, today: dt.date) -> set[dt.date]:
        """The counted days of the running row, walking back from today, or from yesterday."""
        date, row = today, set()
        if date not in self.counted:
            date -= DAY
        while date in self.counted or date in self.holidays:
            row |= {date} & self.counted
            date -= DAY
        return row


def naive_reward(check_in: CheckIn, streak: int) -> int:
    """Climb the ladder a step a day."""
    step = 0
    for _ in range(streak - 1):
        step += 1
        if step == len(check_in.ladder):
            step = 0 if check_in.after_the_last == "cycle" else step - 1
    return check_in.ladder[step]


@given(OFFSETS, OFFSETS, st.integers(0, SPAN - 1))
def test_the_week_has_seven_days_around_today(
    stamped: frozenset[dt.date], holidays: frozenset[dt.date], offset: int
) -> None:
    today = START + offset * DAY
    book = opened({}, START, rule(holidays=sorted(holidays)))
    for date in sorted(date for date in stamped if date <= today):
        book, _ = opened(book.sheets, date, book.rule).stamped()
    book = opened(book.sheets, today, book.rule)

    shown = cards.card(book, START)

    assert len(shown.week) == 7
    assert [day.date for day in shown.week if day.today] == [today]
    assert all((day.mark == "stamped") == (day.date in stamped and day.date <= today) for day in shown.week)
    assert next(day.points for day in shown.week if day.today) == shown.today.points


@pytest.mark.parametrize(("month", "weeks"), [("2027-02", 4), ("2027-03", 5), ("2027-05", 6), ("2028-02", 5)])
def test_a_month_is_whole_weeks_from_monday(month: str, weeks: int) -> None:
    first = cards.month_named(month)
    assert first is not None
    book = opened({}, dt.date(2028, 6, 1), rule())

    shown = cards.calendar(book, dt.date(2027, 1, 1), first)

    assert len(shown.weeks) == weeks
    assert {len(week) for week in shown.weeks} == {7}
    assert all(week[0].date.weekday() == 0 for week in shown.weeks)
    dates = [day.date for week in shown.weeks for day in week if day.mark != "outside"]
    assert dates == [first + place * DAY for place in range(len(dates))]
    assert (dates[-1] + DAY).day == 1


@pytest.mark.parametrize(
    "name", ["", "2027", "2027-13", "2027-3", "2027-03-01", "abcd-ef", "２０２７-03", "2027-W1", " 2027-03"]
)
def test_what_names_no_month(name: str) -> None:
    assert cards.month_named(name) is None

"""The community's clock: midnights, summer time, and a zone that was left for another."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.charter.zones import Moved, Zones

UTC = dt.UTC
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Honolulu", "Asia/Kolkata")


def clock(zone: str, *moved: tuple[str, dt.datetime]) -> Zones:
    return Zones(zone=zone, moved=[Moved(left=left, at=at) for left, at in moved])


def test_each_instant_is_told_by_the_zone_that_was_in_force() -> None:
    at = dt.datetime(2027, 3, 1, tzinfo=UTC)
    moved = clock("Asia/Tokyo", ("Europe/Berlin", dt.datetime(2026, 1, 1, tzinfo=UTC)), ("Asia/Shanghai", at))

    assert moved.local(dt.datetime(2025, 12, 31, 23, 30, tzinfo=UTC)).hour == 0  # Berlin
    assert moved.local(at - dt.timedelta(seconds=1)).hour == 7  # Shanghai
    assert moved.local(at).hour == 9  # Tokyo


@pytest.mark.parametrize(
    ("zone", "left", "at", "skipped"),
    [
        ("Pacific/Kiritimati", "Pacific/Honolulu", "2027-03-02T10:00Z", [dt.date(2027, 3, 2)]),  # at midnight
        ("Pacific/Kiritimati", "Pacific/Honolulu", "2027-03-02T09:59Z", []),  # a minute of the next day is left
        ("Pacific/Honolulu", "Pacific/Kiritimati", "2027-03-03T10:00Z", []),
        ("Europe/Berlin", "Asia/Shanghai", "2027-03-03T16:00Z", []),
    ],
)
def test_dates_that_a_change_jumped_over(zone: str, left: str, at: str, skipped: list[dt.date]) -> None:
    moved = clock(zone, (left, dt.datetime.fromisoformat(at)))

    assert sorted(moved.skipped) == skipped


@given(
    st.sampled_from(ZONES),
    st.lists(
        st.tuples(st.sampled_from(ZONES), st.integers(0, 24 * 60 * 60)), max_size=3, unique_by=lambda each: each[1]
    ),
    st.integers(-20, 80),
)
def test_midnight_is_the_first_instant_of_a_date_or_of_a_later_one(
    zone: str, left: list[tuple[str, int]], offset: int
) -> None:
    """Whatever the changes of zone: no earlier instant shows that date, or a later one."""
    start = dt.datetime(2027, 3, 20, tzinfo=UTC)
    at = sorted(left, key=lambda each: each[1])
    moved = clock(zone, *((name, start + dt.timedelta(minutes=minutes)) for name, minutes in at))
    date = start.date() + dt.timedelta(days=offset)

    midnight = moved.midnight(date)

    assert moved.today(midnight) >= date
    before = midnight.astimezone(UTC) - dt.timedelta(seconds=1)
    for minutes in range(0, 60 * 60, 97):
        assert moved.today(before - dt.timedelta(minutes=minutes)) < date


@example("Asia/Shanghai", [("Pacific/Kiritimati", 11), ("Pacific/Honolulu", 10)])  # there and back within the hour
@given(
    st.sampled_from(ZONES),
    st.lists(st.tuples(st.sampled_from(ZONES), st.integers(0, 30 * 24)), max_size=3, unique_by=lambda each: each[1]),
)
def test_skipped_are_exactly_the_dates_that_no_instant_shows(zone: str, left: list[tuple[str, int]]) -> None:
    start = dt.datetime(2027, 3, 20, tzinfo=UTC)
    at = sorted(left, key=lambda each: each[1])
    moved = clock(zone, *((name, start + dt.timedelta(hours=hours)) for name, hours in at))

    shown = {moved.today(start + dt.timedelta(minutes=30 * step)) for step in range(-100, 34 * 48)}

    span = [min(shown) + dt.timedelta(days=days) for days in range((max(shown) - min(shown)).days)]
    assert moved.skipped == frozenset(date for date in span if date not in shown)


@pytest.mark.parametrize(
    ("zone", "left", "at"),
    [
        ("Pacific/Kiritimati", "Pacific/Honolulu", "2027-03-02T10:00Z"),
        ("Asia/Shanghai", "Europe/Berlin", "2027-03-01T22:30Z"),
    ],
)
def test_the_midnight_of_a_date_that_began_in_the_jump_is_the_instant_of_the_change(
    zone: str, left: str, at: str
) -> None:
    change = dt.datetime.fromisoformat(at)
    moved = clock(zone, (left, change))

    assert moved.midnight(dt.date(2027, 3, 2)) == change
    assert moved.midnight(dt.date(2027, 3, 1)) < change < moved.midnight(dt.date(2027, 3, 4))


def test_a_date_of_summer_time_has_as_many_hours_as_it_has() -> None:
    berlin = clock("Europe/Berlin")

    hours = {}
    for date in (dt.date(2027, 3, 27), dt.date(2027, 3, 28), dt.date(2027, 10, 31)):
        before, after = berlin.midnight(date), berlin.midnight(date + dt.timedelta(days=1))
        hours[date.day] = (after.astimezone(UTC) - before.astimezone(UTC)) / dt.timedelta(hours=1)

    assert hours == {27: 24, 28: 23, 31: 25}


def test_a_change_needs_an_instant_that_says_its_zone() -> None:
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.convert({"zone": "UTC", "moved": [{"from": "Asia/Tokyo", "at": dt.datetime(2027, 1, 1)}]}, Zones)  # noqa: DTZ001

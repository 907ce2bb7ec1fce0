"""An item whose time is up is not there, long before DynamoDB deletes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.errors import Stale
from portal.table.contract import Check, Delete, Item, Key, Put, Table, Update, absent, eq, exists, ge, under
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock

CODE = Key("TOK#1", "TOK")


@pytest.fixture
def expired(table: Table, clock: MovableClock) -> Table:
    """A code that was good for ten minutes and was tried twice, eleven minutes ago."""
    ends = int(clock.now().timestamp()) + 600
    item = {"pk": "TOK#1", "sk": "TOK", "tried": 2, "old": "x", "ttl": ends, "gs1pk": "CODES", "gs1sk": "1"}
    table.commit(Put(item))
    clock.advance(minutes=11)
    return table


def test_an_item_lives_until_its_second_comes(table: Table, clock: MovableClock) -> None:
    table.commit(Put({"pk": "TOK#1", "sk": "TOK", "ttl": int(clock.now().timestamp()) + 60}))

    clock.advance(seconds=59.9)
    assert table.get(CODE) is not None
    clock.advance(seconds=0.1)
    assert table.get(CODE) is None


def test_no_read_shows_what_has_expired(expired: Table) -> None:
    expired.commit(Put({"pk": "TOK#1", "sk": "U", "gs1pk": "CODES", "gs1sk": "2"}))
    there = [{"pk": "TOK#1", "sk": "U", "gs1pk": "CODES", "gs1sk": "2"}]

    assert expired.get(CODE) is None
    assert expired.batch_get([CODE, Key("TOK#1", "U")]) == [None, *there]
    assert expired.query("TOK#1").items == there
    assert expired.query("CODES", index="gs1").items == there
    assert list(expired.scan()) == there


def test_expired_items_leave_no_holes_in_pages(table: Table, clock: MovableClock) -> None:
    soon = int(clock.now().timestamp()) + 5
    for number in range(12):
        table.commit(Put({"pk": "L", "sk": f"{number:02}", **({"ttl": soon} if number % 4 else {})}))
    clock.advance(seconds=5)

    first = table.query("L", limit=2)
    assert first.cursor
    second = table.query("L", limit=2, cursor=first.cursor)

    assert [item["sk"] for item in (*first.items, *second.items)] == ["00", "04", "08"]
    assert second.cursor is None


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (absent(), True),
        (exists(), False),
        (eq("tried", None), True),
        (eq("tried", 2), False),
        (ge("tried", 0), False),
        (under("tried", 1), True),
    ],
)
def test_conditions_find_nothing_there(expired: Table, condition: Any, holds: bool, together: bool) -> None:
    check: list[Any] = [Check(CODE, when=[condition])]
    if together:
        check.append(Put({"pk": "other", "sk": "one"}))
    if holds:
        expired.commit(*check)
        return

    with pytest.raises(Stale):
        expired.commit(*check)


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
@pytest.mark.parametrize("when", [[], [absent()], [under("tried", 1)], [eq("tried", None), eq("old", None)]])
def test_an_update_starts_from_nothing(expired: Table, when: list[Any], together: bool) -> None:
    other = [Put({"pk": "other", "sk": "one"})] if together else []

    returned = expired.commit(Update(CODE, add={"tried": 1}, when=when), *other)

    fresh: Item = {"pk": "TOK#1", "sk": "TOK", "tried": 1}
    assert expired.get(CODE) == fresh
    assert returned == (None if together else fresh)
    assert expired.query("CODES", index="gs1").items == []


def test_several_updates_of_one_commit_start_from_nothing(expired: Table, clock: MovableClock) -> None:
    expired.commit(Put({"pk": "TOK#2", "sk": "TOK", "tried": 5, "ttl": int(clock.now().timestamp()) + 1}))
    clock.advance(seconds=2)

    expired.commit(
        Update(CODE, add={"tried": 1}),
        Update(Key("TOK#2", "TOK"), add={"tried": 1}),
        Update(Key("TOK#3", "TOK"), add={"tried": 1}),
    )

    assert {item["pk"]: item["tried"] for item in expired.scan()} == {"TOK#1": 1, "TOK#2": 1, "TOK#3": 1}


def test_an_update_of_what_has_expired_waits_for_the_refusal_of_another_write(expired: Table) -> None:
    with pytest.raises(Stale):
        expired.commit(Update(CODE, add={"tried": 1}), Check(Key("M#ada", "PROFILE"), when=[exists()]))

    assert expired.get(CODE) is None


def test_refusals_are_told_that_nothing_was_found(expired: Table) -> None:
    found: list[Item | None] = []

    def refusal(item: Item | None) -> Stale:
        found.append(item)
        return Stale()

    with pytest.raises(Stale):
        expired.commit(Delete(CODE, when=[exists(refusal)]))

    assert found == [None]


def test_an_item_may_be_given_more_time_before_it_ends_not_after(table: Table, clock: MovableClock) -> None:
    table.commit(Put({"pk": "TOK#1", "sk": "TOK", "ttl": int(clock.now().timestamp()) + 60}))
    table.commit(Update(CODE, set={"ttl": int(clock.now().timestamp()) + 120}, when=[exists()]))
    clock.advance(seconds=90)

    assert table.get(CODE) is not None
    clock.advance(seconds=90)
    with pytest.raises(Stale):
        table.commit(Update(CODE, set={"ttl": int(clock.now().timestamp()) + 120}, when=[exists()]))


def test_what_has_expired_is_forgotten_and_nothing_else(sqlite_table: SqliteTable, clock: MovableClock) -> None:
    now = int(clock.now().timestamp())
    for name, ttl in (("gone", {"ttl": now - 1}), ("due", {"ttl": now}), ("later", {"ttl": now + 1}), ("kept", {})):
        sqlite_table.commit(Put({"pk": "A", "sk": name, **ttl}))

    forgotten = sqlite_table.forget_expired()

    clock.set(dt.datetime(2027, 1, 1, tzinfo=dt.UTC))  # before all of them: only what is truly gone stays away
    assert forgotten == 2
    assert [item["sk"] for item in sqlite_table.query("A").items] == ["kept", "later"]
    assert sqlite_table.forget_expired() == 0

"""What DynamoDB would refuse is refused on every engine, before anything is sent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from portal.errors import Stale
from portal.table.contract import BadWrite, Check, Delete, Item, Key, Put, Table, Update, absent, eq, exists, ge, under
from portal.table.rules import item_bytes

K = Key("P", "S")
ITEM: Item = {"pk": "P", "sk": "S"}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


BROKEN: dict[str, Any] = {
    "two writes on one key": [Put(ITEM), Check(K, when=[exists()])],
    "101 writes": [Put({"pk": "P", "sk": str(number)}) for number in range(101)],
    "no pk": [Put({"sk": "S"})],
    "no sk": [Put({"pk": "P"})],
    "empty pk": [Put({"pk": "", "sk": "S"})],
    "empty sk": [Delete(Key("P", ""))],
    "key of bytes": [Put({"pk": b"P", "sk": "S"})],
    "key of a number": [Put({"pk": "P", "sk": 1})],
    "pk too long": [Put({"pk": "é" * 1025, "sk": "S"})],
    "sk too long": [Update(Key("P", "x" * 1025), add={"n": 1})],
    "empty index key": [Put({**ITEM, "gs1pk": "", "gs1sk": "1"})],
    "index key of None": [Put({**ITEM, "gs1pk": "Q", "gs1sk": None})],
    "empty index key in an Update": [Update(K, set={"gs2sk": ""})],
    "half an index key": [Put({**ITEM, "gs1pk": "Q"})],
    "the other half": [Put({**ITEM, "gs2sk": "1"})],
    "ttl of text": [Put({**ITEM, "ttl": "soon"})],
    "ttl of True": [Update(K, set={"ttl": True})],
    "ttl of a time": [Put({**ITEM, "ttl": -1})],
    "a float": [Put({**ITEM, "n": 1.0})],
    "not a number": [Put({**ITEM, "n": float("nan")})],
    "a float within": [Update(K, set={"n": [{"m": [1, 2.5]}]})],
    "a float as a condition": [Put(ITEM, when=[eq("n", 1.5)])],
    "a float as a limit": [Put(ITEM, when=[under("n", 1.5)])],  # type: ignore[arg-type]
    "True as a limit": [Put(ITEM, when=[ge("n", True)])],
    "a set": [Put({**ITEM, "n": {1, 2}})],
    "a date": [Put({**ITEM, "n": dt.date(2027, 3, 1)})],
    "a key of a mapping that is no text": [Put({**ITEM, "n": {1: 2}})],
    "an empty name": [Put({**ITEM, "": 1})],
    "an empty name within": [Put({**ITEM, "n": {"": 1}})],
    "an empty name in a condition": [Put(ITEM, when=[eq("", 1)])],
    "an empty name to remove": [Update(K, remove=[""])],
    "39 digits": [Put({**ITEM, "n": 10**38})],
    "39 digits below zero": [Update(K, add={"n": -(10**38)})],
    "39 digits within": [Put({**ITEM, "n": {"m": [10**40]}})],
    "half a character": [Put({**ITEM, "n": "\ud800"})],
    "half a character in a name": [Put({**ITEM, "\ud800": 1})],
    "half a character in a condition": [Put(ITEM, when=[eq("n", "\ud800")])],
    "half a character beside a great number": [Put({**ITEM, "m": 2**70, "n": "\ud800"})],
    "nested too deep": [Put({**ITEM, "n": nested(40)})],
    "an item too large": [Put({**ITEM, "n": "x" * 400 * 1024})],
    "an item too large in bytes, not in characters": [Put({**ITEM, "n": "同" * 140 * 1024})],
    "an item too large in many small values": [Put({**ITEM, "n": [[] for _ in range(110_000)]})],
    "a change too large": [Update(K, set={"n": "x" * 410 * 1024})],
    "11 large items": [Put({"pk": "P", "sk": str(n), "n": "x" * 390 * 1024}) for n in range(11)],
    "an Update of nothing": [Update(K)],
    "an Update that names a name twice": [Update(K, set={"n": 1}, add={"n": 1})],
    "an Update that removes a name twice": [Update(K, remove=["n", "n"])],
    "an Update of its key": [Update(K, set={"sk": "T"})],
    "an Update that adds a key": [Update(K, add={"gs1sk": 1})],
    "an Update that adds to ttl": [Update(K, add={"ttl": 60})],
    "an Update that adds text": [Update(K, add={"n": "1"})],  # type: ignore[dict-item]
    "an Update that adds True": [Update(K, add={"n": True})],
    "a Check of nothing": [Check(K, when=[])],
}


@pytest.mark.parametrize("writes", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_write_is_refused_before_anything_is_written(table: Table, writes: list[Any]) -> None:
    with pytest.raises(BadWrite):
        table.commit(*writes)
    with pytest.raises(BadWrite):
        table.commit(Put({"pk": "other", "sk": "one"}), *writes)

    assert list(table.scan()) == []


ALLOWED: dict[str, Any] = {
    "100 writes": [Put({"pk": "P", "sk": str(number)}) for number in range(100)],
    "the longest keys": [Put({"pk": "é" * 1024, "sk": "x" * 1024, "gs1pk": "p" * 2048, "gs1sk": "s" * 1024})],
    "38 digits": [Put({**ITEM, "n": 10**38 - 1, "m": -(10**38 - 1)})],
    "deep": [Put({**ITEM, "n": nested(30)})],
    "ten large items": [Put({"pk": "P", "sk": str(n), "n": "x" * 390 * 1024}) for n in range(10)],
}


@pytest.mark.parametrize("writes", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_just_allowed_is_written(table: Table, writes: list[Any]) -> None:
    table.commit(*writes)

    assert len(list(table.scan())) == len(writes)


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_an_update_whose_outcome_is_impossible_writes_nothing(table: Table, together: bool) -> None:
    large = {**ITEM, "text": "x", "yes": True, "large": "x" * 300 * 1024}
    table.commit(Put(large))
    other = [Put({"pk": "other", "sk": "one"})] if together else []

    for impossible in (
        Update(K, add={"text": 1}),
        Update(K, add={"yes": 1}),
        Update(K, set={"more": "x" * 150 * 1024}),
    ):
        with pytest.raises(BadWrite):
            table.commit(*other, impossible)

    assert list(table.scan()) == [large]


def test_an_item_may_be_exactly_as_large_as_dynamodb_allows(table: Table) -> None:
    table.commit(Put({**ITEM, "n": "x" * (400 * 1024 - len("pkPskSn"))}))
    with pytest.raises(BadWrite):
        table.commit(Put({**ITEM, "n": "x" * (400 * 1024 - len("pkPskSn") + 1)}))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("同好", 6),
        (b"abc", 3),
        (None, 1),
        (True, 1),
        (0, 2),
        (12, 2),
        (123, 3),
        (-12, 3),
        (10**38 - 1, 20),
        ([], 3),
        ([1, "ab"], 3 + 1 + 2 + 1 + 2),
        ({"名": {}}, 3 + 1 + 3 + 3),
    ],
)
def test_sizes_are_counted_as_dynamodb_does(value: Any, size: int) -> None:
    assert item_bytes({"nn": value}) == 2 + size


def test_a_refusal_is_told_before_an_impossible_outcome(table: Table) -> None:
    table.commit(Put({**ITEM, "text": "x"}))

    with pytest.raises(Stale):
        table.commit(Update(K, add={"text": 1}), Put({"pk": "other", "sk": "one"}, when=[exists()]))
    with pytest.raises(Stale):
        table.commit(Update(K, add={"text": 1}, when=[absent()]))

"""A cursor moves within its list. Nobody can make one that leaves it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from portal.table.contract import BadCursor, Put, Table


def cursor_of(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()


@pytest.fixture
def ledger(table: Table) -> Table:
    """Ada's entries and Ben's, and both in one queue."""
    for member in ("ada", "ben"):
        for number in range(4):
            queue = {"gs1pk": "Q#1", "gs1sk": f"{number}"}
            table.commit(Put({"pk": f"M#{member}", "sk": f"L#{number}", "of": member, **queue}))
    return table


def test_a_cursor_holds_sort_keys_only(ledger: Table) -> None:
    own = ledger.query("M#ada", limit=2).cursor
    queue = ledger.query("Q#1", index="gs1", limit=3).cursor

    assert own == cursor_of(["L#1"])
    assert queue is not None
    assert json.loads(base64.urlsafe_b64decode(queue + "==")) == ["1", "M#ada", "L#1"]


def test_a_cursor_of_another_member_stays_in_ones_own_list(ledger: Table) -> None:
    theirs = ledger.query("M#ben", begins="L#", limit=2).cursor

    assert {item["of"] for item in ledger.query("M#ada", begins="L#", cursor=theirs).items} == {"ada"}


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "!",
        "é",
        "A",
        "AAAA",
        "x" * 10_000,
        cursor_of([]),
        cursor_of(["L#1", "L#2"]),
        cursor_of([1]),
        cursor_of([None]),
        cursor_of({"sk": "L#1"}),
        cursor_of("L#1"),
        cursor_of([""]),
        cursor_of(["L#" + "1" * 2000]),
        cursor_of(["K#1"]),
        cursor_of(["M"]),
        cursor_of(["1", "M#ada", "L#1"]),
        cursor_of(["L#1"]) + "=",
        "[" * 4000,
    ],
)
def test_a_forged_cursor_is_refused(ledger: Table, forged: str) -> None:
    with pytest.raises(BadCursor):
        ledger.query("M#ada", begins="L#", cursor=forged)


@pytest.mark.parametrize("outside", ["L#0", "L#3", "L"])
def test_a_cursor_outside_the_range_is_refused(ledger: Table, outside: str) -> None:
    with pytest.raises(BadCursor):
        ledger.query("M#ada", between=("L#1", "L#2"), cursor=cursor_of([outside]))


@pytest.mark.parametrize("forged", [["1"], ["1", "M#ada"], ["1", "", "L#1"], ["1", "M#ada", ""], ["9", "M#ada", "L#1"]])
def test_a_forged_cursor_of_an_index_is_refused(ledger: Table, forged: list[str]) -> None:
    with pytest.raises(BadCursor):
        ledger.query("Q#1", index="gs1", between=("0", "3"), cursor=cursor_of(forged))


def test_a_cursor_between_items_goes_on_from_there(ledger: Table) -> None:
    found = ledger.query("Q#1", index="gs1", cursor=cursor_of(["1", "M#azz", "L"])).items

    assert [(item["of"], item["sk"]) for item in found[:2]] == [("ben", "L#1"), ("ada", "L#2")]

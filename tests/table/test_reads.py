"""What reads promise: order, narrowing, pages, and the indexes."""

from __future__ import annotations

from typing import Any

import pytest

from portal.table.contract import Item, Key, Put, Table, Update

# In the order of their UTF-8 bytes, which UTF-16 would not keep: the last lies beyond the private use area.
NAMES = ["A", "Z", "a", "a#1", "a#2", "aa", "b", "é", "同好", "\ue000", "\uffff", "\U00010000", "\U0010ffff"]


@pytest.fixture
def listed(table: Table) -> Table:
    for name in reversed(NAMES):
        table.commit(Put({"pk": "L", "sk": name}))
    table.commit(Put({"pk": "L2", "sk": "a"}))
    return table


def names(items: Any) -> list[str]:
    return [item["sk"] for item in items]


def walked(table: Table, pk: str, **asked: Any) -> list[Item]:
    """All pages, one after the other."""
    page = table.query(pk, **asked)
    items = list(page.items)
    while page.cursor:
        assert len(page.items) == asked["limit"]
        assert len(items) < 100  # or it goes round in circles
        page = table.query(pk, cursor=page.cursor, **asked)
        items += page.items
    return items


def test_a_partition_is_ordered_by_bytes(listed: Table) -> None:
    assert names(listed.query("L").items) == NAMES
    assert names(listed.query("L", reverse=True).items) == NAMES[::-1]
    assert listed.query("nobody").items == []


@pytest.mark.parametrize("prefix", ["", "a", "a#", "a#1", "é", "\uffff", "\U0010ffff", "x", "\ud7ff"])
def test_begins_narrows_to_a_prefix(listed: Table, prefix: str) -> None:
    expected = [name for name in NAMES if name.startswith(prefix)]

    assert names(listed.query("L", begins=prefix).items) == expected
    assert names(listed.query("L", begins=prefix, reverse=True).items) == expected[::-1]


@pytest.mark.parametrize(
    ("low", "high"),
    [("a", "b"), ("a#1", "a#1"), ("a#", "a#\U0010ffff"), ("", "Z"), ("b", "a"), ("", ""), ("\ue000", "\U0010ffff")],
)
def test_between_narrows_and_includes_its_ends(listed: Table, low: str, high: str) -> None:
    assert names(listed.query("L", between=(low, high)).items) == [name for name in NAMES if low <= name <= high]


@pytest.mark.parametrize("limit", [1, 2, 3, 12, 13, 14])
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("narrow", [{}, {"begins": "a"}, {"between": ("a", "é")}], ids=["all", "begins", "between"])
def test_pages_show_each_item_once(listed: Table, narrow: Any, reverse: bool, limit: int) -> None:
    whole = listed.query("L", reverse=reverse, **narrow).items

    assert walked(listed, "L", reverse=reverse, limit=limit, **narrow) == whole


def test_a_full_page_without_more_has_no_cursor(listed: Table) -> None:
    assert listed.query("L", limit=len(NAMES)).cursor is None
    assert listed.query("L", limit=len(NAMES) - 1).cursor is not None


def test_a_page_goes_on_although_its_last_item_is_gone(listed: Table) -> None:
    first = listed.query("L", limit=3)
    listed.commit(Put({"pk": "L", "sk": "a", "moved": True}))

    assert names(listed.query("L", cursor=first.cursor).items) == NAMES[3:]


def test_an_index_lists_what_carries_its_keys(table: Table) -> None:
    table.commit(Put({"pk": "M#2", "sk": "APP#2", "gs1pk": "APPQ#open", "gs1sk": "02"}))
    table.commit(Put({"pk": "M#1", "sk": "APP#1", "gs1pk": "APPQ#open", "gs1sk": "03", "gs2pk": "X", "gs2sk": "1"}))
    table.commit(Put({"pk": "M#1", "sk": "APP#0", "gs1pk": "APPQ#done", "gs1sk": "01"}))

    assert names(table.query("APPQ#open", index="gs1").items) == ["APP#2", "APP#1"]
    assert names(table.query("APPQ#open", index="gs1", reverse=True).items) == ["APP#1", "APP#2"]
    assert names(table.query("APPQ#open", index="gs1", begins="03").items) == ["APP#1"]
    assert names(table.query("APPQ#open", index="gs1", between=("00", "02")).items) == ["APP#2"]
    assert names(table.query("X", index="gs2").items) == ["APP#1"]
    assert table.query("APPQ#open", index="gs2").items == []


def test_finished_work_leaves_its_queue_in_the_same_write(table: Table) -> None:
    table.commit(Put({"pk": "M#1", "sk": "APP#1", "gs1pk": "APPQ#open", "gs1sk": "03"}))

    table.commit(Update(Key("M#1", "APP#1"), set={"state": "approved"}, remove=["gs1pk"]))

    assert table.query("APPQ#open", index="gs1").items == []
    assert table.get(Key("M#1", "APP#1")) == {"pk": "M#1", "sk": "APP#1", "gs1sk": "03", "state": "approved"}


def test_work_moves_within_its_queue(table: Table) -> None:
    table.commit(Put({"pk": "M#1", "sk": "APP#1", "gs1pk": "APPQ#open", "gs1sk": "03"}))
    table.commit(Put({"pk": "M#2", "sk": "APP#2", "gs1pk": "APPQ#open", "gs1sk": "04"}))

    table.commit(Update(Key("M#1", "APP#1"), set={"gs1sk": "05"}))

    assert names(table.query("APPQ#open", index="gs1").items) == ["APP#2", "APP#1"]


@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_of_an_index_show_each_item_once(table: Table, limit: int, reverse: bool) -> None:
    placed = [("1", "M#1", "a"), ("1", "M#1", "b"), ("1", "M#2", "a"), ("2", "M#0", "z"), ("2", "M#1", "c")]
    for gs1sk, pk, sk in placed:
        table.commit(Put({"pk": pk, "sk": sk, "gs1pk": "Q", "gs1sk": gs1sk}))

    items = walked(table, "Q", index="gs1", reverse=reverse, limit=limit)

    assert [(item["gs1sk"], item["pk"], item["sk"]) for item in items] == (placed[::-1] if reverse else placed)


def test_batch_get_keeps_the_order_of_its_keys(listed: Table) -> None:
    keys = [Key("L", "b"), Key("L", "none"), Key("L", "A"), Key("L", "b"), Key("", "A"), Key("L", "x" * 2000)]

    found = listed.batch_get(keys)

    assert [item and item["sk"] for item in found] == ["b", None, "A", "b", None, None]
    assert listed.batch_get([]) == []


def test_what_can_be_no_key_is_not_there(listed: Table) -> None:
    assert listed.get(Key("", "a")) is None
    assert listed.get(Key("L", "\ud800")) is None
    assert listed.query("").items == []
    assert listed.query("x" * 3000).items == []


def test_scan_shows_every_item_once(table: Table) -> None:
    keys = {(f"P#{number % 7}", f"{number}") for number in range(120)}
    for start in (0, 60):
        table.commit(*(Put({"pk": pk, "sk": sk}) for pk, sk in sorted(keys)[start : start + 60]))

    assert sorted((item["pk"], item["sk"]) for item in table.scan()) == sorted(keys)


@pytest.mark.parametrize(
    "asked",
    [{"limit": 0}, {"limit": 1001}, {"begins": "a", "between": ("a", "b")}, {"index": "gs3"}, {"begins": "a" * 1025}],
)
def test_a_query_that_makes_no_sense_is_a_programmers_mistake(table: Table, asked: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        table.query("L", **asked)


def test_batch_get_of_too_many_keys_is_a_programmers_mistake(table: Table) -> None:
    with pytest.raises(ValueError, match="at most 100"):
        table.batch_get([Key("L", str(number)) for number in range(101)])

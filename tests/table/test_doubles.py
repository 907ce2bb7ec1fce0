"""The tables that tests wrap around others: one whose indexes lag, one that counts."""

from __future__ import annotations

from typing import Any

import pytest

from portal.errors import Stale
from portal.table.contract import Delete, Key, Put, Table, Update, exists
from portal.table.sqlite import SqliteTable
from tests.counting import CountingTable, counted
from tests.lagging import LaggingTable


def queued(number: int, place: str) -> Put:
    return Put({"pk": f"M#{number}", "sk": "APP", "gs1pk": "Q", "gs1sk": place})


def test_a_lagging_index_shows_what_was_until_it_catches_up(sqlite_table: SqliteTable) -> None:
    sqlite_table.commit(queued(1, "1"))
    lagging = LaggingTable(sqlite_table)

    lagging.commit(queued(2, "2"), Update(Key("M#1", "APP"), remove=["gs1pk"]))

    assert [item["pk"] for item in lagging.query("Q", index="gs1").items] == ["M#1"]
    assert lagging.get(Key("M#1", "APP")) == {"pk": "M#1", "sk": "APP", "gs1sk": "1"}
    assert len(lagging.query("M#2").items) == 1
    lagging.catch_up()
    assert [item["pk"] for item in lagging.query("Q", index="gs1").items] == ["M#2"]


@pytest.mark.parametrize(
    "asked", [{}, {"reverse": True}, {"begins": "1"}, {"between": ("1", "2")}, {"between": ("1", "2"), "reverse": True}]
)
def test_a_lagging_index_that_has_caught_up_is_as_any_other(sqlite_table: SqliteTable, asked: Any) -> None:
    for number, place in enumerate(("1", "1", "12", "2", "3")):
        sqlite_table.commit(queued(number, place))
    lagging = LaggingTable(sqlite_table)

    def walk(table: Table) -> list[Any]:
        pages = [table.query("Q", index="gs1", limit=2, **asked)]
        while cursor := pages[-1].cursor:
            pages.append(table.query("Q", index="gs1", limit=2, cursor=cursor, **asked))
        return pages

    assert walk(lagging) == walk(sqlite_table)


def test_a_story_is_counted(sqlite_table: SqliteTable) -> None:
    table = CountingTable(sqlite_table)
    table.commit(queued(1, "1"))

    with counted(table) as n:
        table.get(Key("M#1", "APP"))
        table.batch_get([Key("M#1", "APP"), Key("M#2", "APP")])
        table.query("Q", index="gs1")
        table.commit(queued(1, "2"), queued(2, "3"))
        with pytest.raises(Stale):
            table.commit(Delete(Key("M#3", "APP"), when=[exists()]))

    assert (n.reads, n.commits, n.writes) == (3, 2, 3)

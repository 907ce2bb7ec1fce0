"""Keys of surveys: `M#member/SHEET#survey`, `SURVEY#survey/COUNTS#version`.

gs1 `SHEETS#survey#shard` lists the sheets by time, the latest last.
"""

from __future__ import annotations

import msgspec

from portal.clock import stamp
from portal.surveys.model import Sheet
from portal.table.contract import Item, Key, Page, Put, Table, Update, eq


def sheet_key(member: str, survey: str) -> Key:
    """Where a member's answers stand."""
    return Key(f"M#{member}", f"SHEET#{survey}")


def sheet(item: Item | None) -> Sheet | None:
    """The answers that an item holds."""
    return msgspec.convert(item, Sheet) if item else None


def keep(made: Sheet, read: int | None) -> Put:
    """A member's answers; Stale if they were changed since their version was read."""
    key = sheet_key(made.member, made.survey)
    listed = {"gs1pk": f"SHEETS#{made.survey}#0", "gs1sk": f"{stamp(made.at)}#{made.member}"}
    return Put({"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(made), **listed}, when=[eq("v", read)])


def count(survey: str, version: int, more: dict[str, int]) -> Update:
    """What a sheet changes in the counts of its version."""
    return Update(Key(f"SURVEY#{survey}", f"COUNTS#{version:04}"), add=more)


def sums(table: Table, survey: str, version: int) -> dict[str, int]:
    """The counts of a version: `sheets`, and one for each `question|answer`."""
    item = table.get(Key(f"SURVEY#{survey}", f"COUNTS#{version:04}")) or {}
    return {name: value for name, value in item.items() if isinstance(value, int)}


def sheets(table: Table, survey: str, cursor: str | None, limit: int) -> Page:
    """Everybody's answers, the latest first. From an index."""
    return table.query(f"SHEETS#{survey}#0", index="gs1", reverse=True, cursor=cursor, limit=limit)

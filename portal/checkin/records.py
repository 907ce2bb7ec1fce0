"""Keys of check-ins: `M#id/CI#yyyy-mm`, one bit a day of the month."""

from __future__ import annotations

import datetime as dt

from portal.table.contract import Key, Table, Update, eq

#: A year of months and more: the longest streak is told over this span.
MONTHS = 120


def dates(table: Table, member: str) -> frozenset[dt.date]:
    """Every date that the member stamped, within ten years, in one query."""
    months = table.query(f"M#{member}", begins="CI#", reverse=True, limit=MONTHS).items
    return frozenset(date for item in months for date in _month(str(item["sk"])[3:], int(item["days"])))


def stamp(member: str, date: dt.date, known: frozenset[dt.date]) -> Update:
    """One more date; Stale if the month has changed since it was read."""
    before = sum(1 << (day.day - 1) for day in known if (day.year, day.month) == (date.year, date.month))
    return Update(
        Key(f"M#{member}", f"CI#{date:%Y-%m}"),
        set={"days": before | 1 << (date.day - 1)},
        when=[eq("days", before or None)],
    )


def _month(month: str, days: int) -> list[dt.date]:
    first = dt.date.fromisoformat(f"{month}-01")
    return [first.replace(day=day) for day in range(1, 32) if days >> (day - 1) & 1]

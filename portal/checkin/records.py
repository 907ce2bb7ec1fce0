"""Keys of check-ins: `M#id/CI#yyyy-mm`, a month's sheet, one bit a day."""

from __future__ import annotations

import msgspec

from portal.checkin.model import Sheet
from portal.table.contract import Item, Put, Table, eq

#: Ten years: the longest streak is told over this span.
MONTHS = 120


def sheets(table: Table, member: str) -> dict[str, Sheet]:
    """A member's sheets by month, of ten years, in one query."""
    items = table.query(f"M#{member}", begins="CI#", reverse=True, limit=MONTHS).items
    return {sheet.month: sheet for sheet in map(_sheet, items)}


def changed(member: str, before: dict[str, Sheet], after: dict[str, Sheet]) -> list[Put]:
    """The sheets that an act has changed; Stale if one of them has changed since it was read."""
    return [_keep(member, sheet) for month, sheet in sorted(after.items()) if before.get(month) != sheet]


def _keep(member: str, sheet: Sheet) -> Put:
    kept = msgspec.structs.replace(sheet, v=sheet.v + 1)
    item = {"pk": f"M#{member}", "sk": f"CI#{sheet.month}", **msgspec.to_builtins(kept, str_keys=True)}
    return Put(item, when=[eq("v", sheet.v or None)])


def _sheet(item: Item) -> Sheet:
    return msgspec.convert({"month": str(item["sk"])[3:], **item}, Sheet, str_keys=True)

"""Keys of points: `M#id/POINTS` (the purse), `L#seq` (entries), `K#source#external id#rule`, `DUE` (the next lapse).

The purse is in no index, since each posting writes it; `DUE` is, and changes only with the earliest lot. gs2
`DUE#yyyymm#shard` lists whose points lapse at the end of that month.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from portal.errors import PortalError
from portal.points.model import TOTALS, Entry, Month, Purse
from portal.points.posting import Posted
from portal.table.contract import Delete, Item, Key, Page, Put, Table, Update, Write, absent, eq
from portal.table.listing import write_cursor
from portal.tokens import shard

SHARDS = 16
DIGITS = 10


def purse_key(member: str) -> Key:
    """Where a member's purse stands."""
    return Key(f"M#{member}", "POINTS")


def purse(item: Item | None, member: str) -> Purse:
    """The purse that an item holds; an empty one where there is none."""
    if item is None:
        return Purse(member=member)
    lots = {int(name[4:]): left for name, left in item.items() if name.startswith("lot_")}
    return msgspec.convert({**item, "lots": lots}, Purse)


def record(before: Purse, posted: Posted, already: type[PortalError]) -> list[Write]:
    """The writes of a posting: keys of what is earned once, entries, purse, and the day when it is next due.

    `already` is what it means that an event of the same key was posted before. Stale if the purse has changed.
    """
    after = msgspec.structs.replace(posted.purse, v=before.v + 1)
    keyed = [entry for entry in posted.entries if entry.kind == "earn"]
    return [
        *(_once(entry, already) for entry in keyed),
        *(_line(entry) for entry in posted.entries),
        _purse_item(before, after),
        *_due(before, after),
    ]


def _once(entry: Entry, already: type[PortalError]) -> Put:
    return Put(
        {
            "pk": f"M#{entry.member}",
            "sk": f"K#{entry.key}",
            "seq": entry.seq,
            "amount": entry.amounts["earned"],
            "lot": next(iter(entry.lots), None),
            "kind": entry.rule,
        },
        when=[absent(already)],
    )


def _line(entry: Entry) -> Put:
    key = {"pk": f"M#{entry.member}", "sk": f"L#{entry.seq:0{DIGITS}}"}
    return Put({**key, **msgspec.to_builtins(entry)}, when=[absent()])


def _purse_item(before: Purse, after: Purse) -> Put:
    key = purse_key(after.member)
    totals = {name: getattr(after, name) for name in TOTALS}
    lots = {f"lot_{month}": left for month, left in after.lots.items()}
    facts = {"member": after.member, "v": after.v, "seq": after.seq, "head": after.head}
    item = {"pk": key.pk, "sk": key.sk, **facts, "time": msgspec.to_builtins(after.time), **totals, **lots}
    return Put(item, when=[eq("v", before.v) if before.v else absent()])


def _due(before: Purse, after: Purse) -> list[Write]:
    old, new = min(before.lots, default=None), min(after.lots, default=None)
    if old == new:
        return []
    return [_listed(after.member, new) if new else Delete(Key(f"M#{after.member}", "DUE"))]


def _listed(member: str, month: int) -> Put:
    listed = {"gs2pk": f"DUE#{month}#{shard(member, SHARDS)}", "gs2sk": f"M#{member}"}
    return Put({"pk": f"M#{member}", "sk": "DUE", "member": member, **listed})


def entries(table: Table, member: str, *, limit: int, cursor: str | None = None, reverse: bool = True) -> Page:
    """A page of a member's entries, as items, latest first unless told otherwise."""
    return table.query(f"M#{member}", begins="L#", reverse=reverse, limit=limit, cursor=cursor)


def entry(item: Item) -> Entry:
    """The entry that an item holds."""
    return msgspec.convert(item, Entry)


def chain(table: Table, member: str) -> Iterator[Entry]:
    """All of a member's entries, the first one first."""
    cursor = None
    while True:
        page = entries(table, member, limit=500, cursor=cursor, reverse=False)
        yield from map(entry, page.items)
        if (cursor := page.cursor) is None:
            return


def due(table: Table, month: Month) -> Iterator[str]:
    """Members whose earliest lot lapses at the end of that month. An index: judge each again by its purse."""
    for slot in range(SHARDS):
        cursor = None
        while True:
            page = table.query(f"DUE#{month}#{slot}", index="gs2", cursor=cursor)
            yield from (str(item["member"]) for item in page.items)
            if (cursor := page.cursor) is None:
                break


def line_key(member: str, seq: int) -> Key:
    """Where an entry stands."""
    return Key(f"M#{member}", f"L#{seq:0{DIGITS}}")


def lines(
    table: Table,
    member: str,
    span: tuple[int, int | None],
    *,
    limit: int,
    cursor: str | None = None,
    reverse: bool = True,
) -> Page:
    """A page of a member's entries from one place to another, the latest first unless told otherwise."""
    first, last = span
    until = 10**DIGITS - 1 if last is None else last
    between = (line_key(member, first).sk, line_key(member, until).sk)
    return table.query(f"M#{member}", between=between, reverse=reverse, limit=limit, cursor=cursor)


def cursor_at(seq: int) -> str:
    """The cursor of a list of entries that ended with that one."""
    return write_cursor([f"L#{seq:0{DIGITS}}"])


def keys(table: Table, member: str) -> Iterator[Item]:
    """What a member has earned by a key."""
    cursor = None
    while True:
        page = table.query(f"M#{member}", begins="K#", limit=500, cursor=cursor)
        yield from page.items
        if (cursor := page.cursor) is None:
            return


def mendable(table: Table, member: str) -> tuple[Purse, int | None]:
    """A purse as it stands, and the month in which it is listed as due."""
    item, listed = table.batch_get([purse_key(member), Key(f"M#{member}", "DUE")])
    return purse(item, member), int(str(listed["gs2pk"]).split("#")[1]) if listed else None


def mended(stored: Purse, right: Purse) -> list[Write]:
    """A purse set right, and when it is due; whatever else its item knows stays. Stale if it has changed."""
    lots = {f"lot_{month}": left for month, left in right.lots.items()}
    totals = {name: getattr(right, name) for name in TOTALS}
    facts = {"member": right.member, "v": stored.v + 1, "seq": right.seq, "head": right.head}
    update = Update(
        purse_key(right.member),
        set={**facts, "time": msgspec.to_builtins(right.time), **totals, **lots},
        remove=[f"lot_{month}" for month in stored.lots if month not in right.lots],
        when=[eq("v", stored.v) if stored.v else absent()],
    )
    first = min(right.lots, default=None)
    return [update, _listed(right.member, first) if first else Delete(Key(f"M#{right.member}", "DUE"))]

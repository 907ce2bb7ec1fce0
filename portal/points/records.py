"""Keys of points: `M#id/POINTS` (the purse), `L#seq` (entries), `K#source#external id#rule`, `DUE` (the next lapse).

The purse is in no index, since each posting writes it; `DUE` is, and changes only with the earliest lot. gs2
`DUE#yyyymm#shard` lists whose points lapse at the end of that month. `B#rule#yyyymm#shard/BUDGET`: points set aside.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from portal.errors import PortalError
from portal.points.model import TOTALS, Entry, Month, Purse
from portal.points.posting import Posted
from portal.table.contract import Delete, Item, Key, Page, Put, Refusal, Table, Update, Write, absent, eq, ge, under
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
    key = Key(f"M#{after.member}", "DUE")
    if new is None:
        return [Delete(key)]
    listed = {"gs2pk": f"DUE#{new}#{shard(after.member, SHARDS)}", "gs2sk": f"M#{after.member}"}
    return [Put({"pk": key.pk, "sk": key.sk, "member": after.member, **listed})]


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


def budget_key(rule: str, month: Month) -> Key:
    """Where what a rule's budget of a month has set aside is counted."""
    return Key(f"B#{rule}#{month}#0", "BUDGET")


def used(item: Item | None) -> int:
    """How much of a budget is set aside."""
    return int(item.get("used", 0)) if item else 0


def use(rule: str, month: Month, amount: int, limit: int, refusal: Refusal) -> Update:
    """Set points aside, within the limit."""
    return Update(budget_key(rule, month), add={"used": amount}, when=[under("used", limit - amount + 1, refusal)])


def give_back(rule: str, month: Month, amount: int) -> Update:
    """Points that were set aside and not granted."""
    return Update(budget_key(rule, month), add={"used": -amount}, when=[ge("used", amount)])

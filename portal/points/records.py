"""Keys of points, of a member: `M#id/POINTS` (the purse), `L#seq` (entries), `K#source#external id#rule` (grants).

`DUE` is when the purse is next due, `PEND#key` a promise until it is released. The purse is in no index, since each
posting writes it; `DUE` is, and changes only with the earliest lot. gs2 `DUE#yyyymm#shard` lists whose points lapse at
the end of that month, gs2 `REL#shard` promises by the day of their release.

Of all: `BUDGET#rule#period#slice` counts what was reserved, `BREAKER#rule` is a paused rule, `LAPSE#yyyymm` how far a
month's notices have gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from portal.errors import PortalError
from portal.points.model import TOTALS, Entry, Granted, Month, Purse
from portal.points.posting import Change, Posted
from portal.table.contract import (
    Delete,
    Item,
    Key,
    Page,
    Put,
    Refusal,
    Table,
    Update,
    Write,
    absent,
    eq,
    exists,
    ge,
    under,
)
from portal.table.listing import write_cursor
from portal.tokens import shard

SHARDS = 16
DIGITS = 10
#: Kinds of entries that make no grant, and whose repeat would be done twice.
_ONCE = ("take-back", "adjust", "restore")


def purse_key(member: str) -> Key:
    """Where a member's purse stands."""
    return Key(f"M#{member}", "POINTS")


def purse(item: Item | None, member: str) -> Purse:
    """The purse that an item holds; an empty one where there is none. Raises Unreadable."""
    if item is None:
        return Purse(member=member)
    try:
        lots = {int(name[4:]): left for name, left in item.items() if name.startswith("lot_")}
        return msgspec.convert({**item, "lots": lots}, Purse)
    except (ValueError, msgspec.ValidationError) as error:
        raise Unreadable(f"{item['sk']} can't be read: {error}") from error


def record(before: Purse, posted: Posted, already: type[PortalError]) -> list[Write]:
    """The writes of a posting: what is granted once, entries, purse, what is next due, and what was promised.

    `already` is what it means that a grant of the same key was posted before. Stale if the purse has changed.
    """
    after = msgspec.structs.replace(posted.purse, v=before.v + 1)
    return [
        *(Put(_once(entry), when=[absent(already)]) for entry in posted.entries if entry.kind in _ONCE),
        *(_grant_item(after.member, change, already) for change in posted.grants),
        *(_line(entry) for entry in posted.entries),
        _purse_item(before, after),
        *_due(before, after),
        *(write for change in posted.grants for write in _pending(after.member, change)),
    ]


def grant_key(member: str, key: str) -> Key:
    """Where what became of a grant stands."""
    return Key(f"M#{member}", f"K#{key}")


def _grant_item(member: str, change: Change, already: Refusal) -> Put:
    before, after = change
    key = grant_key(member, after.key)
    item = {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(after)}
    if before is None:
        return Put(item, when=[absent(already)])
    return Put(item, when=[eq("taken_back", before.taken_back), eq("pending", before.pending)])


def _once(entry: Entry) -> Item:
    key = grant_key(entry.member, entry.key)
    return {"pk": key.pk, "sk": key.sk, "seq": entry.seq, "done": entry.kind}


def grant(item: Item | None) -> Granted | None:
    """The grant that an item holds; None where there is none, or where something else was done once."""
    return msgspec.convert(item, Granted) if item and "amount" in item else None


def _pending(member: str, change: Change) -> list[Write]:
    """A promise is listed by the day of its release for as long as something of it waits."""
    before, after = change
    key = Key(f"M#{member}", f"PEND#{after.key}")
    if before is None and after.pending:
        listed = {"gs2pk": f"REL#{shard(after.key, SHARDS)}", "gs2sk": f"{after.due}#{member}#{after.key}"}
        return [Put({"pk": key.pk, "sk": key.sk, "member": member, "key": after.key, **listed})]
    return [Delete(key)] if before and before.pending and not after.pending else []


def promises(table: Table, member: str) -> list[Granted]:
    """A member's promises that wait, at most a hundred, soonest first."""
    waiting = table.query(f"M#{member}", begins="PEND#", limit=100).items
    keys = [grant_key(member, str(item["key"])) for item in waiting]
    found = map(grant, table.batch_get(keys)) if keys else ()
    return sorted((one for one in found if one and one.pending), key=lambda one: (str(one.due), one.key))


def releasable(table: Table, today: dt.date) -> Iterator[tuple[str, str]]:
    """Member and key of promises whose day has come. An index: judge each again by its grant."""
    for slot in range(SHARDS):
        cursor = None
        while True:
            page = table.query(f"REL#{slot}", index="gs2", between=("0", f"{today}~"), cursor=cursor)
            yield from ((str(item["member"]), str(item["key"])) for item in page.items)
            if (cursor := page.cursor) is None:
                break


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
    return [listed(after.member, new) if new else Delete(due_key(after.member))]


def listed(member: str, month: int) -> Put:
    """That a purse is next due at the end of a month; no notice of it has gone out."""
    key = due_key(member)
    facts = {"gs2pk": f"DUE#{month}#{shard(member, SHARDS)}", "gs2sk": f"M#{member}"}
    return Put({"pk": key.pk, "sk": key.sk, "member": member, **facts})


def entries(table: Table, member: str, *, limit: int, cursor: str | None = None, reverse: bool = True) -> Page:
    """A page of a member's entries, as items, latest first unless told otherwise."""
    return table.query(f"M#{member}", begins="L#", reverse=reverse, limit=limit, cursor=cursor)


class Unreadable(Exception):
    """An item of the ledger is not as this program writes it; the message names it."""


def entry(item: Item) -> Entry:
    """The entry that an item holds; raises Unreadable."""
    try:
        return msgspec.convert(item, Entry)
    except msgspec.ValidationError as error:
        raise Unreadable(f"{item['sk']} can't be read: {error}") from error


def chain(table: Table, member: str) -> Iterator[Entry]:
    """All of a member's entries, the first one first."""
    cursor = None
    while True:
        page = entries(table, member, limit=500, cursor=cursor, reverse=False)
        yield from map(entry, page.items)
        if (cursor := page.cursor) is None:
            return


def due(table: Table, month: Month) -> Iterator[Item]:
    """Of members whose earliest lot lapses at the end of that month: `member`, and the `told` of their last notice.

    An index: judge each again by its purse.
    """
    for slot in range(SHARDS):
        cursor = None
        while True:
            page = table.query(f"DUE#{month}#{slot}", index="gs2", cursor=cursor)
            yield from page.items
            if (cursor := page.cursor) is None:
                break


def due_key(member: str) -> Key:
    """Where it stands when a purse is next due."""
    return Key(f"M#{member}", "DUE")


def notified(item: Item, days: int) -> Update:
    """A notice so many days before the lapse has gone out; Stale if another runner was faster or the lot is another."""
    key = due_key(str(item["member"]))
    same_lot = eq("gs2pk", item["gs2pk"])
    return Update(key, set={"told": days}, when=[exists(), same_lot, eq("told", item.get("told"))])


def notices(table: Table, month: Month) -> int | None:
    """The last stage at which a month was gone through, in days before its end; None before the first."""
    item = table.get(_notices_key(month))
    return int(item["days"]) if item else None


def noticed(month: Month, days: int) -> Put:
    """A month was gone through at a stage: whoever was listed under it has had their notice."""
    key = _notices_key(month)
    return Put({"pk": key.pk, "sk": key.sk, "days": days})


def _notices_key(month: Month) -> Key:
    return Key(f"LAPSE#{month}", "LAPSE")


# --- budgets and breakers ------------------------------------------------------------------------------------------


def budget_key(rule: str, period: str, slot: int) -> Key:
    """Where a slice of a budget counts what was reserved of it."""
    return Key(f"BUDGET#{rule}#{period}#{slot}", "BUDGET")


def take(key: Key, day: dt.date, amount: int, limit: int, full: Refusal) -> Update:
    """So much more of a slice, if it stays within its limit, counted on a day. A plain write of its own."""
    return Update(key, add={"used": amount, _day(day): amount}, when=[under("used", limit - amount + 1, full)])


def give_back(key: Key, day: dt.date, amount: int) -> Update:
    """So much less of a slice, on the day on which it was taken; never below nothing."""
    return Update(key, add={"used": -amount, _day(day): -amount}, when=[ge("used", amount)])


def force(key: Key, day: dt.date, amount: int) -> Update:
    """So much more of a slice, whatever its limit: what was promised is honoured, and counted."""
    return Update(key, add={"used": amount, _day(day): amount})


def found_lost(key: Key, item: Item | None, amount: int) -> Update:
    """So much of a slice was reserved and never granted (below zero: was, after all).

    Stale if it has less, or if somebody has counted it since it was read.
    """
    uncounted = eq("lost", (item or {}).get("lost"))
    enough = [ge("used", amount)] if amount > 0 else []
    return Update(key, add={"used": -amount, "lost": amount}, when=[uncounted, *enough])


def used(item: Item | None) -> int:
    """What a slice has counted."""
    return int(item.get("used", 0)) if item else 0


def reserved(item: Item | None, day: dt.date) -> int:
    """What a slice has counted up to the end of a day of its month, less what was found lost of it."""
    days = [name for name in item or {} if name.startswith("d_") and int(name[2:]) <= day.day]
    return sum(int((item or {})[name]) for name in days) - int((item or {}).get("lost", 0))


def _day(day: dt.date) -> str:
    return f"d_{day.day:02}"


def breaker_key(rule: str) -> Key:
    """Where it stands that a rule is paused."""
    return Key("BREAKER", f"BREAKER#{rule}")


def trip(rule: str, at: dt.datetime, per_hour: int, tripped: Refusal) -> Put:
    """A rule is paused."""
    key = breaker_key(rule)
    item = {"pk": key.pk, "sk": key.sk, "rule": rule, "at": msgspec.to_builtins(at), "per_hour": per_hour}
    return Put(item, when=[absent(tripped)])


def resume(rule: str, gone: Refusal) -> Delete:
    """A rule pays again."""
    return Delete(breaker_key(rule), when=[exists(gone)])


def forget(key: Key) -> Delete:
    """A counter begins anew."""
    return Delete(key)


def paused(table: Table) -> list[Item]:
    """The rules that are paused."""
    return list(table.query("BREAKER").items)


# --- entries by their places, and what mends a purse --------------------------------------------------------------


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
    item, found = table.batch_get([purse_key(member), due_key(member)])
    return purse(item, member), int(str(found["gs2pk"]).split("#")[1]) if found else None


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
    return [update, listed(right.member, first) if first else Delete(due_key(right.member))]

"""Keys of rewards.

`REWARDS/R#slug`, `R#slug/STOCK`, `R#slug/MOVE#press` (a change of stock), `R#slug/DRAW#n` (a ticket of a flash sale),
`POOL#slug/FREE#hash` and `POOL#slug/USED#hash` (codes), `CODE#hash/CODE` (which pool a code was brought into, for
good), `RTICKET#number/RTICKET` (whose a ticket is). Of members:
`M#id/RD#id` (redemption), `M#id/RDA#id` (its address), `M#id/LIM#slug` (how many so far, by period),
`M#id/LIMC#slug#date` (own cancels of a day, ttl), `M#id/GATE#slug` (one press at a time in a flash sale, ttl).
gs1 `RDQ#lane#shard` lists open work, the oldest first; gs2 `RDDUE#shard` what the job has to do with a redemption.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from portal.clock import stamp
from portal.errors import Stale
from portal.rewards.model import Lane, Period, Pooled, Redemption, Reward
from portal.table.contract import (
    Condition,
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

DUE = "RDDUE#0"
DIGITS = 10
#: Own cancels of a day are forgotten when no zone has that day any more.
CANCELS_KEPT = dt.timedelta(days=3)


def reward_key(slug: str) -> Key:
    """Where a reward stands."""
    return Key("REWARDS", f"R#{slug}")


def stock_key(slug: str) -> Key:
    """Where its stock is counted."""
    return Key(f"R#{slug}", "STOCK")


def limit_key(member: str, slug: str) -> Key:
    """Where a member's redemptions of a reward are counted."""
    return Key(f"M#{member}", f"LIM#{slug}")


def redemption_key(member: str, redemption: str) -> Key:
    """Where a redemption stands."""
    return Key(f"M#{member}", f"RD#{redemption}")


def address_key(member: str, redemption: str) -> Key:
    """Where its address stands, apart from it."""
    return Key(f"M#{member}", f"RDA#{redemption}")


def cancels_key(member: str, slug: str, day: dt.date) -> Key:
    """Where a member's own cancels of a reward on a date are counted."""
    return Key(f"M#{member}", f"LIMC#{slug}#{day}")


# Rewards and their stock.


def _reward_item(reward: Reward) -> Item:
    key = reward_key(reward.slug)
    return {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(reward)}


def create(reward: Reward, stock: int, taken: Refusal) -> list[Write]:
    """A new reward and its stock, which knows the reward's version."""
    key = stock_key(reward.slug)
    return [
        Put(_reward_item(reward), when=[absent(taken)]),
        Put({"pk": key.pk, "sk": key.sk, "left": stock, "v": reward.v}, when=[absent(taken)]),
    ]


def replace(before: Reward, after: Reward) -> list[Write]:
    """A reward edited; Stale if somebody edited it meanwhile."""
    changed = msgspec.structs.replace(after, v=before.v + 1)
    return [
        Put(_reward_item(changed), when=[eq("v", before.v)]),
        Update(stock_key(before.slug), set={"v": changed.v}),
    ]


def move(slug: str, press: str, more: int, again: Refusal) -> Put:
    """A change of stock, once for each press of the desk's button."""
    return Put({**_named(_move_key(slug, press)), "more": more}, when=[absent(again)])


def moved(table: Table, slug: str, press: str) -> int:
    """By how much a press has changed the stock."""
    item = table.get(_move_key(slug, press))
    return int(item["more"]) if item else 0


def _move_key(slug: str, press: str) -> Key:
    return Key(f"R#{slug}", f"MOVE#{press}")


def restock(slug: str, more: int, gone: Refusal | None = None) -> Update:
    """More (or, below zero, fewer) of it; with a refusal, never fewer than none."""
    when = [] if gone is None else [ge("left", max(0, -more), gone)]
    return Update(stock_key(slug), add={"left": more}, when=when)


def take(reward: Reward, sold_out: Refusal) -> Update:
    """One of the stock; Stale if the reward was edited since it was read."""
    return Update(stock_key(reward.slug), add={"left": -1}, when=[eq("v", reward.v), ge("left", 1, sold_out)])


def reward(item: Item | None) -> Reward | None:
    """The reward that an item holds."""
    return msgspec.convert(item, Reward) if item else None


def left(item: Item | None) -> int:
    """The stock that an item holds; a pool can owe codes that were revoked."""
    return max(0, int(item["left"])) if item else 0


def rewards(table: Table) -> list[Reward]:
    """Every reward, by slug."""
    return [msgspec.convert(item, Reward) for item in _all(table, "REWARDS", None)]


def read(table: Table, keys: Sequence[Key]) -> list[Item | None]:
    """Any number of items in their order, a hundred a call."""
    return [item for start in range(0, len(keys), 100) for item in table.batch_get(keys[start : start + 100])]


# Flash sales: a ticket is drawn by a plain write, and claimed in the transaction.


def draw(table: Table, reward: Reward, now: int, sold_out: Refusal) -> int:
    """Story: the number of one's ticket. Raises `sold_out`; Stale if the reward was edited since it was read."""
    when = [eq("v", reward.v), ge("left", 1, sold_out)]
    item = table.commit(Update(stock_key(reward.slug), add={"left": -1, "next": 1}, set={"drawn": now}, when=when))
    if item is None:
        raise RuntimeError("a lone update returns its item")
    return int(item["next"])


def drawn(item: Item | None) -> tuple[int, int, int]:
    """The last ticket drawn and when, and up to which each is known to be claimed or void."""
    found = item or {}
    return int(found.get("next", 0)), int(found.get("drawn", 0)), int(found.get("settled", 0))


def claim(slug: str, number: int, whose: str, gone: Refusal = Stale) -> Put:
    """What became of a ticket, once: a redemption's id, or nobody's."""
    return Put({**_named(ticket_key(slug, number)), "whose": whose}, when=[absent(gone)])


def ticket_key(slug: str, number: int) -> Key:
    """Where it stands what became of a ticket."""
    return Key(f"R#{slug}", f"DRAW#{number:0{DIGITS}}")


def settled(slug: str, before: int, after: int) -> Update:
    """All tickets so far are claimed or void; Stale if somebody noted it meanwhile."""
    return Update(stock_key(slug), set={"settled": after}, when=[eq("settled", before or None)])


def gate(member: str, slug: str, until: int, refusal: Refusal) -> Put:
    """One press of a member at a time, until it is done or its time is over."""
    return Put({**_named(gate_key(member, slug)), "ttl": until}, when=[absent(refusal)])


def gate_key(member: str, slug: str) -> Key:
    """Where a member's press is noted."""
    return Key(f"M#{member}", f"GATE#{slug}")


# Members' limits.


def count(redemption: Redemption, change: int, when: Sequence[Condition] = ()) -> Update:
    """A member's count of a reward, for each period that a limit may be of."""
    names = ("n", f"y{redemption.month // 100}", f"m{redemption.month}")
    return Update(limit_key(redemption.member, redemption.reward), add=dict.fromkeys(names, change), when=when)


def within(period: Period, month: int, limit: int, reached: Refusal) -> Condition:
    """The member has had fewer than the limit in the period that a month lies in."""
    return under(_counted(period, month), limit, reached)


def had(item: Item | None, period: Period, month: int) -> int:
    """How many a member has had in the period, by an item."""
    return int(item.get(_counted(period, month), 0)) if item else 0


def _counted(period: Period, month: int) -> str:
    return {"ever": "n", "year": f"y{month // 100}", "month": f"m{month}"}[period]


def cancelled(redemption: Redemption, day: dt.date, most: int, now: dt.datetime, reached: Refusal) -> Update:
    """One more cancel of a member's own on a date."""
    key = cancels_key(redemption.member, redemption.reward, day)
    until = int((now + CANCELS_KEPT).timestamp())
    return Update(key, add={"n": 1}, set={"ttl": until}, when=[under("n", most, reached)])


def cancels(item: Item | None) -> int:
    """How many own cancels an item counts."""
    return int(item["n"]) if item else 0


# Redemptions.


def ask(redemption: Redemption, due: dt.datetime | None, again: Refusal) -> Put:
    """A redemption begun; `again` if it stands."""
    return Put(_redemption_item(redemption, due), when=[absent(again)])


def change(before: Redemption, after: Redemption, due: dt.datetime | None, decided: Refusal) -> Put:
    """A redemption one step on; `decided` if it has left the status that was read, Stale if it changed otherwise."""
    stepped = msgspec.structs.replace(after, v=before.v + 1)
    return Put(_redemption_item(stepped, due), when=[eq("status", before.status, decided), eq("v", before.v)])


def redemption(item: Item | None) -> Redemption | None:
    """The redemption that an item holds."""
    return msgspec.convert(item, Redemption) if item else None


def of_member(table: Table, member: str, limit: int) -> list[Redemption]:
    """A member's redemptions, the latest first."""
    page = table.query(f"M#{member}", begins="RD#", reverse=True, limit=limit)
    return [msgspec.convert(item, Redemption) for item in page.items]


def waiting(table: Table, lane: Lane, cursor: str | None, limit: int) -> Page:
    """A list of the desk, the oldest first. From an index: judge each again by its own item."""
    return table.query(f"RDQ#{lane}#0", index="gs1", cursor=cursor, limit=limit)


def due(table: Table, now: dt.datetime, cursor: str | None, limit: int) -> Page:
    """What the job has to do. From an index, as above."""
    return table.query(DUE, index="gs2", between=("0", f"{stamp(now)}~"), cursor=cursor, limit=limit)


def keep_address(member: str, redemption: str, lines: str) -> Put:
    """Where it is to be sent."""
    return Put({**_named(address_key(member, redemption)), "lines": lines})


def address(item: Item | None) -> str:
    """The address that an item holds."""
    return str(item["lines"]) if item else ""


def _redemption_item(redemption: Redemption, due: dt.datetime | None) -> Item:
    item = {**_named(redemption_key(redemption.member, redemption.id)), **msgspec.to_builtins(redemption)}
    if lane := redemption.lane:
        item["gs1pk"] = f"RDQ#{lane}#0"
        item["gs1sk"] = f"{stamp(redemption.since or redemption.requested)}#{redemption.id}"
    if due:
        item["gs2pk"], item["gs2sk"] = DUE, f"{stamp(due)}#{redemption.id}"
    return item


# Tickets that a desk can look up.


def issue(number: str, redemption: Redemption) -> Put:
    """Whose a ticket is; Stale if the number has been given before."""
    return Put(
        {**_named(issued_key(number)), "member": redemption.member, "redemption": redemption.id}, when=[absent()]
    )


def issued_key(number: str) -> Key:
    """Where it stands whose a ticket is."""
    return Key(f"RTICKET#{number}", "RTICKET")


# Pools of codes.


def free_key(slug: str, hashed: str) -> Key:
    """Where a code stands that nobody has."""
    return Key(f"POOL#{slug}", f"FREE#{hashed}")


def used_key(slug: str, hashed: str) -> Key:
    """Where a code stands that has left the pool."""
    return Key(f"POOL#{slug}", f"USED#{hashed}")


def code_key(hashed: str) -> Key:
    """Where it stands that a code has been brought in."""
    return Key(f"CODE#{hashed}", "CODE")


def bring(slug: str, hashed: str, code: str) -> list[Write]:
    """A code into the pool, the only one that ever has it; Stale if one does."""
    return [Put({**_named(code_key(hashed)), "pool": slug}, when=[absent()]), pool(slug, hashed, code)]


def pool(slug: str, hashed: str, code: str) -> Put:
    """A code into the pool; Stale if it is there."""
    return Put({**_named(free_key(slug, hashed)), "hash": hashed, "code": code}, when=[absent()])


def unpool(slug: str, hashed: str) -> Delete:
    """A code out of the pool; Stale if somebody was faster."""
    return Delete(free_key(slug, hashed), when=[exists()])


def use(slug: str, pooled: Pooled) -> Put:
    """A code that has left the pool, for the first time."""
    return Put({**_named(used_key(slug, pooled.hash)), **msgspec.to_builtins(pooled)}, when=[absent()])


def reuse(slug: str, before: Pooled, after: Pooled) -> Put:
    """A used code changed; Stale if it has another owner or state than was read."""
    when = [eq("state", before.state), eq("redemption", before.redemption)]
    return Put({**_named(used_key(slug, before.hash)), **msgspec.to_builtins(after)}, when=when)


def unuse(slug: str, pooled: Pooled) -> Delete:
    """A code that nobody has seen is nobody's again."""
    return Delete(used_key(slug, pooled.hash), when=[eq("state", pooled.state)])


def pooled(item: Item | None) -> Pooled | None:
    """The used code that an item holds."""
    return msgspec.convert(item, Pooled) if item else None


def free(table: Table, slug: str, limit: int) -> list[tuple[str, str]]:
    """Some codes that nobody has: hash and code."""
    page = table.query(f"POOL#{slug}", begins="FREE#", limit=limit)
    return [(str(item["hash"]), str(item["code"])) for item in page.items]


def used(table: Table, slug: str, cursor: str | None, limit: int) -> Page:
    """Codes that have left the pool, in no order that tells anything."""
    return table.query(f"POOL#{slug}", begins="USED#", cursor=cursor, limit=limit)


def _named(key: Key) -> dict[str, object]:
    return {"pk": key.pk, "sk": key.sk}


def _all(table: Table, pk: str, begins: str | None) -> Iterator[Item]:
    cursor = None
    while True:
        page = table.query(pk, begins=begins, cursor=cursor)
        yield from page.items
        if (cursor := page.cursor) is None:
            return

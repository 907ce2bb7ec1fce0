"""Keys of rewards: `REWARDS/R#slug`, `R#slug/STOCK`, `R#slug/MOVE#press` (a change of stock).

Of members: `M#id/RD#id` (redemption), `M#id/LIM#slug` (how many so far).

gs1 `RDQ#requested#shard` lists what waits for the desk, the oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from portal.clock import stamp
from portal.rewards.model import Redemption, Reward
from portal.table.contract import Check, Item, Key, Page, Put, Refusal, Table, Update, Write, absent, eq, ge, under


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


def _reward_item(reward: Reward) -> Item:
    key = reward_key(reward.slug)
    return {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(reward)}


def create(reward: Reward, stock: int, taken: Refusal) -> list[Write]:
    """A new reward and its stock."""
    key = stock_key(reward.slug)
    return [
        Put(_reward_item(reward), when=[absent(taken)]),
        Put({"pk": key.pk, "sk": key.sk, "left": stock}, when=[absent(taken)]),
    ]


def replace(before: Reward, after: Reward) -> Put:
    """A reward edited; Stale if somebody edited it meanwhile."""
    changed = msgspec.structs.replace(after, v=before.v + 1)
    return Put(_reward_item(changed), when=[eq("v", before.v)])


def move(slug: str, press: str, more: int, again: Refusal) -> Put:
    """A change of stock, once for each press of the desk's button."""
    return Put({"pk": f"R#{slug}", "sk": f"MOVE#{press}", "more": more}, when=[absent(again)])


def restock(slug: str, more: int, gone: Refusal) -> Update:
    """More (or, below zero, fewer) of it; never fewer than none."""
    return Update(stock_key(slug), add={"left": more}, when=[ge("left", max(0, -more), gone)])


def reward(item: Item | None) -> Reward | None:
    """The reward that an item holds."""
    return msgspec.convert(item, Reward) if item else None


def left(item: Item | None) -> int:
    """The stock that an item holds."""
    return int(item["left"]) if item else 0


def had(item: Item | None) -> int:
    """How many a member has had, by an item."""
    return int(item.get("n", 0)) if item else 0


def rewards(table: Table) -> list[Reward]:
    """Every reward, by slug."""
    found: list[Reward] = []
    cursor = None
    while True:
        page = table.query("REWARDS", cursor=cursor)
        found += [msgspec.convert(item, Reward) for item in page.items]
        if (cursor := page.cursor) is None:
            return found


def read(table: Table, keys: Sequence[Key]) -> list[Item | None]:
    """Any number of items in their order, a hundred a call."""
    return [item for start in range(0, len(keys), 100) for item in table.batch_get(keys[start : start + 100])]


def reserve(
    redemption: Redemption, reward: Reward, *, again: Refusal, sold_out: Refusal, limit_reached: Refusal
) -> list[Write]:
    """One request: the repeat is told first, then stock, then the member's limit; Stale if the reward was edited."""
    return [
        Put(_redemption_item(redemption), when=[absent(again)]),
        Update(stock_key(reward.slug), add={"left": -1}, when=[ge("left", 1, sold_out)]),
        _count(redemption, 1, when=[] if reward.limit is None else [under("n", reward.limit, limit_reached)]),
        Check(reward_key(reward.slug), when=[eq("v", reward.v)]),
    ]


def release(redemption: Redemption) -> list[Write]:
    """Stock and limit back."""
    return [
        Update(stock_key(redemption.reward), add={"left": 1}),
        _count(redemption, -1, when=[]),
    ]


def change(before: Redemption, after: Redemption, decided: Refusal) -> Put:
    """A redemption one step on; refused if it has left the status that was read. It leaves the queue when closed."""
    return Put(_redemption_item(after), when=[eq("status", before.status, decided)])


def redemption(item: Item | None) -> Redemption | None:
    """The redemption that an item holds."""
    return msgspec.convert(item, Redemption) if item else None


def of_member(table: Table, member: str, limit: int) -> list[Redemption]:
    """A member's redemptions, the latest first."""
    page = table.query(f"M#{member}", begins="RD#", reverse=True, limit=limit)
    return [msgspec.convert(item, Redemption) for item in page.items]


def waiting(table: Table, cursor: str | None, limit: int) -> Page:
    """What waits for the desk, the oldest first. From an index: judge each again by its own item."""
    return table.query("RDQ#requested#0", index="gs1", cursor=cursor, limit=limit)


def _count(redemption: Redemption, change: int, when: Sequence[Any]) -> Update:
    return Update(limit_key(redemption.member, redemption.reward), add={"n": change}, when=when)


def _redemption_item(redemption: Redemption) -> Item:
    key = redemption_key(redemption.member, redemption.id)
    listed = {"gs1pk": "RDQ#requested#0", "gs1sk": f"{stamp(redemption.requested)}#{redemption.id}"}
    return {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(redemption), **(listed if redemption.open else {})}

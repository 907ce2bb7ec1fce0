"""Keys: `AUD#day#shard / time#id`, by day in the community's zone; gs2 lists what one operator did."""

from __future__ import annotations

import datetime as dt
from heapq import merge

import msgspec

from portal.audit.model import Action
from portal.clock import stamp
from portal.table.contract import Put, Table
from portal.tokens import shard

SHARDS = 16


def record(action: Action, day: dt.date) -> Put:
    """The write that keeps an action."""
    time = stamp(action.at)
    return Put(
        {
            "pk": f"AUD#{day}#{shard(action.id, SHARDS)}",
            "sk": f"{time}#{action.id}",
            "gs2pk": f"ACT#{action.actor}",
            "gs2sk": f"{time}#{action.id}",
            **msgspec.to_builtins(action),
        }
    )


def of_day(table: Table, day: dt.date, limit: int) -> list[Action]:
    """The day's latest actions, newest first: one query a shard."""
    pages = [table.query(f"AUD#{day}#{slot}", reverse=True, limit=limit).items for slot in range(SHARDS)]
    newest = merge(*pages, key=lambda item: str(item["sk"]), reverse=True)
    return [msgspec.convert(item, Action) for _, item in zip(range(limit), newest, strict=False)]

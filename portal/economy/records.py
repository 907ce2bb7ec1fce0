"""Keys of the points desk: `ADJUST#id` (a correction that waits for a second steward; gs1 `ADJQ#open`).

Once decided, of a correction only stays that there was one, so that none can be proposed again in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from portal.clock import stamp
from portal.economy.model import Correction
from portal.table.contract import Item, Key, Put, Refusal, Table, absent, eq

WAITING = 100


def key(correction: str) -> Key:
    """Where a correction waits."""
    return Key(f"ADJUST#{correction}", "ADJUST")


def propose(correction: Correction, again: Refusal) -> Put:
    """A correction waits, once for each press of the button."""
    at = key(correction.id)
    listed = {"gs1pk": "ADJQ#open", "gs1sk": f"{stamp(correction.at)}#{correction.id}"}
    return Put({"pk": at.pk, "sk": at.sk, **msgspec.to_builtins(correction), **listed}, when=[absent(again)])


def settle(correction: Correction, decided: Refusal) -> Put:
    """A correction waits no more; refused if somebody has decided it."""
    at = key(correction.id)
    return Put(
        {"pk": at.pk, "sk": at.sk, "decided": True}, when=[eq("at", msgspec.to_builtins(correction.at), decided)]
    )


def correction(item: Item | None) -> Correction | None:
    """The correction that an item holds; None where it was decided."""
    return msgspec.convert(item, Correction) if item and "decided" not in item else None


def waiting(table: Table) -> Sequence[Correction]:
    """What waits, the oldest first. The index may lag: each is read again by its own key."""
    listed = table.query("ADJQ#open", index="gs1", limit=WAITING).items
    found = table.batch_get([Key(str(item["pk"]), str(item["sk"])) for item in listed]) if listed else []
    return [one for item in found if (one := correction(item))]

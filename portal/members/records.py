"""Keys of members: `M#id/PROFILE`, `NUMBER#n/NUMBER`, `M#id/Q#yyyy`, `M#id/CAP#yyyymm`, `M#id/T#time#v`.

`Q#` holds qualifying points by month and kind, `CAP#` what the caps have counted in a month, `T#` changes of tier,
`NUMBER#` whose a member number is.
gs1 `MEM#state#shard` lists members by the time they joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from portal.clock import stamp
from portal.members.model import Profile, Rise, State
from portal.points.model import Month
from portal.table.contract import Check, Item, Key, Page, Put, Refusal, Table, Update, absent, eq

SHARDS = 1


def profile_key(member: str) -> Key:
    """Where a member's profile stands."""
    return Key(f"M#{member}", "PROFILE")


def profile(item: Item | None) -> Profile | None:
    """The profile that an item holds."""
    return msgspec.convert(item, Profile) if item else None


def create(made: Profile, already: Refusal) -> list[Put]:
    """A new member, to be found by their number."""
    numbered = {"pk": f"NUMBER#{made.number}", "sk": "NUMBER", "person": made.id}
    return [Put(_item(made), when=[absent(already)]), Put(numbered, when=[absent()])]


def numbered(table: Table, number: int) -> str | None:
    """Whose a member number is."""
    item = table.get(Key(f"NUMBER#{number}", "NUMBER"))
    return str(item["person"]) if item else None


def replace(before: Profile, **changes: Any) -> Put:
    """A member changed; Stale if it was changed meanwhile."""
    after = msgspec.structs.replace(before, **changes, v=before.v + 1)
    return Put(_item(after), when=[eq("v", before.v)])


def no_member(person: str, already: Refusal) -> Check:
    """Refuse if the person is a member."""
    return Check(profile_key(person), when=[absent(already)])


def unchanged(read: Profile) -> Check:
    """Refuse with Stale if the member was changed since it was read."""
    return Check(profile_key(read.id), when=[eq("v", read.v)])


def _item(made: Profile) -> Item:
    key = profile_key(made.id)
    listed = {"gs1pk": f"MEM#{made.state}#0", "gs1sk": f"{stamp(made.joined)}#{made.id}"}
    return {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(made), **listed}


def members(table: Table, state: State, cursor: str | None, limit: int) -> Page:
    """A page of members of one state, the latest first."""
    return table.query(f"MEM#{state}#0", index="gs1", reverse=True, cursor=cursor, limit=limit)


def qualifying_key(member: str, year: int) -> Key:
    """Where a year's qualifying points stand."""
    return Key(f"M#{member}", f"Q#{year}")


def qualifying_keys(member: str, month: Month, months: int) -> list[Key]:
    """The years that a window of so many months before this one touches."""
    return [qualifying_key(member, year) for year in range(month.after(-months) // 100, month // 100 + 1)]


def per_month(items: Iterable[Item | None]) -> dict[int, int]:
    """Qualifying points by month, from the items of several years."""
    sums: dict[int, int] = {}
    for item in filter(None, items):
        year = int(str(item["sk"])[2:])
        for name, points in item.items():
            if name.startswith("q_"):
                month = year * 100 + int(name[2:4])
                sums[month] = sums.get(month, 0) + points
    return sums


def version(item: Item | None) -> int | None:
    """The version of an item as it was read; None where there was none."""
    return int(item["v"]) if item else None


def caps_key(member: str, month: Month) -> Key:
    """Where the caps count what a member was granted in a month."""
    return Key(f"M#{member}", f"CAP#{month}")


def caps(item: Item | None) -> dict[str, int]:
    """What the caps have counted: `m` in the month, `d_dd` on a day, each also by rule (`m_rule`, `d_dd_rule`)."""
    return {name: points for name, points in (item or {}).items() if name == "m" or name[:2] in ("m_", "d_")}


def count_caps(member: str, month: Month, added: dict[str, int], read: int | None) -> Update:
    """More in the counts of a month; Stale if they have changed since their version was read."""
    return Update(caps_key(member, month), add={**added, "v": 1}, when=[eq("v", read)])


def qualify(member: str, month: Month, kinds: dict[str, int], read: int | None) -> Update:
    """More qualifying points in a month, by kind; Stale if the year has changed since its version was read."""
    added = {f"q_{month % 100:02}_{kind}": points for kind, points in kinds.items()}
    return Update(qualifying_key(member, month // 100), add={**added, "v": 1}, when=[eq("v", read)])


def rise(before: Profile, change: Rise) -> Put:
    """A tier change, kept with its reason; the profile's version tells two of one instant apart."""
    sk = f"T#{stamp(change.at)}#{before.v:06}"
    return Put({"pk": f"M#{before.id}", "sk": sk, **msgspec.to_builtins(change)})


def rises(table: Table, member: str) -> list[Rise]:
    """A member's tier changes, the latest first."""
    return [msgspec.convert(item, Rise) for item in table.query(f"M#{member}", begins="T#", reverse=True).items]

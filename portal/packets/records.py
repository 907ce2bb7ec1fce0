"""Keys of packets: `PK#id/POT`, `PK#id/SEALED` (seed and list until the close), `PK#id/LISTED`, `PK#id/CLAIM#member`.

`PK#id#k/SHARE`: a share that nobody has opened. `PK#id#G#member/GATE` (ttl): the member's tap that is on its way.
`PKPROG#month/id`: that the community gave it. Of members: `M#id/PKGAVE#packet`, `M#id/PKGOT#packet`,
`M#id/PKDAY#date` (ttl): how many given that day.

The pot is in no index, since each ticket writes it; `LISTED` is: gs1 `PKQ#open#shard` by the time of making, gs2
`PKDUE#shard` by the time of the close.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from portal.clock import stamp
from portal.packets.model import Claim, Packet, Sealed
from portal.points.model import Month
from portal.table.contract import (
    Delete,
    Item,
    Key,
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

#: A tap that is on its way keeps others out for so many seconds.
LEASE = 10
#: A day's count is forgotten after it, wherever its midnight was.
COUNTED = dt.timedelta(days=3)


def pot_key(packet: str) -> Key:
    """Where a packet stands."""
    return Key(f"PK#{packet}", "POT")


def claim_key(packet: str, member: str) -> Key:
    """Where a member's share of a packet stands, once it is opened."""
    return Key(f"PK#{packet}", f"CLAIM#{member}")


def _sealed_key(packet: str) -> Key:
    return Key(f"PK#{packet}", "SEALED")


def _share_key(packet: str, k: int) -> Key:
    return Key(f"PK#{packet}#{k}", "SHARE")


def _listed_key(packet: str) -> Key:
    return Key(f"PK#{packet}", "LISTED")


def packet(item: Item | None) -> Packet | None:
    """The packet that an item holds."""
    return msgspec.convert(item, Packet) if item else None


def claim(item: Item | None) -> Claim | None:
    """The claim that an item holds."""
    return msgspec.convert(item, Claim) if item else None


def create(made: Packet, sealed: Sealed, month: Month, already: Refusal) -> list[Write]:
    """A packet with its shares, sealed, listed, and in its giver's list; a repeat is told first.

    One of the community's stands in the list of its month too.
    """
    pot, hidden, listed = pot_key(made.id), _sealed_key(made.id), _listed_key(made.id)
    due = {"gs2pk": "PKDUE#0", "gs2sk": f"{stamp(made.closes_at)}#{made.id}"}
    queue = {"gs1pk": "PKQ#open#0", "gs1sk": f"{stamp(made.made)}#{made.id}"}
    shares = ((_share_key(made.id, k), points) for k, points in enumerate(sealed.drawn))
    return [
        Put({"pk": pot.pk, "sk": pot.sk, **msgspec.to_builtins(made)}, when=[absent(already)]),
        Put({"pk": hidden.pk, "sk": hidden.sk, **msgspec.to_builtins(sealed)}),
        Put({"pk": listed.pk, "sk": listed.sk, "id": made.id, **queue, **due}),
        Put({"pk": f"M#{made.giver}", "sk": f"PKGAVE#{made.id}", "id": made.id}),
        *([Put({"pk": f"PKPROG#{month}", "sk": made.id})] if made.programme else []),
        *(Put({"pk": key.pk, "sk": key.sk, "points": points}) for key, points in shares),
    ]


def count(member: str, day: dt.date, now: dt.datetime, most: int, full: Refusal) -> Update:
    """One more packet given that day."""
    key, ttl = Key(f"M#{member}", f"PKDAY#{day}"), int((now + COUNTED).timestamp())
    return Update(key, set={"ttl": ttl}, add={"n": 1}, when=[under("n", most, full)])


def gate(packet: str, member: str, now: dt.datetime, closed: Refusal) -> Put:
    """One tap of a member at a time, until its lease is past."""
    key = Key(f"PK#{packet}#G#{member}", "GATE")
    return Put({"pk": key.pk, "sk": key.sk, "ttl": int(now.timestamp()) + LEASE}, when=[absent(closed)])


def ticket(packet: Packet, now: dt.datetime, *, over: Refusal, all_opened: Refusal) -> Update:
    """The next place in the drawn list: a plain write, refused at once when there is none."""
    return Update(
        pot_key(packet.id),
        add={"next": 1},
        when=[eq("state", "open", over), ge("closes", int(now.timestamp()) + 1, over),
              under("next", packet.shares, all_opened)],
    )  # fmt: skip


def drawn_by(pot: Item | None) -> int:
    """The place that the ticket just drawn from a pot names."""
    return int(pot["next"]) - 1 if pot else 0


def share(table: Table, packet: str, k: int) -> int | None:
    """The points of a share, or None if it is gone."""
    item = table.get(_share_key(packet, k))
    return int(item["points"]) if item else None


def take(made: Claim, *, already: Refusal, over: Refusal) -> list[Write]:
    """A member's one claim, the share that it empties, and the line in the member's own list."""
    key = claim_key(made.packet, made.member)
    facts = {**msgspec.to_builtins(made)}
    return [
        Put({"pk": key.pk, "sk": key.sk, **facts}, when=[absent(already)]),
        Delete(_share_key(made.packet, made.k), when=[exists(over)]),
        Put({"pk": f"M#{made.member}", "sk": f"PKGOT#{made.packet}", **facts}),
    ]


def claims(table: Table, packet: str) -> list[Claim]:
    """Everybody's claims of a packet, by ticket."""
    found = table.query(f"PK#{packet}", begins="CLAIM#").items
    return sorted((msgspec.convert(item, Claim) for item in found), key=lambda claim: claim.k)


def left(table: Table, packet: Packet) -> dict[int, int]:
    """The shares that nobody has opened, by their place."""
    items = table.batch_get([_share_key(packet.id, k) for k in range(packet.shares)])
    return {k: int(item["points"]) for k, item in enumerate(items) if item}


def sealed(table: Table, packet: str) -> Sealed:
    """What is to be published at the close."""
    return msgspec.convert(table.get(_sealed_key(packet)), Sealed)


def shut(packet: str) -> Update:
    """No more tickets from now on."""
    return Update(pot_key(packet), set={"state": "closing"}, when=[eq("state", "open")])


def give_back(before: Packet, shares: Mapping[int, int]) -> list[Write]:
    """Shares that go back; Stale if one of them is opened meanwhile, or others went back."""
    pot = Update(
        pot_key(before.id),
        add={"returned": sum(shares.values())},
        when=[eq("state", "closing"), eq("returned", before.returned)],
    )
    return [pot, *(Delete(_share_key(before.id, k), when=[exists()]) for k in shares)]


def close(before: Packet, after: Packet) -> list[Write]:
    """The close, once; a packet that is settled leaves every list, another stays due and only that."""
    key, pot = _listed_key(after.id), pot_key(after.id)
    due = {"gs2pk": "PKDUE#0", "gs2sk": f"{stamp(after.closes_at)}#{after.id}"}
    same = [eq("state", before.state), eq("settled", before.settled), eq("returned", before.returned)]
    listed = Delete(key) if after.settled else Put({"pk": key.pk, "sk": key.sk, "id": after.id, **due})
    return [Put({"pk": pot.pk, "sk": pot.sk, **msgspec.to_builtins(after)}, when=same), listed]


def open_ids(table: Table, limit: int) -> list[str]:
    """Packets that may be open, the latest first. From an index: judge each again by its pot."""
    return [str(item["id"]) for item in table.query("PKQ#open#0", index="gs1", reverse=True, limit=limit).items]


def due(table: Table, now: dt.datetime) -> Iterator[str]:
    """Packets whose close has come. From an index: judge each again by its pot."""
    cursor = None
    while True:
        page = table.query("PKDUE#0", index="gs2", between=("0", f"{stamp(now)}~"), cursor=cursor)
        yield from (str(item["id"]) for item in page.items)
        if (cursor := page.cursor) is None:
            return


def packets(table: Table, ids: Sequence[str]) -> list[Packet | None]:
    """Packets by their ids, at most a hundred."""
    return [packet(item) for item in (table.batch_get([pot_key(one) for one in ids]) if ids else [])]


def given(table: Table, member: str, limit: int) -> list[str]:
    """The ids of a member's latest packets."""
    return [str(item["id"]) for item in table.query(f"M#{member}", begins="PKGAVE#", reverse=True, limit=limit).items]


def of_programme(table: Table, month: Month) -> Iterator[Packet]:
    """The packets that the community gave in a month."""
    cursor = None
    while True:
        page = table.query(f"PKPROG#{month}", cursor=cursor, limit=100)
        yield from (one for one in packets(table, [str(item["sk"]) for item in page.items]) if one)
        if (cursor := page.cursor) is None:
            return


def got(table: Table, member: str, limit: int) -> list[Claim]:
    """A member's latest shares."""
    page = table.query(f"M#{member}", begins="PKGOT#", reverse=True, limit=limit)
    return [msgspec.convert(item, Claim) for item in page.items]

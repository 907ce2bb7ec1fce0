"""Opening: gate, ticket, transaction. And what a member sees of packets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import NotFound, PortalError
from portal.members.crediting import Crediting, Grant
from portal.members.model import Profile
from portal.members.service import Members
from portal.packets import records
from portal.packets.closing import Closing
from portal.packets.model import (
    GIFT,
    PROGRAMME,
    AllOpened,
    AlreadyOpened,
    BeingOpened,
    Claim,
    Over,
    Packet,
    Proof,
    check,
    told,
)
from portal.points.events import Earn
from portal.points.model import Month
from portal.table.contract import Item, Table

LISTED = 40
#: Of all that are open, so many are looked through for those that are open to one member.
LOOKED_AT = 50


class Opened(msgspec.Struct, frozen=True):
    """Who has opened a packet and when; how much, once that may be known."""

    name: str
    at: dt.datetime
    points: int | None
    luckiest: bool


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A packet as one member sees it: the own share, the others', the refusal that opening would meet, the proof."""

    packet: Packet
    mine: Claim | None
    opened: list[Opened]
    refusal: PortalError | None
    proof: Proof | None


class Mine(msgspec.Struct, frozen=True):
    """Packets that wait for a member, those the member gave, and the shares the member got, with their packets."""

    waiting: list[Packet]
    given: list[Packet]
    got: list[tuple[Claim, Packet]]


class Packets:
    """Red packets for those who open them."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        members: Members,
        crediting: Crediting,
        closing: Closing,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._members = members
        self._crediting = crediting
        self._closing = closing
        self._clock = clock

    def mine(self, member: str) -> Mine:
        """What a member's page of packets tells."""
        profile = self._members.standing(member).profile
        given = records.given(self._table, member, LISTED)
        got = records.got(self._table, member, LISTED)
        packets = records.packets(self._table, [*given, *(claim.packet for claim in got)])
        known = {packet.id: packet for packet in packets if packet}
        return Mine(
            self._waiting(profile),
            [known[one] for one in given if one in known],
            [(claim, known[claim.packet]) for claim in got if claim.packet in known],
        )

    def given_by_programme(self) -> list[Packet]:
        """Packets of the programme that may still be open, the latest first."""
        found = records.packets(self._table, records.open_ids(self._table, LOOKED_AT))
        return [packet for packet in found if packet and packet.programme]

    def see(self, member: str, packet: str) -> Seen:
        """One packet; raises NotFound. Amounts of others are told only after the close, to anybody."""
        profile = self._members.standing(member).profile
        found = self._find(packet)
        claims = records.claims(self._table, packet)
        closed = found.state == "closed"
        opened = [
            Opened(one.name, one.at, one.points if closed else None, closed and one.member == found.luckiest)
            for one in claims
        ]
        return Seen(
            packet=found,
            mine=next((one for one in claims if one.member == member), None),
            opened=opened,
            refusal=self._refusal(found, profile),
            proof=check(found, claims) if closed else None,
        )

    def proof(self, packet: str) -> tuple[Packet, Proof | None]:
        """A packet and what a check of it finds, once it is closed; raises NotFound."""
        found = self._find(packet)
        return found, check(found, records.claims(self._table, packet)) if found.state == "closed" else None

    def open(self, member: str, packet: str) -> Claim:
        """Story: take a share. A repeat gets the first one's.

        Raises NotFound, OwnPacket, NotForTier, Suspended, Over, AllOpened; BeingOpened while another tap of the same
        member is on its way. What is cut short between ticket and share goes back at the close.
        """
        keys = [records.pot_key(packet), records.claim_key(packet, member), *self._members.keys(member)]
        pot, claimed, *items = self._table.batch_get(keys)
        found = records.packet(pot)
        if found is None:
            raise NotFound
        if first := records.claim(claimed):
            return first
        found.require_open(self._charter, self._members.standing_in(items, member).profile, self._clock.now())
        try:
            self._table.commit(records.gate(packet, member, self._clock.now(), BeingOpened))
            k = self._ticket(found)
            claim = self._table.retrying(self._taking(found, member, k, items))
        except (BeingOpened, AlreadyOpened):
            if first := records.claim(self._table.get(records.claim_key(packet, member))):
                return first
            raise
        self._closing.close_opened(packet)
        return claim

    def _ticket(self, packet: Packet) -> int:
        all_opened = AllOpened(shares=packet.shares)
        ticket = records.ticket(packet, self._clock.now(), over=Over, all_opened=all_opened)
        return records.drawn_by(self._table.commit(ticket))

    def _taking(self, packet: Packet, member: str, k: int, items: Sequence[Item | None]) -> Callable[[], Claim]:
        """The story's last part, on what was read before the ticket; run again, on what it reads itself."""
        read: list[Sequence[Item | None]] = [items]

        def take() -> Claim:
            seen = read.pop() if read else self._table.batch_get(self._members.keys(member))
            return self._take(packet, member, k, seen)

        return take

    def _take(self, packet: Packet, member: str, k: int, items: Sequence[Item | None]) -> Claim:
        points = records.share(self._table, packet.id, k)
        if points is None:
            raise Over
        standing = self._members.standing_in(items, member)
        rule = PROGRAMME if packet.programme else GIFT
        earn = Earn(
            amount=points,
            rule=rule,
            key=f"packet#{packet.id}#{rule}",
            months=self._crediting.months,
            lapses=Month(packet.lapses) if packet.lapses else None,
            text=told(packet, self._charter.community.name),
        )
        grant = Grant(earn=earn, kind=rule, qualifies=False)
        claim = Claim(
            packet=packet.id,
            member=member,
            name=standing.profile.name,
            k=k,
            points=points,
            at=self._clock.now(),
        )
        with self._crediting.credit(standing, [grant], already=AlreadyOpened) as credited:
            self._table.commit(*records.take(claim, already=AlreadyOpened, over=Over), *credited.writes)
        return claim

    def _waiting(self, profile: Profile) -> list[Packet]:
        ids = records.open_ids(self._table, LOOKED_AT)
        found = records.packets(self._table, ids)
        claims = self._table.batch_get([records.claim_key(one, profile.id) for one in ids]) if ids else []
        pairs = zip(found, claims, strict=True)
        return [one for one, claim in pairs if one and not claim and self._refusal(one, profile) is None]

    def _refusal(self, packet: Packet, profile: Profile) -> PortalError | None:
        try:
            packet.require_open(self._charter, profile, self._clock.now())
        except PortalError as refusal:
            return refusal
        return None

    def _find(self, packet: str) -> Packet:
        found = records.packet(self._table.get(records.pot_key(packet)))
        if found is None:
            raise NotFound
        return found

"""Flash sales: a ticket first, by one plain write, then one's own share in the transaction; nobody is in the way.

Tickets whose press went no further are nobody's; the job gives them back to the stock when their time is over.
"""

from __future__ import annotations

import contextlib

from portal.clock import Clock
from portal.errors import N_, PortalError, Stale
from portal.rewards import records
from portal.rewards.model import Reward
from portal.table.contract import Delete, Refusal, Table, Write

#: So long one press of a member keeps the next waiting, if it never ends.
GATE_SECONDS = 10
#: So long after the last ticket each of them has been claimed, or is nobody's.
LEASE_SECONDS = 60
NOBODY = ""


class OneAtATime(PortalError):
    """Another press of the same member is on its way."""

    status = 409
    sentence = N_("Your last press is still on its way. Please look again in a moment; nothing is taken twice.")


class TicketGone(PortalError):
    """The transaction came so late that the ticket was given to somebody else."""

    status = 409
    sentence = N_("That took too long, and your place went to somebody else. Nothing was taken: please try again.")


class Sale:
    """Tickets of flash sales."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def ticket(self, member: str, reward: Reward, sold_out: Refusal) -> int:
        """Story: the member's ticket. Raises OneAtATime and `sold_out`; Stale if the reward was edited meanwhile."""
        now = self._now()
        self._table.commit(records.gate(member, reward.slug, now + GATE_SECONDS, OneAtATime))
        try:
            return records.draw(self._table, reward, now, sold_out)
        except PortalError:
            self._open(member, reward.slug)
            raise

    def claimed(self, member: str, reward: Reward, number: int, redemption: str) -> list[Write]:
        """Part: the ticket is this redemption's, and the member may press again. The commit raises TicketGone."""
        return [
            records.claim(reward.slug, number, redemption, TicketGone),
            Delete(records.gate_key(member, reward.slug)),
        ]

    def give_back(self, member: str, slug: str, number: int) -> None:
        """Story: a ticket that came to nothing. One that was claimed after all is left alone, as the job does."""
        with contextlib.suppress(PortalError):
            self._void(slug, number)
        self._open(member, slug)

    def recount(self) -> int:
        """Story of the job: tickets that nobody claimed in time go back into the stock; how many. Repeated: none."""
        returned = 0
        rewards = records.rewards(self._table)
        stocks = records.read(self._table, [records.stock_key(reward.slug) for reward in rewards])
        for reward, stock in zip(rewards, stocks, strict=True):
            last, drawn, settled = records.drawn(stock)
            if last > settled and drawn + LEASE_SECONDS <= self._now():
                returned += sum(self._unclaimed(reward.slug, settled, last))
                with contextlib.suppress(Stale):  # another runner has noted it
                    self._table.commit(records.settled(reward.slug, settled, last))
        return returned

    def _unclaimed(self, slug: str, settled: int, last: int) -> list[bool]:
        numbers = range(settled + 1, last + 1)
        claims = records.read(self._table, [records.ticket_key(slug, number) for number in numbers])
        return [self._void(slug, number) for number, claim in zip(numbers, claims, strict=True) if claim is None]

    def _void(self, slug: str, number: int) -> bool:
        try:
            self._table.commit(records.claim(slug, number, NOBODY), records.restock(slug, 1))
        except Stale:
            return False
        return True

    def _open(self, member: str, slug: str) -> None:
        with contextlib.suppress(PortalError):  # else it opens by itself
            self._table.commit(Delete(records.gate_key(member, slug)))

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

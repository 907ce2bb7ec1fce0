"""The close: no more tickets, what nobody opened goes back, the rest is spent, the seed and the list are published.

Each step is one commit that says what it found, so that a close may be late, cut short, repeated, or race with members
who are still opening: a share is either opened or goes back, and the packet is closed once.
"""

from __future__ import annotations

import contextlib
from functools import partial

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import NotFound, PortalError
from portal.language import Text
from portal.outbox.model import Letter
from portal.packets import records
from portal.packets.letters import PacketLetters
from portal.packets.model import GIFT, Packet, luckiest
from portal.points.budgets import Budgets, Reservation
from portal.points.events import Cancel, Fulfil
from portal.points.model import InDebt
from portal.points.service import Points
from portal.table.contract import Table, Write

#: So many shares go back in one transaction.
BATCH = 40


class Closing:
    """Closes packets whose time has come, or that are all opened."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        budgets: Budgets,
        letters: PacketLetters,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._budgets = budgets
        self._letters = letters
        self._clock = clock

    def close_due(self) -> int:
        """Story of the job: close what is due; how many. Late or repeated: same result.

        A packet that stays refused holds up no other; its refusal is raised at the end.
        """
        closed, refused = 0, None
        for packet in list(records.due(self._table, self._clock.now())):
            try:
                closed += self.close(packet)
            except PortalError as refusal:
                refused = refused or refusal
        if refused:
            raise refused
        return closed

    def close(self, packet: str) -> bool:
        """Story: close a packet that is due or all opened; whether it is settled now and was not before."""
        return self._table.retrying(partial(self._shut, packet)) and self._close(packet)

    def close_opened(self, packet: str) -> None:
        """Story of whoever opened a share, perhaps the last one: of many at once, the one that shuts it closes it.

        What goes wrong here is the job's to do again.
        """
        with contextlib.suppress(PortalError):
            found = self._find(packet)
            if found.state == "open" and found.next >= found.shares and self._shut(packet):
                self._close(packet)

    def _close(self, packet: str) -> bool:
        while self._table.retrying(partial(self._give_back, packet)):
            pass
        return self._table.retrying(partial(self._finish, packet))

    def _shut(self, packet: str) -> bool:
        """From now on no ticket is drawn. Whether there is anything to do."""
        found = self._find(packet)
        if found.state != "open":
            return not found.settled
        if not (found.over(self._clock.now()) or (found.next >= found.shares and not records.left(self._table, found))):
            return False
        self._table.commit(records.shut(packet))
        return True

    def _give_back(self, packet: str) -> bool:
        """Some of the shares that nobody opened go back; whether there were any."""
        found = self._find(packet)
        if found.state != "closing":
            return False
        purse = self._points.purse(found.giver)
        shares = dict(list(records.left(self._table, found).items())[:BATCH])
        if not shares:
            return False
        writes: list[Write] = []
        if not found.programme:
            back = Cancel(
                allocation=found.rest(sum(shares.values())),
                rule=GIFT,
                key=f"packet#{packet}#rest-{found.returned}",
                grace=self._charter.points.grace_days,
                text=Text(en="Red packet, what nobody opened", zh="红包，没人拆的部分"),
            )
            _, writes = self._points.post(purse, [back])
        self._table.commit(*records.give_back(found, shares), *writes)
        return True

    def _finish(self, packet: str) -> bool:
        """Publish, name the luckiest, tell the giver, spend what was opened; that alone waits while there is a debt."""
        purse = self._points.purse(self._find(packet).giver)
        found = self._find(packet)
        if found.settled:
            return False
        after, letters = self._published(found)
        writes: list[Write] = []
        if found.given and not found.programme:
            spent = Fulfil(
                amount=found.given,
                rule=GIFT,
                key=f"packet#{packet}#given",
                text=Text(en="Red packet, opened by others", zh="红包，被大家拆走"),
            )
            try:
                _, writes = self._points.post(purse, [spent])
            except InDebt:
                after = msgspec.structs.replace(after, settled=False)
        if after == found:
            return False
        self._table.commit(*records.close(found, after), *writes, *self._letters.outbox.record(*letters))
        self._letters.outbox.send(*letters)
        if found.state == "closing" and found.reservation and found.returned:
            self._budgets.give_back(msgspec.convert(found.reservation, Reservation), found.returned)
        return after.settled

    def _published(self, found: Packet) -> tuple[Packet, list[Letter]]:
        """The packet as everybody sees it from now on, settled; and what its giver is told, the first time."""
        if found.state == "closed":
            return msgspec.structs.replace(found, settled=True), []
        sealed, claims = records.sealed(self._table, found.id), records.claims(self._table, found.id)
        closed = msgspec.structs.replace(
            found,
            state="closed",
            seed=sealed.seed,
            drawn=sealed.drawn,
            luckiest=luckiest(found.split, claims),
            closed=self._clock.now(),
            settled=True,
        )
        return closed, self._letters.closed(closed, claims)

    def _find(self, packet: str) -> Packet:
        found = records.packet(self._table.get(records.pot_key(packet)))
        if found is None:
            raise NotFound
        return found

"""Letters about red packets, to their givers."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.service import Accounts
from portal.errors import NotFound
from portal.outbox.model import Letter
from portal.outbox.service import Outbox
from portal.packets import notices
from portal.packets.model import Claim, Packet


class PacketLetters:
    """Made before the commit that they tell of, recorded in it, sent after it by the outbox."""

    def __init__(self, accounts: Accounts, outbox: Outbox, grace: int, base_url: str) -> None:
        self._accounts = accounts
        self._grace = grace
        self._base_url = base_url
        self.outbox = outbox

    def closed(self, packet: Packet, claims: Sequence[Claim]) -> list[Letter]:
        """What became of it; none for a packet of the community's, or whose giver has been erased."""
        if packet.programme:
            return []
        try:
            account = self._accounts.account(packet.giver)
        except NotFound:
            return []
        link = f"{self._base_url}/portal/packets/{packet.id}"
        notice = notices.closed(packet, claims, self._grace, link, account.lang)
        return [self.outbox.letter(account.email, account.lang, notice)]

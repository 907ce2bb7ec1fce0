"""What handing over comes to: a code from the pool, a ticket with its number, a privilege with its last day."""

from __future__ import annotations

import datetime as dt
import secrets

import msgspec

from portal.charter.schema import Community
from portal.clock import Clock
from portal.errors import N_, PortalError
from portal.rewards import records
from portal.rewards.model import Pooled, Redemption
from portal.table.contract import Delete, Table, Write

#: Codes among which one is drawn: so many people at once rarely want the same.
SPREAD = 100
#: Letters and digits that nobody mistakes for one another, read aloud or in bad light.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
TICKET_LENGTH = 10


class PoolEmpty(PortalError):
    """No code is left to give."""

    status = 409
    sentence = N_("No code of {reward} is left in the pool. Nothing was taken: please try again later.")


class CodeShown(PortalError):
    """What was seen can't be unseen."""

    status = 409
    sentence = N_("Its code has been shown, so it can't come back. Revoke the code in its pool instead.")


class TicketUsed(PortalError):
    """The ticket has let somebody in."""

    status = 409
    sentence = N_("This ticket was used on {day} at {time}.")


def normalised(number: str) -> str:
    """A ticket's number as it is stored, however it was typed."""
    return "".join(number.upper().replace("-", " ").split())


class Handing:
    """Parts of handing over and of taking back."""

    def __init__(self, table: Table, community: Community, clock: Clock) -> None:
        self._table = table
        self._community = community
        self._clock = clock

    def give(self, redemption: Redemption) -> tuple[Redemption, list[Write]]:
        """Part: the redemption with what it brings, and the writes that make it its member's. Raises PoolEmpty."""
        if redemption.kind == "code":
            return self.code(redemption)
        if redemption.kind == "ticket":
            number = "".join(secrets.choice(ALPHABET) for _ in range(TICKET_LENGTH))
            return msgspec.structs.replace(redemption, ticket=number), [records.issue(number, redemption)]
        if redemption.kind == "privilege" and redemption.lasts:
            until = self._community.today(self._clock.now()) + dt.timedelta(days=redemption.lasts)
            return msgspec.structs.replace(redemption, until=until), []
        return redemption, []

    def code(self, redemption: Redemption) -> tuple[Redemption, list[Write]]:
        """Part: a code that nobody has; Stale if somebody was faster. Raises PoolEmpty."""
        free = records.free(self._table, redemption.reward, SPREAD)
        if not free:
            raise PoolEmpty(reward=redemption.title)
        hashed, code = secrets.choice(free)
        owned = Pooled(
            hash=hashed, code=code, state="owned", member=redemption.member, member_name=redemption.member_name,
            redemption=redemption.id,
        )  # fmt: skip
        writes: list[Write] = [records.unpool(redemption.reward, hashed), records.use(redemption.reward, owned)]
        return msgspec.structs.replace(redemption, code=hashed, shown=None), writes

    def take_back(self, redemption: Redemption) -> list[Write]:
        """Part: what was handed over is its member's no more. Things are put on the shelf by hand, when they are back.

        Raises CodeShown, TicketUsed.
        """
        slug = redemption.reward
        if redemption.kind == "goods":
            return []
        if redemption.used:
            local = self._community.local(redemption.used)
            raise TicketUsed(day=local.date(), time=f"{local:%H:%M}")
        writes: list[Write] = [records.restock(slug, 1)]
        if redemption.kind == "ticket":
            writes.append(Delete(records.issued_key(redemption.ticket)))
        if redemption.kind == "code":
            if redemption.shown:
                raise CodeShown
            if owned := self.owned(redemption):
                writes += [records.unuse(slug, owned), records.pool(slug, owned.hash, owned.code)]
        return writes

    def owned(self, redemption: Redemption) -> Pooled | None:
        """The code that is a redemption's, if it has one."""
        if not redemption.code:
            return None
        return records.pooled(self._table.get(records.used_key(redemption.reward, redemption.code)))

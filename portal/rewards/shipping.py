"""From yes to the thing in somebody's hands: approved, an address, a word on the way, received or used."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.errors import N_, NotFound, PortalError
from portal.rewards import records
from portal.rewards.closing import NotHandedOver, Redemptions
from portal.rewards.handing import Handing, TicketUsed, normalised
from portal.rewards.model import STATUS_NAMES, Redemption
from portal.rewards.steps import Actor, AlreadyClosed, Steps
from portal.table.contract import Write


class LookFirst(PortalError):
    """Nobody can say that a code works without having seen it."""

    status = 409
    sentence = N_("Have a look at the code first.")


class NoAddress(PortalError):
    """Nothing to be sent, or nowhere near it."""

    status = 409
    sentence = N_("This needs no address at the moment.")


class UnknownTicket(PortalError):
    """No ticket has that number."""

    status = 404
    sentence = N_("There is no ticket with this number. Please compare it with the member's page.")


class Shipping:
    """The way of a redemption, and what its member does on it."""

    def __init__(self, steps: Steps, redemptions: Redemptions, giving: Handing) -> None:
        self._steps = steps
        self._redemptions = redemptions
        self._giving = giving
        self._table = steps.table

    def find(self, member: str, redemption: str) -> Redemption:
        """One redemption; raises NotFound."""
        return self._steps.find(member, redemption)

    def late(self, redemption: Redemption) -> bool:
        """Whether we have been slower than we promised, so that taking it back costs nothing."""
        return redemption.open and self._steps.overdue(redemption)

    def expires(self, redemption: Redemption) -> dt.datetime | None:
        """Until when an address is waited for, where one is."""
        waits = redemption.lane == "address"
        return redemption.due(self._steps.policy, self._steps.charter.community) if waits else None

    def approve(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: it shall be had. What goes by post waits for its address now. Raises NotFound, AlreadyClosed."""
        did = N_("approved {reward} for {name}")

        def story() -> Redemption:
            _, before = self._steps.open(member, redemption)
            if before.status != "requested":
                raise AlreadyClosed(status=STATUS_NAMES[before.status])
            after = self._steps.step(before, "approved", note, late=self._steps.overdue(before))
            if before.address == "needed":
                after = msgspec.structs.replace(after, since=None)
            audited = self._steps.noted(Actor(actor, actor_name), did, before, after, note)
            return self._steps.commit(before, after, audited, about="status")

        return self._table.retrying(story)

    def address(self, member: str, redemption: str, lines: str) -> Redemption:
        """Story: where to send it; it may be corrected until it is sent. Raises NotFound, AlreadyClosed, NoAddress."""

        def story() -> Redemption:
            _, before = self._steps.open(member, redemption)
            if before.lane == "address":
                after = msgspec.structs.replace(before, address="given", since=self._steps.now)
            elif before.status == "approved" and before.address == "given":
                after = before
            else:
                raise NoAddress
            return self._steps.commit(before, after, [records.keep_address(member, redemption, lines)])

        return self._table.retrying(story)

    def address_of(self, redemption: Redemption) -> str:
        """Where it is to be sent, or was; for its member and for those who send it."""
        if redemption.address != "given":
            return ""
        return records.address(self._table.get(records.address_key(redemption.member, redemption.id)))

    def show(self, member: str, redemption: str) -> Redemption:
        """Story: the member looks at the code, and that is noted. Raises NotFound, NotHandedOver."""

        def story() -> Redemption:
            before = self._steps.find(member, redemption)
            owned = self._giving.owned(before)
            if owned is None or before.status not in ("fulfilled", "completed"):
                raise NotHandedOver
            if before.shown:
                return before
            now = self._steps.now
            after = msgspec.structs.replace(before, shown=now)
            pooled = records.reuse(before.reward, owned, msgspec.structs.replace(owned, shown=now))
            return self._steps.commit(before, after, [pooled])

        return self._table.retrying(story)

    def code_of(self, redemption: Redemption) -> str:
        """The code, for its owner who has asked to see it; empty for anything else."""
        owned = self._giving.owned(redemption) if redemption.shown else None
        return owned.code if owned and owned.redemption == redemption.id and owned.state == "owned" else ""

    def received(self, member: str, redemption: str) -> Redemption:
        """Story: the member says that it arrived; that ends it. Once more changes nothing.

        Raises NotFound, NotHandedOver, AlreadyClosed, LookFirst.
        """

        def story() -> Redemption:
            before = self._steps.find(member, redemption)
            if before.status == "completed":
                return before
            self._redemptions.require_fulfilled(before)
            if before.code and not before.shown:
                raise LookFirst
            return self._steps.commit(before, self._steps.step(before, "completed"))

        return self._table.retrying(story)

    def say(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: a word on the way, such as the parcel's number; the last word again is told once. Raises NotFound."""
        did = N_("wrote to {name} about {reward}")

        def story() -> Redemption:
            before = self._steps.find(member, redemption)
            if len(before.timeline) > 1 and before.timeline[-1].note == note:
                return before
            after = self._steps.step(before, before.status, note)
            audited = self._steps.noted(Actor(actor, actor_name), did, before, after, note)
            return self._steps.commit(before, after, audited, about="word")

        return self._table.retrying(story)

    def ticket(self, number: str) -> Redemption:
        """Whose a ticket is; raises UnknownTicket."""
        typed = normalised(number)
        item = self._table.get(records.issued_key(typed)) if typed else None
        if item is None:
            raise UnknownTicket
        return self._steps.find(str(item["member"]), str(item["redemption"]))

    def use(self, actor: str, actor_name: str, member: str, redemption: str) -> Redemption:
        """Story: a ticket lets somebody in, once; that ends it. Raises NotFound, NotHandedOver, TicketUsed."""
        did = N_("let {name} in with a ticket for {reward}")

        def story() -> Redemption:
            before = self._steps.find(member, redemption)
            if before.kind != "ticket":
                raise NotFound
            if before.used:
                local = self._steps.charter.community.local(before.used)
                raise TicketUsed(day=local.date(), time=f"{local:%H:%M}")
            if before.status not in ("fulfilled", "completed"):
                raise NotHandedOver
            after = msgspec.structs.replace(before, used=self._steps.now)
            if before.status == "fulfilled":
                after = self._steps.step(after, "completed")
            audited: list[Write] = self._steps.noted(Actor(actor, actor_name), did, before, after)
            return self._steps.commit(before, after, audited)

        return self._table.retrying(story)

"""How a redemption goes on at the desk and ends: fulfilled, declined, returned, or cancelled by its member.

The first to act decides.
"""

from __future__ import annotations

from portal.errors import N_, PortalError
from portal.points.events import Fulfil
from portal.points.model import Month
from portal.rewards import records
from portal.rewards.handing import Handing
from portal.rewards.model import STATUS_NAMES, Redemption
from portal.rewards.steps import Actor, AlreadyClosed, Steps, require_other
from portal.table.contract import Delete, Write

__all__ = ["STATUS_NAMES", "AlreadyClosed", "NeedsAddress", "NotHandedOver", "Redemptions", "TooManyCancels"]


class NeedsAddress(PortalError):
    """It goes by post, and nobody knows where to."""

    status = 409
    sentence = N_("It goes by post and has no address yet. Approve it, and its member is asked.")


class NotHandedOver(PortalError):
    """Something that only what was handed over can be."""

    status = 409
    sentence = N_("This has not been handed over yet.")


class TooManyCancels(PortalError):
    """Stock isn't to be sat upon."""

    status = 409
    sentence = N_("You have cancelled {reward} {most} times today. You can again tomorrow; nothing has changed.")


class Redemptions:
    """The ends of redemptions."""

    def __init__(self, steps: Steps, giving: Handing) -> None:
        self._steps = steps
        self._giving = giving
        self._table = steps.table

    def lost_by_cancelling(self, member: str, redemption: str) -> int:
        """How many of the held points have lapsed meanwhile and would be gone if the member cancelled now.

        None, where we have been slower than we promised. What pays a debt is not gone, and it pays first.
        """
        purse, found = self._steps.read(member, redemption)
        if not found.open or self._steps.overdue(found):
            return 0
        month = Month.of(self._steps.today)
        lapsed = sum(points for lot, points in found.allocation.items() if int(lot) < month)
        return max(0, lapsed - purse.debt)

    def cancels_left(self, redemption: Redemption) -> int:
        """How often its member may cancel this reward today; always, where we are late."""
        most = self._steps.policy.cancels_per_day
        if self._steps.overdue(redemption):
            return most
        key = records.cancels_key(redemption.member, redemption.reward, self._steps.today)
        return max(0, most - records.cancels(self._table.get(key)))

    def cancel(self, member: str, redemption: str) -> Redemption:
        """Story: the member thinks better of it. Points keep their date; what has lapsed meanwhile is gone.

        Where we have been slower than we promised it is our doing: no cancel is counted, and points live the grace.
        Raises NotFound, AlreadyClosed, TooManyCancels.
        """
        most = self._steps.policy.cancels_per_day

        def story() -> Redemption:
            purse, before = self._steps.open(member, redemption)
            late = self._steps.overdue(before)
            refusal = TooManyCancels(reward=before.title, most=most)
            counted = [] if late else [
                records.cancelled(before, self._steps.today, most, self._steps.now, refusal)
            ]  # fmt: skip
            after = self._steps.step(before, "cancelled", late=late, **_no_address(before))
            events = self._steps.back(before, "cancelled", grace=late)
            more = [*counted, *self._steps.release(before), *_erased(before)]
            return self._steps.commit(before, after, more, purse=purse, events=events)

        return self._table.retrying(story)

    def decline(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: the desk can't or won't fulfil it. Points come back and live at least the charter's grace.

        Raises OwnRedemption, NotFound, AlreadyClosed.
        """
        require_other(actor, member)
        did = N_("declined {reward} for {name}")

        def story() -> Redemption:
            purse, before = self._steps.open(member, redemption)
            after = self._steps.step(before, "declined", note, **_no_address(before))
            events = self._steps.back(before, "declined", grace=True)
            audited = self._steps.noted(Actor(actor, actor_name), did, before, after, note)
            more = [*self._steps.release(before), *_erased(before), *audited]
            return self._steps.commit(before, after, more, purse=purse, events=events, about="status")

        return self._table.retrying(story)

    def fulfil(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: handed over; the held points are spent. What was not approved is, by this.

        Raises NotFound, AlreadyClosed, NeedsAddress, PoolEmpty, InDebt.
        """
        did = N_("fulfilled {reward} for {name}")

        def story() -> Redemption:
            purse, before = self._steps.open(member, redemption)
            require_address(before)
            approved = before if before.status == "approved" else self._steps.step(before, "approved")
            late = self._steps.overdue(before)
            after, given = self._giving.give(self._steps.step(approved, "fulfilled", note, late=late))
            audited = self._steps.noted(Actor(actor, actor_name), did, before, after, note)
            events = [spent(before)] if before.price else []
            return self._steps.commit(before, after, [*given, *audited], purse=purse, events=events, about="status")

        return self._table.retrying(story)

    def give_back(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: revoked after it was handed over, until it is completed. Points come back and live the grace.

        Raises OwnRedemption, NotFound, NotHandedOver, AlreadyClosed, CodeShown, TicketUsed.
        """
        require_other(actor, member)
        did = N_("took back {reward} from {name}")

        def story() -> Redemption:
            purse, before = self._steps.read(member, redemption)
            self.require_fulfilled(before)
            after = self._steps.step(before, "returned", note)
            audited = self._steps.noted(Actor(actor, actor_name), did, before, after, note)
            more = [*self._giving.take_back(before), records.count(before, -1), *audited]
            events = self._steps.back(before, "returned", grace=True)
            return self._steps.commit(before, after, more, purse=purse, events=events, about="status")

        return self._table.retrying(story)

    def require_fulfilled(self, redemption: Redemption) -> None:
        """Raises NotHandedOver; AlreadyClosed for what is completed, even if the job has not run yet."""
        if redemption.open:
            raise NotHandedOver
        due = redemption.due(self._steps.policy, self._steps.charter.community)
        if redemption.status == "fulfilled" and due and self._steps.now >= due:
            raise AlreadyClosed(status=STATUS_NAMES["completed"])
        if redemption.status != "fulfilled":
            raise AlreadyClosed(status=STATUS_NAMES[redemption.status])


def spent(redemption: Redemption) -> Fulfil:
    """The event by which a redemption's held points are spent."""
    key = f"redemption#{redemption.id}#fulfilled"
    return Fulfil(amount=redemption.price, rule="redemption", key=key, text=redemption.title)


def require_address(redemption: Redemption) -> None:
    """Raises NeedsAddress for what can't be sent yet."""
    if redemption.address == "needed":
        raise NeedsAddress


def _no_address(redemption: Redemption) -> dict[str, str]:
    return {"address": "erased" if redemption.address == "given" else ""}


def _erased(redemption: Redemption) -> list[Write]:
    """What came to nothing needs no address."""
    key = records.address_key(redemption.member, redemption.id)
    return [Delete(key)] if redemption.address == "given" else []

"""How a redemption ends: cancelled by the member, fulfilled or declined at the desk. The first to act decides."""

from __future__ import annotations

import msgspec

from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.language import Term
from portal.points.events import Cancel, Event, Fulfil
from portal.points.model import Month, Purse
from portal.points.service import Points
from portal.rewards import records
from portal.rewards.letters import RedemptionLetters
from portal.rewards.model import Event as Step
from portal.rewards.model import Redemption, Status
from portal.table.contract import Item, Table, Write

PAGE = 50

STATUS_NAMES: dict[Status, Term] = {
    "requested": Term(N_("requested")),
    "fulfilled": Term(N_("fulfilled")),
    "cancelled": Term(N_("cancelled")),
    "declined": Term(N_("declined")),
}


class AlreadyClosed(PortalError):
    """Somebody was faster."""

    status = 409
    sentence = N_("This redemption is {status} already; it can't be changed any more.")


class Waiting(msgspec.Struct, frozen=True):
    """A page of what waits for the desk, the oldest first."""

    redemptions: list[Redemption]
    cursor: str | None


class Redemptions:
    """Redemptions that wait, and their end."""

    def __init__(
        self, table: Table, charter: Charter, points: Points, letters: RedemptionLetters, audit: Audit, clock: Clock
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._letters = letters
        self._audit = audit
        self._clock = clock

    def waiting(self, cursor: str | None = None) -> Waiting:
        """What waits for the desk. The index may lag: each is read again by its own key, and shown only if it waits."""
        page = records.waiting(self._table, cursor, PAGE)
        keys = [records.redemption_key(str(item["member"]), str(item["id"])) for item in page.items]
        found = [records.redemption(item) for item in (self._table.batch_get(keys) if keys else [])]
        return Waiting([redemption for redemption in found if redemption and redemption.open], page.cursor)

    def lost_by_cancelling(self, member: str, redemption: str) -> int:
        """How many of the held points have lapsed meanwhile and would be gone if the member cancelled now."""
        found = self._find(member, redemption)
        month = Month.of(self._charter.community.today(self._clock.now()))
        return sum(points for lot, points in found.allocation.items() if int(lot) < month)

    def cancel(self, member: str, redemption: str) -> Redemption:
        """Story: the member thinks better of it. Points keep their date; what has lapsed meanwhile is gone."""

        def story() -> Redemption:
            purse, before = self._open(member, redemption)
            return self._give_back(purse, before, "cancelled", None, "", [])

        return self._table.retrying(story)

    def decline(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: the desk can't fulfil it. Points come back and live at least the charter's grace."""
        did = N_("declined {reward} for {name}")
        grace = self._charter.points.grace_days

        def story() -> Redemption:
            purse, before = self._open(member, redemption)
            audited = self._noted(actor, actor_name, did, before, note)
            return self._give_back(purse, before, "declined", grace, note, audited)

        return self._table.retrying(story)

    def fulfil(self, actor: str, actor_name: str, member: str, redemption: str, note: str) -> Redemption:
        """Story: handed over; the held points are spent. Raises NotFound, AlreadyClosed, InDebt."""
        did = N_("fulfilled {reward} for {name}")

        def story() -> Redemption:
            purse, before = self._open(member, redemption)
            key = f"redemption#{redemption}#fulfilled"
            event = Fulfil(amount=before.price, rule="redemption", key=key, text=before.title)
            audited = self._noted(actor, actor_name, did, before, note)
            return self._close(purse, before, "fulfilled", note, event, audited)

        return self._table.retrying(story)

    def _noted(self, actor: str, actor_name: str, did: str, before: Redemption, note: str) -> list[Write]:
        facts = {"reward": msgspec.to_builtins(before.title), "name": before.member_name, "note": note}
        return self._audit.note(actor, actor_name, did, before.id, **facts)

    def _give_back(
        self, purse: Purse, before: Redemption, status: Status, grace: int | None, note: str, more: list[Write]
    ) -> Redemption:
        event = Cancel(
            allocation={int(month): points for month, points in before.allocation.items()},
            rule="redemption",
            key=f"redemption#{before.id}#{status}",
            grace=grace,
            text=before.title,
        )
        return self._close(purse, before, status, note, event, [*records.release(before), *more])

    def _close(
        self, purse: Purse, before: Redemption, status: Status, note: str, event: Event, more: list[Write]
    ) -> Redemption:
        """One commit: the status first, so that the second to act is told; then points, and what goes with them."""
        _, posted = self._points.post(purse, [event] if before.price else [])
        step = Step(at=self._clock.now(), status=status, note=note)
        after = msgspec.structs.replace(before, status=status, timeline=[*before.timeline, step])
        letters = [] if status == "cancelled" else [self._letters.letter(after)]
        self._table.commit(
            records.change(before, after, self._already), *posted, *more, *self._letters.record(*letters)
        )
        self._letters.send(*letters)
        return after

    def _find(self, member: str, redemption: str) -> Redemption:
        found = records.redemption(self._table.get(records.redemption_key(member, redemption)))
        if found is None:
            raise NotFound
        return found

    def _open(self, member: str, redemption: str) -> tuple[Purse, Redemption]:
        """The purse, read first, and the redemption: one that still waits then can't have moved the purse before."""
        purse = self._points.purse(member)
        found = self._find(member, redemption)
        if not found.open:
            raise AlreadyClosed(status=STATUS_NAMES[found.status])
        return purse, found

    def _already(self, item: Item | None) -> PortalError:
        found = records.redemption(item)
        return AlreadyClosed(status=STATUS_NAMES[found.status]) if found else NotFound()

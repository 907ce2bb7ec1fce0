"""What all steps of a redemption share: the purse is read first, one commit comes last, then the letter goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from portal.audit.service import Audit
from portal.charter.economy import RewardsPolicy
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.points.events import Cancel, Event, Return
from portal.points.model import Purse
from portal.points.service import Points
from portal.rewards import records
from portal.rewards.letters import RedemptionLetters
from portal.rewards.model import STATUS_NAMES, Redemption, Status
from portal.rewards.model import Event as Step
from portal.rewards.notices import About
from portal.table.contract import Item, Table, Write


class OwnRedemption(PortalError):
    """Somebody at the desk would get their own points back."""

    status = 403
    sentence = N_("Nobody takes back their own redemption at the desk. Please ask another steward.")


def require_other(actor: str, member: str) -> None:
    """Raises OwnRedemption."""
    if actor == member:
        raise OwnRedemption


class AlreadyClosed(PortalError):
    """Somebody was faster."""

    status = 409
    sentence = N_("This redemption is {status} already; it can't be changed any more.")


class Actor(NamedTuple):
    """Who acts at the desk."""

    id: str
    name: str


class Steps:
    """Reads a redemption and takes it one step on."""

    def __init__(
        self, table: Table, charter: Charter, points: Points, letters: RedemptionLetters, audit: Audit, clock: Clock
    ) -> None:
        self.table = table
        self.charter = charter
        self.clock = clock
        self._points = points
        self._letters = letters
        self._audit = audit

    @property
    def policy(self) -> RewardsPolicy:
        """What the charter promises about redeeming."""
        return self.charter.points.rewards

    @property
    def now(self) -> dt.datetime:
        """The present."""
        return self.clock.now()

    @property
    def today(self) -> dt.date:
        """The community's date."""
        return self.charter.community.today(self.now)

    def find(self, member: str, redemption: str) -> Redemption:
        """One redemption; raises NotFound."""
        found = records.redemption(self.table.get(records.redemption_key(member, redemption)))
        if found is None:
            raise NotFound
        return found

    def read(self, member: str, redemption: str) -> tuple[Purse, Redemption]:
        """The purse, read first, and the redemption: one that still waits then can't have moved the purse before."""
        purse = self._points.purse(member)
        return purse, self.find(member, redemption)

    def open(self, member: str, redemption: str) -> tuple[Purse, Redemption]:
        """The same of one that still waits to be handed over; raises AlreadyClosed."""
        purse, found = self.read(member, redemption)
        if not found.open or self.expired(found):
            raise AlreadyClosed(status=STATUS_NAMES["expired" if found.open else found.status])
        return purse, found

    def expired(self, redemption: Redemption) -> bool:
        """Whether the address came too late, even if the job has not run yet."""
        due = redemption.due(self.policy, self.charter.community)
        return redemption.lane == "address" and due is not None and self.now >= due

    def overdue(self, redemption: Redemption) -> bool:
        """Whether the community has been slower than it promised."""
        return redemption.overdue(self.policy, self.charter.community, self.now)

    def back(self, redemption: Redemption, status: Status, *, grace: bool) -> list[Event]:
        """The points of a redemption go back to the lots that paid, held or spent; by our doing they live the grace."""
        kind = Return if status == "returned" else Cancel
        event = kind(
            allocation={int(month): points for month, points in redemption.allocation.items()},
            rule="redemption",
            key=f"redemption#{redemption.id}#{status}",
            grace=self.charter.points.grace_days if grace else None,
            text=redemption.title,
        )
        return [event] if redemption.price else []

    def release(self, redemption: Redemption, *, stock: bool = True) -> list[Write]:
        """Part: limit and stock back, and no address any more."""
        given = [records.restock(redemption.reward, 1)] if stock else []
        return [records.count(redemption, -1), *given]

    def noted(self, actor: Actor, did: str, before: Redemption, after: Redemption, note: str = "") -> list[Write]:
        """Part: the line of the audit log, with what changed."""
        facts: dict[str, Any] = {"reward": msgspec.to_builtins(before.title), "name": before.member_name, "note": note}
        if before.status != after.status:
            facts["state"] = {"before": before.status, "after": after.status}
        return self._audit.note(*actor, did, before.id, **facts)

    def exported(self, actor: Actor, did: str, lane: str, number: int, kind: str | None) -> list[Write]:
        """Part: the line of the audit log about a list that was taken away."""
        return self._audit.note(*actor, did, lane, n=number, kind=kind or "", state=lane)

    def step(self, before: Redemption, status: Status, note: str = "", **changes: Any) -> Redemption:
        """The redemption one step on, not yet committed."""
        taken = Step(at=changes.pop("at", None) or self.now, status=status, note=note)
        return msgspec.structs.replace(before, status=status, timeline=[*before.timeline, taken], **changes)

    def commit(
        self,
        before: Redemption,
        after: Redemption,
        more: Sequence[Write] = (),
        *,
        purse: Purse | None = None,
        events: Sequence[Event] = (),
        about: About | None = None,
    ) -> Redemption:
        """One commit: the status first, so that the second to act is told; then points, and what goes with them."""
        posted: list[Write] = []
        if purse is not None and events:
            done, posted = self._points.post(purse, events)
            last = msgspec.structs.replace(after.timeline[-1], seq=done.purse.seq, head=done.purse.head)
            after = msgspec.structs.replace(after, timeline=[*after.timeline[:-1], last])
        letters = [self._letters.letter(after, about=about)] if about else []
        due = after.due(self.policy, self.charter.community)
        written = [records.change(before, after, due, self._already), *posted, *more, *self._letters.record(*letters)]
        self.table.commit(*written)
        self._letters.send(*letters)
        return after

    def _already(self, item: Item | None) -> PortalError:
        found = records.redemption(item)
        return AlreadyClosed(status=STATUS_NAMES[found.status]) if found else NotFound()


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """The structured difference of two values that have the same fields, as the audit log tells it."""
    return {name: {"before": old, "after": after[name]} for name, old in before.items() if old != after[name]}

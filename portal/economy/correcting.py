"""Corrections: points of a grant taken back, points adjusted by hand. Each has a reason; large ones two stewards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.economy import records
from portal.economy.letters import PointsLetters
from portal.economy.model import AlreadyCorrected, AlreadyDecided, Correction, NoSuchEntry, OwnPurse, SecondNeeded
from portal.errors import N_
from portal.language import Text
from portal.members.crediting import Crediting
from portal.members.service import Members
from portal.members.standing import Standing
from portal.points.events import Adjust, TakeBack
from portal.points.model import Granted, Month, TooMuch
from portal.points.service import Points
from portal.table.contract import Table, Write

RULE = "correction"


class Corrections:
    """What stewards put right. `press` is the form's own id: a second press is told that it was done."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        members: Members,
        crediting: Crediting,
        letters: PointsLetters,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._members = members
        self._crediting = crediting
        self._letters = letters
        self._audit = audit
        self._clock = clock

    def now(self) -> dt.datetime:
        """The instant of a correction that is made now."""
        return self._clock.now()

    def waiting(self) -> Sequence[Correction]:
        """What waits for a second steward, the oldest first."""
        return records.waiting(self._table)

    def make(self, correction: Correction) -> bool:
        """Story: correct at once, or propose it where a second steward has to agree; whether it was done.

        Two have to agree above the charter's `alone`, and where the lot of a grant has closed. Raises OwnPurse,
        AlreadyCorrected, NotFound, NoSuchEntry, TooMuch.
        """
        if correction.proposer == correction.member:
            raise OwnPurse
        if self._points.posted(correction.member, _once(correction)):
            raise AlreadyCorrected
        if correction.corrects > self._points.purse(correction.member).seq:
            raise NoSuchEntry(seq=correction.corrects)
        granted = self._points.grant(correction.member, correction.grant) if correction.grant else None
        if granted and granted.left < -correction.amount:
            raise TooMuch(left=granted.left)
        if not self._needs_second(correction, granted):
            actor, actor_name = correction.proposer, correction.proposer_name
            self._table.retrying(partial(self._carry_out, correction, actor, actor_name, []))
            return True
        profile = self._members.profile(correction.member)
        did = N_("proposed a correction of {points} points for {name}: {reason}")
        facts = {"name": profile.name, "points": correction.amount, "reason": correction.reason}
        self._table.commit(
            records.propose(correction, AlreadyCorrected),
            *self._audit.note(correction.proposer, correction.proposer_name, did, correction.member, **facts),
        )
        return False

    def agree(self, actor: str, actor_name: str, correction: str) -> Correction:
        """Story: a second steward agrees, and it is done. Raises AlreadyDecided, SecondNeeded, OwnPurse."""
        found = self._second(actor, correction)
        settled = [records.settle(found, AlreadyDecided)]
        self._table.retrying(partial(self._carry_out, found, actor, actor_name, settled))
        return found

    def refuse(self, actor: str, actor_name: str, correction: str) -> Correction:
        """Story: it is not to be done; the proposer may say so too. Raises AlreadyDecided."""
        found = self._waiting(correction)
        did = N_("refused a correction of {points} points for {name}")
        facts = {"name": found.member_name, "points": found.amount}
        self._table.commit(
            records.settle(found, AlreadyDecided), *self._audit.note(actor, actor_name, did, found.member, **facts)
        )
        return found

    def _needs_second(self, correction: Correction, granted: Granted | None) -> bool:
        if granted is None:
            return abs(correction.amount) > self._charter.points.adjusting.alone
        return not granted.pending and granted.lot < Month.of(self._members.today)

    def _second(self, actor: str, correction: str) -> Correction:
        found = self._waiting(correction)
        if actor == found.proposer:
            raise SecondNeeded
        if actor == found.member:
            raise OwnPurse
        return found

    def _waiting(self, correction: str) -> Correction:
        found = records.correction(self._table.get(records.key(correction)))
        if found is None:
            raise AlreadyDecided
        return found

    def _carry_out(self, correction: Correction, actor: str, actor_name: str, more: Sequence[Write]) -> None:
        """One commit: the points, what they count for, the reason in the audit log, the letter."""
        standing = self._members.standing(correction.member)
        correct = self._taken_back if correction.grant else self._adjusted
        change, writes = correct(standing, correction)
        letter = self._letters.corrected(correction.member, change, correction.reason)
        self._table.commit(
            *more, *writes, *self._noted(correction, change, actor, actor_name), *self._letters.outbox.record(letter)
        )
        self._letters.outbox.send(letter)

    def _taken_back(self, standing: Standing, correction: Correction) -> tuple[int, list[Write]]:
        """By how much the points change, and the writes."""
        granted = self._points.grant(correction.member, correction.grant)
        event = TakeBack(
            granted=granted,
            amount=-correction.amount,
            mistake=correction.mistake,
            late=not granted.pending and granted.lot < Month.of(self._members.today),
            rule=granted.rule,
            key=_once(correction),
            text=Text(en=correction.reason, zh=correction.reason),
        )
        credited = self._crediting.taken_back(standing, event, AlreadyCorrected)
        return -credited.taken, credited.writes

    def _adjusted(self, standing: Standing, correction: Correction) -> tuple[int, list[Write]]:
        """By how much the points change, and the writes."""
        event = Adjust(
            amount=correction.amount,
            months=self._crediting.months,
            corrects=correction.corrects,
            mistake=correction.mistake,
            rule=RULE,
            key=_once(correction),
            text=Text(en=correction.reason, zh=correction.reason),
        )
        posted, writes = self._points.post(standing.purse, [event], AlreadyCorrected)
        amounts = posted.entries[-1].amounts
        change = amounts.get("earned", 0) - amounts.get("reversed", 0)
        return change, [*writes, *self._members.unchanged(standing.profile)]

    def _noted(self, correction: Correction, change: int, actor: str, actor_name: str) -> list[Write]:
        taken = N_("took back {points} points from {name}: {reason}")
        did = taken if correction.grant else N_("adjusted the points of {name} by {points}: {reason}")
        points = abs(change) if correction.grant else change
        facts = {"name": correction.member_name, "points": points, "reason": correction.reason}
        if correction.proposer != actor:
            facts["proposed_by"] = correction.proposer_name
        return self._audit.note(actor, actor_name, did, correction.member, **facts)


def _once(correction: Correction) -> str:
    """The key that makes it unique."""
    return f"{RULE}#{correction.id}#{RULE}"

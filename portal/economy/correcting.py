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
from portal.economy.model import AlreadyDecided, Correction, OwnPurse, SecondNeeded
from portal.errors import N_
from portal.language import Text
from portal.members.crediting import Crediting
from portal.members.service import Members
from portal.members.standing import Standing
from portal.points.events import Adjust, TakeBack
from portal.points.model import Granted, Month
from portal.points.service import AlreadyPosted, Points
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
        NotFound, TooMuch, AlreadyPosted.
        """
        if correction.proposer == correction.member:
            raise OwnPurse
        granted = self._points.grant(correction.member, correction.grant) if correction.grant else None
        if not self._needs_second(correction, granted):
            actor, actor_name = correction.proposer, correction.proposer_name
            self._table.retrying(partial(self._carry_out, correction, actor, actor_name, []))
            return True
        profile = self._members.profile(correction.member)
        did = N_("proposed a correction of {points} points for {name}: {reason}")
        facts = {"name": profile.name, "points": correction.amount, "reason": correction.reason}
        self._table.commit(
            records.propose(correction, AlreadyPosted),
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
        writes = self._taken_back(standing, correction) if correction.grant else self._adjusted(standing, correction)
        letter = self._letters.corrected(correction.member, correction.amount, correction.reason)
        self._table.commit(
            *more, *writes, *self._noted(correction, actor, actor_name), *self._letters.outbox.record(letter)
        )
        self._letters.outbox.send(letter)

    def _taken_back(self, standing: Standing, correction: Correction) -> list[Write]:
        granted = self._points.grant(correction.member, correction.grant)
        event = TakeBack(
            granted=granted,
            amount=-correction.amount,
            mistake=correction.mistake,
            late=not granted.pending and granted.lot < Month.of(self._members.today),
            rule=granted.rule,
            key=f"{RULE}#{correction.id}#{RULE}",
            text=Text(en=correction.reason, zh=correction.reason),
        )
        return self._crediting.taken_back(standing, event, AlreadyPosted).writes

    def _adjusted(self, standing: Standing, correction: Correction) -> list[Write]:
        event = Adjust(
            amount=correction.amount,
            months=self._crediting.months,
            corrects=correction.corrects,
            mistake=correction.mistake,
            rule=RULE,
            key=f"{RULE}#{correction.id}#{RULE}",
            text=Text(en=correction.reason, zh=correction.reason),
        )
        return [
            *self._points.post(standing.purse, [event], AlreadyPosted)[1],
            *self._members.unchanged(standing.profile),
        ]

    def _noted(self, correction: Correction, actor: str, actor_name: str) -> list[Write]:
        taken = N_("took back {points} points from {name}: {reason}")
        did = taken if correction.grant else N_("adjusted the points of {name} by {points}: {reason}")
        points = abs(correction.amount) if correction.grant else correction.amount
        facts = {"name": correction.member_name, "points": points, "reason": correction.reason}
        if correction.proposer != actor:
            facts["proposed_by"] = correction.proposer_name
        return self._audit.note(actor, actor_name, did, correction.member, **facts)

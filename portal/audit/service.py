"""Keeps and shows what staff did."""

from __future__ import annotations

import datetime as dt
from typing import Any

from portal.audit import records
from portal.audit.model import Action
from portal.charter.schema import Community
from portal.clock import Clock
from portal.table.contract import Table, Write
from portal.tokens import Ids

DAY_LIMIT = 200


class Audit:
    """The audit log."""

    def __init__(self, table: Table, community: Community, clock: Clock, ids: Ids) -> None:
        self._table = table
        self._community = community
        self._clock = clock
        self._ids = ids

    def note(self, actor: str, actor_name: str, did: str, subject: str, **facts: Any) -> list[Write]:
        """Part: the write that keeps one staff action with the commit that it belongs to."""
        now = self._clock.now()
        action = Action(
            id=self._ids.new(), at=now, actor=actor, actor_name=actor_name, did=did, subject=subject, facts=facts
        )
        return [records.record(action, self._community.today(now))]

    def today(self) -> dt.date:
        """The community's date."""
        return self._community.today(self._clock.now())

    def of_day(self, day: dt.date) -> list[Action]:
        """The latest actions of one community date, newest first, at most 200."""
        return records.of_day(self._table, day, DAY_LIMIT)

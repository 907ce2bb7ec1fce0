"""Tells the stewards that a rule was paused."""

from __future__ import annotations

from portal.accounts.roles import Roles
from portal.charter.schema import Charter
from portal.errors import N_
from portal.language import Term, Text
from portal.outbox.service import Outbox
from portal.points import notices
from portal.points.budgets import Paused
from portal.table.contract import Table


class Alarms:
    """Letters to everybody whose roles may look after the points."""

    def __init__(self, table: Table, charter: Charter, roles: Roles, outbox: Outbox, base_url: str) -> None:
        self._table = table
        self._charter = charter
        self._roles = roles
        self._outbox = outbox
        self._base_url = base_url

    def tripped(self, paused: Paused) -> None:
        """Story: write to the stewards; the letters wait for the outbox's job if they can't be sent now."""
        name = self._name(paused.rule)
        at = f"{self._charter.community.local(paused.at):%Y-%m-%d %H:%M}"
        link = f"{self._base_url}/portal/desk/points"
        stewards = [one for one in self._roles.staff() if "points" in self._charter.rights(list(one.roles))]
        letters = []
        for one in stewards:
            notice = notices.tripped(name, at, paused.per_hour, link, one.lang)
            letters.append(self._outbox.letter(one.email, one.lang, notice))
        if letters:
            self._table.commit(*self._outbox.record(*letters))
            self._outbox.send(*letters)

    def _name(self, rule: str) -> Text | Term:
        """What readers call a rule that can be paused: one of the charter's, or the stamp's."""
        earning = self._charter.points.earning(rule)
        return earning.name if earning else Term(N_("daily stamp") if rule == "check-in" else rule)

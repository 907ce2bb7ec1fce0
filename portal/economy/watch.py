"""Budgets and breakers as the desk sees them."""

from __future__ import annotations

from portal.audit.service import Audit
from portal.errors import N_
from portal.points.budgets import Budgets, NotPaused, Paused, Spending
from portal.table.contract import Table


class Watch:
    """How much of each budget is used, and which rules are paused."""

    def __init__(self, table: Table, budgets: Budgets, audit: Audit) -> None:
        self._table = table
        self._budgets = budgets
        self._audit = audit

    def spending(self) -> list[Spending]:
        """Every budget of the running month."""
        return self._budgets.spending()

    def paused(self) -> list[Paused]:
        """The rules whose breaker has tripped."""
        return self._budgets.paused()

    def resume(self, actor: str, actor_name: str, rule: str) -> None:
        """Story: a rule pays again; other processes know it within seconds. Raises NotPaused."""
        if rule not in {one.rule for one in self.paused()}:
            raise NotPaused
        noted = self._audit.note(actor, actor_name, N_("resumed the rule {rule}"), rule, rule=rule)
        self._table.commit(*self._budgets.resume(rule), *noted)

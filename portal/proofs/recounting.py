"""Budgets against the ledger: what was reserved for grants that never came goes back, as the last close has counted."""

from __future__ import annotations

from portal.points.budgets import Budgets
from portal.points.model import Month
from portal.proofs.service import Proofs


class Recounting:
    """Follows each close."""

    def __init__(self, proofs: Proofs, budgets: Budgets) -> None:
        self._proofs = proofs
        self._budgets = budgets

    def recount(self) -> int:
        """Story of the job: how many points went back into budgets. Repeated, or two at once: the same result."""
        closed = self._proofs.latest()
        if closed is None:
            return 0
        return self._budgets.recount(closed.day, self._proofs.granted(Month.of(closed.day)))

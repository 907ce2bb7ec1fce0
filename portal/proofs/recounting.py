"""Budgets against the ledger: what was reserved for grants that never came goes back, as the last close has counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from portal.points.budgets import PACKETS, Budgets
from portal.points.model import Month
from portal.proofs.service import Proofs


class Recounting:
    """Follows each close."""

    def __init__(self, proofs: Proofs, budgets: Budgets, in_packets: Callable[[dt.date], int]) -> None:
        """`in_packets`: what the programme's red packets of a day's month, up to that day, took of their budget."""
        self._proofs = proofs
        self._budgets = budgets
        self._in_packets = in_packets

    def recount(self) -> int:
        """Story of the job: how many points went back into budgets. Repeated, or two at once: the same result."""
        closed = self._proofs.latest()
        if closed is None:
            return 0
        granted = self._proofs.granted(Month.of(closed.day)) | {PACKETS: self._in_packets(closed.day)}
        return self._budgets.recount(closed.day, granted)

"""Letters of the points desk, to the member concerned."""

from __future__ import annotations

import datetime as dt

from portal.accounts.service import Accounts
from portal.economy import notices
from portal.language import Text, day
from portal.outbox.model import Letter
from portal.outbox.service import Outbox


class PointsLetters:
    """Made before the commit that they tell of, recorded in it, sent after it by the outbox."""

    def __init__(self, accounts: Accounts, outbox: Outbox, base_url: str) -> None:
        self._accounts = accounts
        self.outbox = outbox
        self._link = f"{base_url}/portal/points"

    def granted(self, member: str, name: Text, points: int, due: dt.date | None) -> Letter:
        """Points came by a rule. Raises NotFound."""
        account = self._accounts.account(member)
        pending = day(due, account.lang) if due else ""
        return self.outbox.letter(
            account.email, account.lang, notices.granted(name, points, pending, self._link, account.lang)
        )

    def corrected(self, member: str, change: int, reason: str) -> Letter:
        """Points were corrected by hand. Raises NotFound."""
        account = self._accounts.account(member)
        return self.outbox.letter(
            account.email, account.lang, notices.corrected(change, reason, self._link, account.lang)
        )

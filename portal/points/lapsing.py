"""What the calendar does to points: notices before they lapse, and the settling of what has.

Both read only what is due in a month, by the index of the earliest lots; their cost doesn't grow with the membership.
"""

from __future__ import annotations

import datetime as dt
from functools import partial

from portal.accounts.service import Accounts
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import PortalError, Stale
from portal.outbox.service import Outbox
from portal.points import notices, records
from portal.points.model import Month
from portal.points.service import Points
from portal.table.contract import Item, Table

#: How many days before the end of the month members are told; the smallest that is not over is the one that counts.
NOTICES = (1, 7, 30)
#: The stage of a month that has not begun: who has points that lapse before it, is listed under that month still.
EARLY = 31
#: How far back the sweep looks for lapses that an earlier run missed.
SWEPT_MONTHS = 24


class Lapsing:
    """Stories of the jobs. Late or repeated: same result."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        accounts: Accounts,
        outbox: Outbox,
        clock: Clock,
        base_url: str,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._accounts = accounts
        self._outbox = outbox
        self._clock = clock
        self._base_url = base_url

    def settle_due(self) -> int:
        """Settle lots whose month is over, in how many purses.

        A purse that stays refused holds up no other; its refusal is raised at the end.
        """
        settled, refused = 0, None
        for back in range(SWEPT_MONTHS, 0, -1):
            for due in records.due(self._table, self._month().after(-back)):
                try:
                    settled += self._table.retrying(partial(self._settle, str(due["member"])))
                except PortalError as refusal:
                    refused = refused or refusal
        if refused:
            raise refused
        return settled

    def tell(self) -> int:
        """Write to members whose points lapse within 30, 7 or 1 days, once for each; how many letters.

        A month that has been gone through at a stage isn't read again before the next. What has lapsed is settled
        first, so that nobody is listed under a month that is over.
        """
        told = 0
        for month in (self._month(), self._month().after(1)):
            days = (month.last_day() - self._today()).days
            stage = next((stage for stage in NOTICES if days <= stage), None)
            if stage is None:
                continue
            gone_through = stage if month == self._month() else EARLY
            done = records.notices(self._table, month)
            if done is not None and done <= gone_through:
                continue
            self.settle_due()
            told += sum(self._tell(due, month, stage) for due in records.due(self._table, month))
            self._table.commit(records.noticed(month, gone_through))
        return told

    def _tell(self, due: Item, month: Month, stage: int) -> bool:
        if due.get("told") is not None and int(due["told"]) <= stage:
            return False
        member = str(due["member"])
        lapsing = self._points.purse(member).lots.get(month, 0)
        if not lapsing:
            return False
        account = self._accounts.account(member)
        last, link = month.last_day(), f"{self._base_url}/portal/rewards"
        notice = notices.lapsing(lapsing, last, (last - self._today()).days, link, account.lang)
        letter = self._outbox.letter(account.email, account.lang, notice)
        try:
            self._table.commit(records.notified(due, stage), *self._outbox.record(letter))
        except Stale:
            return False  # another runner was faster, or the points were spent meanwhile
        self._outbox.send(letter)
        return True

    def _settle(self, member: str) -> int:
        posted, writes = self._points.post(self._points.purse(member), [])
        if writes:
            self._table.commit(*writes)
        return bool(posted.entries)

    def _month(self) -> Month:
        return Month.of(self._today())

    def _today(self) -> dt.date:
        return self._charter.community.today(self._clock.now())

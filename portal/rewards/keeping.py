"""What time does to redemptions: completed, expired, addresses erased. Late or repeated, with the same result."""

from __future__ import annotations

from functools import partial

import msgspec

from portal.errors import PortalError
from portal.rewards import records
from portal.rewards.model import Redemption
from portal.rewards.steps import Steps
from portal.table.contract import Delete

PAGE = 100


class Keeping:
    """The job of redemptions."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._table = steps.table

    def run(self) -> int:
        """Story of the job: all that is due; how many. One that stays refused holds up no other, and is raised last."""
        done, cursor, refused = 0, None, None
        while True:
            page = records.due(self._table, self._steps.now, cursor, PAGE)
            for item in page.items:
                try:
                    done += self._table.retrying(partial(self._pass, str(item["member"]), str(item["id"])))
                except PortalError as refusal:
                    refused = refused or refusal
            if (cursor := page.cursor) is None:
                break
        if refused:
            raise refused
        return done

    def _pass(self, member: str, redemption: str) -> int:
        """What is due of one, by its own item, since the index may lag."""
        purse, before = self._steps.read(member, redemption)
        due = before.due(self._steps.policy, self._steps.charter.community)
        if due is None or due > self._steps.now:
            return 0
        if before.lane == "address":
            after = self._steps.step(before, "expired", at=due, address="")
            events = self._steps.back(before, "expired", grace=before.late)
            more = self._steps.release(before)
            self._steps.commit(before, after, more, purse=purse, events=events, about="status")
        elif before.status == "fulfilled":
            self._steps.commit(before, self._steps.step(before, "completed", at=due))
        else:
            self._erase(before)
        return 1

    def _erase(self, before: Redemption) -> None:
        address = Delete(records.address_key(before.member, before.id))
        self._steps.commit(before, msgspec.structs.replace(before, address="erased"), [address])

"""What stands at the desk: by state and kind, the oldest first; and the same as a file."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Literal

import msgspec

from portal.charter.fields import amount
from portal.errors import N_
from portal.rewards import records
from portal.rewards.model import Kind, Lane, Redemption
from portal.rewards.shipping import Shipping
from portal.rewards.steps import Actor, Steps

PAGE = 50
#: Pages of the index that are looked through for one page of a kind.
LOOKS = 10
#: A file lists so many; the rest is in the next one, once these are done.
EXPORTED = 1000
Chip = Literal["soft", "amber", "seal"]
COLUMNS = ("id", "requested", "reward", "kind", "state", "number", "member", "price", "due", "address")


class Waiting(msgspec.Struct, frozen=True):
    """A page of what waits for the desk, the oldest first."""

    redemptions: list[Redemption]
    cursor: str | None


class Backlog:
    """The desk's lists."""

    def __init__(self, steps: Steps, shipping: Shipping) -> None:
        self._steps = steps
        self._shipping = shipping
        self._table = steps.table

    def waiting(self, lane: Lane = "requested", cursor: str | None = None, kind: Kind | None = None) -> Waiting:
        """A list. The index may lag: each is read again by its own key, and shown only if it stands there still."""
        found: list[Redemption] = []
        for _ in range(LOOKS):
            page = records.waiting(self._table, lane, cursor, PAGE)
            keys = [records.redemption_key(str(item["member"]), str(item["id"])) for item in page.items]
            read = [records.redemption(item) for item in (self._table.batch_get(keys) if keys else [])]
            found += [one for one in read if one and one.lane == lane and kind in (None, one.kind)]
            cursor = page.cursor
            if cursor is None or found:
                break
        return Waiting(found, cursor)

    def chip(self, redemption: Redemption) -> Chip:
        """How urgent it is: two thirds of what was promised, or all of it, have gone by."""
        if self._steps.overdue(redemption):
            return "seal"
        promised = dt.timedelta(days=amount(self._steps.policy.answer_within))
        waited = self._steps.now - (redemption.since or self._steps.now)
        return "amber" if redemption.open and waited > promised * 2 / 3 else "soft"

    def promised(self, redemption: Redemption) -> dt.date | None:
        """The day by which it is promised; None while we wait for its member."""
        return redemption.promised(self._steps.policy, self._steps.charter.community)

    def export(self, actor: str, actor_name: str, lane: Lane, kind: Kind | None) -> str:
        """Story: a list as CSV, noted in the audit log. Addresses stand only where something is about to be sent."""
        listed: list[Redemption] = []
        cursor = None
        while len(listed) < EXPORTED:
            page = self.waiting(lane, cursor, kind)
            listed += page.redemptions
            if (cursor := page.cursor) is None:
                break
        did = N_("exported a list of redemptions ({n})")
        self._table.commit(*self._steps.exported(Actor(actor, actor_name), did, lane, len(listed), kind))
        written = io.StringIO()
        sheet = csv.writer(written)
        sheet.writerow(COLUMNS)
        sheet.writerows([plain(str(cell)) for cell in self._row(one)] for one in listed)
        return written.getvalue()

    def _row(self, one: Redemption) -> tuple[object, ...]:
        local = self._steps.charter.community.local(one.requested)
        sent = one.lane == "approved" and one.kind == "goods"
        return (
            one.id, f"{local:%Y-%m-%d %H:%M}", one.title.en, one.kind, one.lane, one.ticket, one.member_name, one.price,
            self.promised(one) or "", self._shipping.address_of(one) if sent else "",
        )  # fmt: skip


def plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a member is called."""
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@", "|", "%") or cell[:1] in ("\t", "\r", "\n") else cell

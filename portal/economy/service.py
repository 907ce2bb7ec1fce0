"""Points granted by the charter's rules at the desk, and their release when they were promised first."""

from __future__ import annotations

import datetime as dt
from functools import partial

import msgspec

from portal.audit.service import Audit
from portal.charter.economy import Earning
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.economy.letters import PointsLetters
from portal.economy.model import OwnPurse, UnknownRule
from portal.errors import N_, NotFound, PortalError
from portal.language import Text
from portal.members.crediting import Credited, Crediting, Grant
from portal.members.service import Members
from portal.points.events import Earn, Promise
from portal.points.service import AlreadyPosted, Points
from portal.table.contract import Table


class Awarded(msgspec.Struct, frozen=True, kw_only=True):
    """What an award came to; `due` is the day from which the points can be spent, None if at once."""

    granted: int
    withheld: int
    bound: str
    due: dt.date | None


class Awards:
    """A steward grants what a rule says for something done; how much is the rule's, never the steward's."""

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

    def award(self, actor: str, actor_name: str, member: str, rule: str, about: str, press: str) -> Awarded:
        """Story: points by a rule of the charter, for what `about` says; `press` is the form's own id.

        Raises UnknownRule, OwnPurse, NotFound, Suspended, and AlreadyPosted on the second press.
        """
        earning = self._charter.points.earning(rule)
        if earning is None:
            raise UnknownRule
        if actor == member:
            raise OwnPurse
        return self._table.retrying(partial(self._award, actor, actor_name, member, earning, about, press))

    def _award(self, actor: str, actor_name: str, member: str, earning: Earning, about: str, press: str) -> Awarded:
        standing = self._members.standing(member)
        grant = self._grant(earning, about, press)
        due = grant.earn.due if isinstance(grant.earn, Promise) else None
        with self._crediting.credit(standing, [grant], AlreadyPosted) as credited:
            did = N_("granted {name} {points} points by the rule {rule}: {about}")
            facts = {"name": standing.profile.name, "points": credited.granted, "about": about}
            audited = self._audit.note(actor, actor_name, did, member, rule=msgspec.to_builtins(earning.name), **facts)
            letters = [self._letters.granted(member, earning.name, credited.granted, due)] if credited.granted else []
            self._table.commit(*credited.writes, *audited, *self._letters.outbox.record(*letters))
        self._letters.outbox.send(*letters)
        return _awarded(credited, due)

    def release_due(self) -> int:
        """Story of the job: promises whose day has come can be spent; how many. Late or repeated: same result.

        A purse that stays refused holds up no other; its refusal is raised at the end.
        """
        released, refused = 0, None
        for member, key in self._points.releasable():
            try:
                released += self._table.retrying(partial(self._release, member, key))
            except PortalError as refusal:
                refused = refused or refusal
        if refused:
            raise refused
        return released

    def _release(self, member: str, key: str) -> bool:
        standing = self._members.standing(member)
        try:
            granted = self._points.grant(member, key)
        except NotFound:
            return False
        if not granted.pending or (granted.due or dt.date.max) > self._members.today:
            return False
        self._table.commit(*self._crediting.released(standing, granted).writes)
        return True

    def _grant(self, earning: Earning, about: str, press: str) -> Grant:
        said = f": {about}" if about else ""
        text = Text(en=f"{earning.name.en}{said}", zh=f"{earning.name.zh}{said.replace(': ', '：', 1)}")
        key = f"award#{press}#{earning.slug}"
        event: Earn | Promise
        if earning.pending_days:
            due = self._members.today + dt.timedelta(days=earning.pending_days)
            event = Promise(amount=earning.points, due=due, rule=earning.slug, key=key, text=text)
        else:
            months = self._charter.points.months
            event = Earn(amount=earning.points, months=months, rule=earning.slug, key=key, text=text)
        return Grant(earn=event, kind=earning.slug, qualifies=earning.qualifies)


def _awarded(credited: Credited, due: dt.date | None) -> Awarded:
    return Awarded(granted=credited.granted, withheld=credited.withheld, bound=credited.bound, due=due)

"""Members: welcomed, found, suspended, reinstated. Whoever grants them points does it through `crediting`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import get_args

import msgspec

from portal.accounts.model import Account
from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError, Stale
from portal.language import Text
from portal.members import records, standing
from portal.members.model import Profile, Rise, State, earned_tier
from portal.members.standing import Standing
from portal.points.events import Earn, Restore
from portal.points.model import Month, Purse
from portal.points.service import Points
from portal.table.contract import Item, Key, Table, Write

PAGE = 50


class AlreadyMember(PortalError):
    """The person belongs already."""

    status = 409
    sentence = N_("You are a member already.")


class OwnerStands(PortalError):
    """An owner holds the keys to lifting it."""

    status = 409
    sentence = N_("An owner can't be suspended. Withdraw the role first.")


class DayIsOver(PortalError):
    """A suspension that ends before it begins."""

    status = 422
    sentence = N_("That day is over. Please give the last day of the suspension.")


class OwnSuspension(PortalError):
    """Somebody would give themself back what lapsed."""

    status = 403
    sentence = N_("Nobody decides about their own suspension. Please ask somebody else at the desk.")


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in; `renewed` says that the session was given its full time again, as its cookie should be."""

    account: Account
    profile: Profile | None
    renewed: bool


class Listing(msgspec.Struct, frozen=True):
    """A page of members of one state."""

    members: list[Profile]
    cursor: str | None


class Members:
    """Standing and tiers."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        points: Points,
        accounts: Accounts,
        roles: Roles,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._table = table
        self._charter = charter
        self._points = points
        self._accounts = accounts
        self._roles = roles
        self._audit = audit
        self._clock = clock

    @property
    def today(self) -> dt.date:
        """The community's date."""
        return self._charter.community.today(self._clock.now())

    def recognise(self, token: str) -> Recognised | None:
        """Who a session's cookie names, in two reads; None for a session that has ended."""
        session = self._accounts.session(token)
        if session is None:
            return None
        keys = [self._accounts.key(session.person), records.profile_key(session.person)]
        account_item, profile_item = self._table.batch_get(keys)
        account = self._accounts.signed_in(session, account_item)
        if account is None:
            return None
        try:
            renewed = self._accounts.renew(token, session)
        except Stale:
            return None
        return Recognised(account=account, profile=records.profile(profile_item), renewed=renewed)

    def profile(self, member: str) -> Profile:
        """A member's profile; raises NotFound."""
        found = self.find(member)
        if found is None:
            raise NotFound
        return found

    def find(self, person: str) -> Profile | None:
        """The profile of a person, or None for somebody who is no member."""
        return records.profile(self._table.get(records.profile_key(person)))

    def standing(self, member: str) -> Standing:
        """Where a member stands, in one read; raises NotFound."""
        return self.standing_in(self._table.batch_get(self.keys(member)), member)

    def keys(self, member: str) -> list[Key]:
        """What `standing_in` needs, for a story that reads more items in the same call."""
        return standing.keys(self._charter, self._points, member, Month.of(self.today))

    def standing_in(self, items: Sequence[Item | None], member: str) -> Standing:
        """The standing in the items that a story has read under `keys`; raises NotFound."""
        return standing.read(self._charter, self._points, items, member, Month.of(self.today))

    def rises(self, member: str) -> list[Rise]:
        """The history of tiers with reasons, the latest first."""
        return records.rises(self._table, member)

    def listing(self, state: State, cursor: str | None = None) -> Listing:
        """A page of members, the latest first. From an index: what it shows is judged again before it is acted on."""
        page = records.members(self._table, state, cursor, PAGE)
        return Listing([profile for item in page.items if (profile := records.profile(item))], page.cursor)

    def everybody(self) -> Iterator[Profile]:
        """Every member, whatever their state; one who changes it meanwhile may come twice. From an index, for jobs."""
        for state in get_args(State):
            cursor = None
            while True:
                page = records.members(self._table, state, cursor, 1000)
                yield from (profile for item in page.items if (profile := records.profile(item)))
                if (cursor := page.cursor) is None:
                    break

    def profiles(self, people: Sequence[str]) -> list[Profile]:
        """The profiles of those among these people who are members, in their order."""
        found: list[Profile] = []
        for start in range(0, len(people), 100):
            items = self._table.batch_get([records.profile_key(person) for person in people[start : start + 100]])
            found += [profile for item in items if (profile := records.profile(item))]
        return found

    def numbered(self, number: int) -> str | None:
        """Whose a member number is, if anybody's."""
        return records.numbered(self._table, number)

    def welcome(self, person: str, name: str, number: int) -> list[Write]:
        """Part: a person becomes a member with the charter's welcome points; AlreadyMember if they are one."""
        now, month, policy = self._clock.now(), Month.of(self.today), self._charter.points.welcome
        kinds = {"welcome": policy.points} if policy.qualifies and policy.points else {}
        earn = Earn(
            amount=policy.points,
            rule="welcome",
            key=f"welcome#{person}#welcome",
            months=self._charter.points.months,
            activity="welcome" if kinds else "",
        )
        tier = earned_tier(self._charter, {month: sum(kinds.values())}, month)
        profile = Profile(id=person, number=number, name=name, tier=tier.slug, tier_since=now, joined=now)
        _, writes = self._points.post(Purse(member=person), [earn] if earn.amount else [])
        qualifying = [records.qualify(person, month, kinds, None)] if kinds else []
        return [*records.create(profile, AlreadyMember), *writes, *qualifying]

    def not_yet(self, person: str) -> list[Write]:
        """Part: for a story that only somebody who is no member may take."""
        return [records.no_member(person, AlreadyMember)]

    def unchanged(self, profile: Profile) -> list[Write]:
        """Part: for a story that rests on a profile it has read."""
        return [records.unchanged(profile)]

    def suspend(self, actor: str, actor_name: str, member: str, until: dt.date, reason: str) -> None:
        """Story: a member may read, but neither earn nor spend, up to and including a day. Points lapse as ever.

        Raises NotFound, DayIsOver, and OwnerStands: nobody could lift the suspension of the last owner.
        """
        if until < self.today:
            raise DayIsOver

        def story() -> None:
            profile, account = self.profile(member), self._accounts.account(member)
            if "owner" in account.roles:
                raise OwnerStands
            since = profile.since if profile.standing(self.today) == "suspended" else self._clock.now()
            changes = {"state": "suspended", "until": until, "reason": reason, "since": since, "ended": None}
            did = N_("suspended {name} until {until}: {reason}")
            audited = self._noted(actor, actor_name, did, profile, "suspended", reason, until=str(until))
            self._table.commit(records.replace(profile, **changes), *self._roles.unchanged(account), *audited)

        self._table.retrying(story)

    def reinstate(self, actor: str, actor_name: str, member: str, reason: str) -> None:
        """Story: a suspension ends now; nothing changes if there is none."""

        def story() -> None:
            profile = self.profile(member)
            if profile.state == "suspended":
                did = N_("reinstated {name}: {reason}")
                audited = self._noted(actor, actor_name, did, profile, "active", reason)
                self._table.commit(self._ended(profile), *audited)

        self._table.retrying(story)

    def overturn(self, actor: str, actor_name: str, member: str, reason: str) -> int:
        """Story: the latest suspension, ended or not, should never have been: what lapsed in it comes back.

        It lives at least the grace. Gives how many points came back; nothing changes if there was no suspension.
        Raises NotFound, OwnSuspension.
        """
        if actor == member:
            raise OwnSuspension

        def story() -> int:
            purse, profile = self._points.purse(member), self.profile(member)
            if profile.since is None:
                return 0
            restored, writes = self._restored(purse, profile.since, self._end(profile))
            did = N_("overturned the suspension of {name}: {reason}")
            back = {"points": restored} if restored else {}
            audited = self._noted(actor, actor_name, did, profile, "active", reason, **back)
            change = records.replace(profile, state="active", until=None, reason="", since=None, ended=None)
            self._table.commit(change, *writes, *audited)
            return restored

        return self._table.retrying(story)

    def end_suspensions(self) -> int:
        """Story of the job: members whose suspension is over are listed as active again; how many."""
        over = [profile for profile in self._suspended() if profile.standing(self.today) == "active"]
        for profile in over:
            try:
                self._table.commit(self._ended(profile))
            except Stale:
                continue  # somebody at the desk was faster
        return len(over)

    def _ended(self, profile: Profile) -> Write:
        return records.replace(profile, state="active", until=None, reason="", ended=self._end(profile))

    def _end(self, profile: Profile) -> dt.datetime:
        """When the latest suspension ended: by itself after its last day, or now."""
        if profile.ended:
            return profile.ended
        if profile.until is None or profile.until >= self.today:  # which may be the last date that there is
            return self._clock.now()
        return self._charter.community.midnight(profile.until + dt.timedelta(days=1)).astimezone(dt.UTC)

    def _suspended(self) -> Iterator[Profile]:
        cursor = None
        while True:
            listing = self.listing("suspended", cursor)
            yield from self.profiles([profile.id for profile in listing.members])
            if (cursor := listing.cursor) is None:
                return

    def _restored(self, purse: Purse, since: dt.datetime, until: dt.datetime) -> tuple[int, list[Write]]:
        """What lapsed in a suspension, and the writes that bring it back."""
        lapsed = self._points.lapsed_between(purse, since, until)
        event = Restore(
            amount=lapsed,
            grace=self._charter.points.grace_days,
            rule="suspension-overturned",
            key=f"suspension#{since.isoformat()}#overturned",
            text=Text(en="Lapsed in a suspension that was overturned", zh="资格暂停期间到期，暂停已撤销"),
        )
        return (lapsed, self._points.post(purse, [event])[1]) if lapsed else (0, [])

    def _noted(
        self, actor: str, actor_name: str, did: str, profile: Profile, state: State, reason: str, **more: object
    ) -> list[Write]:
        states = {"before": profile.state, "after": state}
        facts = {"name": profile.name, "state": states, "reason": reason, **more}
        return self._audit.note(actor, actor_name, did, profile.id, **facts)

"""Members: credited, rising, suspended, reinstated. Whoever grants points does it through `credit`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import get_args

import msgspec

from portal.accounts.model import Account
from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.audit.service import Audit
from portal.charter.schema import Charter, Tier
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError, Stale
from portal.members import records
from portal.members.model import Profile, Progress, Rise, State, counted, earned_tier, progress
from portal.points.model import Month, Purse
from portal.points.posting import Earn
from portal.points.service import AlreadyPosted, Points
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


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """Points for something done: an earning, what kind of activity it was, whether it counts towards the tier."""

    earn: Earn
    kind: str
    qualifies: bool


class Credited(msgspec.Struct, frozen=True):
    """The writes that credit a member, and the tier that they raise the member to, if they do."""

    writes: list[Write]
    rose_to: str | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a member's page tells and stories rest on: profile, purse, qualifying points by month, the next tier.

    `counted` is the version of this year's qualifying points: it guards against reads that don't belong together.
    """

    profile: Profile
    purse: Purse
    counts: dict[int, int]
    counted: int | None
    progress: Progress


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
        longest = max(tier.months for tier in self._charter.tiers)
        years = records.qualifying_keys(member, Month.of(self.today), longest)
        return [records.profile_key(member), self._points.key(member), *years]

    def standing_in(self, items: Sequence[Item | None], member: str) -> Standing:
        """The standing in the items that a story has read under `keys`; raises NotFound."""
        profile = records.profile(items[0])
        if profile is None:
            raise NotFound
        counts = records.per_month(items[2:])
        if profile.tier not in {tier.slug for tier in self._charter.tiers}:  # the charter has dropped it meanwhile
            held = earned_tier(self._charter, counts, Month.of(self.today))
            profile = msgspec.structs.replace(profile, tier=held.slug)
        return Standing(
            profile=profile,
            purse=self._points.read(items[1], member),
            counts=counts,
            counted=records.version(items[2:], Month.of(self.today) // 100),
            progress=progress(self._charter, profile.tier, counts, Month.of(self.today)),
        )

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
        now = self._clock.now()
        earn = Earn(
            amount=self._charter.points.welcome.points,
            rule="welcome",
            key=f"welcome#{person}#welcome",
            months=self.months,
        )
        grant = Grant(earn=earn, kind="welcome", qualifies=self._charter.points.welcome.qualifies)
        qualifying, per_month = self._qualifying(person, [grant], {}, None)
        tier = earned_tier(self._charter, per_month, Month.of(self.today))
        profile = Profile(id=person, number=number, name=name, tier=tier.slug, tier_since=now, joined=now)
        granted = [earn] if earn.amount else []
        _, writes = self._points.post(Purse(member=person), granted)
        return [*records.create(profile, AlreadyMember), *writes, *qualifying]

    def credit(
        self, standing: Standing, grants: Sequence[Grant], already: type[PortalError] = AlreadyPosted
    ) -> Credited:
        """Part: the points' writes and the rise of a tier that they cause. Guards what was read of the member.

        Raises Suspended; the commit raises `already` when one of the grants was posted before.
        """
        profile = standing.profile
        profile.require_active(self.today)
        _, writes = self._points.post(standing.purse, [grant.earn for grant in grants if grant.earn.amount], already)
        if not any(grant.qualifies and grant.earn.amount for grant in grants):
            return Credited([*writes, records.unchanged(profile)], None)
        qualifying, per_month = self._qualifying(profile.id, grants, standing.counts, standing.counted)
        tier = earned_tier(self._charter, per_month, Month.of(self.today))
        if self._charter.rank(tier.slug) <= self._charter.rank(profile.tier):
            return Credited([*writes, *qualifying, records.unchanged(profile)], None)
        return Credited([*writes, *qualifying, *self._rise(profile, tier, per_month)], tier.slug)

    def not_yet(self, person: str) -> list[Write]:
        """Part: for a story that only somebody who is no member may take."""
        return [records.no_member(person, AlreadyMember)]

    def unchanged(self, profile: Profile) -> list[Write]:
        """Part: for a story that rests on a profile it has read."""
        return [records.unchanged(profile)]

    def suspend(self, actor: str, actor_name: str, member: str, until: dt.date, reason: str) -> None:
        """Story: a member may read, but neither earn nor spend, up to and including a day.

        Raises NotFound, DayIsOver, and OwnerStands: nobody could lift the suspension of the last owner.
        """
        if until < self.today:
            raise DayIsOver
        self._change(
            actor,
            actor_name,
            member,
            N_("suspended {name} until {until}: {reason}"),
            state="suspended",
            until=until,
            reason=reason,
        )

    def reinstate(self, actor: str, actor_name: str, member: str, reason: str) -> None:
        """Story: a suspension ends now."""
        self._change(
            actor, actor_name, member, N_("reinstated {name}: {reason}"), state="active", until=None, reason=reason
        )

    def end_suspensions(self) -> int:
        """Story of the job: members whose suspension is over are listed as active again; how many."""
        over = [profile for profile in self._suspended() if profile.standing(self.today) == "active"]
        for profile in over:
            try:
                self._table.commit(records.replace(profile, state="active", until=None, reason=""))
            except Stale:
                continue  # somebody at the desk was faster
        return len(over)

    def _suspended(self) -> Iterator[Profile]:
        cursor = None
        while True:
            listing = self.listing("suspended", cursor)
            yield from self.profiles([profile.id for profile in listing.members])
            if (cursor := listing.cursor) is None:
                return

    @property
    def months(self) -> int:
        """How long points of today live, in months after the running one."""
        return self._charter.points.months

    def _change(
        self, actor: str, actor_name: str, member: str, did: str, *, state: State, until: dt.date | None, reason: str
    ) -> None:
        def story() -> None:
            profile, account = self.profile(member), self._accounts.account(member)
            if (profile.state, profile.until) == (state, until):
                return
            if state == "suspended" and "owner" in account.roles:
                raise OwnerStands
            facts = {"name": profile.name, "state": {"before": profile.state, "after": state}, "reason": reason}
            facts |= {"until": str(until)} if until else {}
            self._table.commit(
                records.replace(profile, state=state, until=until, reason=reason),
                *self._roles.unchanged(account),
                *self._audit.note(actor, actor_name, did, member, **facts),
            )

        self._table.retrying(story)

    def _qualifying(
        self, member: str, grants: Sequence[Grant], counts: dict[int, int], read: int | None
    ) -> tuple[list[Write], dict[int, int]]:
        """The writes that count qualifying points, and the counts after them."""
        month = Month.of(self.today)
        kinds: dict[str, int] = {}
        for grant in grants:
            if grant.qualifies and grant.earn.amount:
                kinds[grant.kind] = kinds.get(grant.kind, 0) + grant.earn.amount
        after = {**counts, month: counts.get(month, 0) + sum(kinds.values())}
        return ([records.qualify(member, month, kinds, read)] if kinds else []), after

    def _rise(self, profile: Profile, tier: Tier, per_month: dict[int, int]) -> list[Write]:
        """A higher tier takes effect at once; a lower one never through what is earned."""
        now = self._clock.now()
        change = Rise(
            at=now,
            before=profile.tier,
            after=tier.slug,
            qualifying=counted(per_month, Month.of(self.today), tier),
            charter=self._charter.hash,
        )
        return [records.replace(profile, tier=tier.slug, tier_since=now), records.rise(profile, change)]

"""Makes the demo: in a store that nobody uses yet, and where the store is one file, whole or not at all."""

from __future__ import annotations

import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import get_args

import msgspec

from portal.accounts.roles import Roles
from portal.applications.queue import Queue
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.config import Config
from portal.demo.history import Community, Mailbox, Progress, ReplayClock, replay
from portal.demo.people import OWNER, REVIEWERS, STEWARDS
from portal.demo.plot import SEED, Plot
from portal.errors import BadSetting, StoreUnavailable
from portal.members.model import Profile, State
from portal.members.service import Members
from portal.proofs.closing import DailyClose
from portal.rewards.queue import Backlog
from portal.table.contract import Table
from portal.table.opening import open_table
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from portal.tools import Tools
from portal.wiring import Services, tools, wire

MEMBERS = 200
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BESIDE = "Nothing was changed. For a demo in a store of its own: TONGHAO_TABLE= TONGHAO_DATA=var/demo make demo serve"
CUT_OFF = "If a demo was cut off in this table, delete the table first"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was made: members by tier, and how much waits for the desk."""

    charter: Charter
    tiers: dict[str, int]
    suspended: int
    applications: int
    asked: int
    redemptions: int

    def told(self, base_url: str) -> Iterator[str]:
        """The community in numbers, its staff, and how to sign in as one of them."""
        tiers = ", ".join(f"{self.tiers.get(tier.slug, 0)} {tier.name.en}" for tier in self.charter.tiers)
        members, name = sum(self.tiers.values()), self.charter.community.name.en
        yield f"{name}: {members} members ({tiers}; {self.suspended} suspended)."
        yield f"Waiting at the desk: {self.applications} applications, {self.redemptions} redemptions."
        yield f"Asked back: {self.asked} applicants."
        for role, people in (("owner", (OWNER,)), ("steward", STEWARDS), ("reviewer", REVIEWERS)):
            yield from (f"  {role:<9} {person.email:<20} {person.name}" for person in people)
        yield f"To sign in: make serve, ask for a code at {base_url}/portal/sign-in, and read it in the terminal."


def require_unused(config: Config, now: dt.datetime) -> None:
    """Raises BadSetting if the store that the settings name is in use: owned, applied to, or open in a server."""
    clock = ReplayClock(now)
    table = open_table(config.table, clock)
    if not isinstance(table, SqliteTable):
        _require_nobody(config, open_table(config.table, clock, create=True), clock)
    elif table.path.exists():
        _require_nobody(config, table, clock)
        table.close()
        if table.path.with_name(f"{table.path.name}-wal").exists():
            # Its log would be played into the file that takes its place.
            raise BadSetting(f"TONGHAO_TABLE: {table.path} is open in another process (`make serve`?). End that first.")


def make(config: Config, now: dt.datetime, tell: Progress, members: int = MEMBERS) -> Made:
    """Fill the store that the settings name with a history that ends now. Raises as `require_unused`.

    A store in one file appears whole or not at all. A table that a run was cut off in must be deleted before the next.
    """
    require_unused(config, now)
    clock = ReplayClock(LONG_AGO)
    table = open_table(config.table, clock)
    if isinstance(table, SqliteTable):
        return _in_one_file(config, table, clock, now, members, tell)
    return _fill(config, table, clock, now, members, tell)


def _in_one_file(
    config: Config, store: SqliteTable, clock: ReplayClock, now: dt.datetime, members: int, tell: Progress
) -> Made:
    """Fill a file in a folder beside the store, and put it in the store's place once it is whole."""
    folder = store.path.with_name(f"{store.path.name}.demo")
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise BadSetting(f"TONGHAO_TABLE: a demo was cut off in {folder}. Unless it still runs, delete that.") from None
    except OSError as error:
        raise StoreUnavailable(cause=f"{folder} can't be made: {error.strerror}") from error
    try:
        draft = SqliteTable(folder / store.path.name, clock)
        draft.create()
        made = _fill(config, draft, clock, now, members, tell)
        draft.close()
        require_unused(config, now)
        draft.path.replace(store.path)
    finally:
        shutil.rmtree(folder)
    return made


def _require_nobody(config: Config, table: Table, clock: ReplayClock) -> None:
    services = wire(msgspec.structs.replace(tools(config, clock), table=table))
    if services[Roles].owned():
        again = "" if isinstance(table, SqliteTable) else f". {CUT_OFF}"
        raise BadSetting(f"TONGHAO_TABLE: this store's community has an owner already. {BESIDE}{again}")
    if services[Queue].waiting().applications:
        raise BadSetting(f"TONGHAO_TABLE: somebody has applied in this store and waits for an answer. {BESIDE}")


def _fill(config: Config, table: Table, clock: ReplayClock, now: dt.datetime, members: int, tell: Progress) -> Made:
    mailbox, ids = Mailbox(), Ids(clock, Random(SEED).randbytes)  # noqa: S311 - the same ids every time
    given: Tools = msgspec.structs.replace(tools(config, clock), table=table, ids=ids, mailer=mailbox)
    services, steps = wire(given), Plot(given.charter, now, members).steps()
    clock.forward(steps[0].at)
    services[Charters].store()
    replay(steps, Community(services, mailbox), clock, tell)
    clock.forward(now)
    services[DailyClose].close_due()
    return _counted(services, given.charter)


def _counted(services: Services, charter: Charter) -> Made:
    everybody = [profile for state in get_args(State) for profile in _listed(services[Members], state)]
    today = services[Members].today
    return Made(
        charter=charter,
        tiers=Counter(profile.tier for profile in everybody),
        suspended=sum(profile.standing(today) == "suspended" for profile in everybody),
        applications=len(services[Queue].waiting().applications),
        asked=len(services[Queue].waiting(lane="asked").applications),
        redemptions=len(services[Backlog].waiting().redemptions),
    )


def _listed(members: Members, state: State) -> Iterator[Profile]:
    listing = members.listing(state)
    yield from listing.members
    while listing.cursor:
        listing = members.listing(state, listing.cursor)
        yield from listing.members

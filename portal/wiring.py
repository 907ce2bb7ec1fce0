"""The composition root: settings become a table, a mailer and a charter, and these become services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.applications.bulk import Bulk
from portal.applications.door import Door
from portal.applications.filing import Filing
from portal.applications.following import Following
from portal.applications.inviting import Invitations
from portal.applications.judging import Judging
from portal.applications.moves import Moves
from portal.applications.pace import Pace
from portal.applications.queue import Queue
from portal.applications.quizzes import Quizzes
from portal.applications.review import Review
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.applications.vetting import Vetting
from portal.audit.service import Audit
from portal.cases.listing import Words
from portal.cases.model import History
from portal.cases.service import Cases
from portal.charter.loader import load
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.checkin.service import CheckIns
from portal.clock import Clock
from portal.config import Config
from portal.counters.service import Counters
from portal.economy.correcting import Corrections
from portal.economy.letters import PointsLetters
from portal.economy.service import Awards
from portal.economy.watch import Watch
from portal.mail import Message, open_mailer
from portal.members.appointing import Appointments
from portal.members.crediting import Crediting
from portal.members.founding import Founding
from portal.members.service import Members
from portal.outbox.service import Outbox
from portal.packets.closing import Closing
from portal.packets.giving import Giving
from portal.packets.letters import PacketLetters
from portal.packets.service import Packets
from portal.points.alarms import Alarms
from portal.points.budgets import Budgets
from portal.points.lines import Lines
from portal.points.service import Points
from portal.proofs.books import Ledger
from portal.proofs.service import Proofs
from portal.proofs.statements import Statements
from portal.readers.service import Readers
from portal.rewards.bulk import Together
from portal.rewards.closing import Redemptions
from portal.rewards.handing import Handing
from portal.rewards.letters import RedemptionLetters
from portal.rewards.pictures import Pictures
from portal.rewards.pools import Pools
from portal.rewards.queue import Backlog
from portal.rewards.sale import Sale
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.rewards.shipping import Shipping
from portal.rewards.showcase import Showcase
from portal.rewards.steps import Steps
from portal.surveys.service import Surveys
from portal.table.opening import open_table
from portal.tokens import Ids, Tokens
from portal.tools import Tools
from portal.uploads import open_uploads

Services = Mapping[type, Any]


class _Wired(dict[type, Any]):
    """Services by their class; those that no page needs are made when they are first asked for."""

    def __missing__(self, service: type) -> Any:
        from portal import late  # a cold start has no use for it

        self[service] = late.BUILT[service](self, self[Tools])
        return self[service]


def tools(config: Config, clock: Clock, announce: Callable[[Message], None] | None = None) -> Tools:
    """The tools that the settings name. Raises BadSetting, CharterError; opens no connection yet."""
    return Tools(
        table=open_table(config.table, clock),
        charter=load(config.content / "charter"),
        clock=clock,
        ids=Ids(clock),
        tokens=Tokens(config.secrets),
        mailer=open_mailer(config.mail, clock, announce),
        uploads=open_uploads(config.files),
        build=config.build,
        base_url=config.base_url,
    )


def wire(given: Tools) -> Services:
    """Every service, by its class."""
    table, charter, clock, ids, tokens = given.table, given.charter, given.clock, given.ids, given.tokens
    url = given.base_url
    audit = Audit(table, charter.community, clock, ids)
    counters = Counters(table)
    charters = Charters(table, charter, clock)
    outbox = Outbox(table, given.mailer, charter.community, clock, ids)
    accounts = Accounts(table, charter, outbox, clock, ids, tokens, url)
    roles = Roles(table, charter)
    points = Points(table, charter, clock)
    budgets = Budgets(table, charter, clock, Alarms(table, charter, roles, outbox, url).tripped)
    crediting = Crediting(charter, points, budgets, clock)
    members = Members(table, charter, points, accounts, roles, audit, clock)
    lines = Lines(table)
    proofs = Proofs(table, charter, lines, tokens)
    founding = Founding(table, roles, members, counters, audit, clock, tokens, url)
    cases = Cases(table, charter, audit, clock, ids)
    vetting = Vetting(cases, tokens)
    moves = Moves(table, charter, accounts, members, counters, outbox, clock, ids, tokens, url)
    pace = Pace(table, charter.community, clock)
    queue = Queue(table, charter, charters, moves, roles)
    review = Review(moves, charters, audit)
    invitations = Invitations(table, charter, members, clock, ids, tokens, url)
    quizzes = Quizzes(table, charter, charters, clock, ids, tokens)
    files = Filing(table, given.uploads, clock, ids, tokens)
    applications = Applications(
        table, charter, charters, accounts, members, moves, invitations, quizzes, Judging(moves), files, vetting, tokens
    )  # fmt: skip
    told = PointsLetters(accounts, outbox, url)
    closing = Closing(
        table, charter, points, budgets, PacketLetters(accounts, outbox, charter.points.grace_days, url), clock
    )
    giving = Giving(table, charter, points, budgets, members, cases, audit, clock, ids, tokens)
    built: list[Any] = [
        audit, counters, charters, outbox, accounts, roles, points, members, founding, applications,
        review, cases, moves, pace, queue, invitations, quizzes, files,
        Door(table, charter, pace, clock), Following(moves, vetting), Bulk(moves, queue, review),
        Timing(moves, files, vetting),
        Words(table, charter, audit, clock),
        Appointments(table, charter, accounts, roles, members, audit),
        budgets, crediting,
        Awards(table, charter, points, members, crediting, told, audit, clock),
        Corrections(table, charter, points, members, crediting, told, audit, clock), Watch(table, budgets, audit),
        CheckIns(table, charter, members, crediting, clock),
        lines, proofs, Ledger(proofs), Statements(charter, lines),
        *_rewards(given, charter, points, members, audit, RedemptionLetters(accounts, outbox, url)),
        Surveys(table, charter, charters, members, clock),
        Readers(table, charter.community, audit, clock, given.build / "pages.json"),
        closing, Packets(table, charter, members, crediting, closing, clock), giving,
    ]  # fmt: skip
    named = {Charter: charter, Tools: given, Ids: ids, History: queue}
    return _Wired(named | {type(service): service for service in built})


def _rewards(
    given: Tools, charter: Charter, points: Points, members: Members, audit: Audit, letters: RedemptionLetters
) -> list[Any]:
    """What points buy."""
    table, clock = given.table, given.clock
    steps = Steps(table, charter, points, letters, audit, clock)
    sale, giving = Sale(table, clock), Handing(table, charter.community, clock)
    redemptions = Redemptions(steps, giving)
    shipping = Shipping(steps, redemptions, giving)
    return [
        Rewards(table, charter, points, members, letters, sale, giving, clock), Shelf(table, charter, audit), sale,
        redemptions, shipping, Backlog(steps, shipping), Together(steps, redemptions, shipping), steps,
        Pools(table, steps, giving, audit), Pictures(given.uploads), Showcase(table, charter, clock),
    ]  # fmt: skip

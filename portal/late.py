"""Services that no page needs: jobs and the terminal ask for them, and a cold start doesn't load them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.applications.importing import Importing
from portal.applications.moves import Moves
from portal.applications.quizzes import Quizzes
from portal.applications.service import Applications
from portal.audit.service import Audit
from portal.cases.service import Cases
from portal.charters.changes import Changes
from portal.charters.service import Charters
from portal.members.service import Members
from portal.outbox.service import Outbox
from portal.packets.giving import Giving
from portal.points.budgets import Budgets
from portal.points.lapsing import Lapsing
from portal.points.lines import Lines
from portal.points.service import Points
from portal.proofs.closing import DailyClose
from portal.proofs.recounting import Recounting
from portal.proofs.service import Proofs
from portal.rewards.keeping import Keeping
from portal.rewards.steps import Steps
from portal.tools import Tools

Services = Mapping[Any, Any]


def _importing(one: Services, given: Tools) -> Importing:
    return Importing(
        one[Applications], one[Moves], one[Accounts], one[Roles], one[Charters], one[Quizzes], one[Cases], one[Audit],
        given.tokens,
    )  # fmt: skip


def _lapsing(one: Services, given: Tools) -> Lapsing:
    return Lapsing(
        given.table, given.charter, one[Points], one[Accounts], one[Outbox], given.clock, given.base_url
    )  # fmt: skip


def _close(one: Services, given: Tools) -> DailyClose:
    return DailyClose(given.table, given.charter, one[Lines], one[Members], given.tokens, given.clock)


BUILT: Mapping[type, Callable[[Services, Tools], Any]] = {
    Importing: _importing,
    Changes: lambda one, _: Changes(one[Charters]),
    Lapsing: _lapsing,
    DailyClose: _close,
    Recounting: lambda one, _: Recounting(one[Proofs], one[Budgets], one[Giving].of_programme),
    Keeping: lambda one, _: Keeping(one[Steps]),
}

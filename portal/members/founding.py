"""The first owner: whoever holds the link that the terminal printed, and proves an address."""

from __future__ import annotations

import datetime as dt

from portal.accounts.model import Account
from portal.accounts.roles import AlreadyOwned, Roles
from portal.audit.service import Audit
from portal.clock import Clock
from portal.counters.service import Counters
from portal.errors import N_, PortalError
from portal.members.service import Members
from portal.table.contract import Table
from portal.tokens import Tokens

LINK_LIFE = dt.timedelta(days=1)
NAME_LENGTH = 60


class LinkExpired(PortalError):
    """The link is older than a day."""

    status = 410
    sentence = N_(
        "This link has expired. The terminal prints a new one at each start, until somebody owns the community."
    )


class Founding:
    """Claims the community."""

    def __init__(
        self,
        table: Table,
        roles: Roles,
        members: Members,
        counters: Counters,
        audit: Audit,
        clock: Clock,
        tokens: Tokens,
        base_url: str,
    ) -> None:
        self._table = table
        self._roles = roles
        self._members = members
        self._counters = counters
        self._audit = audit
        self._clock = clock
        self._tokens = tokens
        self._base_url = base_url

    def link(self) -> str | None:
        """The link that claims ownership, good for a day and for one owner; None once there is one."""
        if self._roles.owned():
            return None
        return f"{self._base_url}/portal/claim/{self._tokens.sign('claim', str(int(self._clock.now().timestamp())))}"

    def check(self, token: str) -> None:
        """Raises BadToken, LinkExpired, AlreadyOwned for a link that claims nothing."""
        issued = int(self._tokens.unsign("claim", token))
        if self._clock.now() - dt.datetime.fromtimestamp(issued, dt.UTC) > LINK_LIFE:
            raise LinkExpired
        if self._roles.owned():
            raise AlreadyOwned

    def claim(self, account: Account, name: str) -> None:
        """Story: a person becomes the first owner, and member no. 1. Raises AlreadyOwned."""
        did = N_("claimed the community as its first owner")
        self._table.commit(
            *self._roles.found(account),
            *self._counters.begin("member", 1, AlreadyOwned),
            *self._members.welcome(account.id, name, 1),
            *self._audit.note(account.id, name, did, account.id, role="owner"),
        )

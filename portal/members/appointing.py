"""The owner appoints: roles go to members in good standing, and each change stands in the audit log."""

from __future__ import annotations

import msgspec

from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.members.service import Members
from portal.table.contract import Table


class NotInStanding(PortalError):
    """Somebody who can't use the desk would hold a key to it."""

    status = 409
    sentence = N_("A role needs a member in good standing.")


class Appointments:
    """Roles, granted and withdrawn at the desk."""

    def __init__(
        self, table: Table, charter: Charter, accounts: Accounts, roles: Roles, members: Members, audit: Audit
    ) -> None:
        self._table = table
        self._charter = charter
        self._accounts = accounts
        self._roles = roles
        self._members = members
        self._audit = audit

    def grant(self, actor: str, actor_name: str, member: str, role: str) -> None:
        """Story: give a role; nothing changes if it is held. Raises NotFound, NotInStanding, UnknownRole."""
        self._change(actor, actor_name, member, role, held=True)

    def withdraw(self, actor: str, actor_name: str, member: str, role: str) -> None:
        """Story: take a role away; nothing changes if it is not held. Raises NotFound, UnknownRole, LastOwner."""
        self._change(actor, actor_name, member, role, held=False)

    def _change(self, actor: str, actor_name: str, member: str, role: str, *, held: bool) -> None:
        did = N_("granted the role {role} to {name}") if held else N_("withdrew the role {role} from {name}")

        def story() -> None:
            profile = self._members.profile(member)
            changes = self._roles.change(self._accounts.account(member), role, held=held)
            if not changes:
                return
            if held and profile.standing(self._members.today) != "active":
                raise NotInStanding
            facts = {"role": msgspec.to_builtins(self._charter.role(role).name), "name": profile.name}
            noted = self._audit.note(actor, actor_name, did, member, **facts)
            self._table.commit(*changes, *self._members.unchanged(profile), *noted)

        self._table.retrying(story)

"""Who is staff: the owner grants and withdraws the charter's roles."""

from __future__ import annotations

import msgspec

from portal.accounts import records
from portal.accounts.model import Account
from portal.accounts.service import Accounts
from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.table.contract import Table, Write

STAFF_LIMIT = 200


class LastOwner(PortalError):
    """A community without an owner could never have one again."""

    status = 409
    sentence = N_("This is the last owner. Grant the role to somebody else first.")


class AlreadyOwned(PortalError):
    """The community was claimed before."""

    status = 409
    sentence = N_("This community already has an owner.")


class UnknownRole(PortalError):
    """The charter has no such role."""

    status = 422
    sentence = N_("The charter has no such role.")


class Roles:
    """Roles, granted and withdrawn at the desk."""

    def __init__(self, table: Table, charter: Charter, accounts: Accounts, audit: Audit) -> None:
        self._table = table
        self._charter = charter
        self._accounts = accounts
        self._audit = audit

    def owned(self) -> bool:
        """Whether somebody has claimed the community."""
        return records.owned(self._table)

    def found(self, account: Account) -> list[Write]:
        """Part: this person becomes the first owner; AlreadyOwned if there is one."""
        return [records.first_owner(AlreadyOwned), records.change_roles(account, (*account.roles, "owner"))]

    def staff(self) -> list[Account]:
        """Everybody who holds a role."""
        return records.staff(self._table, STAFF_LIMIT)

    def grant(self, actor: str, actor_name: str, person: str, name: str, role: str) -> None:
        """Story: give a role to a person of that name; nothing changes if it is held. Raises NotFound, UnknownRole."""
        self._change(actor, actor_name, person, name, role, held=True)

    def withdraw(self, actor: str, actor_name: str, person: str, name: str, role: str) -> None:
        """Story: take a role away; nothing changes if it is not held. Raises NotFound, UnknownRole, LastOwner."""
        self._change(actor, actor_name, person, name, role, held=False)

    def _change(self, actor: str, actor_name: str, person: str, name: str, role: str, *, held: bool) -> None:
        if role not in {entry.slug for entry in self._charter.roles}:
            raise UnknownRole
        facts = {"role": msgspec.to_builtins(self._charter.role(role).name), "name": name}

        def story() -> None:
            account = self._accounts.account(person)
            if (role in account.roles) == held:
                return
            kept = tuple(entry for entry in account.roles if entry != role)
            did = N_("granted the role {role} to {name}") if held else N_("withdrew the role {role} from {name}")
            self._table.commit(
                *([records.count_owner(1 if held else -1, LastOwner)] if role == "owner" else []),
                records.change_roles(account, (*kept, role) if held else kept),
                *self._audit.note(actor, actor_name, did, person, **facts),
            )

        self._table.retrying(story)

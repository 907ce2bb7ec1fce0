"""Who holds which of the charter's roles: parts for the stories that appoint."""

from __future__ import annotations

from portal.accounts import records
from portal.accounts.model import Account
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
    """Roles as they stand with accounts."""

    def __init__(self, table: Table, charter: Charter) -> None:
        self._table = table
        self._charter = charter

    def owned(self) -> bool:
        """Whether somebody has claimed the community."""
        return records.owned(self._table)

    def staff(self) -> list[Account]:
        """Everybody who holds a role. From an index: look again before acting on it."""
        return records.staff(self._table, STAFF_LIMIT)

    def found(self, account: Account) -> list[Write]:
        """Part: this person becomes the first owner; AlreadyOwned if there is one."""
        return [records.first_owner(AlreadyOwned), records.change_roles(account, (*account.roles, "owner"))]

    def change(self, account: Account, role: str, *, held: bool) -> list[Write]:
        """Part: the account as it was read gains or loses a role; nothing if that is so already.

        Raises UnknownRole; the commit raises LastOwner, and Stale if its roles have changed meanwhile.
        """
        if role not in {entry.slug for entry in self._charter.roles}:
            raise UnknownRole
        if (role in account.roles) == held:
            return []
        kept = tuple(entry for entry in account.roles if entry != role)
        return [
            *([records.count_owner(1 if held else -1, LastOwner)] if role == "owner" else []),
            records.change_roles(account, (*kept, role) if held else kept),
        ]

    def unchanged(self, account: Account) -> list[Write]:
        """Part: for a story that rests on the roles that it has read."""
        return [records.unchanged(account)]

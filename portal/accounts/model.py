"""A person, a session, and the proof of an address."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import unicodedata
from typing import Literal

import msgspec

from portal.errors import N_, PortalError
from portal.language import Lang

SESSION_LIFE = dt.timedelta(days=30)
RENEWED_AFTER = dt.timedelta(days=1)
CHALLENGE_LIFE = dt.timedelta(minutes=15)
TRIES = 5

_NEVER = r"@\s\x00-\x1f\x7f\"<>()\[\],;:\\"
#: Without `=?` too: mail programs take it for the start of an encoded word, which may hide a line of its own.
ADDRESS = re.compile(
    rf"(?!.*=\?)[^{_NEVER}]{{1,64}}@(?=.{{3,190}}$)(?:[^.{_NEVER}]{{1,63}}\.)+(?!\d+$)[^.{_NEVER}]{{2,63}}"
)


class BadAddress(PortalError):
    """What was typed is no e-mail address."""

    status = 422
    sentence = N_("That doesn't look like an e-mail address. It needs a name, an @ and a domain: ada@example.org.")


def normalised(address: str) -> str:
    """An address as it is compared: trimmed, lower case, of plain width, its domain in ASCII. Raises BadAddress."""
    trimmed = unicodedata.normalize("NFKC", address).strip().replace("。", ".")
    if not ADDRESS.fullmatch(trimmed):
        raise BadAddress
    local, _, domain = trimmed.lower().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise BadAddress from error


def network(address: str) -> str:
    """Whose address a caller's is: an IPv6 caller has a whole /64 of them."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((address, 64), strict=False)) if known.version == 6 else address  # noqa: PLR2004


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an address, verified or vouched for. Sessions made before `sessions_since` are void."""

    id: str
    email: str
    lang: Lang
    created: dt.datetime
    sessions_since: dt.datetime
    roles: tuple[str, ...] = ()
    v: int = 1


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser, signed in; `seen` is renewed once a day."""

    person: str
    created: dt.datetime
    seen: dt.datetime

    def lives(self, account: Account) -> bool:
        """Whether it outlived the last "sign out everywhere"."""
        return self.created >= account.sessions_since


Purpose = Literal["sign-in", "apply", "resume", "claim"]


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of an address that was asked for: a code for the browser that asked, or a link for any.

    `purpose` and `subject` say what follows the proof: the page to return to, the draft to send, the claim to make.
    """

    id: str
    email: str
    lang: Lang
    code_hash: str
    browser_hash: str
    purpose: Purpose
    subject: str
    expires: dt.datetime
    used_by: str | None = None


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """An address was proven: whose it is, the new session (None if proven before), and what was to follow."""

    account: Account
    session: str | None
    purpose: Purpose
    subject: str

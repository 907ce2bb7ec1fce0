"""Secrets and names: signed tokens, hashes, keyed hashes of addresses, ids that sort by time."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence

from itsdangerous import BadSignature, URLSafeSerializer
from ulid import ULID

from portal.clock import Clock
from portal.errors import N_, PortalError

CODE_DIGITS = 6


class BadToken(PortalError):
    """A link was cut short, changed, or made for something else."""

    status = 404
    sentence = N_("This link isn't one of ours. Please copy it whole from the message, or ask for a new one.")


class Tokens:
    """Everything that hangs on the community's secrets; the purpose of a token is its salt.

    The first secret signs, all verify; the last keys the addresses, so that rotation prepends and never loses anybody.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = list(reversed(secrets))  # itsdangerous signs with the last of its list
        self._pepper = secrets[-1].encode()

    def sign(self, purpose: str, value: str) -> str:
        """A URL-safe token that only we can have made."""
        return str(self._signer(purpose).dumps(value))

    def unsign(self, purpose: str, token: str) -> str:
        """The value that was signed for that purpose; BadToken for anything else."""
        try:
            return str(self._signer(purpose).loads(token))
        except (BadSignature, UnicodeError) as error:
            raise BadToken from error

    def keyed(self, purpose: str, value: str) -> str:
        """HMAC-SHA-256 in hex: the same for equal values, and not to be guessed without the secret."""
        return hmac.new(self._pepper, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def _signer(self, purpose: str) -> URLSafeSerializer:
        digest = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        return URLSafeSerializer(self._secrets, salt=f"tonghao {purpose}", signer_kwargs=digest)


def hashed(token: str) -> str:
    """SHA-256 in hex: how a token that opens something is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Equality that takes as long for a near miss as for a far one."""
    return hmac.compare_digest(one.encode(), other.encode())


def fresh() -> str:
    """A new token of 256 random bits."""
    return secrets.token_urlsafe(32)


def fresh_code() -> str:
    """A new code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


class Ids:
    """New ids: ULIDs, which sort by the time of their making."""

    def __init__(self, clock: Clock, randbytes: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._randbytes = randbytes

    def new(self) -> str:
        """An id that nobody else has."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return str(ULID(milliseconds.to_bytes(6, "big") + self._randbytes(10)))


def shard(identity: str, shards: int) -> int:
    """The slice of a hot key that an id belongs to, the same for ever."""
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:4], "big") % shards

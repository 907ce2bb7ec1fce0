"""How a packet falls into shares: pure, fixed before the first is opened, and to be recomputed by anybody afterwards.

This file uses nothing but Python's own library, so that it can be taken out and run by itself.

**Fairness.** Before the giver types anything the form shows `commitment(seed)`, so the server can't choose its seed by
what the giver sends. The giver adds a client seed, not knowing the server's, so the giver can't choose the outcome
either. Every random byte of the draw is HMAC-SHA256 with the server's seed (as the text that is published) for its key
and six lines for its message: client seed, packet id, total, shares, version, number of the block. Blocks are counted
from 0 and used one after the other.

**Uniformity.** A random split of `total` points into N shares of at least 1 is a composition of `total` into N parts.
Such compositions are one to one with the sets of N - 1 distinct cuts among the `total` - 1 places between neighbouring
points (stars and bars: Feller, An Introduction to Probability Theory, vol. 1, II.5). So a set of cuts drawn uniformly
makes each of the C(total - 1, N - 1) splits equally likely. The set is drawn by Floyd's algorithm (Bentley and Floyd,
"A sample of brilliance", CACM 30(9), 1987), which is uniform over sets if its N - 1 integers are. Those come from 64
random bits by rejection: what lies in the incomplete last round of the modulus is thrown away, so that no value is
favoured. At last the shares are shuffled by Fisher and Yates (Knuth, TAOCP vol. 2, algorithm 3.4.2 P): a random split
is exchangeable without it, but where an equal split leaves a remainder, the larger shares may then come at any place.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from itertools import count, pairwise

VERSION = 1
_WORD = 8
_RANGE = 1 << 8 * _WORD


def commitment(seed: str) -> str:
    """What is shown before the draw: SHA-256 of the server's seed, in hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def draw(split: str, total: int, shares: int, *, seed: str, client_seed: str, packet: str) -> list[int]:
    """The shares in the order in which they are handed out: each at least 1, together exactly `total`.

    `split`: "random", or "equal" to within a point. Raises ValueError where a share would be empty.
    """
    if not 1 <= shares <= total:
        raise ValueError(f"{total} points don't fill {shares} shares")
    integers = _Integers(seed, "\n".join((client_seed, packet, str(total), str(shares), str(VERSION))))
    parts = _composition(total, shares, integers) if split == "random" else _even(total, shares)
    return _shuffled(parts, integers)


class _Integers:
    """Unbiased integers from the stream of HMAC blocks."""

    def __init__(self, seed: str, message: str) -> None:
        self._words = _words(seed.encode(), message)

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1, each equally likely."""
        fair = _RANGE - _RANGE % limit
        return next(word for word in self._words if word < fair) % limit


def _words(key: bytes, message: str) -> Iterator[int]:
    for block in count():
        digest = hmac.new(key, f"{message}\n{block}".encode(), hashlib.sha256).digest()
        yield from (int.from_bytes(digest[at : at + _WORD], "big") for at in range(0, len(digest), _WORD))


def _composition(total: int, shares: int, integers: _Integers) -> list[int]:
    cuts: set[int] = set()
    places = total - 1
    for place in range(places - shares + 2, places + 1):
        cut = 1 + integers.below(place)
        cuts.add(place if cut in cuts else cut)
    return [after - before for before, after in pairwise((0, *sorted(cuts), total))]


def _even(total: int, shares: int) -> list[int]:
    least, more = divmod(total, shares)
    return [least + 1] * more + [least] * (shares - more)


def _shuffled(parts: list[int], integers: _Integers) -> list[int]:
    shuffled = list(parts)
    for last in range(len(shuffled) - 1, 0, -1):
        other = integers.below(last + 1)
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled

"""The tree of RFC 6962 over hashes of leaves: its root, the path from a leaf to it, and where a path leads.

A leaf's hash begins with the byte 0, an inner node's with 1, so that neither can pass for the other. A subtree of n
leaves is split at the largest power of two below n. Therefore the roots of equal chunks, whose length is a power of
two, make a tree of the same shape and with the same root as all their leaves together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

#: The root of no leaves.
EMPTY = hashlib.sha256(b"").digest()
#: More siblings than any path has: 2^64 leaves.
LONGEST_PATH = 64


def leaf(salt: bytes, member: str, seq: int, head: str) -> bytes:
    """The hash of a member's leaf: how long their chain is and where it ends, under a salt that only they are told."""
    told = msgspec.json.encode({"head": head, "member": member, "seq": seq}, order="deterministic")
    return hashlib.sha256(b"\0" + salt + told).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves, or over the roots of equal chunks."""
    if not hashes:
        return EMPTY
    if len(hashes) == 1:
        return hashes[0]
    left = _split(len(hashes))
    return node(root(hashes[:left]), root(hashes[left:]))


def path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings on the way from a leaf up to the root, the nearest first."""
    if len(hashes) == 1:
        return []
    left = _split(len(hashes))
    if index < left:
        return [*path(hashes[:left], index), root(hashes[left:])]
    return [*path(hashes[left:], index - left), root(hashes[:left])]


def leads(start: bytes, index: int, leaves: int, siblings: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to from a leaf at that place among so many; None if no such path exists."""
    if not 0 <= index < leaves:
        return None
    if leaves == 1:
        return None if siblings else start
    if not siblings:
        return None
    left, last = _split(leaves), siblings[-1]
    if index < left:
        below = leads(start, index, left, siblings[:-1])
        return below and node(below, last)
    below = leads(start, index - left, leaves - left, siblings[:-1])
    return below and node(last, below)


def _split(leaves: int) -> int:
    return 1 << ((leaves - 1).bit_length() - 1)

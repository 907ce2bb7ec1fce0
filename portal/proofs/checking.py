"""Checks a proof that anybody brings, step by step, in words. Pure: what was published is given."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Literal

import msgspec

from portal.errors import N_, PortalError
from portal.language import Term
from portal.proofs import tree
from portal.proofs.model import PUBLISHED, VERSION, Link, Proof, Root, digest

#: The largest proof there can be: five hundred links and a path of 64.
LONGEST = 300_000
#: More points, entries or members than there will ever be.
LARGEST = 1 << 62
HEX = re.compile(r"[0-9a-f]{64}")
Outcome = Literal["holds", "fails"]


class BadProof(PortalError):
    """What was brought is no proof of ours; nothing could be checked."""

    status = 422
    sentence = N_("This is not a proof as we write them.")


class NothingBrought(BadProof):
    """An empty form."""

    sentence = N_("There is nothing here yet. Paste the whole text of a proof.json.")


class TooLong(BadProof):
    """Longer than any proof."""

    sentence = N_("This is longer than any proof. Paste the text of one proof.json, and nothing else.")


class NotJson(BadProof):
    """Cut off, or something else."""

    sentence = N_("This can't be read as JSON. Paste it from the first curly bracket to the last.")


class MissingField(BadProof):
    """A field isn't there."""

    sentence = N_("The field “{field}” is missing. Was the proof copied whole?")


class WrongField(BadProof):
    """A field says something that we never write."""

    sentence = N_("The field “{field}” doesn't say what such a field can say. Was it changed?")


class OtherVersion(BadProof):
    """Written by a program to come, or by somebody else's."""

    sentence = N_("This proof is of version {version}; this page knows version {known}.")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: whether it holds, what was done, and what it means."""

    outcome: Outcome
    did: Term
    means: Term


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a proof: all that was looked at, in order."""

    proof: Proof
    steps: list[Step]

    @property
    def day(self) -> dt.date:
        """The day that the proof speaks of."""
        return self.proof.day

    @property
    def holds(self) -> bool:
        """Whether every step holds."""
        return all(step.outcome == "holds" for step in self.steps)


_KINDS: dict[str, type] = {
    "version": int, "day": str, "until": str, "leaves": int, "root": str, "totals": dict, "moved": dict,
    "previous": str, "hash": str, "community": str, "member": str, "salt": str, "seq": int, "head": str, "leaf": str,
    "index": int, "path": list, "since": list,
}  # fmt: skip
_HASHES = ("root", "previous", "hash", "salt", "head", "leaf")


def read(text: str) -> Proof:
    """The proof in a text. Raises BadProof, with a sentence that says what is wrong with it."""
    if not text.strip():
        raise NothingBrought
    if len(text) > LONGEST:
        raise TooLong
    try:
        told = msgspec.json.decode(text.encode().decode().strip().lstrip("\ufeff"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotJson from error
    if not isinstance(told, dict):
        raise NotJson
    _require_sound(told)
    fields = {name: told[name] for name in Proof.__struct_fields__ if name not in ("record", "since")}
    record = {name: told[name] for name in PUBLISHED}
    return Proof(record=record, since=[Link(**link) for link in told["since"]], **fields)


def _require_sound(told: dict[str, Any]) -> None:
    missing = next((name for name in _KINDS if name not in told), None)
    if missing:
        raise MissingField(field=missing)
    _require_kinds(told)
    if told["version"] != VERSION:
        raise OtherVersion(version=told["version"], known=VERSION)
    wrong = next((name for name in _HASHES if not HEX.fullmatch(told[name])), None)
    if wrong or not _is_date(told["day"]):
        raise WrongField(field=wrong or "day")
    if not 0 <= told["index"] < told["leaves"]:
        raise WrongField(field="index")
    if len(told["path"]) > tree.LONGEST_PATH or not all(_is_hash(sibling) for sibling in told["path"]):
        raise WrongField(field="path")
    if not all(_is_link(link) for link in told["since"]):
        raise WrongField(field="since")


def _require_kinds(told: dict[str, Any]) -> None:
    for name, kind in _KINDS.items():
        if type(told[name]) is not kind or not _is_told(told[name]):
            raise WrongField(field=name)


def _is_told(value: object, deep: int = 2) -> bool:
    """Whether a figure is a whole number of reasonable size; sums are figures by name, and by rule."""
    if isinstance(value, dict):
        return deep > 0 and all(type(part) in (int, dict) and _is_told(part, deep - 1) for part in value.values())
    return not isinstance(value, int) or -LARGEST < value < LARGEST


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and HEX.fullmatch(value) is not None


def _is_link(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != set(Link.__struct_fields__):
        return False
    return (
        type(value["seq"]) is int and _is_told(value["seq"]) and _is_hash(value["previous"]) and _is_hash(value["hash"])
    )


def _is_date(value: str) -> bool:
    try:
        return dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def check(proof: Proof, published: Root | None, before: Root | None) -> Result:
    """Look at a proof: by itself, against the record that we published of its day, and against the record before."""
    looked = [_leaf(proof), _path(proof), _record(proof), _published(proof, published)]
    if published:
        looked.append(_previous(published, before))
    if proof.since:
        looked.append(_since(proof))
    return Result(proof=proof, steps=looked)


def _leaf(proof: Proof) -> Step:
    made = tree.leaf(bytes.fromhex(proof.salt), proof.member, proof.seq, proof.head).hex()
    return _step(
        made == proof.leaf,
        N_("The leaf was made again from the salt, the member, the number of the last entry and its hash."),
        N_("It is the leaf that the proof names."),
        N_("It is another leaf: the member, the entry, its hash or the salt was changed."),
    )


def _path(proof: Proof) -> Step:
    siblings = [bytes.fromhex(sibling) for sibling in proof.path]
    root = tree.leads(bytes.fromhex(proof.leaf), proof.index, proof.record["leaves"], siblings)
    return _step(
        root is not None and root.hex() == proof.record["root"],
        N_("The path was walked from the leaf upwards, a hash at a time."),
        N_("It leads to the root that the proof names, so the leaf is one of those under it."),
        N_("It doesn't lead to the root that the proof names: this leaf is not under it."),
    )


def _record(proof: Proof) -> Step:
    return _step(
        digest(proof.record) == proof.record["hash"],
        N_("The record of the day was sealed again: root, totals, movements and the seal of the day before."),
        N_("The seal is the one that the proof names."),
        N_("The seal is another: something in the record was changed."),
    )


def _published(proof: Proof, published: Root | None) -> Step:
    did = N_("The seal was compared with the one that stands in our list for that day.")
    if published is None:
        means = N_("We have published nothing for that day. The proof is from elsewhere, or invented.")
        return Step(outcome="fails", did=Term(did), means=Term(means))
    return _step(
        proof.record["hash"] == published.hash == published.digest(),
        did,
        N_("They are the same. If you have kept that seal or root yourself, or a friend has, compare it too."),
        N_("They differ: the proof speaks of another ledger than the one that we have published."),
    )


def _previous(published: Root, before: Root | None) -> Step:
    first = published.previous == "0" * 64
    return _step(
        first if before is None else published.previous == before.hash == before.digest(),
        N_("The record was looked at beside the record before it."),
        N_("This is the first record; there is none before it.") if first else N_("It names the seal of that record."),
        N_("It doesn't name the seal of that record: days were exchanged or taken out."),
    )


def _since(proof: Proof) -> Step:
    heads = [proof.head, *(link.hash for link in proof.since)]
    places = [proof.seq + 1 + place for place in range(len(proof.since))]
    return _step(
        [link.previous for link in proof.since] == heads[:-1] and [link.seq for link in proof.since] == places,
        N_("The entries after that day were followed, each to the one before."),
        N_("Each continues the one before, from the proven entry on. The next close covers them."),
        N_("They don't continue the proven entry: one is missing, or was put in its place."),
    )


def _step(holds: bool, did: str, good: str, bad: str) -> Step:
    return Step(outcome="holds" if holds else "fails", did=Term(did), means=Term(good if holds else bad))

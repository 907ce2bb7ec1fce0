"""Reads the charter, cross-checks it, and gives it the hash that decisions name."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from portal.charter.admission import Admission
from portal.charter.checks import faults
from portal.charter.economy import PointsPolicy
from portal.charter.fields import Strict
from portal.charter.questions import Questionnaire
from portal.charter.schema import Charter, Community, Role, Rules, Tier, Words

S = TypeVar("S", bound=Strict)


class _Tiers(Strict, frozen=True):
    tier: list[Tier]


class _Roles(Strict, frozen=True):
    role: list[Role]


FILES: dict[str, type[Strict]] = {
    "community.toml": Community,
    "tiers.toml": _Tiers,
    "points.toml": PointsPolicy,
    "rules.toml": Rules,
    "roles.toml": _Roles,
    "admission.toml": Admission,
    "words.toml": Words,
}


class CharterError(Exception):
    """The charter can't be used; `faults` lists each as `file: entry: what is wrong`."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def load(folder: Path) -> Charter:
    """The charter in `folder`, cross-checked and hashed. Raises CharterError with every fault found."""
    found: list[str] = []
    parts: dict[str, Any] = {}
    for name, kind in FILES.items():
        parts[name] = _read(folder / name, name, kind, found)
    questionnaires = _questionnaires(folder, found)
    found += [f"{name}: no such file of the charter" for name in _strangers(folder)]
    if found:
        raise CharterError(found)
    charter = Charter(
        community=parts["community.toml"],
        tiers=parts["tiers.toml"].tier,
        points=parts["points.toml"],
        rules=parts["rules.toml"],
        roles=parts["roles.toml"].role,
        admission=parts["admission.toml"],
        words=parts["words.toml"],
        questionnaires=questionnaires,
    )
    if found := list(faults(charter)):
        raise CharterError(found)
    return hashed(charter)


def hashed(charter: Charter) -> Charter:
    """The charter with its hash: SHA-256 of its canonical JSON, so that comments and layout don't change it."""
    bare = msgspec.structs.replace(charter, hash="")
    return msgspec.structs.replace(bare, hash=hashlib.sha256(encode(bare)).hexdigest())


def encode(charter: Charter) -> bytes:
    """The charter as canonical JSON, as it is stored by its hash."""
    return msgspec.json.encode(charter, order="deterministic")


def decode(stored: bytes) -> Charter:
    """The charter that `encode` wrote, in this version of the program or an earlier one."""
    raw = msgspec.json.decode(stored)
    raw["admission"] = _UNSAID | raw["admission"]
    raw.setdefault("words", {})
    return msgspec.convert(raw, Charter)


#: What charters say that were stored before these could be said: what the program did then.
_UNSAID = {
    "claim": "45 minutes",
    "answer_within": "14 days",
    "appeal_within": "30 days",
    "waitlist": {"offer": "5 days", "ask_again": "60 days"},
    "tries": {"most": 20, "within": "180 days"},
    "retention": dict.fromkeys(("approved", "declined", "withdrawn", "expired"), "730 days"),
}


def _questionnaires(folder: Path, found: list[str]) -> dict[str, Questionnaire]:
    paths = sorted((folder / "questionnaires").glob("*.toml"))
    read = {path.stem: _read(path, f"questionnaires/{path.name}", Questionnaire, found) for path in paths}
    if "join" not in read:
        found.append("questionnaires/join.toml: is missing; it asks what applicants answer")
    return {name: questionnaire for name, questionnaire in read.items() if questionnaire}


def _strangers(folder: Path) -> Iterator[str]:
    """Files that nobody would read: a promise in one of them would not be kept."""
    for path in sorted(folder.rglob("*.toml")):
        name = path.relative_to(folder).as_posix()
        if name not in FILES and path.parent != folder / "questionnaires":
            yield name


def _read(path: Path, name: str, kind: type[S], found: list[str]) -> S | None:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(data, kind)
    except FileNotFoundError:
        found.append(f"{name}: is missing")
    except UnicodeDecodeError as error:
        found.append(f"{name}: is not UTF-8 text (byte {error.start})")
    except tomllib.TOMLDecodeError as error:
        found.append(f"{name}: {_lower(str(error))}")
    except msgspec.ValidationError as error:
        found.append(f"{name}: {_located(str(error), data)}")
    return None


def _located(message: str, data: dict[str, Any]) -> str:
    """Msgspec's message with its path told as entry and field: `tier "regular", name: …`."""
    what, _, path = message.partition(" - at `$")
    steps = path.rstrip("`").replace("[...]", ".[...]").strip(".").replace("[", ".").replace("]", "").split(".")
    place: list[str] = []
    at: Any = data
    for step in filter(None, steps):
        if step.isdigit() and isinstance(at, list):
            at = at[int(step)]
            name = at.get("slug") if isinstance(at, dict) else None
            place[-1] += f' "{name}"' if name else f" {int(step) + 1}"
        else:
            at = at.get(step) if isinstance(at, dict) else None
            place.append(step)
    return f"{', '.join(place)}: {_lower(what)}" if place else _lower(what)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

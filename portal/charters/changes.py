"""What changed from one charter to the next: the public changelog, made from the versions that were in force."""

from __future__ import annotations

import datetime as dt
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.errors import NotFound

NAME = "charter.json"
#: So many versions are told, the latest of them.
LATEST = 50
#: Of one version so many changes; the rest is counted.
MOST = 60
#: What is nobody's business: words that are looked for, and what a quiz asks and takes for right.
_UNTOLD = frozenset({"hash", "words"})
_NAMED_BY = ("slug", "days", "text")

log = logging.getLogger(__name__)


class Change(msgspec.Struct, frozen=True):
    """A value of the charter: where it stands, as names from the file downwards, what it was and what it is.

    None stands for what there wasn't, or isn't any more. A text is told in the language of its path.
    """

    path: list[str]
    before: str | None
    after: str | None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A charter in force from an instant on, and how it differs from the one before; `more`: changes left out."""

    hash: str
    since: dt.datetime
    changes: list[Change]
    more: int = 0


class Changes:
    """The changelog of the charter."""

    def __init__(self, charters: Charters) -> None:
        self._charters = charters

    def write(self, build: Path) -> None:
        """Leave the changelog where the publisher of the site looks for it."""
        build.mkdir(parents=True, exist_ok=True)
        (build / NAME).write_bytes(msgspec.json.encode(self.versions()))

    def versions(self) -> list[Version]:
        """The charters that were in force, the latest first, back to one that this program can't read, if there is one.

        A later program's charter, after a way back, is none of a changelog's business to stop anything for.
        """
        known = self._charters.in_force(LATEST + 1)
        charters = list(self._read([hash_ for _, hash_ in reversed(known)]))
        told = [
            _version(since, before, after)
            for (since, _), (after, before) in zip(reversed(known), pairwise(charters), strict=False)
        ]
        whole = len(charters) == len(known) <= LATEST
        first = [Version(hash=hash_, since=since, changes=[]) for since, hash_ in known[:1] if whole]
        return [*told, *first]

    def _read(self, hashes: Sequence[str]) -> Iterator[Charter]:
        """These charters, up to the first that can't be read."""
        for hash_ in hashes:
            try:
                yield self._charters.at(hash_)
            except (NotFound, msgspec.MsgspecError, KeyError, zlib.error) as error:
                log.warning("the changelog begins after charter %s, which can't be read: %s", hash_[:7], error)
                return


def _version(since: dt.datetime, before: Charter, after: Charter) -> Version:
    found = list(differences(before, after))
    return Version(hash=after.hash, since=since, changes=found[:MOST], more=max(0, len(found) - MOST))


def differences(before: Charter, after: Charter) -> Iterator[Change]:
    """Each value that differs, in the order of the files."""
    was, now = (dict(_values((), _told(msgspec.to_builtins(charter)))) for charter in (before, after))
    for path in [*now, *(path for path in was if path not in now)]:
        if was.get(path) != now.get(path):
            yield Change(list(path), was.get(path), now.get(path))


def _told(charter: dict[str, Any]) -> dict[str, Any]:
    """The charter without what stays at the desk: of a questionnaire only what holds for the whole of it is told."""
    forms = {
        slug: {name: value for name, value in form.items() if not isinstance(value, list | dict)}
        for slug, form in charter["questionnaires"].items()
    }
    return {name: value for name, value in charter.items() if name not in _UNTOLD} | {"questionnaires": forms}


def _values(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _values((*path, str(name)), inner)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for place, each in enumerate(value, 1):
            yield from _values((*path, _name(each, place)), each)
    elif isinstance(value, list):
        yield path, ", ".join(map(str, value))
    elif value is not None:
        yield path, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _name(item: Mapping[str, Any], place: int) -> str:
    """What a part of a list goes by: its slug, or its place where it has no name of its own."""
    names = (item.get(key) for key in _NAMED_BY)
    return next((str(name) for name in names if isinstance(name, str | int)), str(place))

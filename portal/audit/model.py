"""An action that staff took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from portal.language import Text


class Change(NamedTuple):
    """What a fact was before and is after an action."""

    before: Any
    after: Any


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to whom, when. `did` is an English sentence of the catalogue, with `{subject}` and other facts.

    `subject` is the id of the person or thing; `facts` is the structured difference that the action made.
    """

    id: str
    at: dt.datetime
    actor: str
    actor_name: str
    did: str
    subject: str
    facts: dict[str, Any]

    @property
    def lines(self) -> list[tuple[str, Any]]:
        """The facts that the sentence leaves out, one path and value each; a change as a Change."""
        return [(path, value) for path, value in _flat(self.facts) if f"{{{path}}}" not in self.did]

    @property
    def told(self) -> dict[str, Any]:
        """The facts that the sentence names, bilingual ones as texts."""
        return {name: _text(value) for name, value in self.facts.items() if f"{{{name}}}" in self.did}


def _text(value: Any) -> Any:
    return Text(**value) if isinstance(value, dict) and value.keys() == {"en", "zh"} else value


def _flat(facts: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in facts.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and value.keys() == {"before", "after"} and not isinstance(value["after"], dict):
            yield path, Change(value["before"], value["after"])
        elif isinstance(value, dict) and value.keys() == {"en", "zh"}:
            yield path, _text(value)
        elif isinstance(value, dict):
            yield from _flat(value, f"{path}.")
        elif value not in ("", None):
            yield path, value

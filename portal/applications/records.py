"""Keys of applications: `DRAFT#id/DRAFT` (ttl), `M#id/APP#id`, `M#id/APPLYING` (the person's one place).

The place is taken by an open application; a decline keeps it, with its end as `ttl`, until the person may apply again.
gs1 `APPQ#submitted#shard` lists what waits, the oldest first.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from portal.applications.model import Application, Draft
from portal.clock import stamp
from portal.table.contract import Delete, Item, Key, Page, Put, Refusal, Table, absent, eq, exists

DRAFT_LIFE = dt.timedelta(days=30)


def application_key(person: str, application: str) -> Key:
    """Where an application stands."""
    return Key(f"M#{person}", f"APP#{application}")


def place_key(person: str) -> Key:
    """Where the person's one place stands."""
    return Key(f"M#{person}", "APPLYING")


def _draft_key(draft: str) -> Key:
    return Key(f"DRAFT#{draft}", "DRAFT")


def _item(key: Key, **attributes: Any) -> Item:
    return {"pk": key.pk, "sk": key.sk, **attributes}


def keep_draft(draft: Draft, now: dt.datetime) -> Put:
    """Answers that wait for a proven address."""
    ttl = int((now + DRAFT_LIFE).timestamp())
    return Put(_item(_draft_key(draft.id), **msgspec.to_builtins(draft), ttl=ttl))


def draft(table: Table, draft_id: str) -> Draft | None:
    """A draft that still waits."""
    item = table.get(_draft_key(draft_id))
    return msgspec.convert(item, Draft) if item else None


def drop_draft(draft_id: str) -> Delete:
    """The draft was sent."""
    return Delete(_draft_key(draft_id))


def create(made: Application, again: Refusal) -> Put:
    """A new application; a repeat of the same form is told first."""
    return Put(_application_item(made), when=[absent(again)])


def take_place(person: str, application: str, taken: Refusal) -> Put:
    """The person's one open place."""
    return Put(_item(place_key(person), application=application), when=[absent(taken)])


def free_place(person: str) -> Delete:
    """The place is free again at once."""
    return Delete(place_key(person))


def bar_place(person: str, application: str, again: dt.date, ends: dt.datetime) -> Put:
    """The place stays taken until the person may apply again."""
    return Put(_item(place_key(person), application=application, again=str(again), ttl=int(ends.timestamp())))


def decide(decided: Application, already: Refusal) -> Put:
    """The decision; the first one wins. It takes the application out of the queue."""
    return Put(_application_item(decided), when=[exists(already), eq("status", "submitted", already)])


def application(item: Item | None) -> Application | None:
    """The application that an item holds."""
    return msgspec.convert(item, Application) if item else None


def waiting(table: Table, cursor: str | None, limit: int) -> Page:
    """What waits, the oldest first. From an index: judge each again by its own item."""
    return table.query("APPQ#submitted#0", index="gs1", cursor=cursor, limit=limit)


def _application_item(made: Application) -> Item:
    listed = {"gs1pk": "APPQ#submitted#0", "gs1sk": f"{stamp(made.submitted)}#{made.id}"} if made.open else {}
    return _item(application_key(made.person, made.id), **msgspec.to_builtins(made), **listed)

"""Keys of applications.

`DRAFT#id/DRAFT`, `DRAFTOF#owner/form` (ttl); `M#person/APP#id`, `M#person/APPLYING` (the person's one place),
`M#person/MOMENT#app#id`, `M#person/TRY#app` (ttl); `PLACES/PLACES`; `PACE/yyyy-mm-dd`; `FIND#letter/name#person#app`;
`ALIKE#hash/person#app`; `FILE#id/FILE`; `INVITE#id/INVITE`, `M#member/INVITED#id`, `M#member/INVITES#yyyy-mm`;
`QUIZ#hmac/form`.
gs1 `APPQ#lane#shard` lists open work, the oldest first, and `APPQ#done#yyyymm` what was closed in a month; gs2 lists
whose time is over (`APPDUE#shard`), whose application it is at the desk (`APPOF#operator`), what is to be erased
(`APPKEEP#shard`), and files that nobody sent (`FILEDUE#shard`).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from portal.applications.model import Application, Draft, Invitation, Moment, Status
from portal.applications.quiz import Attempt
from portal.clock import stamp
from portal.errors import NotFound
from portal.table.contract import (
    Check,
    Delete,
    Item,
    Key,
    Page,
    Put,
    Refusal,
    Table,
    Update,
    Write,
    absent,
    eq,
    exists,
    under,
)

DRAFT_LIFE = dt.timedelta(days=30)
#: Which list of the desk an open application stands in.
LANES: Mapping[Status, str] = {
    "submitted": "decide",
    "in_review": "decide",
    "interview": "decide",
    "appealed": "decide",
    "needs_info": "asked",
    "waitlisted": "waitlist",
    "offered": "offered",
}
PLACES = Key("PLACES", "PLACES")
DUE, KEEP, UNSENT = "APPDUE#0", "APPKEEP#0", "FILEDUE#0"


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
    """Answers that wait for a proven address, or for their writer."""
    ttl = int((now + DRAFT_LIFE).timestamp())
    return Put(_item(_draft_key(draft.id), **msgspec.to_builtins(draft), ttl=ttl))


def point_to_draft(owner: str, form: str, draft: str, now: dt.datetime) -> Put:
    """Whose draft of a questionnaire this is: a person's, or a browser's that nobody has signed in with."""
    ttl = int((now + DRAFT_LIFE).timestamp())
    return Put(_item(Key(f"DRAFTOF#{owner}", form), draft=draft, ttl=ttl))


def draft_of(table: Table, owner: str, form: str) -> Draft | None:
    """The draft that somebody left."""
    pointer = table.get(Key(f"DRAFTOF#{owner}", form))
    return draft(table, str(pointer["draft"])) if pointer else None


def draft(table: Table, draft_id: str) -> Draft | None:
    """A draft that still waits."""
    item = table.get(_draft_key(draft_id))
    return msgspec.convert(item, Draft) if item else None


def drop_draft(draft_id: str) -> Delete:
    """The draft was sent."""
    return Delete(_draft_key(draft_id))


def create(made: Application, again: Refusal) -> Put:
    """A new application; a repeat of the form is told first."""
    return Put(_application_item(made), when=[absent(again)])


def replace(after: Application) -> Put:
    """An application changed; Stale if it was changed meanwhile."""
    return Put(_application_item(after), when=[exists(NotFound), eq("v", after.v - 1)])


def take_place(person: str, application: str, taken: Refusal) -> Put:
    """The person's one open place."""
    return Put(_item(place_key(person), application=application), when=[absent(taken)])


def retake_place(person: str, application: str, *, barred: bool, taken: Refusal) -> Put:
    """The place again, for an appeal: from the bar of the very decision that is appealed, or free."""
    mine = [eq("application", application, taken)] if barred else [absent(taken)]
    return Put(_item(place_key(person), application=application), when=mine)


def free_place(person: str, taken: Refusal | None = None) -> Write:
    """The place is free again at once; with `taken`, that it was free is all that is asked."""
    return Check(place_key(person), when=[absent(taken)]) if taken else Delete(place_key(person))


def bar_place(
    person: str, application: str, again: dt.date, ends: dt.datetime, taken: Refusal | None = None
) -> Put:  # fmt: skip
    """The place stays taken until the person may apply again; with `taken`, it must have been free."""
    bar = _item(place_key(person), application=application, again=str(again), ttl=int(ends.timestamp()))
    return Put(bar, when=[absent(taken)] if taken else [])


def note_try(made: Application, until: dt.datetime) -> Put:
    """An application that came to a review and led nowhere counts for a while."""
    return Put(_item(Key(f"M#{made.person}", f"TRY#{made.id}"), until=str(until.date()), ttl=int(until.timestamp())))


def tries(table: Table, person: str) -> Sequence[Item]:
    """The tries that still count, the oldest first."""
    return table.query(f"M#{person}", begins="TRY#").items


def application(item: Item | None) -> Application | None:
    """The application that an item holds."""
    return msgspec.convert(item, Application) if item else None


def of_person(table: Table, person: str) -> list[Application]:
    """Everything that a person has sent, the latest first."""
    found = [msgspec.convert(item, Application) for item in table.query(f"M#{person}", begins="APP#").items]
    return sorted(found, key=lambda one: one.submitted, reverse=True)


def lane(table: Table, name: str, cursor: str | None, limit: int) -> Page:
    """A list of the desk, the oldest (on the waitlist: the first in line) first. From an index: judge each again."""
    return table.query(f"APPQ#{name}#0", index="gs1", cursor=cursor, limit=limit)


def closed(table: Table, month: str, cursor: str | None, limit: int) -> Page:
    """What was closed in a month, the latest first. From an index."""
    return table.query(f"APPQ#done#{month}", index="gs1", reverse=True, cursor=cursor, limit=limit)


def before_in_line(table: Table, waiting: Application, limit: int) -> int:
    """How many stand before one on the waitlist, counted up to a limit. From an index."""
    line = table.query(
        "APPQ#waitlist#0", index="gs1", between=(_in_line("0", 0, "", ""), _place_in_line(waiting)), limit=limit
    )
    return sum(item["id"] != waiting.id for item in line.items)


def kept_by(table: Table, operator: str, cursor: str | None, limit: int) -> Page:
    """What an operator has claimed or was given, the oldest first. From an index."""
    return table.query(f"APPOF#{operator}", index="gs2", cursor=cursor, limit=limit)


def overdue(table: Table, now: dt.datetime, limit: int, queue: str, cursor: str | None = None) -> Page:
    """What is due by now in a time list, the longest overdue first. From an index."""
    return table.query(queue, index="gs2", between=("0", stamp(now)), limit=limit, cursor=cursor)


def moment(of: Application, made: Moment) -> Put:
    """Something that happened to an application."""
    return Put(_item(_moment_key(of, made.id), **msgspec.to_builtins(made)))


def moments(table: Table, of: Application, limit: int = 200) -> list[Moment]:
    """What happened to an application, in order; the latest so many."""
    items = table.query(f"M#{of.person}", begins=f"MOMENT#{of.id}#", reverse=True, limit=limit).items
    return [msgspec.convert(item, Moment) for item in reversed(items)]


def _moment_key(of: Application, moment_id: str) -> Key:
    return Key(f"M#{of.person}", f"MOMENT#{of.id}#{moment_id}")


def take_seat(persona: str, capacity: int | None, quota: int | None, full: Refusal) -> Update:
    """One of the community's places, within its capacity and the persona's quota."""
    bounds = [under("taken", capacity, full)] if capacity is not None else []
    bounds += [under(f"of_{persona}", quota, full)] if quota is not None and persona else []
    return Update(PLACES, add={"taken": 1, **({f"of_{persona}": 1} if persona else {})}, when=bounds)


def free_seat(persona: str) -> Update:
    """A place that was offered and not taken."""
    return Update(PLACES, add={"taken": -1, **({f"of_{persona}": -1} if persona else {})})


def seats(item: Item | None) -> dict[str, int]:
    """How many places are taken: `taken` in all, and by persona's slug."""
    if item is None:
        return {"taken": 0}
    return {"taken": item["taken"]} | {name[3:]: n for name, n in item.items() if name.startswith("of_")}


def note_pace(day: dt.date, hours: int) -> Update:
    """A decision that took so many hours."""
    return Update(Key("PACE", str(day)), add={f"h_{hours}": 1})


def pace(table: Table, first: dt.date, last: dt.date) -> dict[int, int]:
    """How many decisions of these days took how many hours."""
    hours: dict[int, int] = {}
    for item in table.query("PACE", between=(str(first), str(last))).items:
        for name, decisions in item.items():
            if name.startswith("h_"):
                hours[int(name[2:])] = hours.get(int(name[2:]), 0) + decisions
    return hours


def findable(made: Application) -> list[Put]:
    """Index items by which the desk finds an application: the start of its name, and what it has in common."""
    entry = {"person": made.person, "application": made.id}
    found = [Put(_item(_name_key(made), **entry))]
    return found + [Put(_item(Key(f"ALIKE#{sign}", f"{made.person}#{made.id}"), **entry)) for sign in made.alike]


def refind(before: Application, after: Application) -> list[Write]:
    """The index items after an edit."""
    old, new = findable(before), findable(after)
    kept = {put.key for put in new}
    return [*(Delete(put.key) for put in old if put.key not in kept), *new]


def by_name(table: Table, start: str, limit: int) -> list[Key]:
    """Applications of people whose name starts so."""
    wanted = folded(start)
    if not wanted:
        return []
    return _keys(table.query(f"FIND#{wanted[0]}", begins=wanted, limit=limit).items)


def alike(table: Table, sign: str, limit: int) -> list[Key]:
    """Applications that share a sign: the latest in the index, one for each person."""
    items = table.query(f"ALIKE#{sign}", reverse=True, limit=limit).items
    return _keys(list({item["person"]: item for item in reversed(items)}.values()))


def forget_moments(of: Application, happened: Sequence[Moment]) -> list[Write]:
    """What happened is erased."""
    return [Delete(_moment_key(of, one.id)) for one in happened]


def erase(gone: Application) -> list[Write]:
    """An application and the items by which it is found."""
    found = [Delete(put.key) for put in findable(gone)]
    return [*found, Delete(application_key(gone.person, gone.id), when=[eq("v", gone.v)])]


def keep_file(file_id: str, name: str, mime: str, due: dt.datetime) -> Put:
    """A file that waits for its form to be sent."""
    listed = {"gs2pk": UNSENT, "gs2sk": f"{stamp(due)}#{file_id}"}
    return Put(_item(Key(f"FILE#{file_id}", "FILE"), id=file_id, name=name, mime=mime, **listed))


def file(table: Table, file_id: str) -> Item | None:
    """What is known of a file."""
    return table.get(Key(f"FILE#{file_id}", "FILE"))


def send_file(file_id: str, application: str, gone: Refusal) -> Update:
    """The file belongs to an application now, and to no other."""
    free = [exists(gone), eq("application", None, gone)]
    return Update(
        Key(f"FILE#{file_id}", "FILE"), set={"application": application}, remove=("gs2pk", "gs2sk"), when=free
    )


def unsend_file(file_id: str, now: dt.datetime) -> Update:
    """The file belongs to nothing any more, and is due to be forgotten."""
    return Update(
        Key(f"FILE#{file_id}", "FILE"), set={"gs2pk": UNSENT, "gs2sk": f"{stamp(now)}#{file_id}"}, when=[exists()]
    )  # fmt: skip


def drop_file(file_id: str) -> Delete:
    """The file is erased."""
    return Delete(Key(f"FILE#{file_id}", "FILE"))


def attempts(table: Table, whose: str, form: str) -> tuple[list[Attempt], int | None]:
    """An address's tries at a form's quiz, the earliest first, and their version."""
    item = table.get(Key(f"QUIZ#{whose}", form))
    return (msgspec.convert(item["attempts"], list[Attempt]), int(item["v"])) if item else ([], None)


def keep_attempts(whose: str, form: str, made: list[Attempt], read: int | None, ends: dt.datetime) -> Put:
    """The tries after one was begun or answered; Stale if they were changed since their version was read."""
    facts = {"attempts": msgspec.to_builtins(made), "v": (read or 0) + 1, "ttl": int(ends.timestamp())}
    return Put(_item(Key(f"QUIZ#{whose}", form), **facts), when=[eq("v", read)])


def create_invitation(made: Invitation) -> list[Put]:
    """A new invitation, and its line in the member's list; both end with it."""
    ttl = int(made.expires.timestamp())
    return [
        Put(_item(_invitation_key(made.id), **msgspec.to_builtins(made), ttl=ttl), when=[absent()]),
        Put(_item(Key(f"M#{made.by}", f"INVITED#{made.id}"), ttl=ttl)),
    ]


def count_invitation(member: str, today: dt.date, most: int, enough: Refusal) -> Update:
    """One more of the month's invitations."""
    return Update(Key(f"M#{member}", f"INVITES#{today:%Y-%m}"), add={"made": 1}, when=[under("made", most, enough)])


def invitation(table: Table, invitation_id: str) -> Invitation | None:
    """An invitation that hasn't expired."""
    item = table.get(_invitation_key(invitation_id))
    return msgspec.convert(item, Invitation) if item else None


def invitations(table: Table, member: str) -> list[Invitation]:
    """A member's invitations that haven't expired, the latest first."""
    listed = table.query(f"M#{member}", begins="INVITED#", reverse=True).items
    items = table.batch_get([_invitation_key(str(item["sk"]).partition("#")[2]) for item in listed]) if listed else []
    return [msgspec.convert(item, Invitation) for item in items if item]


def use_invitation(used: Invitation, over: Refusal) -> Update:
    """One use of it."""
    return Update(_invitation_key(used.id), add={"used": 1}, when=[exists(over), under("used", used.uses, over)])


def drop_invitation(gone: Invitation) -> list[Write]:
    """It is taken back."""
    return [Delete(_invitation_key(gone.id)), Delete(Key(f"M#{gone.by}", f"INVITED#{gone.id}"))]


def _invitation_key(invitation_id: str) -> Key:
    return Key(f"INVITE#{invitation_id}", "INVITE")


def folded(text: str) -> str:
    """A name as it is compared and found: without width, case, accents and blanks."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if unicodedata.category(character)[0] in "LN")


def _keys(items: Sequence[Item]) -> list[Key]:
    return [application_key(str(item["person"]), str(item["application"])) for item in items]


def _name_key(made: Application) -> Key:
    name = folded(made.name) or "?"
    return Key(f"FIND#{name[0]}", f"{name[:100]}#{made.person}#{made.id}")


def _in_line(priority: str, missed: int, submitted: str, application: str) -> str:
    return f"{priority}#{missed}#{submitted}#{application}"


def _place_in_line(waiting: Application) -> str:
    return _in_line(str(waiting.priority), waiting.missed, stamp(waiting.submitted), waiting.id)


def _application_item(made: Application) -> Item:
    listed: dict[str, str] = {}
    if name := LANES.get(made.status):
        since = f"{stamp(made.since)}#{made.id}"
        listed = {"gs1pk": f"APPQ#{name}#0", "gs1sk": _place_in_line(made) if name == "waitlist" else since}
    else:
        listed = {"gs1pk": f"APPQ#done#{made.moved:%Y%m}", "gs1sk": f"{stamp(made.moved)}#{made.id}"}
    if made.due:
        listed |= {"gs2pk": DUE, "gs2sk": f"{stamp(made.due)}#{made.id}"}
    elif made.kept_until:
        listed |= {"gs2pk": KEEP, "gs2sk": f"{stamp(made.kept_until)}#{made.id}"}
    elif made.open and (keeper := made.assigned or (made.claim.by if made.claim else "")):
        listed |= {"gs2pk": f"APPOF#{keeper}", "gs2sk": f"{stamp(made.since)}#{made.id}"}
    return _item(application_key(made.person, made.id), **msgspec.to_builtins(made), **listed)

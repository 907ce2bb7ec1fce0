"""What the desk reads: lists, searches, one application with all that helps to decide. Nothing here decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from portal.accounts.roles import Roles
from portal.applications import records
from portal.applications.model import Application, Moment
from portal.applications.moves import Moves
from portal.applications.questionnaire import texts
from portal.applications.vetting import title
from portal.cases.model import Passage
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.table.contract import BadCursor, Item, Key, Page, Table

PAGE = 50
#: The most look-alikes that are looked at for each sign, and told in all.
LIKE, TOLD = 20, 10
#: The most that a filter looks through at a time.
SEARCHED = 200
#: The most characters of a search, and of a member number.
LONGEST, DIGITS = 100, 12
#: What a list can be narrowed to, beside the charter's personas.
FILTERS = ("submitted", "in_review", "interview", "appealed", "ready", "late", "words", "free")
LISTS = ("decide", "asked", "waitlist", "offered", "mine", "done")


class Waiting(msgspec.Struct, frozen=True):
    """A page of applications, and the cursor to the rest."""

    applications: list[Application]
    cursor: str | None


class File(msgspec.Struct, frozen=True):
    """Everything that stands beside an application: what happened, earlier ones, look-alikes."""

    application: Application
    moments: list[Moment]
    earlier: list[Application]
    alike: list[Application]


class Queue:
    """Reads for the desk; each makes the same number of calls however many applications there are."""

    def __init__(self, table: Table, charter: Charter, charters: Charters, moves: Moves, roles: Roles) -> None:
        self._table = table
        self._charter = charter
        self._charters = charters
        self._moves = moves
        self._roles = roles

    def waiting(self, cursor: str | None = None, lane: str = "decide", actor: str = "", only: str = "") -> Waiting:
        """One of the desk's lists. The index may lag: each is read again by its own key, and shown only if it belongs.

        `lane`: decide, asked, waitlist, offered, mine (claimed by or given to `actor`), done (closed this month, then
        what was closed in the last). `only` narrows it: one of FILTERS, or the slug of a persona; at most 200 are
        looked through at a time, and the cursor goes on behind them.
        """
        if not only:
            return self._page(cursor, lane, actor)
        found: list[Application] = []
        for _ in range(SEARCHED // PAGE):
            page = self._page(cursor, lane, actor)
            found += [one for one in page.applications if self._fits(one, only)]
            cursor = page.cursor
            if cursor is None or len(found) >= PAGE // 2:
                break
        return Waiting(found, cursor)

    def _fits(self, one: Application, only: str) -> bool:
        """Whether an application is what a filter asks for."""
        if only == "late":
            return one.ours and self.age(one) > self._charter.admission.promised
        if only == "words":
            return one.words not in ("", "pass")
        if only == "free":
            return not one.keeper(self._moves.now)
        return only in (one.status, one.score.band, one.persona)

    def _page(self, cursor: str | None, lane: str, actor: str) -> Waiting:
        if lane == "done":
            return self._closed(cursor)
        page = records.kept_by(self._table, actor, cursor, PAGE) if lane == "mine" else records.lane(
            self._table, lane if lane in LISTS else "decide", cursor, PAGE
        )  # fmt: skip
        found = self._read(_keys(page))
        now = self._moves.now
        if lane == "mine":
            return Waiting([one for one in found if one.open and actor in (one.keeper(now), one.assigned)], page.cursor)
        return Waiting([one for one in found if records.LANES.get(one.status) == lane], page.cursor)

    def find(self, text: str) -> list[Application]:
        """Applications by an exact address, an exact member number, or the start of a name; at most 50."""
        text = text.strip()[:LONGEST]
        if "@" in text:
            person = self._moves.accounts.person_of(text)
            return records.of_person(self._table, person) if person else []
        if text.isdecimal() and len(text) <= DIGITS:
            person = self._moves.members.numbered(int(text))
            return records.of_person(self._table, person) if person else []
        return self._read(records.by_name(self._table, text, PAGE))

    def file(self, person: str, application: str) -> File:
        """One application with all that stands beside it; raises NotFound."""
        shown = self._moves.application(person, application)
        own = records.application_key(person, application).pk
        keys = dict.fromkeys(key for sign in shown.alike for key in records.alike(self._table, sign, LIKE))
        alike = self._read([key for key in keys if key.pk != own][:TOLD])
        earlier = [one for one in records.of_person(self._table, person) if one.id != application]
        return File(shown, records.moments(self._table, shown), earlier, alike)

    def reviewers(self) -> list[tuple[str, str]]:
        """Who may review, by id and name: to whom an application can be given. From an index."""
        able = [one for one in self._roles.staff() if "review" in self._charter.rights(list(one.roles))]
        return [(profile.id, profile.name) for profile in self._moves.members.profiles([one.id for one in able])]

    def taken(self) -> dict[str, int]:
        """Places that are taken: `taken` in all, and by persona."""
        return records.seats(self._table.get(records.PLACES))

    @property
    def now(self) -> dt.datetime:
        """The present instant."""
        return self._moves.now

    def age(self, application: Application) -> dt.timedelta:
        """How long it has waited for us."""
        return self._moves.now - application.since

    def passages(self, most: int) -> Iterator[Passage]:
        """What was written in applications, the latest first: open ones, then those closed in the last year."""
        read = 0
        for found in self._lately():
            asked = self._charters.at(found.charter).questionnaires[found.form]
            for part, text in texts(asked, found.answers).items():
                if read >= most:
                    return
                read += 1
                yield Passage(subject=found.id, title=title(found), part=part, text=text)

    def _lately(self) -> Iterator[Application]:
        for name in ("decide", "asked", "waitlist", "offered"):
            yield from self._all(lambda cursor, name=name: records.lane(self._table, name, cursor, PAGE))
        month = self._moves.today.replace(day=1)
        for _ in range(13):
            label = f"{month:%Y%m}"
            yield from self._all(lambda cursor, label=label: records.closed(self._table, label, cursor, PAGE))
            month = (month - dt.timedelta(days=1)).replace(day=1)

    def _all(self, turn: object) -> Iterator[Application]:
        cursor = None
        while True:
            page: Page = turn(cursor)  # type: ignore[operator]
            yield from self._read(_keys(page))
            if (cursor := page.cursor) is None:
                return

    def _closed(self, cursor: str | None) -> Waiting:
        """What was closed, month by month back: the cursor says in which month it goes on, and where."""
        now = self._moves.now
        this, before = f"{now:%Y%m}", f"{now.replace(day=1) - dt.timedelta(days=1):%Y%m}"
        month, _, rest = cursor.partition(".") if cursor is not None else (this, "", "")
        if month not in (this, before):
            raise BadCursor
        page = records.closed(self._table, month, rest or None, PAGE)
        following = f"{month}.{page.cursor}" if page.cursor else f"{before}." if month == this else None
        return Waiting([one for one in self._read(_keys(page)) if not one.open], following)

    def _read(self, keys: Sequence[Key]) -> list[Application]:
        items: list[Item | None] = self._table.batch_get(list(keys)) if keys else []
        return [found for item in items if (found := records.application(item))]


def _keys(page: Page) -> list[Key]:
    return [records.application_key(str(item["person"]), str(item["id"])) for item in page.items]

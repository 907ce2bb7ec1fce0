"""A member's purse and the entries that made it.

In every entry: earned = available + pending + held + spent + expired + reversed - debt, for the change that the entry
makes and for the totals after it. `available` is never stored: it is the sum of the open lots.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from portal.errors import N_, PortalError
from portal.language import Text

Kind = Literal[
    "earn", "promise", "release", "hold", "fulfil", "cancel", "return", "settle", "take-back", "adjust", "restore"
]
#: Why a grant came out smaller than its rule says: a member's cap, a budget, or a rule that has been paused.
Bound = Literal["", "cap", "budget", "paused"]
TOTALS = ("earned", "pending", "held", "spent", "expired", "reversed", "debt")
#: The chain of a member without entries hangs on this.
GENESIS = "0" * 64


class NotEnough(PortalError):
    """The price is above what is available."""

    status = 409
    sentence = N_("That needs {needed} points; you can spend {available}.")


class InDebt(PortalError):
    """While there is debt nothing can be spent."""

    status = 409
    sentence = N_("{debt} points are owed first; what you earn next pays them.")


class TooLate(PortalError):
    """The lot of an earning has closed."""

    status = 409
    sentence = N_("The points of this entry have lapsed, so it can't be taken back any more; an adjustment can.")


class TooMuch(PortalError):
    """More than is left of an earning."""

    status = 409
    sentence = N_("Of this entry {left} points are left to be taken back.")


class BrokenBooks(Exception):
    """An entry would break the identity of the books: a defect, never a member's doing."""


class Month(int):
    """A calendar month as the number YYYYMM, so that order is time."""

    @classmethod
    def of(cls, date: dt.date) -> Month:
        """The month that a date lies in."""
        return cls(date.year * 100 + date.month)

    def after(self, months: int) -> Month:
        """The month so many months later (earlier, if negative)."""
        years, month = divmod(self % 100 - 1 + months, 12)
        return Month((self // 100 + years) * 100 + month + 1)

    def last_day(self) -> dt.date:
        """The day at whose end the month is over."""
        following = self.after(1)
        return dt.date(following // 100, following % 100, 1) - dt.timedelta(days=1)


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """What a member has: totals, and open lots by the month at whose end they lapse. `v` guards against lost races."""

    member: str
    v: int = 0
    seq: int = 0
    head: str = GENESIS
    time: dt.datetime = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    earned: int = 0
    pending: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    reversed: int = 0
    debt: int = 0
    lots: dict[int, int] = {}

    @property
    def available(self) -> int:
        """Points in open lots, whether or not a lapse is already due; `usable` knows the day."""
        return sum(self.lots.values())

    def usable(self, today: dt.date) -> int:
        """Points that can be spent on that day: what has lapsed is out, however late the job that settles it."""
        return sum(left for month, left in self.lots.items() if month >= Month.of(today))

    def lapsing(self, today: dt.date) -> tuple[int, dt.date] | None:
        """How many points lapse next, and on which day; None if nothing can lapse."""
        open_lots = [month for month, left in self.lots.items() if month >= Month.of(today) and left]
        return (self.lots[min(open_lots)], Month(min(open_lots)).last_day()) if open_lots else None

    def totals(self) -> dict[str, int]:
        """Every total with `available`, by name."""
        return {"available": self.available} | {name: getattr(self, name) for name in TOTALS}


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one grant, kept under its key: the bound of what can be taken back of it.

    `amount`: points granted; `month`: of the grant; `lot`: the lapse month of its lot, 0 while it is pending;
    `pending`: points promised and not yet released, until `due`; `taken_back`: points, in sum; `activity`: the kind
    under which it counts towards the tier, empty if it doesn't.
    """

    key: str
    seq: int
    amount: int
    rule: str
    month: int
    lot: int = 0
    pending: int = 0
    due: dt.date | None = None
    taken_back: int = 0
    activity: str = ""

    @property
    def left(self) -> int:
        """Points that can still be taken back."""
        return self.amount - self.taken_back


class Note(msgspec.Struct, frozen=True):
    """Free text beside an entry: only its salted hash is in the chain, so that erasing it leaves the chain whole."""

    text: Text
    salt: str

    def digest(self) -> str:
        """SHA-256 over salt and text."""
        return hashlib.sha256(f"{self.salt}\0{self.text.en}\0{self.text.zh}".encode()).hexdigest()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable line of the ledger.

    `amounts`: the change of each total, points, non-zero ones only. `lots`: the change of each lot by lapse month.
    `rule`: the charter's rule or the event's own name, under the charter named by its hash. `key`: what makes it
    unique (source#external id#rule), empty for what follows from the calendar. `after`: all totals after it.
    `previous`: the hash of the entry before. `note_hash`: of the salted free text, empty without one.
    `withheld`: points that the rule would have granted beyond this, and `bound` why it didn't. `corrects`: the entry
    that this one puts right, 0 if none.
    """

    member: str
    seq: int
    time: Annotated[dt.datetime, Meta(tz=True)]
    kind: Kind
    amounts: dict[str, int]
    lots: dict[Annotated[str, Meta(pattern="^[0-9]{6}$")], int]
    rule: str
    charter: str
    key: str
    after: dict[str, int]
    previous: str
    note_hash: str
    withheld: int = 0
    bound: Bound = ""
    corrects: int = 0
    hash: str = ""
    note: Note | None = None

    @property
    def change(self) -> int:
        """What it did to the points that can be spent."""
        return self.amounts.get("available", 0)

    def digest(self) -> str:
        """SHA-256 over the canonical JSON of everything but the hash itself and the erasable note.

        What an entry can say only since later (`_LATER`) counts where it is said, so that older entries keep theirs.
        """
        sealed = {
            name: said
            for name in self.__struct_fields__
            if name not in ("hash", "note") and ((said := getattr(self, name)) or name not in _LATER)
        }
        return hashlib.sha256(msgspec.json.encode(sealed, order="deterministic")).hexdigest()


_LATER = ("withheld", "bound", "corrects")


def balanced(amounts: Mapping[str, int]) -> bool:
    """Whether the identity of the books holds for totals or for their changes."""
    credit = sum(amounts.get(name, 0) for name in ("available", "pending", "held", "spent", "expired", "reversed"))
    return amounts.get("earned", 0) == credit - amounts.get("debt", 0)

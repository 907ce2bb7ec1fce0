"""The pure heart of the ledger: a purse and an event give entries and a new purse. What is due is settled first."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import singledispatch
from typing import NamedTuple

import msgspec

from portal.points.events import (
    Adjust,
    Cancel,
    Earn,
    Event,
    Fulfil,
    Hold,
    Promise,
    Release,
    Restore,
    Return,
    TakeBack,
)
from portal.points.model import (
    TOTALS,
    BrokenBooks,
    Entry,
    Granted,
    InDebt,
    Kind,
    Month,
    Note,
    NotEnough,
    Purse,
    TooLate,
    TooMuch,
    balanced,
)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When and under what an event is posted: the instant, the community's date, the charter's hash."""

    now: dt.datetime
    today: dt.date
    charter: str
    salt: Callable[[], str] = lambda: secrets.token_hex(16)

    @property
    def month(self) -> Month:
        """The running month."""
        return Month.of(self.today)


class Change(NamedTuple):
    """What became of a grant; `before` is None for a new one."""

    before: Granted | None
    after: Granted


class Posted(msgspec.Struct, frozen=True):
    """What posting came to: the purse after, the new entries in order, what became of grants.

    `allocation` says which lots the last hold drew on.
    """

    purse: Purse
    entries: list[Entry] = []
    allocation: dict[int, int] = {}
    grants: list[Change] = []


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one event does: the change of each total and of each lot, and of the grant that it makes or touches."""

    kind: Kind
    amounts: dict[str, int]
    lots: dict[int, int] = {}
    allocation: dict[int, int] | None = None
    grant: Change | None = None


def post(purse: Purse, events: Iterable[Event], moment: Moment) -> Posted:
    """Settle what is due, then apply each event in order. Pure; raises NotEnough, InDebt, TooMuch, TooLate."""
    posted = settle(Posted(purse), moment)
    for event in events:
        posted = settle(_book(posted, moment, event, step_of(event, posted.purse, moment)), moment)
    return posted


def settle(posted: Posted, moment: Moment) -> Posted:
    """Close each lot whose month is over, one entry a lot, the oldest first."""
    for month in sorted(posted.purse.lots):
        if month < moment.month:
            left = posted.purse.lots[month]
            step = Step(kind="settle", amounts={"available": -left, "expired": left}, lots={month: -left})
            posted = _book(posted, moment, Event(rule="lapse", key=""), step)
    return posted


def drawn(lots: Mapping[int, int], amount: int, first: int = 0) -> dict[int, int]:
    """The lots that pay an amount: the one named first, then by earliest lapse."""
    allocation: dict[int, int] = {}
    for month in sorted(lots, key=lambda month: (month != first, month)):
        take = min(lots[month], amount)
        if take:
            allocation[month] = take
            amount -= take
    return allocation


@singledispatch
def step_of(event: Event, purse: Purse, moment: Moment) -> Step:
    """What an event does to a purse in which nothing is due."""
    raise TypeError(f"{type(event).__name__} is no event of the ledger ({purse.member}, {moment.today})")


@step_of.register
def _earn(event: Earn, purse: Purse, moment: Moment) -> Step:
    lot = event.lapses or moment.month.after(event.months)
    amounts, lots = _credit(purse, event.amount, lot)
    grant = _grant(event, purse, moment, lot=lot)
    return Step(kind="earn", amounts=amounts | {"earned": event.amount}, lots=lots, grant=grant)


@step_of.register
def _promise(event: Promise, purse: Purse, moment: Moment) -> Step:
    grant = _grant(event, purse, moment, pending=event.amount, due=event.due)
    return Step(kind="promise", amounts={"earned": event.amount, "pending": event.amount}, grant=grant)


@step_of.register
def _release(event: Release, purse: Purse, moment: Moment) -> Step:
    before, lot = event.granted, moment.month.after(event.months)
    amounts, lots = _credit(purse, before.pending, lot)
    after = msgspec.structs.replace(before, pending=0, due=None, lot=int(lot))
    return Step(kind="release", amounts=amounts | {"pending": -before.pending}, lots=lots, grant=Change(before, after))


@step_of.register
def _hold(event: Hold, purse: Purse, _moment: Moment) -> Step:
    if purse.debt:
        raise InDebt(debt=purse.debt)
    if purse.available < event.amount:
        raise NotEnough(needed=event.amount, available=purse.available)
    allocation = drawn(purse.lots, event.amount)
    return Step(
        kind="hold",
        amounts={"available": -event.amount, "held": event.amount},
        lots=_less(allocation),
        allocation=allocation,
    )


@step_of.register
def _fulfil(event: Fulfil, purse: Purse, _moment: Moment) -> Step:
    if purse.debt:
        raise InDebt(debt=purse.debt)
    return Step(kind="fulfil", amounts={"held": -event.amount, "spent": event.amount})


@step_of.register
def _cancel(event: Cancel, purse: Purse, moment: Moment) -> Step:
    """Of a cancelling or a returning."""
    back = sum(event.allocation.values())
    pays = drawn(event.allocation, purse.debt)
    earliest = 0 if event.grace is None else _after(moment, event.grace)
    lots: dict[int, int] = {}
    for month, points in event.allocation.items():
        if free := points - pays.get(month, 0):
            lives = max(month, earliest)
            lots[lives] = lots.get(lives, 0) + free
    paid = sum(pays.values())
    total = "spent" if isinstance(event, Return) else "held"
    return Step(
        kind="return" if isinstance(event, Return) else "cancel",
        amounts={total: -back, "available": back - paid, "debt": -paid},
        lots=lots,
    )


@step_of.register
def _take_back(event: TakeBack, purse: Purse, moment: Moment) -> Step:
    before = event.granted
    if event.amount > before.left:
        raise TooMuch(left=before.left)
    after = msgspec.structs.replace(before, taken_back=before.taken_back + event.amount)
    if before.pending:
        after = msgspec.structs.replace(after, pending=before.pending - event.amount)
        amounts = {"pending": -event.amount, "reversed": event.amount}
        return Step(kind="take-back", amounts=amounts, grant=Change(before, after))
    if before.lot < moment.month and not event.late:
        raise TooLate
    amounts, lots = _debit(purse, event.amount, before.lot, mistake=event.mistake)
    after = msgspec.structs.replace(before, taken_back=before.taken_back + amounts["reversed"])
    return Step(kind="adjust" if event.late else "take-back", amounts=amounts, lots=lots, grant=Change(before, after))


@step_of.register
def _adjust(event: Adjust, purse: Purse, moment: Moment) -> Step:
    if event.amount > 0:
        amounts, lots = _credit(purse, event.amount, moment.month.after(event.months))
        return Step(kind="adjust", amounts=amounts | {"earned": event.amount}, lots=lots)
    amounts, lots = _debit(purse, -event.amount, 0, mistake=event.mistake)
    return Step(kind="adjust", amounts=amounts, lots=lots)


@step_of.register
def _restore(event: Restore, purse: Purse, moment: Moment) -> Step:
    amounts, lots = _credit(purse, event.amount, _after(moment, event.grace))
    return Step(kind="restore", amounts=amounts | {"expired": -event.amount}, lots=lots)


def _credit(purse: Purse, amount: int, lot: Month) -> tuple[dict[str, int], dict[int, int]]:
    """Points that come in: every credit pays debt first."""
    pays = min(amount, purse.debt)
    free = amount - pays
    return {"available": free, "debt": -pays}, {lot: free} if free else {}


def _debit(purse: Purse, amount: int, first: int, *, mistake: bool) -> tuple[dict[str, int], dict[int, int]]:
    """Points that are taken: what is not there becomes debt, but never by the community's own mistake."""
    lots = drawn(purse.lots, amount, first)
    there = sum(lots.values())
    taken = there if mistake else amount
    return {"available": -there, "reversed": taken, "debt": taken - there}, _less(lots)


def _less(lots: Mapping[int, int]) -> dict[int, int]:
    return {month: -points for month, points in lots.items()}


def _after(moment: Moment, days: int) -> Month:
    """The month in which the last of so many days from today lies."""
    return Month.of(moment.today + dt.timedelta(days=days))


def _grant(
    event: Earn | Promise, purse: Purse, moment: Moment, *, lot: int = 0, pending: int = 0, due: dt.date | None = None
) -> Change:
    made = Granted(
        key=event.key,
        seq=purse.seq + 1,
        amount=event.amount,
        rule=event.rule,
        month=int(moment.month),
        lot=int(lot),
        pending=pending,
        due=due,
        activity=event.activity,
    )
    return Change(None, made)


def _book(posted: Posted, moment: Moment, event: Event, step: Step) -> Posted:
    """One entry onto the chain; the identity and the signs are checked before anything can be stored."""
    purse = posted.purse
    kept = {month: purse.lots.get(month, 0) + step.lots.get(month, 0) for month in {*purse.lots, *step.lots}}
    after = msgspec.structs.replace(
        purse,
        seq=purse.seq + 1,
        time=max(purse.time, moment.now),
        lots={month: left for month, left in sorted(kept.items()) if left},
        **{name: getattr(purse, name) + step.amounts.get(name, 0) for name in TOTALS},
    )
    totals = after.totals()
    owed_beside_free = totals["debt"] and totals["available"]
    sound = balanced(step.amounts) and balanced(totals) and not owed_beside_free
    if not sound or min(*totals.values(), *kept.values(), 0) < 0:
        raise BrokenBooks(f"{step.kind} of {step.amounts} on {purse.totals()}")
    entry = _entry(event, step, moment, after, purse.head)
    return Posted(
        purse=msgspec.structs.replace(after, head=entry.hash),
        entries=[*posted.entries, entry],
        allocation=posted.allocation if step.allocation is None else step.allocation,
        grants=[*posted.grants, step.grant] if step.grant else posted.grants,
    )


def _entry(event: Event, step: Step, moment: Moment, after: Purse, previous: str) -> Entry:
    note = Note(event.text, moment.salt()) if event.text else None
    corrects = event.granted.seq if isinstance(event, TakeBack | Release) else getattr(event, "corrects", 0)
    entry = Entry(
        member=after.member,
        seq=after.seq,
        time=after.time,
        kind=step.kind,
        amounts={name: change for name, change in step.amounts.items() if change},
        lots={str(month): change for month, change in step.lots.items() if change},
        rule=event.rule,
        charter=moment.charter,
        key=event.key,
        after=after.totals(),
        previous=previous,
        note_hash=note.digest() if note else "",
        withheld=getattr(event, "withheld", 0),
        bound=getattr(event, "bound", ""),
        corrects=corrects,
        note=note,
    )
    return msgspec.structs.replace(entry, hash=entry.digest())

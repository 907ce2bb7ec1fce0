"""The pure heart of the ledger: a purse and an event give entries and a new purse. What is due is settled first."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable

import msgspec

from portal.language import Text
from portal.points.model import TOTALS, BrokenBooks, Entry, InDebt, Kind, Month, Note, NotEnough, Purse, balanced


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """When and under what an event is posted: the instant, the community's date, the charter's hash."""

    now: dt.datetime
    today: dt.date
    charter: str
    salt: Callable[[], str] = lambda: secrets.token_hex(16)


class Earn(msgspec.Struct, frozen=True, kw_only=True):
    """Points granted: pays debt first; the rest opens the lot that lapses `months` after the running month.

    `lapses` names that lot's month instead, where something else than today decides it: a gift keeps its giver's.
    """

    amount: int
    rule: str
    key: str
    months: int
    lapses: Month | None = None
    text: Text | None = None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Points set aside for a request, earliest lapse first. Refused with debt or too few points."""

    amount: int
    rule: str
    key: str
    text: Text | None = None


class Fulfil(msgspec.Struct, frozen=True, kw_only=True):
    """Held points become spent. Refused while there is debt."""

    amount: int
    rule: str
    key: str
    text: Text | None = None


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """Held points go back to the lots that paid (`allocation`: lapse month to points), debt first.

    With `grace` days (the community's doing) they live at least so long; without (the member's own) they keep their
    date, and what has lapsed meanwhile is settled at once.
    """

    allocation: dict[int, int]
    rule: str
    key: str
    grace: int | None = None
    text: Text | None = None


class Return(Cancel, frozen=True, kw_only=True):
    """Spent points go back, as held ones do when they are cancelled."""


Event = Earn | Hold | Fulfil | Cancel | Return


class Posted(msgspec.Struct, frozen=True):
    """What posting came to: the purse after, the new entries in order, and the lots that the last hold drew on."""

    purse: Purse
    entries: list[Entry]
    allocation: dict[int, int]


def post(purse: Purse, events: Iterable[Event], moment: Moment) -> Posted:
    """Settle what is due, then apply each event in order. Pure; raises NotEnough, InDebt."""
    posted = settle(Posted(purse, [], {}), moment)
    for event in events:
        posted = settle(_apply(posted, event, moment), moment)
    return posted


def settle(posted: Posted, moment: Moment) -> Posted:
    """Close each lot whose month is over, one entry a lot, the oldest first."""
    for month in sorted(posted.purse.lots):
        if month < Month.of(moment.today):
            left = posted.purse.lots[month]
            amounts = {"available": -left, "expired": left}
            posted = _book(posted, moment, "settle", amounts, {month: -left}, "lapse", "", None)
    return posted


def drawn(lots: dict[int, int], amount: int) -> dict[int, int]:
    """The lots that pay an amount, earliest lapse first."""
    allocation: dict[int, int] = {}
    for month in sorted(lots):
        take = min(lots[month], amount)
        if take:
            allocation[month] = take
            amount -= take
    return allocation


def _apply(posted: Posted, event: Event, moment: Moment) -> Posted:
    if isinstance(event, Earn):
        return _earn(posted, event, moment)
    if isinstance(event, Hold):
        return _hold(posted, event, moment)
    if isinstance(event, Fulfil):
        return _fulfil(posted, event, moment)
    return _cancel(posted, event, moment)


def _earn(posted: Posted, event: Earn, moment: Moment) -> Posted:
    pays = min(event.amount, posted.purse.debt)
    free = event.amount - pays
    lapses = event.lapses or Month.of(moment.today).after(event.months)
    lots: dict[int, int] = {lapses: free} if free else {}
    amounts = {"earned": event.amount, "available": free, "debt": -pays}
    return _book(posted, moment, "earn", amounts, lots, event.rule, event.key, event.text)


def _hold(posted: Posted, event: Hold, moment: Moment) -> Posted:
    purse = posted.purse
    if purse.debt:
        raise InDebt(debt=purse.debt)
    if purse.available < event.amount:
        raise NotEnough(needed=event.amount, available=purse.available)
    allocation = drawn(purse.lots, event.amount)
    amounts = {"available": -event.amount, "held": event.amount}
    lots = {month: -points for month, points in allocation.items()}
    booked = _book(posted, moment, "hold", amounts, lots, event.rule, event.key, event.text)
    return msgspec.structs.replace(booked, allocation=allocation)


def _fulfil(posted: Posted, event: Fulfil, moment: Moment) -> Posted:
    if posted.purse.debt:
        raise InDebt(debt=posted.purse.debt)
    amounts = {"held": -event.amount, "spent": event.amount}
    return _book(posted, moment, "fulfil", amounts, {}, event.rule, event.key, event.text)


def _cancel(posted: Posted, event: Cancel, moment: Moment) -> Posted:
    kind: Kind
    held = sum(event.allocation.values())
    pays = drawn(event.allocation, posted.purse.debt)
    paid = sum(pays.values())
    earliest = 0 if event.grace is None else Month.of(moment.today + dt.timedelta(days=event.grace))
    lots: dict[int, int] = {}
    for month, points in event.allocation.items():
        if back := points - pays.get(month, 0):
            lives = max(month, earliest)
            lots[lives] = lots.get(lives, 0) + back
    kind, total = ("return", "spent") if isinstance(event, Return) else ("cancel", "held")
    amounts = {total: -held, "available": held - paid, "debt": -paid}
    return _book(posted, moment, kind, amounts, lots, event.rule, event.key, event.text)


def _book(
    posted: Posted,
    moment: Moment,
    kind: Kind,
    amounts: dict[str, int],
    lots: dict[int, int],
    rule: str,
    key: str,
    text: Text | None,
) -> Posted:
    """One entry onto the chain; the identity and the signs are checked before anything can be stored."""
    purse = posted.purse
    kept = {month: purse.lots.get(month, 0) + lots.get(month, 0) for month in {*purse.lots, *lots}}
    after = msgspec.structs.replace(
        purse,
        seq=purse.seq + 1,
        time=max(purse.time, moment.now),
        lots={month: left for month, left in sorted(kept.items()) if left},
        **{name: getattr(purse, name) + amounts.get(name, 0) for name in TOTALS},
    )
    totals = after.totals()
    if not (balanced(amounts) and balanced(totals)) or min(*totals.values(), *kept.values(), 0) < 0:
        raise BrokenBooks(f"{kind} of {amounts} on {purse.totals()}")
    note = Note(text, moment.salt()) if text else None
    entry = Entry(
        member=purse.member,
        seq=after.seq,
        time=after.time,
        kind=kind,
        amounts={name: change for name, change in amounts.items() if change},
        lots={str(month): change for month, change in lots.items()},
        rule=rule,
        charter=moment.charter,
        key=key,
        after=totals,
        previous=purse.head,
        note_hash=note.digest() if note else "",
        note=note,
    )
    entry = msgspec.structs.replace(entry, hash=entry.digest())
    return Posted(msgspec.structs.replace(after, head=entry.hash), [*posted.entries, entry], posted.allocation)

"""What can happen to a purse. `key` makes an event unique (source#external id#rule); `text` is what a member reads.

In `post`, each is applied to the purse with all that is due settled first.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.language import Text
from portal.points.model import Bound, Granted, Month


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened under a rule."""

    rule: str
    key: str
    text: Text | None = None


class Earn(Event, frozen=True, kw_only=True):
    """Points granted: pays debt first; the rest opens the lot that lapses `months` after the running month.

    `lapses` names that lot's month instead, where something else than today decides it: a gift keeps its giver's.
    `withheld` and `bound` tell what the rule would have granted beyond `amount`, and why it didn't. `activity` is the
    kind under which it counts towards the tier.
    """

    amount: int
    months: int
    lapses: Month | None = None
    withheld: int = 0
    bound: Bound = ""
    activity: str = ""


class Promise(Event, frozen=True, kw_only=True):
    """Points granted that can be spent from `due` on, unless they are taken back meanwhile."""

    amount: int
    due: dt.date
    withheld: int = 0
    bound: Bound = ""
    activity: str = ""


class Release(Event, frozen=True, kw_only=True):
    """What is left of a promise can be spent: pays debt first; the rest lapses `months` after the running month."""

    granted: Granted
    months: int


class Hold(Event, frozen=True, kw_only=True):
    """Points set aside for a request, earliest lapse first. Refused with debt or too few points."""

    amount: int


class Fulfil(Event, frozen=True, kw_only=True):
    """Held points become spent. Refused while there is debt."""

    amount: int


class Cancel(Event, frozen=True, kw_only=True):
    """Held points go back to the lots that paid (`allocation`: lapse month to points), debt first.

    With `grace` days (the community's doing) they live at least so long; without (the member's own) they keep their
    date, and what has lapsed meanwhile is settled at once.
    """

    allocation: dict[int, int]
    grace: int | None = None


class Return(Cancel, frozen=True, kw_only=True):
    """Spent points go back, as held ones do when they are cancelled."""


class TakeBack(Event, frozen=True, kw_only=True):
    """Points of one grant are taken back: pending ones first; else from its lot, then the others, earliest first.

    What is not there becomes debt, unless the grant was the community's own `mistake`: then only what is there is
    taken. Raises TooMuch beyond what was granted, and TooLate once the lot has closed, unless it is `late`: that is an
    adjustment, for which two stewards stand.
    """

    granted: Granted
    amount: int
    mistake: bool = False
    late: bool = False


class Adjust(Event, frozen=True, kw_only=True):
    """A correction by hand of `amount` points, above zero as an earning, below as a taking back of no one grant.

    Never counts towards the tier. `corrects` names the entry that it puts right. The community's own `mistake` never
    makes debt.
    """

    amount: int
    months: int
    corrects: int = 0
    mistake: bool = False


class Restore(Event, frozen=True, kw_only=True):
    """Lapsed points come back by the community's doing, debt first; the rest lives at least `grace` days."""

    amount: int
    grace: int
    corrects: int = 0

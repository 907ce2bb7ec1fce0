"""Charters of tests' own: another rule of check-in, another clock of the community."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from portal.charter.economy import CheckIn, MakeUp, Milestone
from portal.charter.loader import hashed, load
from portal.charter.schema import Charter
from portal.charter.zones import Moved
from portal.config import ROOT

PLAIN = CheckIn(ladder=[1, 2, 3], after_the_last="cycle", qualifies=False)


def rule(**changes: Any) -> CheckIn:
    """A short ladder with nothing around it, unless told; milestones as `{days: points}`, make-ups as a number."""
    if isinstance(milestones := changes.pop("milestones", None), dict):
        changes["milestone"] = [Milestone(days=days, points=points) for days, points in milestones.items()]
    if make_ups := changes.pop("make_ups", 0):
        changes["make_up"] = MakeUp(per_month=make_ups, within="7 days")
    return msgspec.structs.replace(PLAIN, **changes)


def charter(check_in: CheckIn = PLAIN, zone: str = "Asia/Shanghai", moved: tuple[tuple[str, str], ...] = ()) -> Charter:
    """The shipped charter with that check-in, and that clock; `moved` tells zones that were left, and when."""
    shipped = load(ROOT / "content" / "charter")
    left = [Moved(left=before, at=dt.datetime.fromisoformat(at)) for before, at in moved]
    return hashed(
        msgspec.structs.replace(
            shipped,
            community=msgspec.structs.replace(shipped.community, zone=zone, moved=left),
            points=msgspec.structs.replace(shipped.points, check_in=check_in),
        )
    )

"""How people come by: on which days they stamp, and when they look at the catalogue. Hours as in `plot`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

import msgspec

HOURS = 24


class Habit(msgspec.Struct, frozen=True):
    """How likely somebody stamps a weekday and a day of the weekend; one that fades ends within a few weeks.

    `share` is how many of a hundred newcomers have it.
    """

    share: int
    weekday: float
    weekend: float
    fades: bool = False


FAITHFUL = Habit(0, 1, 1)
DAILY = Habit(24, 0.97, 0.94)
WEEKDAYS = Habit(24, 0.93, 0.06)
LAPSED = Habit(20, 0.9, 0.8, fades=True)
HABITS = (DAILY, WEEKDAYS, LAPSED, Habit(18, 0.4, 0.4), Habit(9, 0.12, 0.85), Habit(5, 0, 0))


def habit(chance: Random) -> Habit:
    """A newcomer's habit."""
    return chance.choices(HABITS, [each.share for each in HABITS])[0]


def stamps(chance: Random, habit: Habit, joined: float, last: int, weekend: Callable[[int], bool]) -> Iterator[float]:
    """The hours at which somebody who joined then stamps, up to a last day: near their own time of the day."""
    first = math.floor(joined / HOURS)
    usual = chance.triangular(6.5, 22, 8.5)
    until = first + chance.randint(3, 24) if habit.fades else last
    for day in range(first, min(until, last) + 1):
        if chance.random() < (habit.weekend if weekend(day) else habit.weekday):
            hour = chance.uniform(joined + 0.1, joined + 1.5) if day == first else day * HOURS + _around(chance, usual)
            if hour < (day + 0.99) * HOURS:
                yield hour


def mends(seed: str, stamped: list[float]) -> Iterator[float]:
    """The hours at which somebody makes up a day: right after a stamp that came one day late, every other time.

    Drawn by itself, so that everything else that is drawn stays as it is.
    """
    chance = Random(seed)  # noqa: S311 - the same story every time is the point
    for before, hour in pairwise(stamped):
        if math.floor(hour / HOURS) - math.floor(before / HOURS) == 2 and chance.random() < 1 / 2:  # noqa: PLR2004
            yield hour + 0.05


def looks(chance: Random, habit: Habit, joined: float) -> Iterator[float]:
    """The hours at which they look for something to redeem, after the day of joining; many never do."""
    times = chance.choices((0, 1, 2, 3), (40, 36, 17, 7))[0] if habit.weekday else 0
    first = math.floor(joined / HOURS) + 1
    for _ in range(times if first <= 0 else 0):
        yield chance.randint(first, 0) * HOURS + chance.uniform(8, 23)


def _around(chance: Random, hour: float) -> float:
    """An hour near another, within the same day and clear of midnight."""
    return min(max(chance.gauss(hour, 0.6), 5.2), 22.9)

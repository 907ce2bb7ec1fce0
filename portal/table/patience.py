"""Trying again: a few times, after a random pause that may grow (full jitter), so that rivals don't meet again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from portal.errors import Busy, Stale

T = TypeVar("T")


class Patience(msgspec.Struct, frozen=True):
    """How often to try, and how long to pause in between: at most `first` seconds, doubled each time, up to `longest`.

    `sleep` and `chance` (0 to 1) are injected by tests.
    """

    tries: int
    first: float
    longest: float
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def attempts(self) -> Iterator[int]:
        """The numbers of the tries from 1, pausing before each but the first."""
        for attempt in range(1, self.tries + 1):
            if attempt > 1:
                self.sleep(self.chance() * min(self.longest, self.first * 2 ** (attempt - 2)))
            yield attempt


STORIES = Patience(tries=10, first=0.02, longest=0.5)


def retrying(story: Callable[[], T], patience: Patience) -> T:
    """Run `story`, again while it ends in `Stale`; `Busy` after the last try."""
    stale: Stale | None = None
    for _ in patience.attempts():
        try:
            return story()
        except Stale as error:
            stale = error
    raise Busy from stale

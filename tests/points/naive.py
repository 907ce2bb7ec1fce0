"""The ledger without cleverness: every point is an object that lies somewhere and knows its last month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

Place = Literal["pending", "available", "held", "spent", "expired", "reversed"]


class Point:
    """One point."""

    def __init__(self, place: Place, lapse: int = 0) -> None:
        self.place = place
        self.lapse = lapse


class Naive:
    """A member's points. `owed` is taken back already, though no point was there to take: the next ones go for it."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.owed = 0

    def at(self, place: Place, among: Iterable[Point] | None = None) -> list[Point]:
        """The points of one place, the earliest lapse first."""
        points = self.points if among is None else among
        return sorted((point for point in points if point.place == place), key=lambda point: point.lapse)

    def totals(self) -> dict[str, int]:
        places = Counter(point.place for point in self.points)
        names = ("available", "pending", "held", "spent", "expired", "reversed")
        counted = {name: places[name] for name in names}  # type: ignore[index]
        counted["reversed"] += self.owed
        return {"earned": len(self.points), "debt": self.owed, **counted}

    def lots(self) -> dict[int, int]:
        return dict(sorted(Counter(point.lapse for point in self.at("available")).items()))

    def settle(self, month: int) -> None:
        for point in self.at("available"):
            if point.lapse < month:
                point.place = "expired"

    def arrive(self, points: list[Point], lapse: int = 0) -> None:
        """Points come free, at the earliest until `lapse`; what is owed takes the first of them."""
        for point in sorted(points, key=lambda point: point.lapse):
            if self.owed:
                self.owed -= 1
                point.place = "reversed"
            else:
                point.place = "available"
                point.lapse = max(point.lapse, lapse)

    def earn(self, amount: int, lapse: int) -> list[Point]:
        made = [Point("pending") for _ in range(amount)]
        self.points += made
        self.arrive(made, lapse)
        return made

    def promise(self, amount: int) -> list[Point]:
        made = [Point("pending") for _ in range(amount)]
        self.points += made
        return made

    def hold(self, amount: int) -> list[Point] | None:
        """The points held; None where it must be refused."""
        free = self.at("available")
        if self.owed or len(free) < amount:
            return None
        for point in free[:amount]:
            point.place = "held"
        return free[:amount]

    def fulfil(self, points: list[Point]) -> bool:
        if self.owed:
            return False
        for point in points:
            point.place = "spent"
        return True

    def take(self, amount: int, lot: int, *, mistake: bool) -> int:
        """Points are taken back, those of one lot first; how many."""
        free = sorted(self.at("available"), key=lambda point: (point.lapse != lot, point.lapse))[:amount]
        for point in free:
            point.place = "reversed"
        if not mistake:
            self.owed += amount - len(free)
        return len(free) if mistake else amount

    def restore(self, amount: int, lapse: int) -> None:
        lapsed = self.at("expired")[:amount]
        for point in lapsed:
            point.lapse = 0
        self.arrive(lapsed, lapse)

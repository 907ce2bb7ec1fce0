"""The plot: who does what and when, drawn from one seed. The same seed and date give the same story."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from portal.charter.schema import Charter
from portal.demo.answers import DECLINED, WELCOMES
from portal.demo.gifts import GIFTS
from portal.demo.habits import DAILY, FAITHFUL, HOURS, LAPSED, WEEKDAYS, Habit, habit, looks, mends, stamps
from portal.demo.history import Community, Step
from portal.demo.people import OWNER, REVIEWERS, STAFF, STEWARDS, WAITING, Person, refused, strangers

SEED = 20240815
#: The founders meet two weeks before the door opens to everybody, eight weeks ago. Days before today.
FOUNDED, OPENED = -69, -55
#: The habits of the founders, staff first.
FOUNDING = (FAITHFUL, FAITHFUL, DAILY, WEEKDAYS, DAILY, WEEKDAYS, FAITHFUL, LAPSED, FAITHFUL, DAILY)
#: How long those at the door have waited, in parts of the promised time: one longer than promised, one nearly so.
AGES = (1.13, 0.9, 0.55, 0.4, 0.22, 0.1, 0.02)
#: Arrivals, by their order, who were declined for too short answers before they came back with better ones.
CAME_BACK = (14, 40)
#: What reviewers think of the first of those who wait.
JUDGED = ("yes", "unsure", "no")
#: Red packets: when, from whom, how many points and shares, how many hands try, and what is written on it. Where hands
#: try, the shares are equal: a draw rests on the secret too, and the same date shall tell the same story.
PACKETS = (
    ((OPENED + 14) * HOURS + 20.0, Community.give_for_all, STEWARDS[0], 200, 40, 60, "开门两周，谢谢每一句“欢迎”"),
    (-12 * HOURS + 21.0, Community.give, STEWARDS[1], 36, 9, 30, "For those who answered a newcomer this week"),
    (-6 * HOURS + 20.5, Community.give_for_all, STEWARDS[1], 150, 30, 24, "Two hundred of us. Come and look"),
    (2.0, Community.give, STEWARDS[0], 40, 12, 0, "夜里还亮着的那盏灯，谢谢你"),
)
QUOTED = "Quoted a member's figures outside (rule keep-confidences)."
SORRY = "Took the post down and apologised to the member."
SOLD = "Sent price lists to three members, and again after being asked to stop (rule no-advertising)."


class Plot:
    """Draws the steps of a community of so many members, at least 20.

    Hours count from the midnight that began the last day, so that the past lies below zero.
    """

    def __init__(self, charter: Charter, end: dt.datetime, members: int) -> None:
        community = charter.community
        self._charter = charter
        self._end = end.astimezone(dt.UTC)
        self._today = community.today(end)
        self._midnight = community.midnight(self._today).astimezone(dt.UTC)
        self._members = members
        self._chance = Random(SEED)  # noqa: S311 - the same story every time is the point
        self._strangers = strangers(self._chance)
        self._drawn: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []
        self._wishes = 0

    def steps(self) -> list[Step]:
        """Every step up to the end, in the order of time."""
        self._found()
        self._prepare()
        arrived = self._arrivals()
        self._refusals()
        self._conduct(arrived[2], arrived[5])
        self._packets([*STAFF[1:], *arrived])
        taken = sorted((drawn for drawn in self._drawn if drawn[0] < HOURS), key=lambda drawn: drawn[0])
        told = [Step(self._instant(hour), does.__name__, does, facts) for hour, does, facts in taken]
        return sorted([*told, *self._at_the_door()], key=lambda step: step.at)

    def _found(self) -> None:
        """The owner claims the community and lets the founders in."""
        hour = FOUNDED * HOURS + 9.5
        self._add(hour, Community.claim, OWNER)
        self._live(OWNER, hour, FOUNDING[0])
        founders = [*STAFF[1:], *(next(self._strangers) for _ in FOUNDING[len(STAFF) :])]
        for founder, own in zip(founders, FOUNDING[1:], strict=True):
            hour += 1.3
            self._add(hour, Community.apply, founder)
            self._add(hour + 1.4, Community.approve, OWNER, founder, "")
            self._live(founder, hour + 1.4, own)

    def _prepare(self) -> None:
        """Roles, and a shelf with something on it before the door opens."""
        for place, steward in enumerate(STEWARDS):
            self._add((FOUNDED + 3) * HOURS + 20 + place / 10, Community.appoint, OWNER, steward, "steward")
        for place, reviewer in enumerate(REVIEWERS):
            self._add((OPENED + 3) * HOURS + 20 + place / 10, Community.appoint, OWNER, reviewer, "reviewer")
        for place, (reward, stock) in enumerate(GIFTS):
            hour = (OPENED - 1) * HOURS + 19 + place / 10
            self._add(hour, Community.stock, STEWARDS[0], reward, stock if reward.by_hand else 0)
            if not reward.by_hand:
                self._add(hour + 0.05, Community.bring, STEWARDS[0], reward.slug, stock)
        self._add(-20 * HOURS + 11, Community.restock, STEWARDS[1], GIFTS[0][0].slug, 60)

    def _arrivals(self) -> list[Person]:
        """Everybody else, decided upon over eight weeks: most in the first one, fewer at weekends."""
        days = range(OPENED, 1)
        weights = [(3 if day < OPENED + 7 else 1) * (0.5 if self._weekend(day) else 1) for day in days]
        chosen = sorted(self._chance.choices(days, weights, k=self._members - len(FOUNDING)))
        return [self._arrive(place, day * HOURS + self._chance.uniform(8.5, 21.5)) for place, day in enumerate(chosen)]

    def _arrive(self, place: int, decided: float) -> Person:
        person, applied = next(self._strangers), decided - self._delay()
        if place in CAME_BACK:
            reason = self._charter.reason("incomplete-answers")
            self._turn_away(person, reason.slug, applied - (reason.days + 1.5) * HOURS)
        note = self._chance.choice(WELCOMES[person.lang]) if self._chance.random() < 1 / 5 else ""
        self._add(applied, Community.apply, person)
        self._add(decided, Community.approve, self._reviewer(decided), person, note)
        self._live(person, decided, habit(self._chance))
        return person

    def _refusals(self) -> None:
        """One for every ten members is declined, most of them for too short answers or for advertising."""
        reasons = (*DECLINED, "advertising", *["incomplete-answers"] * 3)
        for place in range(self._members // 10):
            decided = self._chance.randint(OPENED + 1, -4) * HOURS + self._chance.uniform(9, 21)
            self._turn_away(next(self._strangers), reasons[place % len(reasons)], decided)

    def _turn_away(self, person: Person, reason: str, decided: float) -> None:
        self._add(decided - self._delay(), Community.apply, refused(person, reason, self._chance))
        self._add(decided, Community.decline, self._reviewer(decided), person, reason)

    def _at_the_door(self) -> Iterator[Step]:
        promised = self._charter.admission.promised
        for person, age in zip(WAITING, AGES, strict=True):
            yield Step(self._end - promised * age, "apply", Community.apply, (person,))
        for place, (does, *facts) in enumerate(self._asides()):
            yield Step(self._end - promised * (0.019 - place / 1000), does.__name__, does, tuple(facts))

    def _asides(self) -> Iterator[tuple[Any, ...]]:
        """What the desk said lately: two are asked back, and the longest waiting have been judged once."""
        for reviewer, reply in zip(REVIEWERS, self._charter.admission.reply, strict=False):
            person = next(self._strangers)
            yield Community.apply, person
            yield Community.ask, reviewer, person, reply.slug
        for reviewer, person, says in zip(REVIEWERS, WAITING, JUDGED, strict=False):
            yield Community.judge, reviewer, person, says

    def _live(self, person: Person, joined: float, own: Habit) -> None:
        """A member's days. Staff leave today's stamp to whoever signs in as them."""
        stamped = list(stamps(self._chance, own, joined, -1 if person in STAFF else 0, self._weekend))
        for hour in stamped:
            self._add(hour, Community.stamp, person)
        for hour in mends(person.email, stamped):
            self._add(hour, Community.mend, person)
        for hour in looks(self._chance, own, joined):
            self._wish(person, hour)

    def _wish(self, person: Person, hour: float) -> None:
        """Something is redeemed, and a few days later handed over; seldom it can't be had, or isn't wanted any more."""
        self._wishes += 1
        number, steward = self._wishes, self._chance.choice(STEWARDS)
        if steward == person:  # nobody takes back their own
            steward = STEWARDS[1 - STEWARDS.index(person)]
        end = self._chance.choices(("fulfil", "refuse", "cancel"), (86, 5, 9))[0]
        desk = (math.floor(hour / HOURS) + self._chance.randint(1, 2)) * HOURS + self._chance.uniform(9, 21)
        self._add(hour, Community.wish, number, person, self._chance.random())
        if end == "fulfil":
            self._add(desk, Community.fulfil, number, steward, person, self._chance.random())
        elif end == "refuse":
            self._add(desk, Community.refuse, number, steward, person)
        else:
            self._add(hour + self._chance.uniform(0.3, 20), Community.cancel, number)

    def _conduct(self, forgiven: Person, suspended: Person) -> None:
        """One suspension ended early, and one holds today. Meanwhile neither of the two stamps or redeems."""
        since, until = -25 * HOURS + 15.0, -23 * HOURS + 10.0
        self._away(forgiven, since, until)
        self._add(since, Community.suspend, STEWARDS[1], forgiven, 7, QUOTED)
        self._add(until, Community.reinstate, STEWARDS[1], forgiven, SORRY)
        since = -3 * HOURS + 20.0
        self._away(suspended, since, math.inf)
        self._add(since, Community.suspend, STEWARDS[0], suspended, 11, SOLD)

    def _packets(self, people: list[Person]) -> None:
        """Two of the community's and two of members, the last of them still open. Drawn by itself, as `mends` is."""
        chance = Random("packets")  # noqa: S311 - as above
        for packet, (hour, does, by, points, shares, hands, blessing) in enumerate(PACKETS):
            self._add(hour, does, packet, by, points, shares, "equal" if hands else "random", blessing)
            others = [one for one in people if one != by]
            for person in chance.sample(others, min(hands, len(others))):
                self._add(hour + chance.triangular(0.02, 6, 0.1), Community.open, packet, person)
            self._add(hour + HOURS + 0.1, Community.close)

    def _away(self, person: Person, since: float, until: float) -> None:
        acts = (Community.stamp, Community.mend, Community.wish)
        self._drawn = [
            drawn
            for drawn in self._drawn
            if not (since <= drawn[0] < until and drawn[1] in acts and person in drawn[2])
        ]

    def _add(self, hour: float, does: Callable[..., None], *facts: Any) -> None:
        self._drawn.append((hour, does, facts))

    def _instant(self, hour: float) -> dt.datetime:
        """Today's hours are packed into the part of the day that is over: nobody acts in the future."""
        if hour <= 0:
            return self._midnight + dt.timedelta(hours=hour)
        return self._midnight + (self._end - self._midnight) * (hour / HOURS)

    def _weekend(self, day: int) -> bool:
        return (self._today + dt.timedelta(days=day)).isoweekday() > 5  # noqa: PLR2004 - Saturday is the sixth

    def _delay(self) -> float:
        """The hours that a decision takes, within the promised time."""
        promised = self._charter.admission.promised / dt.timedelta(hours=1)
        return self._chance.triangular(0.03 * promised, 0.97 * promised, 0.3 * promised)

    def _reviewer(self, decided: float) -> Person:
        """Who decides then: stewards, and once they are appointed mostly reviewers."""
        appointed = decided > (OPENED + 4) * HOURS
        return self._chance.choice((*REVIEWERS, *REVIEWERS, *STEWARDS) if appointed else (OWNER, *STEWARDS))

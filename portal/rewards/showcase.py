"""What everybody may know of the rewards: the public catalogue, for the site's page and for its build."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.language import Text
from portal.rewards import records
from portal.rewards.model import Kind, Period, Reward
from portal.table.contract import Table


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A reward on the public page. `tier` is the name of the first tier that may have it, `tenure` is in days."""

    slug: str
    title: Text
    about: Text
    price: int
    kind: Kind
    left: int
    limit: int | None
    period: Period
    tier: Text | None
    tenure: int | None
    opens: dt.datetime | None
    closes: dt.datetime | None
    image: str
    alt: Text | None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that is offered, the cheapest first, on a date."""

    as_of: dt.date
    rewards: list[Shown]


class Showcase:
    """The public catalogue: two reads, whatever the membership."""

    def __init__(self, table: Table, charter: Charter, clock: Clock) -> None:
        self._table = table
        self._charter = charter
        self._clock = clock

    def write(self, build: Path) -> None:
        """Leave the catalogue where the publisher of the site looks for it."""
        build.mkdir(parents=True, exist_ok=True)
        (build / "rewards.json").write_bytes(msgspec.json.encode(self.catalogue()))

    def catalogue(self) -> Catalogue:
        """What is offered and not over."""
        now = self._clock.now()
        known = {tier.slug for tier in self._charter.tiers}
        offered = [
            reward for reward in records.rewards(self._table)
            if reward.offered and not reward.over(now) and reward.tier in {None, *known}
        ]  # fmt: skip
        stocks = records.read(self._table, [records.stock_key(reward.slug) for reward in offered])
        shown = [self._shown(reward, records.left(stock)) for reward, stock in zip(offered, stocks, strict=True)]
        today = self._charter.community.today(now)
        return Catalogue(as_of=today, rewards=sorted(shown, key=lambda one: (one.price, one.slug)))

    def _shown(self, reward: Reward, left: int) -> Shown:
        return Shown(
            slug=reward.slug,
            title=reward.title,
            about=reward.about,
            price=reward.price,
            kind=reward.kind,
            left=left,
            limit=reward.limit,
            period=reward.period,
            tier=self._charter.tier_name(reward.tier) if reward.tier else None,
            tenure=reward.tenure,
            opens=reward.opens,
            closes=reward.closes,
            image=f"/portal/rewards/pictures/{reward.image}" if reward.image else "",
            alt=reward.alt,
        )

"""What the tests of rewards do again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from portal.errors import PortalError
from portal.points.verifying import verify
from portal.rewards.closing import Redemptions
from portal.rewards.model import Redemption
from portal.rewards.pools import Pools
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.rewards.shipping import Shipping
from portal.tokens import Ids
from tests.world import World

WEI = ("wei", "Wei")


def redeem(world: World, who: str, slug: str = "mug", press: str | None = None, price: int = 5) -> str:
    return world.the(Rewards).redeem(who, slug, press or world.the(Ids).new(), price).id


def seen(world: World, who: str, redemption: str) -> Redemption:
    return world.the(Rewards).redemption(who, redemption)


def fulfil(world: World, who: str, redemption: str, note: str = "") -> Redemption:
    return world.the(Redemptions).fulfil(*WEI, who, redemption, note)


def approve(world: World, who: str, redemption: str) -> Redemption:
    return world.the(Shipping).approve(*WEI, who, redemption, "")


def give_back(world: World, who: str, redemption: str) -> Redemption:
    return world.the(Redemptions).give_back(*WEI, who, redemption, "")


def fill(world: World, slug: str, codes: Sequence[str]) -> int:
    return world.the(Pools).bring(*WEI, world.the(Shelf).reward(slug), "\n".join(codes).encode())


def left(world: World, slug: str = "mug") -> int:
    return world.the(Shelf).left(slug)


def at_once(acts: Sequence[Callable[[], object]], threads: int = 24) -> list[object]:
    """What each came to, or the refusal, when all begin together; anything else than a refusal is raised."""

    def run(act: Callable[[], object]) -> object:
        try:
            return act()
        except PortalError as refusal:
            return refusal

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, acts))


def books_balance(world: World) -> None:
    assert verify(world.table).faults == []

"""The shelf: rewards created, edited and restocked at the desk. Edits never touch redemptions that exist."""

from __future__ import annotations

import msgspec

from portal.audit.service import Audit
from portal.charter.schema import Charter
from portal.errors import N_, NotFound, PortalError
from portal.rewards import records
from portal.rewards.model import Reward
from portal.rewards.steps import changed
from portal.table.contract import Table


class SlugTaken(PortalError):
    """Another reward has that short name."""

    status = 409
    sentence = N_("There is a reward with this short name already.")


class NotSoMany(PortalError):
    """The stock can't be lowered below nothing."""

    status = 409
    sentence = N_("There are not that many left to take away.")


class AlreadyMoved(PortalError):
    """The same press of the button again."""

    status = 409
    sentence = N_("This change of stock was made before.")


class UnknownTier(PortalError):
    """The charter has no such tier."""

    status = 422
    sentence = N_("The charter has no such tier.")


class Backwards(PortalError):
    """A window that closes before it opens."""

    status = 422
    sentence = N_("The window would close before it opens.")


class ByPool(PortalError):
    """Codes are counted by their pool."""

    status = 409
    sentence = N_("How many there are follows from the codes in the pool. Bring in more codes, or revoke some.")


class Shelved(msgspec.Struct, frozen=True):
    """A reward and how many are left."""

    reward: Reward
    left: int


class Shelf:
    """What the desk offers."""

    def __init__(self, table: Table, charter: Charter, audit: Audit) -> None:
        self._table = table
        self._charter = charter
        self._audit = audit

    def all(self) -> list[Shelved]:
        """Every reward with its stock, by slug."""
        rewards = records.rewards(self._table)
        stocks = records.read(self._table, [records.stock_key(reward.slug) for reward in rewards])
        return [Shelved(reward, records.left(stock)) for reward, stock in zip(rewards, stocks, strict=True)]

    def reward(self, slug: str) -> Reward:
        """One reward; raises NotFound."""
        found = records.reward(self._table.get(records.reward_key(slug)))
        if found is None:
            raise NotFound
        return found

    def left(self, slug: str) -> int:
        """How many are left of a reward."""
        return records.left(self._table.get(records.stock_key(slug)))

    def create(self, actor: str, actor_name: str, reward: Reward, stock: int) -> None:
        """Story: a new reward on the shelf; a pool begins empty. Raises SlugTaken, UnknownTier, Backwards."""
        self._require_sound(reward)
        stock = stock if reward.by_hand else 0
        facts = {
            "reward": msgspec.to_builtins(reward.title),
            "price": reward.price,
            "stock": stock,
            "kind": reward.kind,
        }
        self._table.commit(
            *records.create(reward, stock, SlugTaken),
            *self._audit.note(actor, actor_name, N_("put {reward} on the shelf"), reward.slug, **facts),
        )

    def edit(self, actor: str, actor_name: str, edited: Reward) -> None:
        """Story: all but its kind from now on. Raises NotFound, UnknownTier, Backwards; Stale if `v` is old."""
        before = self.reward(edited.slug)
        edited = msgspec.structs.replace(edited, kind=before.kind)
        self._require_sound(edited)
        facts = changed(msgspec.to_builtins(before), msgspec.to_builtins(edited))
        facts.pop("v", None)
        self._table.commit(
            *records.replace(msgspec.structs.replace(before, v=edited.v), edited),
            *self._audit.note(actor, actor_name, N_("edited the reward “{subject}”"), edited.slug, **facts),
        )

    def restock(self, actor: str, actor_name: str, slug: str, more: int, press: str) -> None:
        """Story: more of it, or fewer; `press` is the form's own id, and a second press changes nothing.

        Raises NotFound, NotSoMany, ByPool; AlreadyMoved where the first press said another number.
        """
        if not self.reward(slug).by_hand:
            raise ByPool
        did = N_("changed the stock of “{subject}” by {more}")
        try:
            self._table.commit(
                records.move(slug, press, more, AlreadyMoved),
                records.restock(slug, more, NotSoMany),
                *self._audit.note(actor, actor_name, did, slug, more=more),
            )
        except AlreadyMoved:
            if records.moved(self._table, slug, press) != more:
                raise

    def _require_sound(self, reward: Reward) -> None:
        if reward.tier and reward.tier not in {tier.slug for tier in self._charter.tiers}:
            raise UnknownTier
        if reward.opens and reward.closes and reward.closes <= reward.opens:
            raise Backwards

"""The same step for several redemptions: first what it would do, then each by its own story."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from portal.errors import N_, NotFound, PortalError
from portal.rewards.closing import Redemptions, require_address
from portal.rewards.model import STATUS_NAMES, Redemption
from portal.rewards.shipping import Shipping
from portal.rewards.steps import AlreadyClosed, Steps

Verb = Literal["approve", "fulfil"]
VERBS: tuple[Verb, ...] = ("approve", "fulfil")
MOST = 50


class NothingTicked(PortalError):
    """A step for nothing."""

    status = 422
    sentence = N_("Please tick at least one redemption, at most {most}, and choose what shall happen.")


class Effect(msgspec.Struct, frozen=True):
    """What a step would do, or did, to one redemption: nothing, for the reason of its refusal."""

    redemption: Redemption
    refusal: PortalError | None


class Together:
    """Several at once; each is its own commit, and one refusal stops no other."""

    def __init__(self, steps: Steps, redemptions: Redemptions, shipping: Shipping) -> None:
        self._steps = steps
        self._redemptions = redemptions
        self._shipping = shipping

    def preview(self, verb: str, chosen: Sequence[str]) -> list[Effect]:
        """What would happen; changes nothing. Raises NothingTicked."""

        def would(member: str, redemption: str) -> None:
            _, found = self._steps.open(member, redemption)
            if verb == "fulfil":
                require_address(found)
            elif found.status != "requested":
                raise AlreadyClosed(status=STATUS_NAMES[found.status])

        return self._each(verb, chosen, would)

    def take(self, actor: str, actor_name: str, verb: str, chosen: Sequence[str], note: str) -> list[Effect]:
        """Do it; what each came to. Raises NothingTicked."""
        story = self._redemptions.fulfil if verb == "fulfil" else self._shipping.approve

        def does(member: str, redemption: str) -> None:
            story(actor, actor_name, member, redemption, note)

        return self._each(verb, chosen, does)

    def _each(self, verb: str, chosen: Sequence[str], story: Callable[[str, str], None]) -> list[Effect]:
        picks = [part for one in dict.fromkeys(chosen) if len(part := one.split("/")) == 2 and all(part)]  # noqa: PLR2004
        if verb not in VERBS or not 0 < len(picks) <= MOST:
            raise NothingTicked(most=MOST)
        effects: list[Effect] = []
        for member, redemption in picks:
            refusal = _refused(story, member, redemption)
            with contextlib.suppress(NotFound):
                effects.append(Effect(self._steps.find(member, redemption), refusal))
        return effects


def _refused(story: Callable[[str, str], None], member: str, redemption: str) -> PortalError | None:
    """Why a story was refused, if it was; what is no refusal of its own ends the rest as well."""
    try:
        story(member, redemption)
    except PortalError as refusal:
        if refusal.status >= 500:  # noqa: PLR2004 - the store's trouble
            raise
        return refusal
    return None

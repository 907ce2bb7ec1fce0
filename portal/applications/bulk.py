"""Many decisions at once: first what they would do, then each by its own story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

from portal.applications.model import Application, Status
from portal.applications.moves import Full, Moves
from portal.applications.queue import Queue
from portal.applications.review import Review, UnknownReason
from portal.charter.schema import Charter
from portal.errors import N_, PortalError

Verb = Literal["approve", "decline", "waitlist"]
OUTCOMES: dict[Verb, Status] = {"approve": "approved", "decline": "declined", "waitlist": "waitlisted"}
MOST = 50


class NothingChosen(PortalError):
    """A bulk decision about nobody."""

    status = 422
    sentence = N_("Please tick at least one application, at most {most}, and choose what shall happen.")


class Pick(NamedTuple):
    """An application as a form names it, and the changes of its text that the page has shown."""

    person: str
    application: str
    edits: int


class Effect(msgspec.Struct, frozen=True):
    """What a decision would do, or did, to one application: nothing, for the reason of its refusal."""

    application: Application
    name: str
    refusal: PortalError | None


class Places:
    """The places that are left while a preview hands them out: in all, and by persona."""

    def __init__(self, charter: Charter, taken: dict[str, int]) -> None:
        limits = {one.slug: one.quota for one in charter.admission.persona} | {"taken": charter.admission.capacity}
        self._left = {name: most - taken.get(name, 0) for name, most in limits.items() if most is not None}

    def take(self, one: Application) -> bool:
        """Whether there is a place for an application; it is gone then."""
        needed = [name for name in ("taken", one.persona) if name in self._left]
        free = all(self._left[name] > 0 for name in needed)
        for name in needed if free else ():
            self._left[name] -= 1
        return free


class Bulk:
    """The same decision for several applications; each is its own commit, and one refusal stops no other."""

    def __init__(self, moves: Moves, queue: Queue, review: Review) -> None:
        self._moves = moves
        self._charter = moves.charter
        self._queue = queue
        self._review = review

    def preview(self, actor: str, verb: Verb, chosen: Sequence[str], reason: str = "") -> list[Effect]:
        """What would happen, in the order of the list; changes nothing. Raises NothingChosen, UnknownReason."""
        places = Places(self._charter, self._queue.taken())

        def would(pick: Pick) -> None:
            found = self._review.deciding(actor, *pick[:2], OUTCOMES[verb], pick.edits)
            if verb == "approve" and not places.take(found):
                raise Full(name=self._review.named(actor, found))

        return self._each(actor, verb, chosen, reason, would)

    def decide(
        self, actor: str, actor_name: str, verb: Verb, chosen: Sequence[str], reason: str = "", note: str = ""
    ) -> list[Effect]:
        """Decide each; what each came to. Raises NothingChosen, UnknownReason."""

        def does(pick: Pick) -> None:
            who = (actor, actor_name, pick.person, pick.application)
            if verb == "decline":
                self._review.decline(*who, reason, note, edits=pick.edits)
            else:
                {"approve": self._review.approve, "waitlist": self._review.waitlist}[verb](*who, note, edits=pick.edits)

        return self._each(actor, verb, chosen, reason, does)

    def _each(
        self, actor: str, verb: Verb, chosen: Sequence[str], reason: str, story: Callable[[Pick], None]
    ) -> list[Effect]:
        """Tell a story of each that is still there; why it was refused, if it was."""
        picks = _picks(chosen)
        if verb not in OUTCOMES or not 0 < len(picks) <= MOST:
            raise NothingChosen(most=MOST)
        if verb == "decline" and reason not in {one.slug for one in self._charter.admission.reason}:
            raise UnknownReason
        effects: list[Effect] = []
        for pick in picks:
            refusal = _refused(lambda pick=pick: story(pick))  # type: ignore[misc]
            if found := self._moves.found(pick.person, pick.application):
                effects.append(Effect(found, self._review.named(actor, found), refusal))
        return effects


def _refused(story: Callable[[], None]) -> PortalError | None:
    """Why a story was refused, if it was; what is no refusal of its own ends the rest as well."""
    try:
        story()
    except PortalError as refusal:
        if refusal.status >= 500:  # noqa: PLR2004 - the store's trouble, not the application's
            raise
        return refusal
    return None


def _picks(chosen: Sequence[str]) -> list[Pick]:
    """Applications as a form names them, `person/application/edits`; what isn't one is left out."""
    parts = (one.split("/") for one in dict.fromkeys(chosen))
    return [
        Pick(part[0], part[1], int(part[2]))
        for part in parts
        if len(part) == 3 and all(part[:2]) and part[2].isdecimal() and len(part[2]) < 6  # noqa: PLR2004
    ]

"""What DynamoDB may answer to a request, without botocore's classes, so that only `client` knows those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.errors import N_, PortalError, StoreUnavailable
from portal.table.contract import Item

_UNANSWERED = 3


class NoAnswer(StoreUnavailable):
    """The store was told, and its answer never came: it may have been done, and a repeat might do it twice."""

    sentence = N_(
        "No answer came back from the store, so this may have been done or not. Please look before repeating."
    )


class Reason(NamedTuple):
    """Why one write was not done: DynamoDB's code (`None` if it was not to blame), its message, the item found."""

    code: str | None
    message: str
    item: Item | None


class Refused(Exception):
    """Nothing was written; one reason for each write, in their order."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(reasons)
        self.reasons = reasons


class Again(Exception):
    """Another try may succeed; `refusal` is what it means if none does.

    `unsure`: the request may have been carried out nonetheless.
    """

    def __init__(self, refusal: PortalError, *, unsure: bool = False) -> None:
        super().__init__(refusal)
        self.refusal = refusal
        self.unsure = unsure

    def is_last(self, attempt: int) -> bool:
        """Whether it is enough after so many tries, though patience with rivals would last longer.

        Each try with a store that doesn't answer costs seconds, and somebody waits.
        """
        return isinstance(self.refusal, StoreUnavailable) and attempt >= _UNANSWERED


class AlreadyThere(Exception):
    """The table that was to be made exists."""

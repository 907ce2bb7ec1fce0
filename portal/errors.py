"""The one root of refusals: each speaks to the reader, in the reader's language."""

from __future__ import annotations

from typing import Any, ClassVar


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract, translate later"
    """Mark a sentence for the catalogue; it is translated where it is shown."""
    return message


class PortalError(Exception):
    """A refusal that a person reads.

    ``status`` is its HTTP status; ``retry_after`` the seconds after which trying again may help; ``sentence`` an
    English template that doubles as the catalogue's key, filled with the keyword ``facts`` (bilingual facts are shown
    in the reader's language).
    """

    status: ClassVar[int] = 400
    retry_after: ClassVar[int | None] = None
    sentence: ClassVar[str] = N_("This can't be done as it was sent.")

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence.format(**self.facts)

    @property
    def code(self) -> str:
        """The refusal's name for machines: the class name."""
        return type(self).__name__


class NotFound(PortalError):
    """Nothing stands under this address, or nothing that this reader may know of."""

    status = 404
    sentence = N_("There is nothing at this address.")


class Forbidden(PortalError):
    """The reader is known and may not do this."""

    status = 403
    sentence = N_("Your roles don't include this. An owner can grant them.")


class Stale(PortalError):
    """What was read has changed meanwhile; `retrying` runs the story again."""

    status = 409
    sentence = N_("This has changed in the meantime. Please look again and repeat.")


class Busy(PortalError):
    """The table was contended or throttled beyond the retries."""

    status = 503
    retry_after = 2
    sentence = N_("Many people are doing this right now. Nothing was lost: please try again in a moment.")


class StoreUnavailable(PortalError):
    """The store can't be read or written: missing, read-only, damaged, or out of space."""

    status = 503
    sentence = N_("The store can't be reached right now. Nothing was changed: please try again later.")


class BadSetting(Exception):  # read by an operator at the terminal, never by a member
    """A setting is missing or wrong; the message names it and says what would be right."""

"""A correction that waits for a second steward, and the refusals of the points desk."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.errors import N_, PortalError
from portal.points.service import AlreadyPosted


class UnknownRule(PortalError):
    """The charter has no such rule."""

    status = 422
    sentence = N_("The charter has no such rule. Please choose one from the list.")


class OwnPurse(PortalError):
    """Somebody would decide about their own points."""

    status = 403
    sentence = N_("Nobody decides about their own points. Please ask another steward.")


class SecondNeeded(PortalError):
    """The one who proposed it can't agree to it as well."""

    status = 403
    sentence = N_("A second steward has to agree, and that can't be the one who proposed it.")


class AlreadyDecided(PortalError):
    """Another steward was faster."""

    status = 409
    sentence = N_("Another steward has decided this already.")


class AlreadyCorrected(AlreadyPosted):
    """A second press."""

    sentence = N_("This correction was made before.")


class NoSuchEntry(PortalError):
    """A correction would put right what isn't there."""

    status = 422
    sentence = N_("This member has no entry {seq}.")


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """Points that a steward means to add (above zero) or take (below): what a second one has to agree to.

    `grant` is the key of the grant that is taken back, empty if it is none; `corrects` the entry that is put right.
    `mistake`: the community's own, which never makes debt.
    """

    id: str
    member: str
    member_name: str
    amount: int
    reason: str
    mistake: bool
    proposer: str
    proposer_name: str
    at: dt.datetime
    grant: str = ""
    corrects: int = 0

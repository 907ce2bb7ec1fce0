"""What readers leave: nothing about themselves."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from portal.errors import N_, PortalError

Said = Literal["read", "yes", "no"]
State = Literal["open", "done"]


class NoSuchPage(PortalError):
    """The site has no such page."""

    status = 404
    sentence = N_("The site has no such page.")


class AlreadyDone(PortalError):
    """Somebody else has seen to it."""

    status = 409
    sentence = N_("{name} has seen to this word already.")


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader said about a page. `page` is its address on the site, `/zh/rules/`; nobody knows who it was."""

    id: str
    page: str
    text: str
    at: dt.datetime
    state: State = "open"
    done: dt.datetime | None = None
    done_by: str = ""
    v: int = 1


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A page in a month: how often it was read, and how many found it of help or not."""

    page: str
    read: int
    yes: int
    no: int

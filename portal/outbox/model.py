"""What a slice wants to tell somebody."""

from __future__ import annotations

import msgspec

from portal.mail import Message


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A message in its reader's words; the outbox adds sender and footer. `code` stands after the first paragraph."""

    subject: str
    paragraphs: tuple[str, ...]
    code: str | None = None
    link: tuple[str, str] | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message waiting to be sent. Until `lease` (epoch seconds) somebody is sending it."""

    id: str
    message: Message
    lease: int
    tries: int = 0

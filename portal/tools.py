"""What services are told."""

from __future__ import annotations

from pathlib import Path

import msgspec

from portal.charter.schema import Charter
from portal.clock import Clock
from portal.mail import Mailer
from portal.table.contract import Table
from portal.tokens import Ids, Tokens
from portal.uploads import Uploads


class Tools(msgspec.Struct, frozen=True):
    """What services are told: everything that a test or another engine replaces."""

    table: Table
    charter: Charter
    clock: Clock
    ids: Ids
    tokens: Tokens
    mailer: Mailer
    uploads: Uploads
    build: Path
    base_url: str

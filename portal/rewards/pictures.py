"""Pictures of rewards: public, named by the hash of their content, and nothing but pictures."""

from __future__ import annotations

import re
from typing import NamedTuple

from portal.errors import NotFound
from portal.filetypes import KINDS, FileType, checked
from portal.uploads import Uploads

TYPES: tuple[FileType, ...] = ("png", "jpeg", "webp")
#: Of a card; a photograph of that width, saved for the web, has less.
LARGEST = 400_000
_NAME = re.compile(r"[0-9a-f]{32}\.(png|jpg|webp)")
_MIMES = {KINDS[each].endings[0]: KINDS[each].mime for each in TYPES}


class Picture(NamedTuple):
    """A picture as it is given out."""

    mime: str
    data: bytes


class Pictures:
    """Keeps and shows them."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def take(self, name: str, data: bytes) -> str:
        """Story: keep a picture; its name from now on. The same picture has the same name. Raises FileRefused."""
        found = checked(name, data, TYPES, LARGEST)
        kept = f"{found.sha256[:32]}.{KINDS[found.type].endings[0]}"
        self._uploads.keep(_key(kept), data, found.mime)
        return kept

    def read(self, name: str) -> Picture:
        """A picture by its name; raises NotFound."""
        if not _NAME.fullmatch(name):
            raise NotFound
        return Picture(_MIMES[name.rpartition(".")[2]], self._uploads.read(_key(name)))


def _key(name: str) -> str:
    return f"reward-{name.replace('.', '-')}"

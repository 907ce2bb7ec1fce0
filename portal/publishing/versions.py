"""The charter's changelog as the site was built with it: `charter.json` in the build folder, written by the portal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from portal.charters.changes import NAME, Version


def read(build: Path, progress: Callable[[str], None]) -> list[Version]:
    """The versions of the last snapshot, none without one; what can't be used is told, and never stops the build."""
    path = build / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Version])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        progress(f"{path} can't be used, so the site goes without the charter's changelog: {error}")
        return []

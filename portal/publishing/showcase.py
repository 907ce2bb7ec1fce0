"""The public catalogue as the site was built with it: `rewards.json` in the build folder, which the portal writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from portal.rewards.showcase import Catalogue

NAME = "rewards.json"


def read(build: Path, progress: Callable[[str], None]) -> Catalogue | None:
    """The catalogue of the last snapshot, or None; whatever can't be used is told, and never stops the build."""
    path = build / NAME
    try:
        catalogue = msgspec.json.decode(path.read_bytes(), type=Catalogue)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        progress(f"{path} can't be used, so the site goes without the rewards: {error}")
        return None
    if any(reward.left < 0 or reward.price < 0 for reward in catalogue.rewards):
        progress(f"{path} can't be used, so the site goes without the rewards: a figure is below zero")
        return None
    return catalogue

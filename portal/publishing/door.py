"""The door's live figures as the site was built with them: `door.json` in the build folder, which the portal writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from portal.applications.door import Glance
from portal.charter.schema import Charter

NAME = "door.json"


def read(build: Path, charter: Charter, progress: Callable[[str], None]) -> Glance | None:
    """The figures of the last snapshot, or None; whatever can't be used is told, and never stops the build.

    A snapshot of another capacity keeps its pace and loses its places: they were counted under another charter.
    """
    path = build / NAME
    try:
        glance = msgspec.json.decode(path.read_bytes(), type=Glance)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        progress(f"{path} can't be used, so the site goes without the door's figures: {error}")
        return None
    if fault := _fault(glance):
        progress(f"{path} can't be used, so the site goes without the door's figures: {fault}")
        return None
    if glance.capacity != charter.admission.capacity:
        progress(f"{path} was written under another capacity, so the site goes without the places that are left.")
        return msgspec.structs.replace(glance, capacity=None, left=None, waiting=False)
    return glance


def _fault(glance: Glance) -> str:
    """What no portal would write; empty if nothing."""
    figures = (glance.capacity, glance.taken, glance.left, glance.decisions)
    spans = (glance.half_within_hours, glance.most_within_hours)
    if any(figure is not None and figure < 0 for figure in figures):
        return "a figure is below zero"
    if (glance.capacity is None) != (glance.left is None) or (glance.left or 0) > (glance.capacity or 0):
        return "capacity and left disagree"
    if (spans[0] is None) != (spans[1] is None) or (spans[0] or 1) > (spans[1] or 1) or 0 in spans:
        return "the hours disagree"
    return ""

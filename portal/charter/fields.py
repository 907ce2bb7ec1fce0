"""What the parts of the charter are made of: strict records, slugs, durations."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

ByPeople = Literal["by people"]

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
#: A question's slug names its form field too; answers and conditions name it.
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=40)]
Points = Annotated[int, Meta(ge=0, le=1_000_000)]
Minutes = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3} minutes?$")]
Days = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,3} days?$")]
Months = Annotated[str, Meta(pattern=r"^[1-9][0-9]? months?$")]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen record that refuses fields it doesn't know."""


def amount(duration: str) -> int:
    """The number in `"30 days"` or `"12 months"`."""
    return int(re.split(r"\D", duration, maxsplit=1)[0])

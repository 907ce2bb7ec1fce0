"""Where a member stands, read together: what pages show and stories rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from portal.charter.schema import Charter
from portal.errors import NotFound, Stale
from portal.members import records
from portal.members.model import Profile, Progress, earned_tier, progress
from portal.points.model import Month, Purse
from portal.points.service import Points
from portal.table.contract import Item, Key


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Profile, purse, qualifying points by month, the next tier, and what caps have counted in this month.

    `years` and `capped` are the versions of the qualifying points' years and of the caps: they guard against reads
    that don't belong together.
    """

    profile: Profile
    purse: Purse
    counts: Mapping[int, int]
    years: Mapping[int, int | None]
    caps: Mapping[str, int]
    capped: int | None
    progress: Progress


def keys(charter: Charter, points: Points, member: str, month: Month) -> list[Key]:
    """What `read` needs, for a story that reads more items in the same call."""
    longest = max(tier.months for tier in charter.tiers)
    years = records.qualifying_keys(member, month, longest)
    return [records.profile_key(member), points.key(member), records.caps_key(member, month), *years]


def read(charter: Charter, points: Points, items: Sequence[Item | None], member: str, month: Month) -> Standing:
    """The standing in the items read under `keys`; raises NotFound, and Stale where the month has turned meanwhile."""
    profile = records.profile(items[0])
    if profile is None:
        raise NotFound
    counts = records.per_month(items[3:])
    if profile.tier not in {tier.slug for tier in charter.tiers}:  # the charter has dropped it meanwhile
        profile = msgspec.structs.replace(profile, tier=earned_tier(charter, counts, month).slug)
    asked = keys(charter, points, member, month)[3:]
    if len(asked) != len(items) - 3:
        raise Stale
    return Standing(
        profile=profile,
        purse=points.read(items[1], member),
        counts=counts,
        years={int(key.sk[2:]): records.version(item) for key, item in zip(asked, items[3:], strict=True)},
        caps=records.caps(items[2]),
        capped=records.version(items[2]),
        progress=progress(charter, profile.tier, counts, month),
    )

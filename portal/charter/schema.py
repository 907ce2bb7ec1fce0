"""The shape of the charter. Each field is enforced by the program or says `decided = "by people"`; others are faults.

Amounts are whole points; durations are written `"30 days"` or `"12 months"`; texts stand in every language.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar, get_args

from msgspec import Meta, field

from portal.charter.admission import Admission, Persona, Reason, Reply
from portal.charter.economy import PointsPolicy
from portal.charter.fields import ByPeople, Months, Points, Slug, Strict, amount
from portal.charter.questions import Questionnaire
from portal.charter.zones import Zones
from portal.language import Text

#: What a role may do at the desk. `appoint` grants and withdraws roles and comes with owning only.
Right = Literal["review", "words", "members", "points", "rewards", "fulfil", "site", "audit", "appoint"]
RIGHTS: tuple[Right, ...] = get_args(Right)
#: What a tier lets its members do.
Privilege = Literal["invite"]


class Community(Zones, frozen=True, kw_only=True):
    """community.toml: who this is. `zone` rules all calendar arithmetic; `seal` is read from the right column down."""

    name: Text
    tagline: Text
    purpose: Text
    seal: Annotated[str, Meta(min_length=2, max_length=4)]


class Benefit(Strict, frozen=True):
    """What a tier brings that people, not the program, see to."""

    text: Text
    decided: ByPeople


class Tier(Strict, frozen=True):
    """A step of standing: reached with `enter` qualifying points within `window` (the running month, those before)."""

    slug: Slug
    name: Text
    about: Text
    enter: Points
    window: Months
    benefits: list[Benefit] = field(default_factory=list)
    privileges: list[Privilege] = field(default_factory=list)

    @property
    def months(self) -> int:
        """The length of the window, in whole months before the running one."""
        return amount(self.window)


class Rule(Strict, frozen=True):
    """A rule of conduct; what follows a violation is decided by people, with a reason in the audit log."""

    slug: Slug
    title: Text
    text: Text
    decided: ByPeople


class Rules(Strict, frozen=True):
    """rules.toml: the rules and the version that a member agrees to."""

    version: Annotated[int, Meta(ge=1)]
    rule: list[Rule]


class Role(Strict, frozen=True):
    """Staff: duties in words, rights that the desk enforces."""

    slug: Slug
    name: Text
    duties: Text
    rights: list[Right]
    decided: ByPeople


class WordEntry(Strict, frozen=True):
    """A word to look for: `note` and `alert` tell the desk, `hold` waits for a person, `block` is refused."""

    text: Annotated[str, Meta(min_length=1, max_length=60)]
    severity: Literal["note", "alert", "hold", "block"]


class Words(Strict, frozen=True):
    """words.toml: what the word filter looks for in what applicants write, and phrases in which it is harmless."""

    word: list[WordEntry] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)


class Charter(Strict, frozen=True):
    """All of it, in one value, with the hash that decisions and entries name."""

    community: Community
    tiers: list[Tier]
    points: PointsPolicy
    rules: Rules
    roles: list[Role]
    admission: Admission
    words: Words
    questionnaires: dict[str, Questionnaire]
    hash: str = ""

    @property
    def join(self) -> Questionnaire:
        """The questionnaire at the main door."""
        return self.questionnaires["join"]

    def questionnaire(self, slug: str, use: str = "join") -> Questionnaire | None:
        """The questionnaire of that slug, if there is one for that use."""
        found = self.questionnaires.get(slug)
        return found if found and found.use == use else None

    def tier(self, slug: str) -> Tier:
        """The tier of that slug; KeyError if the charter has none."""
        return _named(self.tiers, slug)

    def tier_name(self, slug: str) -> Text:
        """The name of a tier, or its slug for one that the charter had once."""
        return next((tier.name for tier in self.tiers if tier.slug == slug), Text(en=slug, zh=slug))

    def rank(self, slug: str) -> int:
        """A tier's place, from 0 for the lowest, where those stand too whose tier the charter has dropped."""
        return next((place for place, tier in enumerate(self.tiers) if tier.slug == slug), 0)

    def role(self, slug: str) -> Role:
        """The role of that slug; KeyError if the charter has none."""
        return _named(self.roles, slug)

    def rights(self, roles: list[str]) -> frozenset[Right]:
        """All rights of those roles that the charter knows; a role that it dropped gives none."""
        return frozenset(right for role in self.roles if role.slug in roles for right in role.rights)

    def reason(self, slug: str) -> Reason:
        """The reason of that slug; KeyError if the charter has none."""
        return _named(self.admission.reason, slug)

    def reply(self, slug: str) -> Reply:
        """The canned reply of that slug; KeyError if the charter has none."""
        return _named(self.admission.reply, slug)

    def persona(self, slug: str) -> Persona:
        """The persona of that slug; KeyError if the charter has none."""
        return _named(self.admission.persona, slug)


Named = TypeVar("Named", Tier, Role, Reason, Reply, Persona)


def _named(entries: list[Named], slug: str) -> Named:
    for entry in entries:
        if entry.slug == slug:
            return entry
    raise KeyError(slug)

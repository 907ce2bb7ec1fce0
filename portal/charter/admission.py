"""The shape of admission.toml: how applications are decided, and what time does to them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, field

from portal.charter.fields import Days, Minutes, Name, Slug, Strict, amount
from portal.language import Text

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Reason(Strict, frozen=True):
    """Why an application may be declined, told to the applicant, and how long until they may apply again."""

    slug: Slug
    name: Text
    sentence: Text
    apply_again: Days

    @property
    def days(self) -> int:
        """Days from the decision to the earliest new application."""
        return amount(self.apply_again)


class Reply(Strict, frozen=True):
    """Words that the desk sends often, in the applicant's language."""

    slug: Slug
    name: Text
    text: Text


class Quorum(Strict, frozen=True):
    """How many votes a decision needs; of these half must be yes, at most one no, and one a sponsor's if asked for."""

    votes: Annotated[int, Meta(ge=1, le=9)]
    sponsor: bool = False


class Inviting(Strict, frozen=True):
    """Members of a tier with the privilege `invite` may make so many invitations a month.

    Each is good for `uses` people until it expires. With `skip_review` nobody reads who was invited and isn't refused
    by a rule; the questions are asked all the same.
    """

    per_month: Annotated[int, Meta(ge=1, le=100)]
    uses: Annotated[int, Meta(ge=1, le=100)]
    expire: Days
    skip_review: bool

    @property
    def life(self) -> dt.timedelta:
        """How long an invitation is good."""
        return dt.timedelta(days=amount(self.expire))


class Persona(Strict, frozen=True):
    """Whom we look for, told by their answers; the first that fits counts. At most `quota` of them are taken in."""

    slug: Slug
    name: Text
    when: dict[Name, list[Name]]
    quota: Count | None = None


class Waitlist(Strict, frozen=True):
    """A place is offered for so long; who waits is asked again and again whether they still want it."""

    offer: Days
    ask_again: Days

    @property
    def offered(self) -> dt.timedelta:
        """How long an offered place is kept."""
        return dt.timedelta(days=amount(self.offer))

    @property
    def asked(self) -> dt.timedelta:
        """How long after the last word we ask "still interested?"."""
        return dt.timedelta(days=amount(self.ask_again))


class AutoApprove(Strict, frozen=True):
    """Approve without a reader what reaches `pass` and rests on *all* of these facts, none of them self-declared.

    `invitation`: a member's; `quiz`: passed against the server's clock; `domain`: the proven address is in `domains`.
    """

    on: Annotated[list[Literal["invitation", "quiz", "domain"]], Meta(min_length=1)]
    domains: list[str] = field(default_factory=list)


class Tries(Strict, frozen=True):
    """At most so many applications that came to a review, within so many days."""

    most: Annotated[int, Meta(ge=1, le=20)]
    within: Days


class Retention(Strict, frozen=True):
    """How long an application is kept after its end, by outcome; then it is erased with all that hangs on it."""

    approved: Days
    declined: Days
    withdrawn: Days
    expired: Days


class Founding(Strict, frozen=True):
    """Until so many people have been admitted, the door opens with an invitation only."""

    seats: Count


class Admission(Strict, frozen=True, kw_only=True):
    """admission.toml: how applications are decided. `decide_within` is the promise that the desk's colours follow.

    A reviewer's `claim` lapses; whom we asked answers `answer_within`; a decline can be appealed for `appeal_within`.
    `blind`: name, address and others' judgements are hidden until a reviewer has given the first of their own.
    """

    decide_within: Days
    claim: Minutes
    answer_within: Days
    appeal_within: Days
    blind: bool = False
    capacity: Count | None = None
    waitlist: Waitlist
    tries: Tries
    retention: Retention
    quorum: Quorum | None = None
    invitations: Inviting | None = None
    auto_approve: AutoApprove | None = None
    founding: Founding | None = None
    persona: list[Persona] = field(default_factory=list)
    reason: Annotated[list[Reason], Meta(min_length=1)]
    reply: list[Reply] = field(default_factory=list)

    @property
    def promised(self) -> dt.timedelta:
        """How long a decision may take."""
        return dt.timedelta(days=amount(self.decide_within))

    @property
    def claimed(self) -> dt.timedelta:
        """How long a reviewer's claim lasts."""
        return dt.timedelta(minutes=amount(self.claim))

    @property
    def answering(self) -> dt.timedelta:
        """How long we wait for an applicant's answer."""
        return dt.timedelta(days=amount(self.answer_within))

    @property
    def appealing(self) -> dt.timedelta:
        """How long a decline can be appealed."""
        return dt.timedelta(days=amount(self.appeal_within))

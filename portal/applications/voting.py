"""The quorum: how many judgements a decision needs, and what they must say."""

from __future__ import annotations

from collections.abc import Sequence

from portal.applications.model import Status, Vote
from portal.charter.admission import Quorum
from portal.errors import N_, PortalError
from portal.language import Term


class QuorumMissing(PortalError):
    """The votes don't carry the decision."""

    status = 409
    sentence = N_(
        "The charter asks for {votes} votes, at least half of them yes, at most one no{sponsor}. So far: {yes} yes, "
        "{no} no, {unsure} unsure."
    )


class NoesMissing(QuorumMissing):
    """The votes don't carry a decline."""

    sentence = N_(
        "A decline needs two noes, or {votes} votes that don't let them in. So far: {yes} yes, {no} no, "
        "{unsure} unsure."
    )


class Tally:
    """The votes of one application, counted."""

    def __init__(self, quorum: Quorum, votes: Sequence[Vote]) -> None:
        said = [vote.says for vote in votes]
        self.yes, self.no, self.unsure = said.count("yes"), said.count("no"), said.count("unsure")
        self.sponsored = any(vote.sponsor for vote in votes)
        self._quorum = quorum

    @property
    def complete(self) -> bool:
        """Whether as many have voted as the charter asks for."""
        return self.yes + self.no + self.unsure >= self._quorum.votes

    @property
    def passes(self) -> bool:
        """They are wanted, and a sponsor vouches where the charter asks for one."""
        return self.wanted and (self.sponsored or not self._quorum.sponsor)

    @property
    def wanted(self) -> bool:
        """Yes is at least half, no at most one."""
        return 2 * self.yes >= self.yes + self.no + self.unsure and self.no <= 1

    def refusal(self, outcome: Status) -> QuorumMissing:
        """What is missing, in words."""
        sponsor = Term(N_(", and a sponsor")) if self._quorum.sponsor else ""
        return (NoesMissing if outcome == "declined" else QuorumMissing)(
            votes=self._quorum.votes, sponsor=sponsor, yes=self.yes, no=self.no, unsure=self.unsure
        )  # fmt: skip


def require_votes(quorum: Quorum | None, votes: Sequence[Vote], outcome: Status) -> None:
    """Raises QuorumMissing unless the votes carry the outcome.

    A yes needs a complete vote that passes; a no needs one in which they are not wanted, or two noes. A sponsor who is
    missing carries neither.
    """
    if quorum is None:
        return
    tally = Tally(quorum, votes)
    if outcome == "declined":
        carried = tally.no > 1 or (tally.complete and not tally.wanted)
    else:
        carried = tally.complete and tally.passes
    if not carried:
        raise tally.refusal(outcome)

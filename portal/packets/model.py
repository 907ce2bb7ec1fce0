"""A red packet from the giving to the close, what members took from it, and what each refusal means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from portal.charter.schema import Charter
from portal.errors import N_, PortalError
from portal.language import Text
from portal.members.model import Profile
from portal.packets.drawing import commitment, draw
from portal.points.model import Month
from portal.points.posting import drawn

Split = Literal["random", "equal"]
SPLITS: tuple[Split, ...] = get_args(Split)
State = Literal["open", "closing", "closed"]
#: Gifted points live at least so many days after the close, whatever the giver's own had left.
LIVE_ON = 7
#: The rules of the ledger: between members, and from the programme. The budget has a name of its own, for it is
#: reserved when a packet is made, and must not be reserved again when somebody opens it.
GIFT, PROGRAMME = "red-packet", "programme-packet"


class NoPackets(PortalError):
    """The charter has no packets."""

    status = 404
    sentence = N_("No red packets are given in this community.")


class TooNew(PortalError):
    """Not a member for long enough."""

    status = 403
    sentence = N_("You can give red packets from {day} on. You can open them today.")


class TierTooLowToGive(PortalError):
    """The charter lets members of a higher tier give."""

    status = 403
    sentence = N_("Red packets are given from the tier {tier} on. You can open them today.")


class TooMuch(PortalError):
    """Above what the charter lets one packet hold."""

    status = 422
    sentence = N_("A red packet holds at most {most} points.")


class TooManyShares(PortalError):
    """Above what the charter lets one packet fall into."""

    status = 422
    sentence = N_("A red packet has at most {most} shares.")


class TooThin(PortalError):
    """A share would be empty."""

    status = 422
    sentence = N_("Each share needs at least one point: {shares} shares need {shares} points.")


class DayIsFull(PortalError):
    """The charter's number of packets a day."""

    status = 409
    sentence = N_("That was your last red packet for today: {most} a day. Tomorrow is another one.")


class LapsesElsewhere(PortalError):
    """The page showed another date than what is given has now."""

    status = 409
    sentence = N_("What you give would lapse on {day} by now, not on the day that this page showed. Please look again.")


class OtherSeal(PortalError):
    """The form names a commitment that we did not make for it."""

    status = 422
    sentence = N_(
        "This isn't the seal that we gave with the form. Nothing was given. Here is a new one: send it again."
    )


class StoppedByWords(PortalError):
    """The word list refuses the blessing."""

    status = 422
    sentence = N_("“{word}” can't be on a red packet. Please wish something else.")


class BudgetSpent(PortalError):
    """What the community may give in red packets this month does not cover it."""

    status = 409
    sentence = N_("The budget for red packets has {left} points left this month. Nothing was given.")


class OwnPacket(PortalError):
    """Whoever gave it gets nothing of it."""

    status = 403
    sentence = N_("You gave this one. It is for the others.")


class NotForTier(PortalError):
    """The giver chose from which tier on."""

    status = 403
    sentence = N_("This one is for members from the tier {tier} on.")


class AllOpened(PortalError):
    """No ticket left."""

    status = 409
    sentence = N_("All {shares} shares have been opened. You were close.")


class Over(PortalError):
    """Past its close."""

    status = 409
    sentence = N_("This red packet has closed. What nobody opened has gone back.")


class BeingOpened(PortalError):
    """Another tap of the same member is on its way."""

    status = 409
    retry_after = 10
    sentence = N_("Your share is being opened right now.")


class AlreadyOpened(PortalError):
    """One each."""

    status = 409
    sentence = N_("You have opened this one. One share each.")


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """A packet. Amounts are points, `closes` is in epoch seconds, `lapses` the month of gifted points (None: as usual).

    `allocation`: the lots that paid (lapse month: points). `reservation`: what the desk's budget set aside.
    `next`: how many tickets are drawn. `returned`: how many points went back at the close. After the close: the
    server's `seed`, the `drawn` list in the order of the tickets, and who was `luckiest`. `settled` says that the
    giver's held points are spent, which waits while the giver has a debt.
    """

    id: str
    giver: str
    giver_name: str
    programme: bool
    blessing: str
    split: Split
    total: int
    shares: int
    tier: str | None
    made: dt.datetime
    closes: int
    lapses: int | None
    allocation: dict[str, int]
    reservation: dict[str, Any] | None
    commitment: str
    client_seed: str
    next: int = 0
    state: State = "open"
    returned: int = 0
    seed: str = ""
    drawn: list[int] = []
    luckiest: str | None = None
    closed: dt.datetime | None = None
    settled: bool = False

    @property
    def closes_at(self) -> dt.datetime:
        """The instant from which on it can't be opened."""
        return dt.datetime.fromtimestamp(self.closes, dt.UTC)

    @property
    def given(self) -> int:
        """How many points were opened, once it is closed."""
        return self.total - self.returned

    @property
    def kept(self) -> int:
        """How many points it takes of its budget: all of them until the close, then what was opened."""
        return self.given if self.state == "closed" else self.total

    def over(self, now: dt.datetime) -> bool:
        """Whether it can't be opened any more, however late the job that closes it."""
        return self.state != "open" or now.timestamp() >= self.closes

    def require_open(self, charter: Charter, profile: Profile, now: dt.datetime) -> None:
        """Raises what a member would meet: OwnPacket, NotForTier, Over, AllOpened, Suspended."""
        if profile.id == self.giver:
            raise OwnPacket
        if self.over(now):
            raise Over
        profile.require_active(charter.community.today(now))
        if self.tier and not reaches(charter, profile, self.tier):
            raise NotForTier(tier=charter.tier_name(self.tier))
        if self.next >= self.shares:
            raise AllOpened(shares=self.shares)

    def rest(self, points: int) -> dict[int, int]:
        """The lots to which so many more points go back: what was taken came from the earliest, so from the latest."""
        backwards = {-int(month): held for month, held in self.allocation.items()}
        before, after = drawn(backwards, self.returned), drawn(backwards, self.returned + points)
        back = {-month: held - before.get(month, 0) for month, held in after.items()}
        return {month: held for month, held in back.items() if held}


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A share that a member took: its place `k` in the drawn list."""

    packet: str
    member: str
    name: str
    k: int
    points: int
    at: dt.datetime


class Sealed(msgspec.Struct, frozen=True):
    """What nobody is shown before the close: the server's seed and the list that was drawn."""

    seed: str
    drawn: list[int]


class Proof(msgspec.Struct, frozen=True):
    """What a check of a closed packet found: does the seed fit the seal, the list the draw, each share its place?"""

    seal: bool
    draw: bool
    shares: bool

    @property
    def sound(self) -> bool:
        """Whether all of it holds."""
        return self.seal and self.draw and self.shares


def reaches(charter: Charter, profile: Profile, tier: str) -> bool:
    """Whether a member stands at a tier or above; nobody reaches one that the charter has dropped."""
    return tier in {one.slug for one in charter.tiers} and charter.rank(profile.tier) >= charter.rank(tier)


def gift_lapses(earliest: int, closes: dt.date) -> Month:
    """The month at whose end gifted points lapse: the giver's earliest, but at least a week after the close."""
    return Month(max(earliest, Month.of(closes + dt.timedelta(days=LIVE_ON))))


def luckiest(split: Split, claims: Sequence[Claim]) -> str | None:
    """Who drew most, the earlier ticket of equals; nobody where all shares are meant to be the same."""
    if split == "equal" or not claims:
        return None
    return min(claims, key=lambda claim: (-claim.points, claim.k)).member


def check(packet: Packet, claims: Sequence[Claim]) -> Proof:
    """Recompute a closed packet from what it publishes."""
    again = draw(
        packet.split,
        packet.total,
        packet.shares,
        seed=packet.seed,
        client_seed=packet.client_seed,
        packet=packet.id,
    )
    handed = all(0 <= one.k < packet.shares and packet.drawn[one.k] == one.points for one in claims)
    complete = sum(one.points for one in claims) == packet.given
    return Proof(commitment(packet.seed) == packet.commitment, again == packet.drawn, handed and complete)


def told(packet: Packet, community: Text) -> Text:
    """A packet as a line of the statement: from whom it is."""
    if packet.programme:
        return Text(en=f"Red packet from {community.en}", zh=f"{community.zh}的红包")
    return Text(en=f"Red packet from {packet.giver_name}", zh=f"{packet.giver_name}的红包")

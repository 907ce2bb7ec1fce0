"""Replays history: a clock that only goes forward, a mailbox that nobody else reads, and what people do there."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from portal.accounts.model import Purpose, Verified
from portal.accounts.service import Accounts, ProofGone
from portal.applications.review import Review
from portal.applications.service import Applications, DraftGone
from portal.checkin.service import CheckIns
from portal.demo.answers import HANDED, NOT_HANDED
from portal.demo.people import Person
from portal.errors import PortalError
from portal.mail import Message
from portal.members.appointing import Appointments
from portal.members.founding import Founding
from portal.members.service import Members
from portal.packets.closing import Closing
from portal.packets.giving import Giving, Wish
from portal.packets.model import Split
from portal.packets.service import Packets
from portal.rewards.closing import Redemptions
from portal.rewards.model import Redemption, Reward
from portal.rewards.pools import Pools
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf
from portal.table.contract import Write
from portal.tokens import Ids
from portal.wiring import Services

S = TypeVar("S")
Progress = Callable[[int, int, str], None]


class ReplayClock:
    """Stands where it was set; it can be set forward only, as the ledger's time is."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start

    def now(self) -> dt.datetime:
        """The present instant of the replay, in UTC."""
        return self._now

    def forward(self, instant: dt.datetime) -> None:
        """Go on to an instant; ValueError if it is over."""
        if instant < self._now:
            raise ValueError(f"{instant} is before {self._now}")
        self._now = instant


class Mailbox:
    """A mailer that sends nothing: it keeps the latest code, for the one who waits for it."""

    def __init__(self) -> None:
        self.code = ""

    def send(self, message: Message) -> None:
        """Keep the code, if there is one."""
        self.code = message.code or self.code


class Step(msgspec.Struct, frozen=True):
    """What somebody does at an instant: a verb of `Community` and its facts; `kind` names it for the progress."""

    at: dt.datetime
    kind: str
    does: Callable[..., None]
    facts: tuple[Any, ...]


class Community:
    """What people do, each through the service that the portal's pages use. Keeps who is who."""

    def __init__(self, services: Services, mailbox: Mailbox) -> None:
        self._services = services
        self._mailbox = mailbox
        self._ids: dict[str, str] = {}
        self._sent: dict[str, str] = {}
        self._wishes: dict[int, Redemption] = {}
        self._packets: dict[int, str] = {}

    def claim(self, owner: Person) -> None:
        """The first owner claims the community."""
        verified = self._prove(owner, "claim", owner.name)
        self._the(Founding).claim(verified.account, verified.subject)

    def apply(self, person: Person) -> None:
        """The form is sent, and the code from the mail sends it on."""
        applications = self._the(Applications)
        draft = applications.draft(self._the(Ids).new(), person.answers, person.lang)
        verified = self._prove(person, "apply", draft.id, also=applications.keep(draft))
        self._sent[person.email] = applications.submit_kept(verified.account.id, verified.subject).id

    def approve(self, by: Person, person: Person, note: str) -> None:
        """Somebody of the desk lets them in."""
        self._the(Review).approve(*self._who(by), self._ids[person.email], self._sent[person.email], note)

    def decline(self, by: Person, person: Person, reason: str) -> None:
        """Somebody of the desk says no, with a reason of the charter."""
        self._the(Review).decline(*self._who(by), self._ids[person.email], self._sent[person.email], reason)

    def ask(self, by: Person, person: Person, reply: str) -> None:
        """Somebody of the desk asks one of the charter's questions back."""
        self._the(Review).ask(*self._who(by), self._ids[person.email], self._sent[person.email], "", reply)

    def judge(self, by: Person, person: Person, says: Literal["yes", "no", "unsure"]) -> None:
        """Somebody of the desk gives a judgement of their own."""
        self._the(Review).vote(*self._who(by), self._ids[person.email], self._sent[person.email], says)

    def appoint(self, by: Person, person: Person, role: str) -> None:
        """The owner grants a role."""
        self._the(Appointments).grant(*self._who(by), self._who(person)[0], role)

    def stamp(self, person: Person) -> None:
        """The day is stamped."""
        self._the(CheckIns).stamp(self._ids[person.email])

    def mend(self, person: Person) -> None:
        """The latest missed day is made up, if there is one that can be."""
        check_ins, member = self._the(CheckIns), self._ids[person.email]
        if missed := check_ins.card(self._the(Members).profile(member)).missed:
            check_ins.make_up(member, missed[0].date)

    def stock(self, by: Person, reward: Reward, stock: int) -> None:
        """A reward is put on the shelf."""
        self._the(Shelf).create(*self._who(by), reward, stock)

    def bring(self, by: Person, slug: str, codes: int) -> None:
        """Codes go into the pool of a reward."""
        table = "\n".join(f"{slug.upper()}-{number:03}" for number in range(1, codes + 1))
        self._the(Pools).bring(*self._who(by), self._the(Shelf).reward(slug), table.encode())

    def restock(self, by: Person, slug: str, more: int) -> None:
        """More of a reward."""
        self._the(Shelf).restock(*self._who(by), slug, more, self._the(Ids).new())

    def wish(self, number: int, person: Person, taste: float) -> None:
        """Somebody looks at the catalogue and asks for something within reach, if there is anything; `taste` picks."""
        member = self._ids[person.email]
        offers = self._the(Rewards).catalogue(self._the(Members).standing(member))
        within_reach = [offer.reward for offer in offers if offer.refusal is None]
        if within_reach:
            wanted = within_reach[int(taste * len(within_reach))]
            redemption = self._the(Ids).new()
            self._wishes[number] = self._the(Rewards).redeem(member, wanted.slug, redemption, wanted.price)

    def fulfil(self, number: int, by: Person, person: Person, taste: float) -> None:
        """The desk hands over what was wished for."""
        if wish := self._open_wish(number):
            note = HANDED[person.lang][int(taste * len(HANDED[person.lang]))] if wish.kind == "goods" else ""
            self._the(Redemptions).fulfil(*self._who(by), wish.member, wish.id, note)

    def refuse(self, number: int, by: Person, person: Person) -> None:
        """The desk can't hand it over."""
        if wish := self._open_wish(number):
            self._the(Redemptions).decline(*self._who(by), wish.member, wish.id, NOT_HANDED[person.lang])

    def cancel(self, number: int) -> None:
        """The member thinks better of it."""
        if wish := self._open_wish(number):
            self._the(Redemptions).cancel(wish.member, wish.id)

    def give_for_all(self, packet: int, by: Person, points: int, shares: int, split: Split, blessing: str) -> None:
        """The desk gives a red packet in the community's name."""
        giver, name = self._who(by)
        wish = self._packet(giver, points, shares, split, blessing)
        self._packets[packet] = self._the(Giving).give_from_programme(giver, name, wish).id

    def give(self, packet: int, by: Person, points: int, shares: int, split: Split, blessing: str) -> None:
        """A member gives a red packet, of as many points as there are."""
        giver, _ = self._who(by)
        members = self._the(Members)
        standing = members.standing(giver)
        points = min(points, standing.purse.usable(members.today))
        if points >= shares:
            lapses = self._the(Giving).lapses(standing)
            wish = msgspec.structs.replace(self._packet(giver, points, shares, split, blessing), lapses=lapses)
            self._packets[packet] = self._the(Giving).give(giver, wish).id

    def open(self, packet: int, person: Person) -> None:
        """A member opens it; who is no member yet, or comes too late, gets nothing."""
        member = self._ids.get(person.email)
        if member and packet in self._packets:
            with contextlib.suppress(PortalError):
                self._the(Packets).open(member, self._packets[packet])

    def close(self) -> None:
        """What nobody opened in time goes back."""
        self._the(Closing).close_due()

    def suspend(self, by: Person, person: Person, days: int, reason: str) -> None:
        """A steward suspends a member, today and so many days after it."""
        members = self._the(Members)
        until = members.today + dt.timedelta(days=days)
        members.suspend(*self._who(by), self._ids[person.email], until, reason)

    def reinstate(self, by: Person, person: Person, reason: str) -> None:
        """A steward ends a suspension early."""
        self._the(Members).reinstate(*self._who(by), self._ids[person.email], reason)

    def _open_wish(self, number: int) -> Redemption | None:
        """What was wished for and waits for the desk."""
        wish = self._wishes.get(number)
        return wish if wish and wish.status == "requested" else None

    def _packet(self, giver: str, points: int, shares: int, split: Split, blessing: str) -> Wish:
        form = self._the(Giving).form(giver)
        return Wish(
            form=form.token,
            seal=form.seal,
            points=points,
            shares=shares,
            split=split,
            client_seed=blessing,
            blessing=blessing,
        )

    def _prove(self, person: Person, purpose: Purpose, subject: str, also: Sequence[Write] = ()) -> Verified:
        """Prove an address by the code from the mail, on a browser that signs out again."""
        accounts, here = self._the(Accounts), person.email
        asked = accounts.ask(
            here, browser=here, caller=here, lang=person.lang, purpose=purpose, subject=subject, also=also
        )
        verified = accounts.prove_by_code(asked, self._mailbox.code, browser=here)
        if verified.session:
            accounts.sign_out(verified.session)
        self._ids[person.email] = verified.account.id
        return verified

    def _who(self, person: Person) -> tuple[str, str]:
        return self._ids[person.email], person.name

    def _the(self, service: type[S]) -> S:
        found: S = self._services[service]
        return found


def replay(steps: Sequence[Step], community: Community, clock: ReplayClock, tell: Progress) -> None:
    """Take the steps in their order, each at its instant; `tell` is told how many of how many, and what comes."""
    for done, step in enumerate(steps):
        tell(done, len(steps), f"{step.at:%Y-%m-%d} {step.kind}")
        clock.forward(step.at)
        try:
            step.does(community, *step.facts)
        except (ProofGone, DraftGone):
            # A DynamoDB deletes what has expired by its own clock, for which a code of last month is long over.
            step.does(community, *step.facts)
    tell(len(steps), len(steps), "")

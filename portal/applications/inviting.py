"""Invitations: a member vouches for somebody, so many a month, until they expire."""

from __future__ import annotations

import datetime as dt

from portal.applications import records
from portal.applications.model import Invitation
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.language import Lang, Text
from portal.members.model import Profile
from portal.members.service import Members
from portal.table.contract import Table, Write
from portal.tokens import Ids, Tokens


class InvitationOver(PortalError):
    """The invitation has been used up, has expired, or was taken back."""

    status = 410
    sentence = N_("This invitation has been used or has expired. You can apply without it, or ask for a new one.")


class NotInviting(PortalError):
    """The member's tier has no privilege to invite, or the community has no invitations."""

    status = 403
    sentence = N_("Members may invite from the tier “{tier}” on.")


class EnoughInvited(PortalError):
    """The month's invitations are made."""

    status = 409
    sentence = N_("You have made this month's {most} invitations. The next can be made on {date}.")


class Invitations:
    """Making, showing and using them."""

    def __init__(
        self, table: Table, charter: Charter, members: Members, clock: Clock, ids: Ids, tokens: Tokens, base_url: str
    ) -> None:
        self._table = table
        self._charter = charter
        self._members = members
        self._clock = clock
        self._ids = ids
        self._tokens = tokens
        self._base_url = base_url

    def may(self, profile: Profile) -> bool:
        """Whether a member's tier may invite."""
        held = next((tier for tier in self._charter.tiers if tier.slug == profile.tier), None)
        return bool(self._charter.admission.invitations and held and "invite" in held.privileges)

    def invite(self, member: str) -> Invitation:
        """Story: make an invitation. Raises Suspended, NotInviting, EnoughInvited."""
        policy, today = self._charter.admission.invitations, self._members.today
        profile = self._members.standing(member).profile
        profile.require_active(today)
        if policy is None or not self.may(profile):
            raise NotInviting(tier=self.first_tier or "—")
        now = self._clock.now()
        made = Invitation(id=self._ids.new(), by=member, made=now, expires=now + policy.life, uses=policy.uses)
        following = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        enough = EnoughInvited(most=policy.per_month, date=following)
        self._table.commit(
            records.count_invitation(member, today, policy.per_month, enough),
            *records.create_invitation(made),
            *self._members.unchanged(profile),
        )
        return made

    def made_by(self, member: str) -> list[Invitation]:
        """A member's invitations that are still good or were used, the latest first."""
        return records.invitations(self._table, member)

    def take_back(self, member: str, invitation: str) -> None:
        """Story: an invitation is good for nobody any more. Raises NotFound for another's."""
        found = records.invitation(self._table, invitation)
        if found is None or found.by != member:
            raise NotFound
        self._table.commit(*records.drop_invitation(found))

    def token(self, invitation: str) -> str:
        """What an address carries for an invitation."""
        return self._tokens.sign("invite", invitation)

    def link(self, invitation: Invitation, lang: Lang) -> str:
        """The address to hand on."""
        return f"{self._base_url}/portal/apply?invite={self.token(invitation.id)}&lang={lang}"

    def named_by(self, token: str) -> Invitation:
        """The invitation that a link names; raises BadToken, InvitationOver."""
        return self.live(self._tokens.unsign("invite", token))

    def live(self, invitation: str) -> Invitation:
        """An invitation that is still good; raises InvitationOver."""
        found = records.invitation(self._table, invitation)
        if found is None or found.used >= found.uses:
            raise InvitationOver
        if self._members.profile(found.by).standing(self._members.today) != "active":
            raise InvitationOver
        return found

    def use(self, invitation: str) -> list[Write]:
        """Part: one use of it, refused with InvitationOver."""
        found = self.live(invitation)
        inviter = self._members.profile(found.by)
        return [records.use_invitation(found, InvitationOver), *self._members.unchanged(inviter)]

    @property
    def first_tier(self) -> Text | None:
        """The name of the lowest tier that may invite, if any may."""
        return next((tier.name for tier in self._charter.tiers if "invite" in tier.privileges), None)

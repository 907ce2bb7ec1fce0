"""What applications tell by e-mail: one letter for each state, in the language that the person reads by now."""

from __future__ import annotations

import datetime as dt

import msgspec

from portal.applications.model import Application, Receipt
from portal.charter.admission import Tries
from portal.charter.fields import amount
from portal.errors import N_
from portal.language import Lang, say
from portal.outbox.model import Notice


class Frame(msgspec.Struct, frozen=True):
    """What every letter needs: the community's name, the private page, the reader's language."""

    community: str
    link: str
    lang: Lang

    def notice(self, subject: str, *paragraphs: str, link: str = "", to: str = "") -> Notice:
        """A letter that leads to the private page, unless it leads elsewhere."""
        label = link or say(N_("See where it stands"), self.lang)
        return Notice(subject=subject, paragraphs=tuple(filter(None, paragraphs)), link=(label, to or self.link))

    def say(self, sentence: str, **facts: object) -> str:
        """A sentence in the reader's language."""
        return say(sentence, self.lang, community=self.community, **facts)


def received(told: Frame, application: Application, days: int) -> Notice:
    """It arrived, and how long a decision takes."""
    return told.notice(
        told.say(N_("Your application to {community} has arrived")),
        told.say(N_("Thank you, {name}. Your application is in our hands."), name=application.name),
        told.say(N_("A person reads it and decides within {days} days. You need not send it again."), days=days),
        told.say(N_("Until somebody begins to read you can still change your answers on this private page.")),
        told.say(N_("This private page always shows where it stands. Keep the link to yourself.")),
    )


def approved(told: Frame, application: Application, number: int, page: str) -> Notice:
    """Welcome."""
    return told.notice(
        told.say(N_("Welcome to {community}, member no. {number}"), number=number),
        told.say(N_("{name}, you belong. Your number is {number}."), name=application.name, number=number),
        _note(application),
        told.say(N_("Stamp your first day: the first step up is within reach today.")),
        link=told.say(N_("Go to your page")),
        to=page,
    )


def declined(told: Frame, application: Application) -> Notice:
    """No, with the reason, the date from which it may be yes, and the way to object."""
    receipt = _decided(application)
    return told.notice(
        told.say(N_("Your application to {community}: not this time")),
        told.say(N_("{name}, we have read your application."), name=application.name)
        if receipt.actor_name
        else told.say(N_("{name}, one of the published rules has decided this by itself."), name=application.name),
        receipt.sentence[told.lang] if receipt.sentence else "",
        receipt.note,
        told.say(N_("You may apply again from {date} on."), date=receipt.apply_again),
        told.say(N_("If you think that this is wrong, you can appeal until {date}; somebody else then decides."),
                 date=receipt.appeal_by) if receipt.appeal_by else "",
        link=told.say(N_("See the reason and the date")),
    )  # fmt: skip


def asked(told: Frame, application: Application, text: str, until: dt.date) -> Notice:
    """We need to know more."""
    return told.notice(
        told.say(N_("{community} has a question about your application")),
        told.say(N_("{name}, before we decide we would like to know more:"), name=application.name),
        *text.split("\n\n"),
        told.say(N_("Please answer on your private page by {date}. Your place in the queue is kept."), date=until),
        link=told.say(N_("Answer")),
    )


def conversation(told: Frame, application: Application, text: str) -> Notice:
    """A word from the desk that asks for no decision yet."""
    return told.notice(
        told.say(N_("A message from {community} about your application")),
        told.say(N_("{name}, somebody who reads your application writes:"), name=application.name),
        *text.split("\n\n"),
        link=told.say(N_("Read and answer")),
    )


def waitlisted(told: Frame, application: Application) -> Notice:
    """Yes, but there is no place."""
    return told.notice(
        told.say(N_("You are on the waitlist of {community}")),
        told.say(N_("{name}, we would like to have you as soon as there is a place."), name=application.name),
        _note(application),
        told.say(N_("As soon as one is free and you are first in line, we write. Until then there is nothing to do.")),
    )


def offered(told: Frame, application: Application, until: str) -> Notice:
    """A place is kept for so long."""
    return told.notice(
        told.say(N_("A place in {community} is yours")),
        told.say(N_("{name}, a place has become free and we keep it for you until {until}."),
                 name=application.name, until=until),
        told.say(N_("Take it, or turn it down so that the next in line can have it, on your private page.")),
        link=told.say(N_("Take the place")),
    )  # fmt: skip


def missed(told: Frame, application: Application) -> Notice:
    """The offer went by."""
    return told.notice(
        told.say(N_("The place in {community} went to somebody else")),
        told.say(N_("{name}, we kept a place for you and didn't hear from you in time."), name=application.name),
        told.say(N_("You are still on the waitlist. We offer once more; after a second missed offer the wait ends.")),
    )


def still_interested(told: Frame, application: Application, until: dt.date) -> Notice:
    """Do you still want it?"""
    return told.notice(
        told.say(N_("Are you still interested in {community}?")),
        told.say(N_("{name}, you have been on our waitlist for a while."), name=application.name),
        told.say(N_("Please tell us by {date} that you still want a place; otherwise we take it that you don't."),
                 date=until),
        link=told.say(N_("Yes, I am")),
    )  # fmt: skip


def expired(told: Frame, application: Application) -> Notice:
    """We heard nothing."""
    return told.notice(
        told.say(N_("Your application to {community} has expired")),
        told.say(N_("{name}, we waited for an answer from you and heard nothing, so your application is closed."),
                 name=application.name),
        told.say(N_("That is no refusal, and there is no date to wait for.")),
    )  # fmt: skip


def withdrawn(told: Frame, application: Application, tries: Tries) -> Notice:
    """As you wished; and what it counts for, if it was read."""
    return told.notice(
        told.say(N_("Your application to {community} is withdrawn")),
        told.say(N_("{name}, your application is closed, as you wished."), name=application.name),
        told.say(N_("It had been read, so it counts as one of the {most} applications within {days} days."),
                 most=tries.most, days=amount(tries.within))
        if application.reviewed else told.say(N_("You may apply again whenever you like.")),
    )  # fmt: skip


def appealed(told: Frame, application: Application, days: int) -> Notice:
    """Somebody else looks again."""
    return told.notice(
        told.say(N_("Your appeal to {community} has arrived")),
        told.say(N_("{name}, somebody who did not decide before looks at it within {days} days."),
                 name=application.name, days=days),
    )  # fmt: skip


def upheld(told: Frame, application: Application) -> Notice:
    """The decision stands."""
    receipt = _decided(application)
    return told.notice(
        told.say(N_("Your appeal to {community}: the decision stands")),
        told.say(N_("{name}, somebody who did not decide before has looked at it again."), name=application.name),
        receipt.note,
        told.say(N_("You may apply again from {date} on."), date=receipt.apply_again) if receipt.apply_again else "",
    )


def _note(application: Application) -> str:
    return application.receipt.note if application.receipt else ""


def _decided(application: Application) -> Receipt:
    if application.receipt is None:
        raise ValueError("a decision has a receipt")
    return application.receipt

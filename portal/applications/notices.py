"""What applications tell by e-mail."""

from __future__ import annotations

from portal.applications.model import Application
from portal.errors import N_
from portal.language import Lang, say
from portal.outbox.model import Notice


def received(application: Application, link: str, community: str, days: int) -> Notice:
    """The receipt: it arrived, and how long a decision takes."""
    lang = application.lang
    return Notice(
        subject=say(N_("Your application to {community} has arrived"), lang, community=community),
        paragraphs=(
            say(N_("Thank you, {name}. Your application is in our hands."), lang, name=application.name),
            say(N_("A person reads it and decides within {days} days. You need not send it again."), lang, days=days),
            say(N_("This private page always shows where it stands. Keep the link to yourself."), lang),
        ),
        link=(say(N_("See where it stands"), lang), link),
    )


def approved(application: Application, link: str, community: str, number: int, lang: Lang) -> Notice:
    """Welcome, in the language that the person reads by now."""
    note = application.receipt.note if application.receipt else ""
    return Notice(
        subject=say(N_("Welcome to {community}, member no. {number}"), lang, community=community, number=number),
        paragraphs=(
            say(N_("{name}, you belong. Your number is {number}."), lang, name=application.name, number=number),
            *([note] if note else []),
            say(N_("Stamp your first day: the first step up is within reach today."), lang),
        ),
        link=(say(N_("Go to your page"), lang), link),
    )


def declined(application: Application, link: str, community: str, lang: Lang) -> Notice:
    """No, with the reason and the date from which it may be yes."""
    receipt = application.receipt
    if receipt is None or receipt.sentence is None:
        raise ValueError("a decline has a receipt with its sentence")
    return Notice(
        subject=say(N_("Your application to {community}: not this time"), lang, community=community),
        paragraphs=(
            say(N_("{name}, we have read your application."), lang, name=application.name),
            receipt.sentence[lang],
            *([receipt.note] if receipt.note else []),
            say(N_("You may apply again from {date} on."), lang, date=receipt.apply_again),
        ),
        link=(say(N_("See the reason and the date"), lang), link),
    )

"""What states, bands and facts are called on pages; as names that every template knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.applications.model import STATES, Band, Status
from portal.charter.schema import Charter
from portal.errors import N_
from portal.filetypes import amount, endings, in_words
from portal.here import lang, the
from portal.language import Term, Text

#: What has happened, told as a step of the timeline.
HAPPENED: Mapping[Status, Term] = {
    "submitted": Term(N_("Sent")),
    "in_review": Term(N_("Being read")),
    "needs_info": Term(N_("Asked back")),
    "interview": Term(N_("Asked for a conversation")),
    "waitlisted": Term(N_("Put on the waitlist")),
    "offered": Term(N_("Offered a place")),
    "approved": Term(N_("Approved")),
    "declined": Term(N_("Declined")),
    "expired": Term(N_("Expired")),
    "withdrawn": Term(N_("Withdrawn")),
    "appealed": Term(N_("Appealed")),
    "upheld": Term(N_("The decision stands")),
}
BANDS: Mapping[Band, Term] = {
    "ready": Term(N_("At or over the pass mark")),
    "between": Term(N_("To be looked at closely")),
    "under": Term(N_("Under the floor")),
}
SEVERITIES = {
    "note": Term(N_("noted")),
    "alert": Term(N_("alert")),
    "hold": Term(N_("held for a person")),
    "block": Term(N_("not accepted")),
    "pass": Term(N_("nothing")),
}
SAYS = {"yes": Term(N_("Yes")), "no": Term(N_("No")), "unsure": Term(N_("Unsure"))}
FACTS = {
    "band": Term(N_("answers")),
    "version": Term(N_("questionnaire")),
    "number": Term(N_("member no.")),
    "votes": Term(N_("votes")),
    "persona": Term(N_("comes as")),
    "quiz": Term(N_("quiz")),
}


FILTERS = {
    "submitted": Term(N_("Not begun")),
    "in_review": Term(N_("Being read")),
    "interview": Term(N_("In conversation")),
    "appealed": Term(N_("Appeals")),
    "ready": Term(N_("At or over the pass mark")),
    "late": Term(N_("Late")),
    "words": Term(N_("With words of the filter")),
    "free": Term(N_("Nobody's yet")),
}


def persona_name(charter: Charter, slug: str) -> Text:
    """What a persona is called, or its slug for one that the charter had once."""
    return next((one.name for one in charter.admission.persona if one.slug == slug), Text(en=slug, zh=slug))


def reason_name(charter: Charter, slug: str) -> Text:
    """What a reason is called, or its slug for one that the charter had once."""
    return next((one.name for one in charter.admission.reason if one.slug == slug), Text(en=slug, zh=slug))


def names() -> dict[str, Any]:
    """For templates: what to call things, and what a file question takes."""
    return {
        "states": STATES,
        "happened": HAPPENED,
        "bands": BANDS,
        "severities": SEVERITIES,
        "says": SAYS,
        "filters": FILTERS,
        "facts": FACTS,
        "reason_name": lambda slug: reason_name(the(Charter), slug),
        "persona_name": lambda slug: persona_name(the(Charter), slug),
        "endings": endings,
        "in_types": lambda accepts: in_words(accepts)[lang()],
        "in_bytes": amount,
    }

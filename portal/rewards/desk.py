"""What members have asked for: by state and kind, the oldest first, and what the desk does about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import access
from portal.errors import N_
from portal.here import _, keeps, person, the, visitor
from portal.rewards.bulk import Together
from portal.rewards.closing import Redemptions
from portal.rewards.forms import NoteForm, WordForm
from portal.rewards.model import KIND_NAMES, KINDS, LANES, STATUS_NAMES, Kind, Lane, Redemption
from portal.rewards.queue import Backlog
from portal.rewards.shipping import Shipping

desk = Blueprint("rewards_desk", __name__, url_prefix="/portal/desk")

#: What the desk has done, as it reads it back.
DONE = {
    "approve": N_("Approved. {name} has been told."),
    "fulfil": N_("Fulfilled. {name} has been told."),
    "decline": N_("Declined. {name} has been told and has the points back."),
    "return": N_("Taken back. {name} has been told and has the points back."),
    "say": N_("Sent. {name} reads it on the page and in the mail."),
    "use": N_("{name} is in. The ticket is used up."),
}


@desk.get("/redemptions")
@access.to("fulfil")
def waiting() -> str:
    """A list of the desk, the oldest first."""
    return render_template("rewards/waiting.html", **_list(), shown=None)


@desk.get("/redemptions/<member>/<redemption>")
@access.to("fulfil")
def read(member: str, redemption: str) -> str:
    """One redemption beside the list."""
    return _page(member, redemption, NoteForm())


@desk.post("/redemptions/<member>/<redemption>/<any(approve, fulfil, decline, return, say, use):end>")
@access.to("fulfil")
def close(member: str, redemption: str, end: str) -> WerkzeugResponse | tuple[str, int]:
    """One step on."""
    form = (WordForm if end == "say" else NoteForm)(request.form)
    if not form.validate():
        return _page(member, redemption, form), 422
    done = _stories()[end](person(), visitor().name, member, redemption, form.note.data or "")
    flash(_(DONE[end], name=done.member_name))
    return redirect(url_for("rewards_desk.waiting", **_where()))


@keeps("rewards_desk.close")
def close_again(sentence: str) -> str:
    """The page with what was typed, and why it wasn't done."""
    named = request.view_args or {}
    return _page(named["member"], named["redemption"], NoteForm(request.form), refused=sentence)


@desk.get("/redemptions/ticket")
@access.to("fulfil")
def ticket() -> WerkzeugResponse:
    """The redemption behind a ticket's number."""
    found = the(Shipping).ticket(request.args.get("number", "")[:64])
    return redirect(url_for("rewards_desk.read", member=found.member, redemption=found.id, **_where()))


@desk.post("/redemptions/bulk")
@access.to("fulfil")
def bulk() -> str:
    """What the same step would do to several; or what it did."""
    verb, chosen, note = request.form.get("verb", ""), request.form.getlist("pick"), request.form.get("note", "")[:1000]
    done = request.form.get("act") == "do"
    if done:
        effects = the(Together).take(person(), visitor().name, verb, chosen, note)
    else:
        effects = the(Together).preview(verb, chosen)
    return render_template(
        "rewards/bulk.html", effects=effects, verb=verb, note=note, done=done, where=_where(), statuses=STATUS_NAMES
    )


@desk.post("/redemptions/export")
@access.to("fulfil")
def export() -> Response:
    """The list as a file."""
    where = _where()
    text = the(Backlog).export(person(), visitor().name, _lane(where), _kind(where))
    headers = {
        "Content-Disposition": f'attachment; filename="redemptions-{_lane(where)}.csv"',
        "Cache-Control": "no-store",
    }
    return Response("\ufeff" + text, mimetype="text/csv", headers=headers)


def _stories() -> dict[str, Callable[[str, str, str, str, str], Redemption]]:
    redemptions, shipping = the(Redemptions), the(Shipping)
    return {
        "approve": shipping.approve,
        "fulfil": redemptions.fulfil,
        "decline": redemptions.decline,
        "return": redemptions.give_back,
        "say": shipping.say,
        "use": lambda actor, name, member, redemption, _note: shipping.use(actor, name, member, redemption),
    }


def _where() -> dict[str, Any]:
    """Which list it is, to come back to it."""
    return {name: value for name in ("lane", "kind", "cursor") if (value := request.args.get(name, ""))}


def _lane(where: dict[str, Any]) -> Lane:
    return next((lane for lane in LANES if lane == where.get("lane")), "requested")


def _kind(where: dict[str, Any]) -> Kind | None:
    return next((kind for kind in KINDS if kind == where.get("kind")), None)


def _list() -> dict[str, Any]:
    where = _where()
    return {
        "waiting": the(Backlog).waiting(_lane(where), request.args.get("cursor"), _kind(where)),
        "backlog": the(Backlog),
        "lane": _lane(where),
        "kind": _kind(where),
        "kinds": KIND_NAMES,
        "where": where,
    }


def _page(member: str, redemption: str, form: NoteForm | WordForm, refused: str = "") -> str:
    shown = the(Shipping).find(member, redemption)
    return render_template(
        "rewards/waiting.html",
        **_list(),
        shown=shown,
        address=the(Shipping).address_of(shown),
        statuses=STATUS_NAMES,
        form=form,
        refused=refused,
    )

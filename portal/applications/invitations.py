"""A member's invitations: made, handed on, taken back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.applications.inviting import Invitations
from portal.here import _, lang, person, the
from portal.members.service import Members

pages = Blueprint("invitations", __name__, url_prefix="/portal/invitations")


@pages.get("")
@access.to("member")
def listing() -> str:
    """What was made, with the links to hand on."""
    invitations = the(Invitations)
    made = invitations.made_by(person())
    return render_template(
        "applications/invitations.html",
        made=made,
        links={one.id: invitations.link(one, lang()) for one in made},
        may=invitations.may(the(Members).standing(person()).profile),
        first=invitations.first_tier,
    )


@pages.post("")
@access.to("member")
def make() -> Response:
    """One more."""
    the(Invitations).invite(person())
    flash(_("The invitation is made. Hand its link to one person; it says that it comes from you."))
    return redirect(url_for("invitations.listing"))


@pages.post("/take-back")
@access.to("member")
def take_back() -> Response:
    """Good for nobody any more."""
    the(Invitations).take_back(person(), request.form.get("invitation", ""))
    flash(_("The invitation is taken back."))
    return redirect(url_for("invitations.listing"))

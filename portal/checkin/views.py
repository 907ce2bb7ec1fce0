"""The member's page with its stamp card, and the stamp."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.charter.schema import Charter
from portal.checkin.service import AlreadyStamped, CheckIns
from portal.here import _, lang, person, the, visitor
from portal.members.service import Members
from portal.points.service import Points

pages = Blueprint("checkin", __name__, url_prefix="/portal")


@pages.get("/me")
@access.to("person")
def me() -> str:
    """Standing, stamp card, balance and the latest lines; for people who are no members yet, the way in."""
    if visitor().standing is None:
        return render_template("members/not_yet.html")
    return render_template(
        "checkin/me.html",
        standing=the(Members).standing(person()),
        card=the(CheckIns).card(person()),
        statement=the(Points).statement(person()),
    )


@pages.post("/check-in")
@access.to("member")
def stamp() -> Response:
    """Stamp today; a double tap finds it stamped."""
    try:
        stamped = the(CheckIns).stamp(person())
    except AlreadyStamped as already:
        flash(_(already.sentence))
    else:
        flash(_("Stamped: {points} points for day {streak}.", points=stamped.points, streak=stamped.streak))
        if stamped.rose_to:
            tier = the(Charter).tier(stamped.rose_to).name[lang()]
            flash(_("You have risen to {tier}.", tier=tier), "rise")
    return redirect(url_for("checkin.me"))

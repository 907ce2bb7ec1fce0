"""The member's page with its stamp card, the calendar of stamps, the stamp, and missed days made up."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.charter.schema import Charter
from portal.checkin.forms import MakeUpForm, StampForm
from portal.checkin.mending import NotMissed
from portal.checkin.service import AlreadyStamped, CheckIns, Stamped
from portal.errors import N_
from portal.here import _, keeps, lang, person, the, visitor
from portal.members.service import Members
from portal.points.service import Points

pages = Blueprint("checkin", __name__, url_prefix="/portal")


@pages.get("/me")
@access.to("person")
def me() -> str:
    """Standing, stamp card, balance and the latest lines; for people who are no members yet, the way in."""
    if visitor().standing is None:
        return render_template("members/not_yet.html")
    standing = the(Members).standing(person())
    return render_template(
        "checkin/me.html",
        standing=standing,
        card=the(CheckIns).card(standing.profile),
        statement=the(Points).statement(person()),
    )


@pages.get("/check-in")
@access.to("member")
def calendar() -> str:
    """A month of stamps, the days that can be made up, and the milestones ahead."""
    return _calendar(month=request.args.get("month"))


@pages.post("/check-in")
@access.to("member")
def stamp() -> Response:
    """Stamp today; a double tap finds it stamped."""
    form = StampForm(request.form)
    try:
        stamped = the(CheckIns).stamp(person())
    except AlreadyStamped as already:
        flash(_(already.sentence))
    else:
        flash(_("Stamped: {points} points for day {streak}.", points=stamped.points, streak=stamped.streak))
        _tell(stamped)
    return redirect(url_for("checkin.calendar" if form.on.data == "calendar" else "checkin.me"))


@pages.post("/check-in/make-up")
@access.to("member")
def make_up() -> Response:
    """Make up a missed day; a second press finds it stamped."""
    form = MakeUpForm(request.form)
    if not form.validate() or form.date.data is None:
        raise BadRequest
    try:
        mended = the(CheckIns).make_up(person(), form.date.data)
    except NotMissed as already:
        flash(_(already.sentence, **already.facts))
    else:
        longer = N_("{date} is made up, and the row is {n} days long.")
        flash(_(longer if mended.streak > 1 else N_("{date} is made up."), date=form.date.data, n=mended.streak))
        _tell(mended)
    return redirect(url_for("checkin.calendar"))


@keeps("checkin.make_up")
def _refused(sentence: str) -> str:
    """The calendar, with the reason why a day can't be made up above it."""
    return _calendar(refusal=sentence)


def _calendar(month: str | None = None, refusal: str = "") -> str:
    profile = the(Members).profile(person())
    return render_template("checkin/calendar.html", calendar=the(CheckIns).calendar(profile, month), refusal=refusal)


def _tell(stamped: Stamped) -> None:
    for days, points in stamped.milestones.items():
        flash(_("{days} days in a row: {points} points more.", days=days, points=points), "rise")
    if stamped.rose_to:
        tier = the(Charter).tier(stamped.rose_to).name[lang()]
        flash(_("You have risen to {tier}.", tier=tier), "rise")

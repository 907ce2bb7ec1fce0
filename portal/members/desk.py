"""Members at the desk: found, suspended, reinstated."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.errors import Forbidden
from portal.here import _, person, the, visitor
from portal.members.appointing import Appointments
from portal.members.forms import ReinstatementForm, SuspensionForm
from portal.members.model import State
from portal.members.service import DayIsOver, Members
from portal.points.service import Points

#: Where an operator starts, by the first right that they hold.
DOORS = (
    ("review", "applications_desk.queue"),
    ("fulfil", "rewards_desk.waiting"),
    ("members", "members_desk.members"),
    ("points", "economy_desk.overview"),
    ("rewards", "shelf_desk.shelf"),
    ("site", "readers_desk.overview"),
    ("audit", "audit_desk.day"),
)

desk = Blueprint("members_desk", __name__, url_prefix="/portal/desk")


@desk.get("/")
@access.to("member")
def start() -> Response:
    """The desk's door: the first page that this operator's roles open. Raises Forbidden for members without one."""
    for right, page in DOORS:
        if right in visitor().rights:
            return redirect(url_for(page))
    raise Forbidden


@desk.get("/members")
@access.to("members")
def members() -> str:
    """Members by state, the latest first."""
    state: State = "suspended" if request.args.get("state") == "suspended" else "active"
    listing = the(Members).listing(state, request.args.get("cursor"))
    return render_template("members/listing.html", listing=listing, state=state)


@desk.get("/members/operators")
@access.to("members")
def operators() -> str:
    """Who holds which roles."""
    accounts = {account.id: account for account in the(Roles).staff()}
    return render_template("members/operators.html", members=the(Members).profiles(list(accounts)), accounts=accounts)


@desk.get("/members/<member>")
@access.to("members")
def member(member: str) -> str:
    """One member: standing, roles, statement."""
    return _page(member, SuspensionForm(), ReinstatementForm())


@desk.post("/members/<member>/suspend")
@access.to("members")
def suspend(member: str) -> Response | tuple[str, int]:
    """Stop earning and spending until a day."""
    form = SuspensionForm(request.form)
    if not form.validate() or form.until.data is None:
        return _page(member, form, ReinstatementForm()), 422
    try:
        the(Members).suspend(person(), visitor().name, member, form.until.data, form.reason.data or "")
    except DayIsOver as refusal:
        form.until.errors = [refusal.sentence]
        return _page(member, form, ReinstatementForm()), 422
    flash(_("The suspension holds from now on."))
    return redirect(url_for("members_desk.member", member=member))


@desk.post("/members/<member>/reinstate")
@access.to("members")
def reinstate(member: str) -> Response | tuple[str, int]:
    """End a suspension now, or overturn the latest."""
    form = ReinstatementForm(request.form)
    if not form.validate():
        return _page(member, SuspensionForm(), form), 422
    said = (person(), visitor().name, member, form.reason.data or "")
    if not form.overturned.data:
        the(Members).reinstate(*said)
        flash(_("The member is active again."))
    elif restored := the(Members).overturn(*said):
        flash(_("The suspension is overturned, and {n} points came back.", n=restored))
    else:
        flash(_("The suspension is overturned. No points had lapsed in it."))
    return redirect(url_for("members_desk.member", member=member))


@desk.post("/members/<member>/roles")
@access.to("appoint")
def appoint(member: str) -> Response:
    """Grant or withdraw one role."""
    appointments, role = the(Appointments), request.form.get("role", "")
    if request.form.get("held") == "yes":
        appointments.grant(person(), visitor().name, member, role)
        flash(_("The role was granted."))
    else:
        appointments.withdraw(person(), visitor().name, member, role)
        flash(_("The role was withdrawn."))
    return redirect(url_for("members_desk.member", member=member))


def _page(member: str, suspension: SuspensionForm, reinstatement: ReinstatementForm) -> str:
    return render_template(
        "members/member.html",
        standing=the(Members).standing(member),
        account=the(Accounts).account(member),
        statement=the(Points).statement(member),
        suspension=suspension,
        reinstatement=reinstatement,
    )

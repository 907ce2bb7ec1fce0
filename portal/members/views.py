"""The portal's door, and the claim of the first owner."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.accounts.model import BadAddress, Verified
from portal.accounts.service import Accounts
from portal.accounts.views import follows
from portal.here import the, visitor
from portal.members.forms import ClaimForm
from portal.members.founding import Founding

pages = Blueprint("members", __name__, url_prefix="/portal")


@pages.get("/")
@access.to("anyone")
def start() -> Response:
    """The portal's door: to the member's page, or to the sign-in before it."""
    return redirect(url_for("checkin.me"))


@pages.get("/claim/<token>")
@access.to("anyone")
def claim(token: str) -> str:
    """The first owner introduces themself."""
    the(Founding).check(token)
    return render_template("members/claim.html", form=ClaimForm(), token=token)


@pages.post("/claim/<token>")
@access.to("anyone")
def prove(token: str) -> Response | tuple[str, int]:
    """Prove the first owner's address."""
    the(Founding).check(token)
    form = ClaimForm(request.form)
    if form.validate():
        who = visitor()
        try:
            challenge = the(Accounts).ask(
                form.email.data or "",
                browser=who.browser,
                caller=who.address,
                lang=who.lang,
                purpose="claim",
                subject=form.name.data or "",
            )
            return redirect(url_for("accounts.code", challenge=challenge))
        except BadAddress as refusal:
            form.email.errors = [*form.email.errors, refusal.sentence]
    return render_template("members/claim.html", form=form, token=token), 422


@follows("claim")
def found(verified: Verified) -> str:
    """The address was proven: the community has its first owner."""
    the(Founding).claim(verified.account, verified.subject)
    return url_for("checkin.me")

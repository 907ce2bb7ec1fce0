"""Applying, and the private page that says where an application stands."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.accounts.model import Verified
from portal.accounts.service import Accounts
from portal.accounts.views import follows
from portal.applications.forms import JoinForm
from portal.applications.service import Applications
from portal.charter.schema import Charter
from portal.here import keeps, lang, person, the, visitor
from portal.tokens import Ids

pages = Blueprint("applications", __name__, url_prefix="/portal")


@pages.get("/apply")
@access.to("anyone")
def apply() -> str:
    """The form; for those who can't send one now, why."""
    if visitor().person:
        the(Applications).require_open_place(person())
    form = _form()
    form["draft"].data = the(Ids).new()
    return render_template("applications/apply.html", form=form)


@pages.post("/apply")
@access.to("anyone")
def send() -> Response | tuple[str, int]:
    """Keep the answers; send them at once for a proven address, else ask for the proof."""
    form = _form(request.form)
    if not form.validate():
        return render_template("applications/apply.html", form=form), 422
    applications, who = the(Applications), visitor()
    draft = applications.draft(form.draft, form.answers, who.lang)
    if who.person:
        application = applications.submit(who.person, draft)
        return redirect(url_for("applications.status", token=applications.status_token(application), new="1"))
    address = next(str(form.answers[q.slug]) for q in form.asked if q.kind == "email")
    challenge = the(Accounts).ask(
        address,
        browser=who.browser,
        caller=who.address,
        lang=who.lang,
        purpose="apply",
        subject=draft.id,
        also=applications.keep(draft),
    )
    return redirect(url_for("accounts.code", challenge=challenge))


@keeps("applications.send")
def again(sentence: str) -> str:
    """The form with what was typed and why it wasn't sent; for refusals that come before or after its own checks."""
    return render_template("applications/apply.html", form=_form(request.form), refusal=sentence)


@follows("apply")
def submit(verified: Verified) -> str:
    """The address was proven: the draft is sent."""
    applications = the(Applications)
    application = applications.submit_kept(verified.account.id, verified.subject)
    return url_for("applications.status", token=applications.status_token(application), new="1")


@pages.get("/status/<token>")
@access.to("anyone")
def status(token: str) -> Response:
    """Where the application stands; whoever has the link may read it, and nobody else learns of it."""
    application = the(Applications).by_token(token)
    response = make_response(
        render_template("applications/status.html", application=application, token=token, new=request.args.get("new"))
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _form(formdata: Any = None) -> JoinForm:
    """The running questionnaire; a person who is signed in isn't asked for the address again."""
    return JoinForm(the(Charter).join, lang(), formdata, address_known=visitor().person is not None)

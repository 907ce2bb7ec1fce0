"""The desk's queue: list left, the person right, the decision under the reasons."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.applications.forms import DeclineForm, NoteForm
from portal.applications.questionnaire import in_words
from portal.applications.review import Review
from portal.applications.service import Applications
from portal.here import _, person, the, visitor

desk = Blueprint("applications_desk", __name__, url_prefix="/portal/desk")


@desk.get("/applications")
@access.to("review")
def queue() -> str:
    """Who is waiting, the oldest first."""
    waiting = the(Review).waiting(request.args.get("cursor"))
    return render_template("applications/queue.html", waiting=waiting, review=the(Review), shown=None)


@desk.get("/applications/<applicant>/<application>")
@access.to("review")
def read(applicant: str, application: str) -> str:
    """One applicant beside the queue."""
    return _page(applicant, application, NoteForm(), DeclineForm())


@desk.post("/applications/<applicant>/<application>/approve")
@access.to("review")
def approve(applicant: str, application: str) -> Response | tuple[str, int]:
    """Let them in."""
    form = NoteForm(request.form)
    if not form.validate():
        return _page(applicant, application, form, DeclineForm()), 422
    decided = the(Review).approve(person(), visitor().name, applicant, application, form.note.data or "")
    flash(_("{name} is in. The welcome is on its way.", name=decided.name))
    return redirect(url_for("applications_desk.queue"))


@desk.post("/applications/<applicant>/<application>/decline")
@access.to("review")
def decline(applicant: str, application: str) -> Response | tuple[str, int]:
    """Not this time, with a reason."""
    form = DeclineForm(request.form)
    if not form.validate():
        return _page(applicant, application, NoteForm(), form), 422
    decided = the(Review).decline(
        person(), visitor().name, applicant, application, form.reason.data or "", form.note.data or ""
    )
    flash(_("{name} has been told, with the reason and the date.", name=decided.name))
    return redirect(url_for("applications_desk.queue"))


def _page(applicant: str, application: str, approval: NoteForm, refusal: DeclineForm) -> str:
    review = the(Review)
    shown = the(Applications).application(applicant, application)
    return render_template(
        "applications/queue.html",
        waiting=review.waiting(request.args.get("cursor")),
        review=review,
        shown=shown,
        questions=review.questions(shown),
        in_words=in_words,
        approval=approval,
        refusal=refusal,
    )

"""The desk's queue: list left, the person right, the decision under the reasons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.accounts.service import Accounts
from portal.applications.bulk import Bulk
from portal.applications.filing import Filing
from portal.applications.forms import DeclineForm, JoinForm, NoteForm, VoteForm
from portal.applications.moves import Moves
from portal.applications.questionnaire import in_words
from portal.applications.queue import LISTS, Queue
from portal.applications.review import Review
from portal.applications.scoring import marked
from portal.applications.service import Applications
from portal.applications.timing import Timing
from portal.errors import N_, NotFound
from portal.filetypes import served
from portal.here import _, keeps, lang, person, the, visitor

desk = Blueprint("applications_desk", __name__, url_prefix="/portal/desk")


@desk.get("/applications")
@access.to("review")
def queue() -> str:
    """Who is waiting, the oldest first; another list, or what a search found."""
    return render_template("applications/queue.html", **_list(), shown=None)


@desk.get("/applications/<applicant>/<application>")
@access.to("review")
def read(applicant: str, application: str) -> str:
    """One applicant beside the queue."""
    return _page(applicant, application)


@desk.post("/applications/<applicant>/<application>/<any(claim, release, resume, unvote):step>")
@access.to("review")
def step(applicant: str, application: str, step: str) -> Response:
    """Begin to read, give it back, go on reading, take one's judgement back: all of it harmless."""
    review = the(Review)
    steps = {
        "claim": review.claim,
        "release": review.release,
        "resume": review.resume,
        "unvote": review.take_back_vote,
    }
    steps[step](person(), visitor().name, applicant, application)
    return _back(applicant, application)


@desk.post("/applications/<applicant>/<application>/assign")
@access.to("review")
def assign(applicant: str, application: str) -> Response:
    """Give it to somebody."""
    names = dict(the(Queue).reviewers())
    reviewer = request.form.get("reviewer", "")
    if reviewer not in names:
        raise NotFound
    the(Review).assign(person(), visitor().name, applicant, application, reviewer, names[reviewer])
    return _back(applicant, application)


@desk.post("/applications/<applicant>/<application>/<any(ask, interview, say, note):kind>")
@access.to("review")
def talk(applicant: str, application: str, kind: str) -> Response | tuple[str, int]:
    """Ask back, invite to a conversation, write, or note something for the desk alone."""
    form, review = NoteForm(request.form), the(Review)
    if not form.validate():
        return _page(applicant, application, word=form), 422
    who, text, reply = (person(), visitor().name, applicant, application), form.note.data or "", form.reply.data or ""
    if kind == "note":
        review.note(*who, text)
    else:
        {"ask": review.ask, "interview": review.interview, "say": review.say}[kind](*who, text, reply)
    return _back(applicant, application)


@desk.post("/applications/<applicant>/<application>/vote")
@access.to("review")
def vote(applicant: str, application: str) -> Response | tuple[str, int]:
    """A judgement of one's own, with marks by the rubrics."""
    form, review = VoteForm(request.form), the(Review)
    if not form.validate():
        return _page(applicant, application, vote=form), 422
    who = (person(), visitor().name, applicant, application)
    for name in request.form:
        if name.startswith("mark-") and request.form[name].isdecimal() and len(request.form[name]) < 4:  # noqa: PLR2004
            review.mark(*who, name.removeprefix("mark-"), int(request.form[name]))
    review.vote(*who, form.says.data, form.note.data or "", sponsor=form.sponsor.data)  # type: ignore[arg-type]
    return _back(applicant, application)


@desk.post("/applications/<applicant>/<application>/approve")
@access.to("review")
def approve(applicant: str, application: str) -> Response | tuple[str, int]:
    """Let them in."""
    form = NoteForm(request.form)
    if not form.validate():
        return _page(applicant, application, approval=form), 422
    decided = the(Review).approve(
        person(), visitor().name, applicant, application, form.note.data or "", edits=form.seen
    )
    flash(_("{name} is in. The welcome is on its way.", name=decided.name))
    return redirect(url_for("applications_desk.queue", **_where()))


@desk.post("/applications/<applicant>/<application>/decline")
@access.to("review")
def decline(applicant: str, application: str) -> Response | tuple[str, int]:
    """Not this time, with a reason."""
    form = DeclineForm(request.form)
    if not form.validate():
        return _page(applicant, application, refusal=form), 422
    decided = the(Review).decline(
        person(), visitor().name, applicant, application, form.reason.data or "", form.note.data or "", edits=form.seen
    )
    flash(_("{name} has been told, with the reason and the date.", name=decided.name))
    return redirect(url_for("applications_desk.queue", **_where()))


@desk.post("/applications/<applicant>/<application>/<any(waitlist, uphold):verb>")
@access.to("review")
def settle(applicant: str, application: str, verb: str) -> Response | tuple[str, int]:
    """Yes, when there is a place; or: the decision stands."""
    form, review = NoteForm(request.form), the(Review)
    if not form.validate():
        return _page(applicant, application, approval=form), 422
    who = (person(), visitor().name, applicant, application, form.note.data or "")
    decided = review.uphold(*who) if verb == "uphold" else review.waitlist(*who, edits=form.seen)
    upheld, waits = (
        N_("The decision on {name} stands, and they have been told."),
        N_("{name} is on the waitlist, and told."),
    )
    sentence = upheld if verb == "uphold" else waits
    flash(_(sentence, name=decided.name))
    return redirect(url_for("applications_desk.queue", **_where()))


@desk.post("/applications/<applicant>/<application>/offer")
@access.to("review")
def offer(applicant: str, application: str) -> Response:
    """A free place, out of turn."""
    decided = the(Review).offer(the(Timing), person(), visitor().name, applicant, application)
    flash(_("{name} has been offered a place and told until when.", name=decided.name))
    return redirect(url_for("applications_desk.queue", **_where()))


@keeps("applications_desk.talk")
@keeps("applications_desk.vote")
@keeps("applications_desk.approve")
@keeps("applications_desk.decline")
@keeps("applications_desk.settle")
def again(sentence: str) -> str:
    """The page with what was typed, and why it wasn't done."""
    named = request.view_args or {}
    typed = {"word": NoteForm, "vote": VoteForm, "approval": NoteForm, "refusal": DeclineForm}
    places = {"talk": "word", "vote": "vote", "decline": "refusal"}
    place = places.get((request.endpoint or "").rpartition(".")[2], "approval")
    form = typed[place](request.form)
    return _page(named["applicant"], named["application"], **{place: form}, refused=sentence)


@desk.get("/applications/<applicant>/<application>/files/<question>")
@access.to("review")
def file(applicant: str, application: str, question: str) -> Response:
    """A file that an applicant sent; to be saved, never shown here."""
    found = the(Moves).application(applicant, application)
    if question not in found.answers or the(Review).asked(found)[question].kind != "file":
        raise NotFound
    filed = the(Filing).read(str(found.answers[question]))
    if not the(Review).may_see(person(), found):
        filed = filed.nameless()
    return Response(filed.data, headers=served(filed))


@desk.post("/applications/bulk")
@access.to("review")
def bulk() -> str:
    """What the same decision would do to several; or what it did."""
    verb, reason = request.form.get("verb", ""), request.form.get("reason", "")
    chosen, note = request.form.getlist("pick"), request.form.get("note", "")[:1000]
    done = request.form.get("act") == "decide"
    if done:
        effects = the(Bulk).decide(person(), visitor().name, verb, chosen, reason, note)  # type: ignore[arg-type]
    else:
        effects = the(Bulk).preview(person(), verb, chosen, reason)  # type: ignore[arg-type]
    return render_template(
        "applications/bulk.html", effects=effects, verb=verb, reason=reason, note=note, done=done, where=_where()
    )


@desk.get("/questionnaires/<form>")
@access.to("review")
def preview(form: str) -> str:
    """The form as applicants see it; the language is the page's own."""
    shown = JoinForm(the(Applications).asked(form), lang())
    return render_template("applications/preview.html", form=shown, slug=form, filing=the(Filing))


def _list() -> dict[str, Any]:
    """The list on the left: a lane, or what was searched for."""
    queue, where = the(Queue), _where()
    wanted = where.get("q", "")[:100]
    found = [one for one in queue.find(wanted) if the(Review).may_see(person(), one)] if wanted else None
    lane = where.get("lane", "decide")
    waiting = None if wanted else queue.waiting(where.get("cursor"), lane, person(), where.get("only", ""))
    return {
        "people": found if found is not None else waiting.applications if waiting else [],
        "cursor": waiting.cursor if waiting else None,
        "lane": lane,
        "wanted": wanted,
        "only": where.get("only", ""),
        "where": where,
        "queue": queue,
        "review": the(Review),
        "now": queue.now,
        "taken": queue.taken() if lane in ("waitlist", "offered") else {},
    }


def _page(applicant: str, application: str, **forms: Any) -> str:
    queue, review = the(Queue), the(Review)
    found = queue.file(applicant, application)
    asked = review.asked(found.application)
    seen = review.may_see(person(), found.application)
    empty = {"word": NoteForm(), "vote": VoteForm(), "approval": NoteForm(), "refusal": DeclineForm()}
    return render_template(
        "applications/queue.html",
        **_list(),
        shown=found.application,
        found=found,
        earlier=[one for one in found.earlier if review.may_see(person(), one)],
        seen=seen,
        asked=asked,
        marks=marked(asked, found.application.marks) if seen else [],
        questions=[question for question in asked.form if question.slug in found.application.answers],
        in_words=in_words,
        reviewers=[one for one in queue.reviewers() if not review.had_part(one[0], found.application)],
        apart=review.had_part(person(), found.application),
        address_of=the(Accounts).account(applicant).email if seen else "",
        **{**empty, **forms},
    )


def _where() -> dict[str, Any]:
    """Which list, search and page the desk was on."""
    given = {name: request.args.get(name) for name in ("lane", "only", "q", "cursor")}
    known = given["lane"] in LISTS
    return {name: value for name, value in given.items() if value is not None and (known or name != "lane")}


def _back(applicant: str, application: str) -> Response:
    return redirect(url_for("applications_desk.read", applicant=applicant, application=application, **_where()))

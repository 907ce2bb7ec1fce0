"""Open cases, and the community's list of words."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.cases.forms import SettleForm, SwitchForm, WordForm, WordsForm
from portal.cases.listing import Words
from portal.cases.model import SEVERITY_NAMES, Case, Fault, History, outcome_name
from portal.cases.service import Cases
from portal.charter.schema import Charter
from portal.here import _, keeps, lang, person, the, visitor

desk = Blueprint("cases_desk", __name__, url_prefix="/portal/desk")


@desk.get("/cases")
@access.to("words")
def waiting() -> str:
    """Open cases, the oldest first."""
    return _cases(None, SettleForm())


@desk.get("/cases/<subject>/<case>")
@access.to("words")
def read(subject: str, case: str) -> str:
    """One case beside the queue."""
    return _cases(the(Cases).case(subject, case), SettleForm())


@desk.post("/cases/<subject>/<case>/<any(handled, false):end>")
@access.to("words")
def settle(subject: str, case: str, end: str) -> Response | tuple[str, int]:
    """Somebody has looked."""
    form = SettleForm(request.form)
    found = the(Cases).case(subject, case)
    if not form.validate():
        return _cases(found, form), 422
    outcome = the(Cases).settle(
        person(), visitor().name, found, "handled" if end == "handled" else "false-positive", form.note.data or ""
    )
    if outcome.status == "handled":
        flash(_("Settled."))
    else:
        flash(_("Settled as a false alarm. It counts against the words that made it."))
    return redirect(url_for("cases_desk.waiting"))


@desk.get("/words")
@access.to("words")
def words() -> str:
    """The words that are on, and an empty form for more."""
    return _words(WordsForm(), [])


@desk.post("/words/try")
@access.to("words")
def try_out() -> str | tuple[str, int]:
    """What a list would have found; switches nothing on."""
    form = WordsForm(request.form)
    proposal = the(Words).read(form.list.data or "")
    if not form.validate() or proposal.faults:
        return _words(form, proposal.faults), 422
    trial = the(Words).tried(proposal.words, the(History))
    return render_template("cases/trial.html", trial=trial, form=form, v=proposal.v, severities=SEVERITY_NAMES)


@desk.post("/words")
@access.to("words")
def switch_on() -> Response:
    """A list that was tried joins the desk's."""
    form = SwitchForm(request.form)
    if not form.validate():
        raise BadRequest
    number = the(Words).switch_on(person(), visitor().name, form.list.data or "", form.v.data or 0)
    flash(_("Switched on: {n}. What is written from now on is read for it.", n=number))
    return redirect(url_for("cases_desk.words"))


@keeps("cases_desk.switch_on")
def switch_on_again(sentence: str) -> str:
    """The form with what was typed, beside the list as it stands now."""
    form = WordsForm(request.form)
    return _words(form, the(Words).read(form.list.data or "").faults, refusal=sentence)


@desk.post("/words/remove")
@access.to("words")
def remove() -> Response:
    """A word of the desk's is looked for no more."""
    form = WordForm(request.form)
    if not form.validate():
        raise BadRequest
    the(Words).take_off(person(), visitor().name, form.word.data or "")
    flash(_("“{word}” is off the list.", word=form.word.data))
    return redirect(url_for("cases_desk.words"))


def _words(form: WordsForm, faults: list[Fault], refusal: str = "") -> str:
    return render_template(
        "cases/words.html",
        listed=the(Words).all(),
        form=form,
        faults=faults,
        refusal=refusal,
        severities=SEVERITY_NAMES,
    )


def _cases(shown: Case | None, form: SettleForm) -> str:
    return render_template(
        "cases/waiting.html",
        waiting=the(Cases).waiting(request.args.get("cursor")),
        shown=shown,
        form=form,
        severities=SEVERITY_NAMES,
        outcome_name=outcome_name,
        part_name=_part_name,
    )


def _part_name(slug: str) -> str:
    """The question of that slug as the charter asks it now, or the slug of one that it asked once."""
    asked = (question for form in the(Charter).questionnaires.values() for question in form.question)
    return next((question.ask[lang()] for question in asked if question.slug == slug), slug)

"""Members answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import access
from portal.applications.forms import JoinForm, typed
from portal.here import _, keeps, lang, person, the
from portal.members.service import Members
from portal.surveys.service import Surveys

pages = Blueprint("surveys", __name__, url_prefix="/portal/surveys")


@pages.get("")
@access.to("member")
def listing() -> str:
    """What one is asked, and what one has answered."""
    surveys = the(Surveys)
    asked = surveys.asked_of(the(Members).standing(person()).profile)
    sheets = {slug: surveys.sheet(person(), slug) for slug in asked}
    return render_template("surveys/listing.html", asked=asked, sheets=sheets)


@pages.get("/<survey>")
@access.to("member")
def show(survey: str) -> str:
    """The survey, with what was answered before."""
    sheet = the(Surveys).sheet(person(), survey)
    return _page(survey, MultiDict(typed(sheet.answers)) if sheet else None, sheet=sheet)


@pages.post("/<survey>")
@access.to("member")
def answer(survey: str) -> Response | tuple[str, int]:
    """Answer, or answer anew."""
    form = _form(survey, request.form)
    if not form.validate():
        return _page(survey, request.form, form=form), 422
    the(Surveys).answer(person(), survey, form.answers)
    flash(_("Thank you. You can change your answers as long as the survey runs."))
    return redirect(url_for("surveys.listing"))


@keeps("surveys.answer")
def again(sentence: str) -> str:
    """The survey as it was filled in, and why it wasn't taken."""
    return _page(str((request.view_args or {})["survey"]), request.form, refusal=sentence)


def _page(survey: str, formdata: Any, **more: Any) -> str:
    return render_template("surveys/survey.html", slug=survey, **{"form": _form(survey, formdata), **more})


def _form(survey: str, formdata: Any) -> JoinForm:
    return JoinForm(the(Surveys).survey(survey), lang(), formdata, address_known=True)

"""What came of a survey."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from portal import access
from portal.applications.questionnaire import in_words
from portal.here import the
from portal.members.service import Members
from portal.surveys.service import Surveys

desk = Blueprint("surveys_desk", __name__, url_prefix="/portal/desk/surveys")


@desk.get("")
@access.to("members")
def listing() -> str:
    """Every survey, and how many have answered."""
    surveys = the(Surveys)
    running = surveys.running()
    return render_template(
        "surveys/running.html", running=running, answered={slug: surveys.counts(slug)[0] for slug in running}
    )


@desk.get("/<survey>")
@access.to("members")
def results(survey: str) -> str:
    """How often each answer was given, and what was written."""
    surveys = the(Surveys)
    sheets, counts = surveys.counts(survey)
    answered = surveys.answered(survey, request.args.get("cursor"))
    names = {profile.id: profile.name for profile in the(Members).profiles([one.member for one in answered.sheets])}
    return render_template(
        "surveys/results.html",
        slug=survey,
        asked=surveys.survey(survey),
        sheets=sheets,
        counts=counts,
        answered=answered,
        names=names,
        in_words=in_words,
    )

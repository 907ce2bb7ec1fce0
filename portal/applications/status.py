"""The private page: where an application stands, and what its owner can do about it. The link is the key to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import access
from portal.accounts.service import Accounts
from portal.applications.filing import Filing
from portal.applications.following import Following
from portal.applications.forms import JoinForm, WordForm, typed
from portal.applications.model import Application
from portal.applications.moves import Moves
from portal.applications.pace import Pace
from portal.applications.questionnaire import in_words
from portal.applications.review import Review
from portal.applications.service import Applications, Frozen
from portal.here import _, keeps, lang, the, visitor

#: How much may be written from one place in an hour.
WORDS_AN_HOUR = 60

pages = Blueprint("status", __name__, url_prefix="/portal/status/<token>")


@pages.get("")
@access.to("anyone")
def show(token: str) -> Response:
    """Where the application stands; whoever has the link may read it, and nobody else learns of it."""
    return _page(token, WordForm(), new=request.args.get("new"))


@pages.get("/answers")
@access.to("anyone")
def answers(token: str) -> Response:
    """The answers, to be changed as long as nobody has begun to read."""
    application = the(Moves).by_token(token)
    if application.status != "submitted":
        raise Frozen
    return _private(_edit_page(token, _edited(application, MultiDict(typed(application.answers)))))


@pages.post("/answers")
@access.to("anyone")
def edit(token: str) -> WerkzeugResponse | tuple[Response, int]:
    """Other answers."""
    application = the(Moves).by_token(token)
    form = _edited(application, request.form)
    if not form.validate():
        return _private(_edit_page(token, form)), 422
    the(Applications).edit(application, form.answers)
    flash(_("Your answers are changed."))
    return redirect(url_for("status.show", token=token))


@keeps("status.edit")
def edit_again(sentence: str) -> str:
    """The answers as they were typed, and why they weren't taken."""
    token = str((request.view_args or {})["token"])
    return _edit_page(token, _edited(the(Moves).by_token(token), request.form), refusal=sentence)


@pages.post("/answer")
@access.to("anyone")
def answer(token: str) -> WerkzeugResponse | tuple[Response, int]:
    """A word to the desk."""
    the(Accounts).throttle("word", visitor().address, WORDS_AN_HOUR)
    form, application = WordForm(request.form), the(Moves).by_token(token)
    if not form.validate():
        return _page(token, form), 422
    the(Following).answer(application.person, application.id, form.text.data or "")
    flash(_("Your answer is with those who decide."))
    return redirect(url_for("status.show", token=token))


@pages.post("/appeal")
@access.to("anyone")
def appeal(token: str) -> WerkzeugResponse | tuple[Response, int]:
    """Somebody else shall decide."""
    form, application = WordForm(request.form), the(Moves).by_token(token)
    if not form.validate():
        return _page(token, form), 422
    the(Following).appeal(application.person, application.id, form.text.data or "")
    flash(_("Your appeal is with somebody who did not decide before."))
    return redirect(url_for("status.show", token=token))


@keeps("status.answer")
@keeps("status.appeal")
def word_again(sentence: str) -> str:
    """The page with what was typed, and why it wasn't taken."""
    return _shown(str((request.view_args or {})["token"]), WordForm(request.form), refusal=sentence)


@pages.post("/<any(withdraw, accept, interested):step>")
@access.to("anyone")
def take(token: str, step: str) -> WerkzeugResponse:
    """Withdraw (or turn an offer down), accept an offer, or say that one still waits."""
    following, application = the(Following), the(Moves).by_token(token)
    steps = {
        "withdraw": following.withdraw,
        "accept": following.accept,
        "interested": following.still_interested,
    }
    steps[step](application.person, application.id)
    return redirect(url_for("status.show", token=token))


def _page(token: str, word: WordForm, **more: Any) -> Response:
    return _private(_shown(token, word, **more))


def _shown(token: str, word: WordForm, **more: Any) -> str:
    application, following = the(Moves).by_token(token), the(Following)
    return render_template(
        "applications/status.html",
        application=application,
        questions=the(Review).asked(application),
        in_words=in_words,
        moments=following.moments(application),
        line=following.line(application) if application.status == "waitlisted" else 0,
        pace=the(Pace).estimate() if application.ours else None,
        token=token,
        word=word,
        now=the(Moves).now,
        today=the(Moves).today,
        **more,
    )


def _edit_page(token: str, form: JoinForm, **more: Any) -> str:
    return render_template("applications/edit.html", form=form, token=token, filing=the(Filing), **more)


def _edited(application: Application, formdata: Any) -> JoinForm:
    """The questionnaire that was answered, in its own version; address and files stay as they were sent."""
    asked = the(Review).asked(application)
    return JoinForm(asked, lang(), formdata, address_known=True, files=False)


def _private(page: str) -> Response:
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response

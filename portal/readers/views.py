"""A word about a page of the public site, and the count of its readers."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Redirect

from portal import access
from portal.accounts.service import Accounts
from portal.here import _, keeps, the, visitor
from portal.readers.forms import CountForm, WordForm
from portal.readers.model import Said
from portal.readers.service import Readers
from portal.tokens import Ids

pages = Blueprint("readers", __name__, url_prefix="/portal")
WORDS_AN_HOUR = 20


@pages.post("/api/v1/read")
@access.to("anyone")
def read() -> Response:
    """A page of the site was read, or was of help. Nothing is kept about who reads, and no cookie is set."""
    form = CountForm(request.form)
    if not form.validate():
        raise BadRequest
    the(Readers).count(form.page.data or "", "yes" if form.said.data == "yes" else "read")
    return Response(status=204)


@pages.get("/word")
@access.to("anyone")
def word() -> str:
    """The form for a word about a page."""
    the(Readers).require(request.args.get("page", ""))
    return _form(WordForm(request.args))


@pages.post("/word")
@access.to("anyone")
def leave() -> Redirect | tuple[str, int]:
    """A word, or a yes or a no alone."""
    form, readers = WordForm(request.form), the(Readers)
    page, text = form.page.data or "", form.text.data
    helpful: Said | None = {"yes": "yes", "no": "no"}.get(form.helpful.data or "")  # type: ignore[assignment]
    readers.require(page)
    if (text or not helpful) and not form.validate():
        return _form(form), 422
    the(Accounts).throttle("reader", visitor().address, WORDS_AN_HOUR)
    if text:
        readers.leave(form.id.data or "", page, text, helpful)
    elif helpful:
        readers.count(page, helpful)
    flash(_("Noted, without your name. Thank you."))
    return redirect(url_for("readers.thanks", page=page))


@keeps("readers.leave")
def leave_again(sentence: str) -> str:
    """The form with what was typed, and why it wasn't taken; raises NoSuchPage."""
    form = WordForm(request.form)
    the(Readers).require(form.page.data or "")
    return _form(form, refusal=sentence)


@pages.get("/word/thanks")
@access.to("anyone")
def thanks() -> str:
    """The way back to the page."""
    page = request.args.get("page", "")
    the(Readers).require(page)
    return render_template("readers/thanks.html", page=page)


def _form(form: WordForm, refusal: str = "") -> str:
    form.id.data = form.id.data or the(Ids).new()
    return render_template("readers/word.html", form=form, refusal=refusal)

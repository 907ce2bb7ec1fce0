"""What readers say of the public site, and what they read."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.here import _, person, the, visitor
from portal.readers.service import Readers

desk = Blueprint("readers_desk", __name__, url_prefix="/portal/desk/readers")


@desk.get("")
@access.to("site")
def overview() -> str:
    """Words that wait, and the month's pages."""
    words, cursor = the(Readers).waiting(request.args.get("cursor"))
    return render_template("readers/overview.html", words=words, cursor=cursor, figures=the(Readers).figures())


@desk.post("/<word>/done")
@access.to("site")
def settle(word: str) -> Response:
    """Somebody has seen to a word."""
    the(Readers).settle(person(), visitor().name, word)
    flash(_("Seen to."))
    return redirect(url_for("readers_desk.overview"))

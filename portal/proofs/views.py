"""The statement with its proof, as a page and as files, and the page on which anybody checks a proof."""

from __future__ import annotations

import html
from functools import partial

import msgspec
from flask import Blueprint, Response, get_template_attribute, render_template, request, stream_with_context

from portal import access
from portal.charter.schema import Charter
from portal.here import _, keeps, person, the
from portal.members.service import Members
from portal.points.model import Entry
from portal.points.service import Points
from portal.proofs import checking, sheet
from portal.proofs.model import Proof
from portal.proofs.service import NoProofYet, Proofs, Standing
from portal.proofs.statements import SORTS, Statements, asked, open_lots

pages = Blueprint("proofs", __name__, url_prefix="/portal")


@pages.get("/points")
@access.to("member")
def points() -> str:
    """The whole statement, a page at a time, with what it rests on."""
    standing = the(Members).standing(person())
    proven = _proven()
    wanted = asked(request.args.get("month", ""), request.args.get("kind", ""))
    return render_template(
        "proofs/points.html",
        standing=standing,
        statement=the(Statements).page(standing.purse, wanted, request.args.get("cursor")),
        months=the(Statements).months(standing.purse, standing.profile.joined, the(Members).today),
        sorts=SORTS,
        wanted=wanted,
        rises=the(Members).rises(person()),
        lots=open_lots(standing.purse, the(Members).today),
        promises=the(Points).promises(person()) if standing.purse.pending else [],
        proven=proven,
        written=written(proven.proof) if proven else "",
    )


def _proven() -> Standing | None:
    try:
        return the(Proofs).of_member(person())
    except NoProofYet:
        return None


@pages.get("/points.csv")
@access.to("member")
def table() -> Response:
    """Every entry, or those of a month, as a file; sent while it is read, so that a long ledger fits."""
    purse = the(Points).purse(person())
    entries = the(Statements).all(purse, asked(request.args.get("month", ""), "").month)
    headers = [_(name) for name in sheet.HEADERS]
    told = partial(_told, get_template_attribute("parts.html", "title"), get_template_attribute("parts.html", "why"))
    body = sheet.lines(entries, headers, told, the(Charter).community)
    named = {"Content-Disposition": f"attachment; filename=points-{the(Members).today}.csv"}
    return Response(stream_with_context(body), mimetype="text/csv", headers=named)


def _told(title: object, why: object, entry: Entry) -> tuple[str, str]:
    what, reason = (" ".join(html.unescape(str(macro(entry))).split()) for macro in (title, why))  # type: ignore[operator]
    return what, reason


@pages.get("/points/proof.json")
@access.to("member")
def proof() -> Response:
    """The member's proof, to keep, to give away, to check without us."""
    found = the(Proofs).of_member(person()).proof
    named = {"Content-Disposition": f"attachment; filename=proof-{found.record['day']}.json"}
    return Response(written(found), mimetype="application/json", headers=named)


def written(found: Proof) -> str:
    """A proof as the file has it."""
    return msgspec.json.format(msgspec.json.encode(found.written()), indent=1).decode()


@pages.get("/proofs")
@access.to("anyone")
def roots() -> str:
    """The published roots, and a form for a proof."""
    return _roots_page()


@pages.post("/proofs")
@access.to("anyone")
def check() -> str:
    """What comes of a proof, step by step. Nothing is kept."""
    typed = request.form.get("proof", "")
    brought = checking.read(typed)
    result = the(Proofs).check(brought)
    return _roots_page(typed=typed, result=result)


@keeps("proofs.check")
def _refused(sentence: str) -> str:
    return _roots_page(typed=request.form.get("proof", ""), fault=sentence)


def _roots_page(typed: str = "", fault: str = "", result: checking.Result | None = None) -> str:
    listed = the(Proofs).listed(request.args.get("cursor"))
    return render_template("proofs/check.html", listed=listed, typed=typed, fault=fault, result=result)

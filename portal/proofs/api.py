"""What programs ask of the ledger: its published records, and its books as the public site shows them."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, request

from portal import access
from portal.here import the
from portal.proofs.books import Ledger
from portal.proofs.service import Proofs

api = Blueprint("ledger", __name__, url_prefix="/portal/api/v1")
PUBLIC = {"Cache-Control": "public, max-age=300"}


@api.get("/roots")
@access.to("anyone")
def roots() -> Response:
    """The published records, the latest first; `cursor` asks for those before. The same for everybody."""
    listed = the(Proofs).listed(request.args.get("cursor"))
    told = {"roots": [record.published() for record in listed.roots], "cursor": listed.cursor}
    return Response(msgspec.json.encode(told), mimetype="application/json", headers=PUBLIC)


@api.get("/ledger")
@access.to("anyone")
def books() -> Response:
    """The books as of the last closed day, or null; the same for everybody, and good for five minutes."""
    return Response(msgspec.json.encode(the(Ledger).books()), mimetype="application/json", headers=PUBLIC)

"""What programs ask of the door: the public site's pages refresh their numbers with it."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from portal import access
from portal.applications.door import Door
from portal.here import the

api = Blueprint("door", __name__, url_prefix="/portal/api/v1")


@api.get("/door")
@access.to("anyone")
def glance() -> Response:
    """Places left and the pace of decisions; the same for everybody, and good for five minutes."""
    body = msgspec.json.encode(the(Door).glance())
    return Response(body, mimetype="application/json", headers={"Cache-Control": "public, max-age=300"})

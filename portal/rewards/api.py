"""What programs ask of the rewards: the public site's page refreshes its catalogue with it, and shows its pictures."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from portal import access
from portal.here import the
from portal.rewards.pictures import Pictures
from portal.rewards.showcase import Showcase

api = Blueprint("showcase", __name__, url_prefix="/portal")


@api.get("/api/v1/rewards")
@access.to("anyone")
def catalogue() -> Response:
    """What is offered and how many are left; the same for everybody, and good for a minute."""
    body = msgspec.json.encode(the(Showcase).catalogue())
    return Response(body, mimetype="application/json", headers={"Cache-Control": "public, max-age=60"})


@api.get("/rewards/pictures/<name>")
@access.to("anyone")
def picture(name: str) -> Response:
    """A picture of a reward: named by its content, so that it may be kept for ever; powerless, whatever it is."""
    found = the(Pictures).read(name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.data, mimetype=found.mime, headers=headers)

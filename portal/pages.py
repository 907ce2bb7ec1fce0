"""The pages that exist, the files they use, and the sentences of refusals that no slice owns."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response

from portal import access
from portal.accounts import views as accounts
from portal.applications import desk as applications_desk
from portal.applications import invitations, status
from portal.applications import views as applications
from portal.applications.api import api as door
from portal.audit import desk as audit_desk
from portal.cases import desk as cases_desk
from portal.checkin import views as checkin
from portal.defence import POLICY
from portal.economy import desk as economy_desk
from portal.errors import N_, Forbidden, PortalError
from portal.health import health
from portal.members import desk as members_desk
from portal.members import views as members
from portal.packets import desk as packets_desk
from portal.packets import views as packets
from portal.proofs import views as proofs
from portal.proofs.api import api as ledger
from portal.readers import desk as readers_desk
from portal.readers import views as readers
from portal.rewards import desk as rewards_desk
from portal.rewards import shelving
from portal.rewards import views as rewards
from portal.rewards.api import api as showcase
from portal.surveys import desk as surveys_desk
from portal.surveys import views as surveys

#: Endpoints that are the same for everybody: nobody needs to be recognised for them.
UNRECOGNISED = frozenset(
    {
        "health.healthz",
        "door.glance",
        "ledger.roots",
        "ledger.books",
        "showcase.catalogue",
        "showcase.picture",
        "readers.read",
    }
)

HTTP_SENTENCES = {
    400: N_("This request can't be understood. Please go back and try again."),
    404: N_("There is nothing at this address."),
    405: N_("This address can't be used in that way. Please go back and use the page's own buttons."),
    413: N_("That is more than this form takes. Please shorten your answers; nothing was saved."),
    429: N_("That was asked too often. Please wait an hour; messages already sent keep working."),
    500: N_("Something went wrong on our side. Nothing was half done: please try again, or tell us."),
}


class MembersOnly(PortalError):
    """The person is signed in and not a member."""

    status = 403
    sentence = N_("This page is for members. Your application decides, and you can start it any time.")


def blueprints() -> list[Blueprint]:
    """Every blueprint of the portal."""
    return [
        health, accounts.pages, applications.pages, status.pages, invitations.pages, door, members.pages, checkin.pages,
        rewards.pages, surveys.pages, applications_desk.desk, cases_desk.desk, members_desk.desk, rewards_desk.desk,
        shelving.desk, showcase, economy_desk.desk, surveys_desk.desk, audit_desk.desk, packets.pages,
        packets_desk.desk, proofs.pages, ledger, readers.pages, readers_desk.desk,
    ]  # fmt: skip


class RolesRest(PortalError):
    """An operator who is suspended is no operator until it ends."""

    status = 403
    sentence = N_("Roles rest while a membership is suspended.")


def refusal_of(rule: access.Rule, standing: str | None) -> PortalError:
    """What it means that a signed-in person of that standing may not use a view of that rule."""
    if rule == "member":
        return MembersOnly()
    return RolesRest() if standing == "suspended" else Forbidden()


class Assets:
    """Addresses of our files by name, with the hash of their content once the site is built."""

    def __init__(self, build: Path) -> None:
        listed = build / "assets.json"
        self._urls: dict[str, str] = json.loads(listed.read_text("utf-8")) if listed.is_file() else {}

    def __call__(self, name: str) -> str:
        return self._urls.get(name, f"/assets/t/{name}")


def site_policy(build: Path) -> str:
    """The public site's policy: the portal's, and the hashes of the site's own inline scripts."""
    listed = build / "csp.json"
    hashes = json.loads(listed.read_text("utf-8"))["script"] if listed.is_file() else []
    return "; ".join((POLICY, " ".join(("script-src 'self'", *hashes))))


def site_not_found(build: Path, path: str) -> Response:
    """The public site's own page for an address that leads nowhere, in the language of the address."""
    page = build / "site" / ("zh" if path.startswith("/zh/") else "") / "404.html"
    body = page.read_text("utf-8") if page.is_file() else HTTP_SENTENCES[404]
    response = Response(body, status=404, mimetype="text/html" if page.is_file() else "text/plain")
    response.headers["Content-Security-Policy"] = site_policy(build)
    return response

"""The catalogue, redeeming, and a member's redemptions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.here import _, person, the
from portal.members.service import Members
from portal.rewards.closing import STATUS_NAMES, Redemptions
from portal.rewards.forms import RedeemForm
from portal.rewards.service import Rewards
from portal.tokens import Ids

pages = Blueprint("rewards", __name__, url_prefix="/portal/rewards")


@pages.get("")
@access.to("member")
def catalogue() -> str:
    """What points buy, and what was asked for."""
    rewards, standing = the(Rewards), the(Members).standing(person())
    return render_template(
        "rewards/catalogue.html",
        offers=rewards.catalogue(standing),
        redemptions=rewards.of_member(person()),
        standing=standing,
        statuses=STATUS_NAMES,
        fresh=the(Ids).new,
    )


@pages.post("/<slug>/redeem")
@access.to("member")
def redeem(slug: str) -> Response:
    """Ask for a reward; a repeat of the same press finds the first one's page."""
    form = RedeemForm(request.form)
    if not form.validate():
        raise BadRequest
    redemption = the(Rewards).redeem(person(), slug, form.id.data or "", form.price.data or 0)
    return redirect(url_for("rewards.redemption", redemption=redemption.id))


@pages.get("/redemptions/<redemption>")
@access.to("member")
def redemption(redemption: str) -> str:
    """One redemption with its timeline."""
    return render_template(
        "rewards/redemption.html",
        redemption=the(Rewards).redemption(person(), redemption),
        lost=the(Redemptions).lost_by_cancelling(person(), redemption),
        statuses=STATUS_NAMES,
    )


@pages.post("/redemptions/<redemption>/cancel")
@access.to("member")
def cancel(redemption: str) -> Response:
    """Think better of it."""
    lost = the(Redemptions).lost_by_cancelling(person(), redemption)
    cancelled = the(Redemptions).cancel(person(), redemption)
    flash(_("Cancelled. {n} points came back.", n=cancelled.price - lost))
    return redirect(url_for("rewards.redemption", redemption=redemption))

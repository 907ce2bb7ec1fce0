"""The catalogue, redeeming, and a member's redemptions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.here import _, keeps, person, the
from portal.members.service import Members
from portal.rewards.closing import Redemptions
from portal.rewards.forms import AddressForm, RedeemForm
from portal.rewards.model import KIND_NAMES, STATUS_NAMES
from portal.rewards.queue import Backlog
from portal.rewards.service import Rewards
from portal.rewards.shipping import Shipping
from portal.tokens import Ids

pages = Blueprint("rewards", __name__, url_prefix="/portal/rewards")


@pages.get("")
@access.to("member")
def catalogue() -> str:
    """What points buy, and what was asked for."""
    return _catalogue()


@keeps("rewards.redeem")
def redeem_again(sentence: str) -> str:
    """The catalogue as it stands now, and why nothing was taken."""
    return _catalogue(sentence)


def _catalogue(refused: str = "") -> str:
    rewards, standing = the(Rewards), the(Members).standing(person())
    return render_template(
        "rewards/catalogue.html",
        offers=rewards.catalogue(standing),
        redemptions=rewards.of_member(person()),
        standing=standing,
        statuses=STATUS_NAMES,
        kinds=KIND_NAMES,
        fresh=the(Ids).new,
        refused=refused,
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
    """One redemption with its timeline, and what its member can do about it."""
    return _page(redemption, AddressForm())


@pages.post("/redemptions/<redemption>/cancel")
@access.to("member")
def cancel(redemption: str) -> Response:
    """Think better of it."""
    lost = the(Redemptions).lost_by_cancelling(person(), redemption)
    cancelled = the(Redemptions).cancel(person(), redemption)
    flash(_("Cancelled. {n} points came back.", n=cancelled.price - lost))
    return redirect(url_for("rewards.redemption", redemption=redemption))


@pages.post("/redemptions/<redemption>/address")
@access.to("member")
def address(redemption: str) -> Response | tuple[str, int]:
    """Where to send it."""
    form = AddressForm(request.form)
    if not form.validate():
        return _page(redemption, form), 422
    the(Shipping).address(person(), redemption, form.lines.data or "")
    flash(_("Thank you. Only those who send it see the address, and it is erased afterwards."))
    return redirect(url_for("rewards.redemption", redemption=redemption))


@pages.post("/redemptions/<redemption>/code")
@access.to("member")
def code(redemption: str) -> Response:
    """Show the code, and note that it was shown."""
    the(Shipping).show(person(), redemption)
    return redirect(url_for("rewards.redemption", redemption=redemption, _anchor="code"))


@pages.post("/redemptions/<redemption>/received")
@access.to("member")
def received(redemption: str) -> Response:
    """It arrived."""
    the(Shipping).received(person(), redemption)
    flash(_("Good to know. That completes it."))
    return redirect(url_for("rewards.redemption", redemption=redemption))


@keeps("rewards.cancel")
@keeps("rewards.address")
@keeps("rewards.code")
@keeps("rewards.received")
def again(sentence: str) -> str:
    """The page as it stands now with what was typed, and why it wasn't done."""
    return _page((request.view_args or {})["redemption"], AddressForm(request.form), refused=sentence)


def _page(redemption: str, form: AddressForm, refused: str = "") -> str:
    found = the(Rewards).redemption(person(), redemption)
    shipping, redemptions = the(Shipping), the(Redemptions)
    kept = shipping.address_of(found)
    if not form.lines.data and kept:
        form.lines.data = kept
    return render_template(
        "rewards/redemption.html",
        redemption=found,
        lost=redemptions.lost_by_cancelling(person(), redemption),
        cancels=redemptions.cancels_left(found) if found.open else 0,
        late=shipping.late(found),
        promised=the(Backlog).promised(found),
        expires=shipping.expires(found),
        code=shipping.code_of(found),
        form=form,
        refused=refused,
        statuses=STATUS_NAMES,
    )

"""Red packets in the community's name, out of a budget of their own."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.here import keeps, person, the, visitor
from portal.packets.forms import GiveForm
from portal.packets.giving import Giving
from portal.packets.service import Packets
from portal.packets.views import sealed, wish
from portal.tokens import fresh

desk = Blueprint("packets_desk", __name__, url_prefix="/portal/desk/packets")


@desk.get("")
@access.to("rewards")
def programme() -> str:
    """What the budget still holds, what is open, and an empty form."""
    form = the(Giving).form(person())
    return _page(GiveForm(form=form.token, seal=form.seal, client_seed=fresh()[:16]), untouched=True)


@desk.post("")
@access.to("rewards")
def give() -> Response | tuple[str, int]:
    """Give one to everybody."""
    form = GiveForm(request.form)
    if not form.validate():
        return _page(form), 422
    made = the(Giving).give_from_programme(person(), visitor().name, wish(form))
    return redirect(url_for("packets.show", packet=made.id))


@keeps("packets_desk.give")
def give_again(sentence: str) -> str:
    """The form with what was typed, and why it wasn't taken."""
    return _page(GiveForm(request.form), refusal=sentence)


def _page(form: GiveForm, **more: object) -> str:
    giving = the(Giving)
    return render_template(
        "packets/programme.html",
        form=sealed(form),
        policy=giving.policy,
        left=giving.budget_left(),
        packets=the(Packets).given_by_programme(),
        **more,
    )

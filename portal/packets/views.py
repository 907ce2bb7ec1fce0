"""Red packets for members: those that wait, giving one, and the one page where it is opened."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import access
from portal.errors import PortalError
from portal.here import _, keeps, person, the
from portal.members.service import Members
from portal.members.standing import Standing
from portal.packets.drawing import VERSION
from portal.packets.forms import GiveForm
from portal.packets.giving import Giving, Wish
from portal.packets.model import BeingOpened, Split
from portal.packets.service import Packets
from portal.points.model import Month
from portal.tokens import fresh

pages = Blueprint("packets", __name__, url_prefix="/portal/packets")


@pages.get("")
@access.to("member")
def listing() -> str:
    """What waits, what was given, what was got."""
    return render_template(
        "packets/listing.html", mine=the(Packets).mine(person()), refusal=refusal(the(Members).standing(person()))
    )


@pages.get("/new")
@access.to("member")
def new() -> str:
    """An empty form with a seal of its own."""
    form = the(Giving).form(person())
    return _form(GiveForm(form=form.token, seal=form.seal, client_seed=fresh()[:16]), untouched=True)


@pages.post("")
@access.to("member")
def give() -> Response | tuple[str, int]:
    """Give; a repeat of the same form finds the first one's packet."""
    form = GiveForm(request.form)
    if not form.validate():
        return _form(form), 422
    return redirect(url_for("packets.show", packet=the(Giving).give(person(), wish(form)).id))


@keeps("packets.give")
def give_again(sentence: str) -> str:
    """The form with what was typed, and why it wasn't taken."""
    return _form(GiveForm(request.form), refusal=sentence)


@pages.get("/<packet>")
@access.to("member")
def show(packet: str) -> str:
    """One packet, closed or opened."""
    return _packet(packet)


@pages.post("/<packet>/open")
@access.to("member")
def unseal(packet: str) -> Response:
    """Open it; a second tap sees what the first one got."""
    try:
        the(Packets).open(person(), packet)
    except BeingOpened as other:
        flash(_(other.sentence))
    return redirect(url_for("packets.show", packet=packet))


@keeps("packets.unseal")
def too_late(sentence: str) -> str:
    """The packet, and why there is nothing in it for this member."""
    return _packet(str((request.view_args or {})["packet"]), told_why=sentence)


def wish(form: GiveForm) -> Wish:
    """What a valid form asks for."""
    return Wish(
        form=form.form.data or "",
        seal=form.seal.data or "",
        points=form.points.data or 0,
        shares=form.shares.data or 0,
        split=cast("Split", form.split.data),
        client_seed=form.client_seed.data or "",
        blessing=form.blessing.data or "",
        tier=form.tier.data or None,
        lapses=form.lapses.data,
    )


def sealed(form: GiveForm) -> GiveForm:
    """The form with what was typed; with a new seal, if its own isn't ours."""
    if not the(Giving).ours(person(), form.form.data or "", form.seal.data or ""):
        another = the(Giving).form(person())
        form.form.data, form.seal.data = another.token, another.seal
    return form


def refusal(standing: Standing) -> PortalError | None:
    """What giving would meet, whatever is asked for."""
    try:
        the(Giving).may_give(standing)
    except PortalError as met:
        return met
    return None


def _form(form: GiveForm, **more: object) -> str:
    standing = the(Members).standing(person())
    lapses = the(Giving).lapses(standing)
    form.lapses.data = lapses
    return render_template(
        "packets/new.html",
        form=sealed(form),
        standing=standing,
        policy=the(Giving).policy,
        lapses=lapses,
        barred=refusal(standing),
        **more,
    )


def _packet(packet: str, **more: object) -> str:
    seen = the(Packets).see(person(), packet)
    lapses = seen.packet.lapses
    return render_template(
        "packets/packet.html",
        seen=seen,
        lapse_day=Month(lapses).last_day() if lapses else None,
        version=VERSION,
        **more,
    )

"""Redemptions that wait, and the shelf."""

from __future__ import annotations

import re

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.here import _, keeps, person, the, visitor
from portal.language import Text
from portal.rewards.closing import STATUS_NAMES, Redemptions
from portal.rewards.forms import NewRewardForm, NoteForm, RestockForm, RewardForm
from portal.rewards.model import Reward
from portal.rewards.service import Rewards
from portal.rewards.shelf import Shelf, SlugTaken
from portal.tokens import Ids

desk = Blueprint("rewards_desk", __name__, url_prefix="/portal/desk")


@desk.get("/redemptions")
@access.to("fulfil")
def waiting() -> str:
    """What waits for the desk, the oldest first."""
    return render_template(
        "rewards/waiting.html", waiting=the(Redemptions).waiting(request.args.get("cursor")), shown=None
    )


@desk.get("/redemptions/<member>/<redemption>")
@access.to("fulfil")
def read(member: str, redemption: str) -> str:
    """One redemption beside the queue."""
    return _page(member, redemption, NoteForm())


@desk.post("/redemptions/<member>/<redemption>/<any(fulfil, decline):end>")
@access.to("fulfil")
def close(member: str, redemption: str, end: str) -> Response | tuple[str, int]:
    """Hand it over, or say that it can't be had."""
    form = NoteForm(request.form)
    if not form.validate():
        return _page(member, redemption, form), 422
    redemptions = the(Redemptions)
    story = redemptions.fulfil if end == "fulfil" else redemptions.decline
    closed = story(person(), visitor().name, member, redemption, form.note.data or "")
    if end == "fulfil":
        flash(_("Fulfilled. {name} has been told.", name=closed.member_name))
    else:
        flash(_("Declined. {name} has been told and has the points back.", name=closed.member_name))
    return redirect(url_for("rewards_desk.waiting"))


@desk.get("/rewards")
@access.to("rewards")
def shelf() -> str:
    """Every reward with its stock, and an empty form for the next."""
    return _shelf(NewRewardForm())


@desk.post("/rewards")
@access.to("rewards")
def create() -> Response | tuple[str, int]:
    """Put a reward on the shelf."""
    form = NewRewardForm(request.form)
    if not form.validate():
        return _shelf(form), 422
    try:
        the(Shelf).create(person(), visitor().name, _reward(form, form.slug.data or ""), form.stock.data or 0)
    except SlugTaken as refusal:
        form.slug.errors = [*form.slug.errors, refusal.sentence]
        return _shelf(form), 409
    flash(_("It is on the shelf."))
    return redirect(url_for("rewards_desk.shelf"))


@desk.get("/rewards/<slug>")
@access.to("rewards")
def reward(slug: str) -> str:
    """One reward, to be edited."""
    kept = the(Shelf).reward(slug)
    data = {"title_en": kept.title.en, "title_zh": kept.title.zh, "about_en": kept.about.en, "about_zh": kept.about.zh}
    return render_template(
        "rewards/reward.html", reward=kept, form=RewardForm(data=msgspec.structs.asdict(kept) | data)
    )


@desk.post("/rewards/<slug>")
@access.to("rewards")
def edit(slug: str) -> Response | tuple[str, int]:
    """Other words, price, limit or tier from now on."""
    form = RewardForm(request.form)
    kept = the(Shelf).reward(slug)
    if not form.validate():
        return render_template("rewards/reward.html", reward=kept, form=form), 422
    the(Shelf).edit(person(), visitor().name, _reward(form, slug))
    flash(_("Changed. Redemptions that exist keep what they were promised."))
    return redirect(url_for("rewards_desk.shelf"))


@keeps("rewards_desk.edit")
def edit_again(sentence: str) -> str:
    """The form with what was typed, beside the reward as it stands now; saving again means knowing of the change."""
    form = RewardForm(request.form)
    kept = the(Shelf).reward((request.view_args or {})["slug"])
    form.v.data = str(kept.v)
    return render_template("rewards/reward.html", reward=kept, form=form, refusal=sentence)


@desk.post("/rewards/<slug>/stock")
@access.to("rewards")
def restock(slug: str) -> Response:
    """More of it, or fewer."""
    form = RestockForm(request.form)
    if not form.validate():
        raise BadRequest
    the(Shelf).restock(person(), visitor().name, slug, form.more.data or 0, form.id.data or "")
    flash(_("The stock has changed."))
    return redirect(url_for("rewards_desk.shelf"))


def _reward(form: RewardForm, slug: str) -> Reward:
    return Reward(
        slug=slug,
        title=Text(form.title_en.data or "", form.title_zh.data or ""),
        about=Text(form.about_en.data or "", form.about_zh.data or ""),
        price=form.price.data or 0,
        limit=form.limit.data,
        tier=form.tier.data or None,
        offered=form.offered.data,
        v=int(form.v.data) if form.v.data and re.fullmatch("[0-9]{1,9}", form.v.data) else 1,
    )


def _shelf(form: NewRewardForm) -> str:
    return render_template("rewards/shelf.html", shelved=the(Shelf).all(), form=form, fresh=the(Ids).new)


def _page(member: str, redemption: str, form: NoteForm) -> str:
    return render_template(
        "rewards/waiting.html",
        waiting=the(Redemptions).waiting(request.args.get("cursor")),
        shown=the(Rewards).redemption(member, redemption),
        statuses=STATUS_NAMES,
        form=form,
    )

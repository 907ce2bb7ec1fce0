"""The shelf at the desk: rewards, their stock, their pictures and their pools of codes."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.charter.schema import Charter
from portal.filenames import FileRefused
from portal.here import _, keeps, person, the, visitor
from portal.language import Text
from portal.rewards.forms import NewRewardForm, RestockForm, RevokeForm, RewardForm, instant
from portal.rewards.model import KIND_NAMES, Kind, Period, Reward
from portal.rewards.pictures import Pictures
from portal.rewards.pools import MOST_ROWS, Pools, Report, TooManyRows, masked
from portal.rewards.shelf import Backwards, Shelf, SlugTaken
from portal.tokens import Ids

desk = Blueprint("shelf_desk", __name__, url_prefix="/portal/desk")
#: Of one table of codes.
MOST_TYPED = 300_000


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
    kind: Kind = next((kind for kind in KIND_NAMES if kind == form.kind.data), "goods")
    if not (form.validate() and (image := _picture(form, "")) is not None):
        return _shelf(form), 422
    made = _reward(form, form.slug.data or "", kind, image)
    try:
        the(Shelf).create(person(), visitor().name, made, form.stock.data or 0)
    except SlugTaken as refusal:
        form.slug.errors = [*form.slug.errors, refusal.sentence]
        return _shelf(form), 409
    except Backwards as refusal:
        form.closes.errors = [*form.closes.errors, refusal.sentence]
        return _shelf(form), 422
    flash(_("It is on the shelf."))
    return redirect(url_for("shelf_desk.shelf" if made.by_hand else "shelf_desk.pool", slug=made.slug))


@desk.get("/rewards/<slug>")
@access.to("rewards")
def reward(slug: str) -> str:
    """One reward, to be edited."""
    kept = the(Shelf).reward(slug)
    return _edited(kept, RewardForm(data=_typed(kept)))


@desk.post("/rewards/<slug>")
@access.to("rewards")
def edit(slug: str) -> Response | tuple[str, int]:
    """All but its kind from now on."""
    form = RewardForm(request.form)
    kept = the(Shelf).reward(slug)
    if not (form.validate() and (image := _picture(form, kept.image)) is not None):
        return _edited(kept, form), 422
    try:
        the(Shelf).edit(person(), visitor().name, _reward(form, slug, kept.kind, image))
    except Backwards as refusal:
        form.closes.errors = [*form.closes.errors, refusal.sentence]
        return _edited(kept, form), 422
    flash(_("Changed. Redemptions that exist keep what they were promised."))
    return redirect(url_for("shelf_desk.shelf"))


@keeps("shelf_desk.edit")
def edit_again(sentence: str) -> str:
    """The form with what was typed, beside the reward as it stands now; saving again means knowing of the change."""
    form = RewardForm(request.form)
    kept = the(Shelf).reward((request.view_args or {})["slug"])
    form.v.data = str(kept.v)
    return _edited(kept, form, refusal=sentence)


@desk.post("/rewards/<slug>/stock")
@access.to("rewards")
def restock(slug: str) -> Response:
    """More of it, or fewer."""
    form = RestockForm(request.form)
    if not form.validate():
        raise BadRequest
    the(Shelf).restock(person(), visitor().name, slug, form.more.data or 0, form.id.data or "")
    flash(_("The stock has changed."))
    return redirect(url_for("shelf_desk.shelf"))


@desk.get("/rewards/<slug>/pool")
@access.to("rewards")
def pool(slug: str) -> str:
    """The codes of a reward, told by their ends only."""
    return _pool(slug)


@desk.post("/rewards/<slug>/pool")
@access.to("rewards")
def bring(slug: str) -> Response | str:
    """A table of codes: first what is in it; brought in only by a second press."""
    sheet = request.files.get("file")
    text = sheet.read() if sheet and sheet.filename else request.form.get("codes", "").encode()
    kept = the(Shelf).reward(slug)
    if len(text) > MOST_TYPED:
        raise TooManyRows(most=MOST_ROWS)
    if request.form.get("act") != "bring":
        return _pool(slug, report=the(Pools).read(kept, text), typed=text.decode("utf-8-sig"))
    brought = the(Pools).bring(person(), visitor().name, kept, text)
    flash(_("{n} codes are in the pool now.", n=brought))
    return redirect(url_for("shelf_desk.pool", slug=slug))


@desk.post("/rewards/<slug>/pool/revoke")
@access.to("rewards")
def revoke(slug: str) -> Response | tuple[str, int]:
    """A code that is no good; whoever has it gets another, or the points back."""
    form, kept, pools = RevokeForm(request.form), the(Shelf).reward(slug), the(Pools)
    if not form.validate():
        return _pool(slug, form=form), 422
    name = form.name.data or pools.find(kept, form.code.data or "")
    redemption = pools.revoke(person(), visitor().name, kept, name, form.reason.data or "")
    if redemption is None:
        flash(_("Revoked. Nobody gets it."))
    elif redemption.status == "returned":
        flash(_("Revoked. No other was left, so {name} has the points back.", name=redemption.member_name))
    else:
        flash(_("Revoked. {name} has another one.", name=redemption.member_name))
    return redirect(url_for("shelf_desk.pool", slug=slug))


@keeps("shelf_desk.bring")
@keeps("shelf_desk.revoke")
def pool_again(sentence: str) -> str:
    """The pool with what was typed, and why it wasn't done."""
    typed = request.form.get("codes", "")
    return _pool((request.view_args or {})["slug"], form=RevokeForm(request.form), typed=typed, refused=sentence)


def _reward(form: RewardForm, slug: str, kind: Kind, image: str) -> Reward:
    community = the(Charter).community
    period: Period = "year" if form.period.data == "year" else "month" if form.period.data == "month" else "ever"
    alt = Text(form.alt_en.data or "", form.alt_zh.data or "")
    return Reward(
        slug=slug,
        title=Text(form.title_en.data or "", form.title_zh.data or ""),
        about=Text(form.about_en.data or "", form.about_zh.data or ""),
        price=form.price.data or 0,
        limit=form.limit.data,
        tier=form.tier.data or None,
        offered=form.offered.data,
        v=int(form.v.data) if form.v.data and re.fullmatch("[0-9]{1,9}", form.v.data) else 1,
        kind=kind,
        ships=form.ships.data and kind == "goods",
        auto=form.auto.data,
        flash=form.flash.data,
        period=period,
        opens=instant(form.opens.data, community),
        closes=instant(form.closes.data, community),
        tenure=form.tenure.data,
        lasts=form.lasts.data if kind == "privilege" else None,
        until=form.until.data if kind in ("privilege", "ticket") else None,
        image=image,
        alt=alt if image and (alt.en or alt.zh) else None,
    )


def _picture(form: RewardForm, before: str) -> str | None:
    """The picture that was sent, or the one before; None, with the fault in the form, for one that can't be taken."""
    sent = request.files.get("image")
    if sent is None or not sent.filename:
        return "" if form.drop.data else before
    try:
        return the(Pictures).take(sent.filename, sent.read())
    except FileRefused as refusal:
        form.image.errors = [_(refusal.sentence, **refusal.facts)]
        return None


def _typed(kept: Reward) -> dict[str, Any]:
    """A reward as its form shows it: instants on the community's clock."""
    local = the(Charter).community.local
    clock = {name: f"{local(at):%Y-%m-%dT%H:%M}" if at else "" for name, at in
             (("opens", kept.opens), ("closes", kept.closes))}  # fmt: skip
    texts = {"title_en": kept.title.en, "title_zh": kept.title.zh, "about_en": kept.about.en, "about_zh": kept.about.zh}
    alt = {"alt_en": kept.alt.en, "alt_zh": kept.alt.zh} if kept.alt else {}
    return msgspec.structs.asdict(kept) | texts | alt | clock


def _shelf(form: NewRewardForm) -> str:
    return render_template(
        "rewards/shelf.html", shelved=the(Shelf).all(), form=form, fresh=the(Ids).new, kinds=KIND_NAMES, reward=None
    )


def _edited(kept: Reward, form: RewardForm, refusal: str = "") -> str:
    return render_template("rewards/reward.html", reward=kept, form=form, refusal=refusal, kinds=KIND_NAMES)


def _pool(
    slug: str, *, report: Report | None = None, typed: str = "", form: RevokeForm | None = None, refused: str = ""
) -> str:
    kept = the(Shelf).reward(slug)
    return render_template(
        "rewards/pool.html",
        reward=kept,
        left=the(Shelf).left(slug),
        stocked=the(Pools).stocked(kept, request.args.get("cursor")),
        report=report,
        typed=typed,
        form=form or RevokeForm(),
        refused=refused,
        masked=masked,
    )

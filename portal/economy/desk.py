"""The points desk: what runs, what waits, and one member's points."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portal import access
from portal.economy.correcting import Corrections
from portal.economy.forms import AdjustForm, AwardForm, TakeBackForm
from portal.economy.model import Correction
from portal.economy.service import Awarded, Awards
from portal.economy.watch import Watch
from portal.here import _, keeps, person, the, visitor
from portal.members.service import Members
from portal.points.service import Points
from portal.tokens import Ids

desk = Blueprint("economy_desk", __name__, url_prefix="/portal/desk/points")


@desk.get("")
@access.to("points")
def overview() -> str:
    """What waits for a second steward, which rules are paused, how much of each budget is used."""
    watch = the(Watch)
    return render_template(
        "economy/overview.html", waiting=the(Corrections).waiting(), paused=watch.paused(), spending=watch.spending()
    )


@desk.post("/corrections/<correction>/<any(agree, refuse):answer>")
@access.to("points")
def answer(correction: str, answer: str) -> Response:
    """A second steward agrees to a correction, or somebody refuses it."""
    corrections = the(Corrections)
    settle = corrections.agree if answer == "agree" else corrections.refuse
    settled = settle(person(), visitor().name, correction)
    done = _("Corrected. {name} has been told.", name=settled.member_name)
    flash(done if answer == "agree" else _("Refused. Nothing has changed."))
    return redirect(url_for("economy_desk.overview"))


@desk.post("/rules/<rule>/resume")
@access.to("points")
def resume(rule: str) -> Response:
    """A paused rule pays again."""
    the(Watch).resume(person(), visitor().name, rule)
    flash(_("The rule pays again."))
    return redirect(url_for("economy_desk.overview"))


@desk.get("/members/<member>")
@access.to("points")
def member(member: str) -> str:
    """One member's points: grant by rule, take back, adjust."""
    return _member(member)


@desk.post("/members/<member>/award")
@access.to("points")
def award(member: str) -> Response | tuple[str, int]:
    """Grant points by a rule."""
    form = AwardForm(request.form)
    if not form.validate():
        return _member(member, award=form), 422
    awarded = the(Awards).award(
        person(), visitor().name, member, form.rule.data or "", form.about.data or "", form.id.data or ""
    )
    flash(_told(awarded))
    return redirect(url_for("economy_desk.member", member=member))


@desk.post("/members/<member>/take-back")
@access.to("points")
def take_back(member: str) -> Response | tuple[str, int]:
    """Take back points of one grant."""
    form = TakeBackForm(request.form)
    if not form.grant.data:
        raise BadRequest
    if not form.validate():
        return _member(member, taking=form), 422
    return _make(member, form, -(form.amount.data or 0), grant=form.grant.data)


@desk.post("/members/<member>/adjust")
@access.to("points")
def adjust(member: str) -> Response | tuple[str, int]:
    """Add or take points by hand."""
    form = AdjustForm(request.form)
    if not form.validate():
        return _member(member, adjusting=form), 422
    return _make(member, form, form.amount.data or 0, corrects=form.corrects.data or 0)


@keeps("economy_desk.award")
def award_again(sentence: str) -> str:
    """The award as it was typed, beside what stood in its way."""
    return _member(_here(), award=AwardForm(request.form), refusal=sentence)


@keeps("economy_desk.take_back")
def take_back_again(sentence: str) -> str:
    """The taking back as it was typed, beside what stood in its way."""
    return _member(_here(), taking=TakeBackForm(request.form), refusal=sentence)


@keeps("economy_desk.adjust")
def adjust_again(sentence: str) -> str:
    """The adjustment as it was typed, beside what stood in its way."""
    return _member(_here(), adjusting=AdjustForm(request.form), refusal=sentence)


def _make(member: str, form: TakeBackForm | AdjustForm, amount: int, *, grant: str = "", corrects: int = 0) -> Response:
    profile = the(Members).profile(member)
    done = the(Corrections).make(
        Correction(
            id=form.id.data or "",
            member=member,
            member_name=profile.name,
            amount=amount,
            reason=form.reason.data or "",
            mistake=form.mistake.data,
            proposer=person(),
            proposer_name=visitor().name,
            at=the(Corrections).now(),
            grant=grant,
            corrects=corrects,
        )
    )
    told = _("Corrected. {name} has been told.", name=profile.name)
    flash(told if done else _("Proposed. It is done when a second steward agrees."))
    return redirect(url_for("economy_desk.member", member=member))


def _told(awarded: Awarded) -> str:
    """What an award came to, in a sentence."""
    if awarded.withheld:
        why = {
            "cap": _("the member's cap is reached"),
            "budget": _("the budget of this month is used up"),
            "paused": _("the rule is paused"),
        }[awarded.bound]
        n, withheld = awarded.granted, awarded.withheld
        return _("Granted {n} points; {withheld} were withheld: {why}.", n=n, withheld=withheld, why=why)
    if awarded.due:
        return _("Granted {n} points, to be spent from {date} on.", n=awarded.granted, date=awarded.due)
    return _("Granted {n} points.", n=awarded.granted)


def _here() -> str:
    return str((request.view_args or {})["member"])


def _member(member: str, **forms: Any) -> str:
    statement = the(Points).statement(member, request.args.get("cursor"))
    grants = the(Points).grants(member, [entry.key for entry in statement.entries if entry.kind in ("earn", "promise")])
    empty = {"award": AwardForm(), "taking": None, "adjusting": AdjustForm(), "refusal": ""}
    return render_template(
        "economy/member.html",
        standing=the(Members).standing(member),
        statement=statement,
        grants=grants,
        untouched=TakeBackForm(),
        fresh=the(Ids).new,
        **(empty | forms),
    )

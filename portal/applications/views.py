"""Applying: the form, kept as one types, sent with a proven address; and the quiz where there is one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import access
from portal.accounts.model import Verified
from portal.accounts.service import Accounts
from portal.accounts.views import follows
from portal.applications import wording
from portal.applications.filing import Filing
from portal.applications.forms import JoinForm
from portal.applications.inviting import InvitationOver, Invitations
from portal.applications.model import Application, Draft
from portal.applications.moves import Moves
from portal.applications.pace import Pace
from portal.applications.quizzes import QuizFirst, Quizzes
from portal.applications.service import Applications, DraftTooLong, DraftUnsent
from portal.charter.questioning import RESERVED
from portal.charter.schema import Charter
from portal.errors import NotFound, PortalError
from portal.here import _, keeps, lang, person, the, visitor
from portal.language import say
from portal.tokens import BadToken, Ids, hashed

pages = Blueprint("applications", __name__, url_prefix="/portal")
pages.record_once(lambda setup: setup.app.jinja_env.globals.update(wording.names()))

#: How often a caller may have drafts and files kept in an hour: a form is typed for minutes and kept every few seconds.
KEPT_AN_HOUR = 3000
FILES_AN_HOUR = 60
SENT_AN_HOUR = 60


@pages.get("/apply", defaults={"form": "join"})
@pages.get("/apply/<form>")
@access.to("anyone")
def apply(form: str) -> str:
    """The form with what was left in it; for those who can't send one now, why."""
    applications, invite = the(Applications), request.args.get("invite", "")
    applications.asked(form)
    if visitor().person:
        applications.require_open_place(person())
    left = applications.left(_owner(), form) or applications.left(_browser(), form)
    invite = invite or (the(Invitations).token(left.invitation) if left and left.invitation else "")
    invited = _live(invite) if left else the(Invitations).named_by(invite).id if invite else ""
    applications.require_open_door(invited)
    typed = MultiDict((name, value) for name, values in left.typed.items() for value in values) if left else None
    shown = _form(form, typed)
    shown["draft"].data = left.id if left else the(Ids).new()
    return _page(form, shown, invite=invite if invited else "", left=left)


@pages.post("/apply", defaults={"form": "join"})
@pages.post("/apply/<form>")
@access.to("anyone")
def send(form: str) -> WerkzeugResponse | tuple[str, int]:
    """Keep the answers; send them at once for a proven address, else ask for the proof."""
    the(Accounts).throttle("send", visitor().address, SENT_AN_HOUR)
    shown, applications, who = _form(form, request.form, files=True), the(Applications), visitor()
    if request.form.get("act") == "later":
        return _later(form, shown)
    if not shown.validate():
        with suppress(NotFound, DraftTooLong):  # what is wrong with the form matters more than its keeping
            applications.save(_owner(), _typed(form, shown), _browser())
        return _page(form, shown), 422
    draft = _with(applications.draft(shown.draft, shown.answers, who.lang, form, _invitation()), shown)
    draft = applications.sendable(draft, _owner(), _browser())
    if who.person:
        if _quiz_first(who.person, draft):
            applications.require_open_place(who.person)
            kept = applications.save(_owner(), draft, _browser())
            return redirect(url_for("applications.quiz", form=form, draft=kept.id))
        return redirect(_status(applications.submit(who.person, draft)))
    challenge = the(Accounts).ask(
        _address(shown),
        browser=who.browser,
        caller=who.address,
        lang=who.lang,
        purpose="apply",
        subject=draft.id,
        also=applications.keep(draft, _owner()),
    )
    return redirect(url_for("accounts.code", challenge=challenge))


@pages.post("/apply/draft", defaults={"form": "join"})
@pages.post("/apply/<form>/draft")
@access.to("anyone")
def keep(form: str) -> Response:
    """Keep what is typed; the page asks for this while somebody types."""
    the(Accounts).throttle("draft", visitor().address, KEPT_AN_HOUR)
    shown = _form(form, request.form)
    the(Applications).save(_owner(), _typed(form, shown), _browser())
    return Response(status=204)


@keeps("applications.send")
def again(sentence: str) -> str:
    """The form with what was typed and why it wasn't sent; for refusals that come before or after its own checks."""
    form = (request.view_args or {}).get("form", "join")
    return _page(form, _form(form, request.form), refusal=sentence)


@follows("apply")
def submit(verified: Verified) -> str:
    """The address was proven: the draft is sent, or the quiz comes first."""
    applications, who = the(Applications), verified.account.id
    try:
        return _status(applications.submit_kept(who, verified.subject))
    except QuizFirst:
        draft = applications.take_along(who, verified.subject, proven=True)
        return url_for("applications.quiz", form=draft.form, draft=draft.id)
    except DraftUnsent:
        return url_for("applications.apply", form=applications.take_along(who, verified.subject, proven=True).form)


@follows("resume")
def resume(verified: Verified) -> str:
    """The address was proven, perhaps on another device: the draft is there too."""
    draft = the(Applications).take_along(verified.account.id, verified.subject)
    return url_for("applications.apply", form=draft.form)


@pages.get("/apply/<form>/quiz/<draft>")
@access.to("person")
def quiz(form: str, draft: str) -> str:
    """The questions that were drawn, or the button that draws them."""
    return _quiz_page(form, draft)


@pages.post("/apply/<form>/quiz/<draft>")
@access.to("person")
def answer_quiz(form: str, draft: str) -> WerkzeugResponse | str:
    """Begin, or answer; what passes sends the application."""
    quizzes, email = the(Quizzes), the(Accounts).account(person()).email
    attempt = request.form.get("attempt", "")
    if not attempt:
        quizzes.begin(email, form)
        return redirect(url_for("applications.quiz", form=form, draft=draft))
    answers = {name: request.form.getlist(name) for name in request.form}
    if quizzes.answer(email, form, attempt, answers).passed:
        return redirect(_status(the(Applications).submit_kept(person(), draft)))
    flash(_("That was not enough this time. Nobody sees which answers were wrong, not even we."), "bad")
    return redirect(url_for("applications.quiz", form=form, draft=draft))


def _quiz_page(form: str, draft: str) -> str:
    quizzes, asked = the(Quizzes), the(Applications).asked(form)
    standing = quizzes.standing(the(Accounts).account(person()).email, form)
    drawn = quizzes.drawn(standing.running, form) if standing.running else []
    return render_template(
        "applications/quiz.html", section=asked.quiz, standing=standing, drawn=drawn, form=form, draft=draft
    )


def _page(form: str, shown: JoinForm, **more: Any) -> str:
    """The form's page, with what stands beside it."""
    pace = the(Pace).estimate()
    return render_template(
        "applications/apply.html", form=shown, slug=form, pace=pace, filing=the(Filing),
        **{"invite": request.form.get("invite", "") if _live(request.form.get("invite", "")) else "", **more},
    )  # fmt: skip


def _form(form: str, formdata: Any = None, *, files: bool = False) -> JoinForm:
    """A running questionnaire; a person who is signed in isn't asked for the address again."""
    asked, filing = the(Applications).asked(form), the(Filing)
    filed: dict[str, str] = {}
    refused: dict[str, str] = {}
    for question in asked.form:
        if question.kind != "file":
            continue
        if token := (formdata or {}).get(question.slug):
            filed[question.slug] = filing.again(question, token)
        sent = request.files.get(f"{question.slug}-file") if files else None
        if sent and sent.filename:
            try:
                the(Accounts).throttle("file", visitor().address, FILES_AN_HOUR)
                filed[question.slug] = filing.take(question, sent.filename, sent.read())
            except PortalError as refusal:
                refused[question.slug] = say(refusal.sentence, lang(), **refusal.facts)
    return JoinForm(
        asked, lang(), formdata, address_known=visitor().person is not None, filed=filed, refused=refused
    )  # fmt: skip


def _later(form: str, shown: JoinForm) -> WerkzeugResponse | tuple[str, int]:
    """Save for later: here and now for who is signed in; by mail, for any device, for who isn't."""
    applications, who, draft = the(Applications), visitor(), _typed(form, shown)
    if who.person:
        applications.save(_owner(), draft, _browser())
        flash(_("Kept. It waits for you here for thirty days, on every device that you sign in with."))
        return redirect(url_for("applications.apply", form=form))
    email = next(question.slug for question in shown.asked if question.kind == "email")
    if not shown.require(email):
        return _page(form, shown), 422
    kept = applications.save(_owner(), draft)
    challenge = the(Accounts).ask(
        _address(shown), browser=who.browser, caller=who.address, lang=who.lang, purpose="resume", subject=kept.id
    )
    return redirect(url_for("accounts.code", challenge=challenge))


def _typed(form: str, shown: JoinForm) -> Draft:
    """The form as it was typed, field by field."""
    names = {question.slug for question in shown.questionnaire.form} - RESERVED
    typed = {name: values for name, values in request.form.lists() if name in names}
    for question in shown.asked:
        if answer := shown.filed.get(question.slug):
            typed[question.slug] = [the(Filing).token(question, answer)]
    charter = the(Charter).hash
    return Draft(
        id=shown.draft,
        lang=lang(),
        charter=charter,
        form=form,
        invitation=_live(request.form.get("invite", "")),
        typed=typed,
    )


def _with(draft: Draft, shown: JoinForm) -> Draft:
    """A draft that is ready to be sent, with what was typed, so that it can still be corrected."""
    typed = _typed(draft.form, shown).typed
    return Draft(
        id=draft.id, lang=draft.lang, charter=draft.charter, answers=draft.answers, form=draft.form,
        invitation=draft.invitation, typed=typed,
    )  # fmt: skip


def _invitation() -> str:
    """The invitation that the form came with; raises InvitationOver, BadToken."""
    invite = request.form.get("invite", "")
    return the(Invitations).named_by(invite).id if invite else ""


def _live(invite: str) -> str:
    """The invitation that a token names, if it is still good."""
    try:
        return the(Invitations).named_by(invite).id if invite else ""
    except (InvitationOver, BadToken):
        return ""


def _quiz_first(person: str, draft: Draft) -> bool:
    asked, email = the(Applications).asked(draft.form), the(Accounts).account(person).email
    if asked.quiz is None:
        return False
    return the(Quizzes).standing(email, draft.form).passed is None


def _owner() -> str:
    """Whose drafts these are: the person's, or this browser's."""
    who = visitor()
    return f"person#{who.person}" if who.person else _browser()


def _browser() -> str:
    """This browser as the owner of what nobody has signed in for."""
    return f"browser#{hashed(visitor().browser)}"


def _address(shown: JoinForm) -> str:
    return next(str(shown.answers[q.slug]) for q in shown.asked if q.kind == "email")


def _status(application: Application) -> str:
    return url_for("status.show", token=the(Moves).token(application), new="1")

"""Signing in and out, and the choice of language."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from flask import Blueprint, Response, after_this_request, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import access
from portal.accounts.forms import AddressForm, CodeForm
from portal.accounts.model import SESSION_LIFE, BadAddress, Purpose, Verified
from portal.accounts.service import Accounts, WrongCode
from portal.defence import set_cookie
from portal.errors import NotFound
from portal.here import person, the, visitor
from portal.language import known

pages = Blueprint("accounts", __name__, url_prefix="/portal")

#: What follows a proven address, by purpose: gives the address of the next page. Slices above add theirs.
NEXT: dict[Purpose, Callable[[Verified], str]] = {}


def follows(purpose: Purpose) -> Callable[[Callable[[Verified], str]], Callable[[Verified], str]]:
    """Declare what follows the proof of an address that was asked for with this purpose."""

    def declare(story: Callable[[Verified], str]) -> Callable[[Verified], str]:
        NEXT[purpose] = story
        return story

    return declare


def own_path(target: str) -> str:
    """The path to return to, if it is one of the portal's; else the member's page."""
    path = unquote(target.partition("?")[0])
    ours = path.startswith("/portal/") and target.isprintable() and not any(way in path for way in ("..", "//", "\\"))
    return target if ours else "/portal/me"


@follows("sign-in")
def _return(verified: Verified) -> str:
    return own_path(verified.subject)


@pages.get("/sign-in")
@access.to("anyone")
def sign_in() -> str | WerkzeugResponse:
    """Ask for the address."""
    if visitor().person:
        return redirect(own_path(request.args.get("next", "")))
    return render_template("accounts/sign_in.html", form=AddressForm(data={"next": request.args.get("next", "")}))


@pages.post("/sign-in")
@access.to("anyone")
def ask() -> str | WerkzeugResponse | tuple[str, int]:
    """Send code and link."""
    form = AddressForm(request.form)
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form), 422
    who = visitor()
    try:
        challenge = the(Accounts).ask(
            form.email.data or "",
            browser=who.browser,
            caller=who.address,
            lang=who.lang,
            subject=own_path(form.next.data or ""),
        )
    except BadAddress as refusal:
        form.email.errors = [*form.email.errors, refusal.sentence]
        return render_template("accounts/sign_in.html", form=form), 422
    return redirect(url_for("accounts.code", challenge=challenge))


@pages.get("/sign-in/code/<challenge>")
@access.to("anyone")
def code(challenge: str) -> str:
    """Ask for the code."""
    asked = the(Accounts).asked(challenge)
    return render_template("accounts/code.html", form=CodeForm(), asked=asked, challenge=challenge)


@pages.post("/sign-in/code/<challenge>")
@access.to("anyone")
def prove_by_code(challenge: str) -> WerkzeugResponse | tuple[str, int]:
    """The code was typed."""
    form = CodeForm(request.form)
    accounts = the(Accounts)
    if form.validate():
        try:
            return _enter(
                accounts.prove_by_code(
                    challenge, form.code.data or "", browser=visitor().browser, person=visitor().person
                )
            )
        except WrongCode as refusal:
            form.code.errors = [*form.code.errors, refusal.sentence]
    page = render_template("accounts/code.html", form=form, asked=accounts.asked(challenge), challenge=challenge)
    return page, 422


@pages.get("/sign-in/link/<link>")
@access.to("anyone")
def link(link: str) -> Response:
    """A button, and nothing else: mail scanners follow links, people press buttons."""
    the(Accounts).link_names(link)
    response = make_response(render_template("accounts/link.html", link=link))
    response.headers["Referrer-Policy"] = "strict-origin"  # the address stays here, and forms keep their Origin
    return response


@pages.post("/sign-in/link/<link>")
@access.to("anyone")
def prove_by_link(link: str) -> WerkzeugResponse:
    """The button was pressed."""
    return _enter(the(Accounts).prove_by_link(link, person=visitor().person))


@pages.post("/sign-out")
@access.to("person")
def sign_out() -> WerkzeugResponse:
    """Forget this browser, or every browser."""
    if request.form.get("everywhere"):
        the(Accounts).sign_out_everywhere(person())
    the(Accounts).sign_out(visitor().token)
    response = redirect(url_for("accounts.sign_in"))
    response.delete_cookie(g.names.session, path="/", secure=g.names.secure, httponly=True, samesite="Lax")
    return response


@pages.post("/language")
@access.to("anyone")
def language() -> WerkzeugResponse:
    """Keep the chosen language, and go back to the same page."""
    lang = known(request.form.get("to"))
    if lang is None:
        raise NotFound
    if visitor().person:
        the(Accounts).keep_language(person(), lang)
    back = urlsplit(own_path(request.form.get("back", "")))
    query = [(name, value) for name, value in parse_qsl(back.query) if name != "lang"]
    response = redirect(back._replace(query=urlencode(query)).geturl())
    set_cookie(response, g.names.lang, lang, secure=g.names.secure)
    return response


@pages.get("/account")
@access.to("person")
def account() -> str:
    """The person's own account."""
    return render_template("accounts/account.html", account=the(Accounts).account(person()))


def _enter(verified: Verified) -> WerkzeugResponse:
    """Signed in, even if what was to follow is refused; then on to it."""

    @after_this_request
    def _sign_in(response: Response) -> Response:
        if verified.session:
            age = int(SESSION_LIFE.total_seconds())
            set_cookie(response, g.names.session, verified.session, secure=g.names.secure, age=age)
        return response

    return redirect(NEXT[verified.purpose](verified))

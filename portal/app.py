"""create_app: blueprints, who is asking, security headers, and the one place where refusals are told."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, ModuleLoader
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as WerkzeugResponse

from portal import access, defence, here, pages
from portal.accounts.model import SESSION_LIFE
from portal.charter.schema import Charter
from portal.config import ROOT, Config
from portal.errors import PortalError
from portal.language import DEFAULT, HTML_LANG, known, negotiate, say
from portal.members.service import Members
from portal.tokens import fresh
from portal.tools import Tools
from portal.wiring import Services

#: The longest form is an application: sixty answers of at most 4,000 characters.
LARGEST_FORM = 512 * 1024

log = logging.getLogger(__name__)


class Portal(Flask):
    """Flask, but for what it logs: addresses of ours can be secrets, and secrets stay out of logs."""

    def log_exception(self, exc_info: Any) -> None:
        """Log a defect under its endpoint, never under its address."""
        self.logger.error("defect in %s [%s]", request.endpoint, request.method, exc_info=exc_info)


def create_app(services: Services, config: Config) -> Flask:
    """The portal over wired services. Raises UndeclaredView if a view has no rule of access."""
    app = Portal("portal", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_FORM + _largest_files(services[Charter]),
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        SECRET_KEY=services[Tools].tokens.keyed("flask", "flash"),
        SESSION_COOKIE_NAME=defence.CookieNames(secure=config.secure).flash,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure,
    )
    app.extensions["tonghao"] = services
    app.jinja_env.loader = _templates()
    for blueprint in pages.blueprints():
        app.register_blueprint(blueprint)
    rules = access.declared(app.view_functions)
    _speak(app, services, config)
    _recognise(app, services, config, rules)
    _refuse(app, config, rules)
    return app


def _largest_files(charter: Charter) -> int:
    """Bytes of the files that the charter's longest form asks for; what travels around them is little."""
    asked = ([question.max_kilobytes or 0 for question in form.form] for form in charter.questionnaires.values())
    return max(map(sum, asked), default=0) * 1024


def _templates() -> BaseLoader:
    """Precompiled where the package brings them (see docs/operations.md), else from the slices' folders."""
    compiled = ROOT / "portal_templates"
    if compiled.is_dir():
        return ModuleLoader(compiled)
    portal = Path(__file__).parent
    return ChoiceLoader([FileSystemLoader([portal / "templates", *sorted(portal.glob("*/templates"))])])


def _speak(app: Flask, services: Services, config: Config) -> None:
    """What every page may use: sentences in the reader's language, dates, addresses of assets."""
    charter: Charter = services[Charter]
    app.jinja_env.globals.update(
        _=here._,
        community=charter.community,
        charter=charter,
        asset=pages.Assets(config.build),
        visitor=here.visitor,
        html_lang=HTML_LANG,
        told=here.Told(charter.community, services[Tools].clock),
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def _csrf() -> dict[str, Any]:
        return {"csrf": defence.form_token(services[Tools].tokens, here.visitor().browser)}

    @app.url_defaults
    def _keep_lang(_endpoint: str, values: dict[str, Any]) -> None:
        if request and (lang := known(request.args.get("lang"))):
            values.setdefault("lang", lang)


def _recognise(app: Flask, services: Services, config: Config, rules: dict[str, access.Rule]) -> None:
    tokens = services[Tools].tokens
    names = defence.CookieNames(secure=config.secure)

    @app.before_request
    def _who() -> WerkzeugResponse | None:
        g.names = names
        g.visitor = _visitor(services, names)
        if request.endpoint in pages.UNRECOGNISED:
            defence.require_own_page(config.base_url)
        else:
            defence.require_own_form(tokens, here.visitor().browser, config.base_url)
        answer = _permitted(rules)
        if answer == "sign in":
            target = request.full_path.rstrip("?") if request.method == "GET" else url_for("checkin.me")
            return redirect(url_for("accounts.sign_in", next=target))
        if answer == "no":
            raise pages.refusal_of(rules[request.endpoint or ""], here.visitor().standing)
        return None

    @app.after_request
    def _headers(response: Response) -> Response:
        location = response.headers.get("Location", "")
        if location.startswith(request.host_url):  # behind a CDN, Host is the function's and leads nowhere
            response.headers["Location"] = location[len(request.host_url) - 1 :]
        if response.cache_control.public or request.endpoint in pages.UNRECOGNISED:
            # What a cache keeps for everybody carries nobody's cookie, nor does what asks for nobody.
            return defence.harden(response, secure=config.secure)
        if (visitor := g.get("visitor")) and not request.cookies.get(names.browser):
            defence.set_cookie(response, names.browser, visitor.browser, secure=config.secure)
        told = response.headers.getlist("Set-Cookie")
        if (renewed := g.get("renewed")) and not any(cookie.startswith(f"{names.session}=") for cookie in told):
            age = int(SESSION_LIFE.total_seconds())
            defence.set_cookie(response, names.session, renewed, secure=config.secure, age=age)
        return defence.harden(response, secure=config.secure)


def _visitor(services: Services, names: defence.CookieNames) -> here.Visitor:
    """Who is asking: language by page, then choice, then account, then the browser's own."""
    chosen = known(request.args.get("lang")) or known(request.cookies.get(names.lang))
    lang = chosen or negotiate(request.headers.get("Accept-Language", ""))
    nobody = here.Visitor(
        lang=lang, browser=request.cookies.get(names.browser) or fresh(), address=request.remote_addr or ""
    )
    g.visitor = nobody  # so that a refusal while recognising has a reader
    token = request.cookies.get(names.session)
    if not token or request.endpoint in pages.UNRECOGNISED:
        return nobody
    members: Members = services[Members]
    recognised = members.recognise(token)
    if recognised is None:
        return nobody
    account, profile = recognised.account, recognised.profile
    if recognised.renewed:
        g.renewed = token
    charter: Charter = services[Charter]
    return msgspec.structs.replace(
        nobody,
        lang=chosen or account.lang,
        person=account.id,
        name=profile.name if profile else "",
        token=token,
        standing=(standing := profile.standing(members.today) if profile else None),
        rights=charter.rights(list(account.roles)) if standing == "active" else frozenset(),
    )


def _refuse(app: Flask, config: Config, rules: dict[str, access.Rule]) -> None:
    @app.errorhandler(PortalError)
    def _told(error: PortalError) -> Response:
        if error.status >= 500:  # noqa: PLR2004 - ours, not the reader's
            log.error("refused with %s", error.status, exc_info=error)
        sentence = say(error.sentence, _lang(), **error.facts)
        response = make_response(_kept(rules, sentence, error.status) or _page(error.status, sentence, error.code))
        if error.retry_after:
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:  # noqa: PLR2004 - a redirect is no refusal
            return error
        if status == 404 and not request.path.startswith("/portal"):  # noqa: PLR2004
            return pages.site_not_found(config.build, request.path)
        sentence = say(pages.HTTP_SENTENCES.get(status, pages.HTTP_SENTENCES[400]), _lang())
        response = make_response(*_page(status, sentence, error.name))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response


def _kept(rules: dict[str, access.Rule], sentence: str, status: int) -> tuple[str, int] | None:
    """The refusal beside what was typed, where a page keeps it, is this visitor's to see, and can be shown at all."""
    keeper = here.KEEPERS.get(request.endpoint or "")
    if keeper is None or "visitor" not in g or _permitted(rules) != "yes":
        return None
    try:
        return keeper(sentence), status
    except PortalError:  # the store that refused the story may refuse the page too
        return None


def _permitted(rules: dict[str, access.Rule]) -> access.Answer:
    visitor = here.visitor()
    rule = rules.get(request.endpoint or "", "anyone")
    return access.permits(rule, person=visitor.person is not None, standing=visitor.standing, rights=visitor.rights)


def _lang() -> Any:
    return g.visitor.lang if "visitor" in g else DEFAULT


def _page(status: int, sentence: str, code: str) -> tuple[Response | str, int]:
    """A refusal as JSON where a program asked, as a page where a person did."""
    if request.path.startswith(("/portal/api/", "/portal/healthz")):
        return Response(msgspec.json.encode({"error": code, "sentence": sentence}), mimetype="application/json"), status
    if "visitor" not in g:
        g.visitor = here.Visitor(lang=DEFAULT, browser=fresh(), address="")
    return render_template("error.html", sentence=sentence, status=status), status

"""What keeps other sites and old pages out: forms of our own, headers, cookies."""

from __future__ import annotations

import msgspec
from flask import Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.errors import N_, PortalError
from portal.tokens import Tokens, same

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
YEAR = 365 * 24 * 3600
POLICY = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Language",
}


class ForeignForm(PortalError):
    """The form was not one that we gave this browser."""

    status = 403
    sentence = N_(
        "This form has lost its tie to your browser. Nothing was done: go back, reload the page, send it again."
    )


class CookieNames(msgspec.Struct, frozen=True, kw_only=True):
    """The cookies' names; over https the browser itself guards them by their prefix."""

    secure: bool

    @property
    def session(self) -> str:
        """The signed-in session."""
        return self._named("session")

    @property
    def browser(self) -> str:
        """This browser, for forms and codes."""
        return self._named("browser")

    @property
    def flash(self) -> str:
        """What the next page tells once."""
        return self._named("flash")

    @property
    def lang(self) -> str:
        """The language that the reader chose."""
        return self._named("lang")

    def _named(self, name: str) -> str:
        return f"{'__Host-' if self.secure else ''}tonghao-{name}"


def form_token(tokens: Tokens, browser: str) -> str:
    """The token that each of our forms carries for this browser."""
    return tokens.keyed("csrf", browser)


def require_own_page(base_url: str) -> None:
    """Raises ForeignForm for an unsafe request from another origin; of what rests on no visitor nothing else is asked.

    Browsers that send Sec-Fetch-Site say themselves whether the page was ours; for others Origin must agree.
    """
    if request.method in SAFE:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if not (site == "same-origin" if site else origin == base_url):
        raise ForeignForm


def require_own_form(tokens: Tokens, browser: str, base_url: str) -> None:
    """Raises ForeignForm for an unsafe request without our token, or from another origin."""
    require_own_page(base_url)
    if request.method not in SAFE and not same(request.form.get("csrf", ""), form_token(tokens, browser)):
        raise ForeignForm


def set_cookie(response: WerkzeugResponse, name: str, value: str, *, secure: bool, age: int = YEAR) -> None:
    """A cookie that scripts can't read and other sites don't send."""
    response.set_cookie(name, value, max_age=age, secure=secure, httponly=True, samesite="Lax", path="/")


def harden(response: Response, *, secure: bool) -> Response:
    """The headers of every portal page; a view's own choice stands."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Vary"] = HEADERS["Vary"]
    if secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    return response

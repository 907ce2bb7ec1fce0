"""The door for any WSGI server: `application` is the portal and, on one machine, the public site beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from wsgiref.types import WSGIApplication

from flask import Flask

from portal.app import create_app
from portal.clock import Clock, SystemClock
from portal.config import Config, read
from portal.mail import Message
from portal.wiring import tools, wire


def portal(
    environ: Mapping[str, str], *, clock: Clock | None = None, announce: Callable[[Message], None] | None = None
) -> Flask:
    """The portal that these settings describe. Raises BadSetting, CharterError."""
    config = read(environ)
    return create_app(wire(tools(config, clock or SystemClock(), announce)), config)


def with_site(app: Flask, config: Config) -> WSGIApplication:
    """The portal, with the built site's files in front of it under the site's own policy."""
    from whitenoise import WhiteNoise  # late: the function serves no files

    from portal.defence import HEADERS
    from portal.pages import site_policy

    policy = site_policy(config.build)

    def dress(headers: dict[str, str], _path: str, url: str) -> None:
        for name in ("X-Content-Type-Options", "Cross-Origin-Opener-Policy", "Permissions-Policy", "Referrer-Policy"):
            headers[name] = HEADERS[name]
        if not url.startswith("/assets/"):
            headers["Content-Security-Policy"] = policy

    served: WSGIApplication = WhiteNoise(
        app.wsgi_app,
        root=config.build / "site",
        index_file=True,
        add_headers_function=dress,
        immutable_file_test=lambda _path, url: url.startswith("/assets/t/"),
    )
    return served

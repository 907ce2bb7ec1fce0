"""The Lambda door: web requests to the app, the clock's events to its jobs, everything else refused.

Zappa deploys the function, and its handler is not in it: docs/decisions/0004-zappa-with-our-own-entry.md.
"""

from __future__ import annotations

import hmac
import logging
import os
from base64 import b64decode
from collections.abc import Callable, Iterable, MutableMapping
from functools import cache
from typing import Any
from urllib.parse import quote
from wsgiref.types import WSGIApplication

from apig_wsgi import make_lambda_handler

from portal.app import create_app
from portal.clock import SystemClock
from portal.config import Config, read
from portal.errors import BadSetting
from portal.wiring import Services, tools, wire

Event = dict[str, Any]
Reply = dict[str, Any]
Headers = list[tuple[str, str]]
Answer = Callable[[Event, object], Reply]

JOBS = "portal.jobs."
PARAMETER = "ssm:"
_TEXT = ("application/x-www-form-urlencoded", "application/json", "text/")
_URL = "/?%:@!$&'()*+,;=~[]"  # what stays as it is in a path or a query that is quoted already


class UnknownEvent(Exception):
    """Nothing here answers this event. Raised, since a quiet return would tell the sender that it was dealt with."""


def handler(event: Event, context: object) -> Any:
    """Answer a web request (payload format 2.0: a Function URL, an HTTP API), or run the job that the event names.

    Raises UnknownEvent for everything else; code and functions that an event brings or names are never run.
    """
    _settle()
    if event.get("version") == "2.0" and "http" in event.get("requestContext", {}):
        return _web()(event, context)
    name = _job(event)
    from portal import jobs  # late: most events are pages

    services, _ = _wired()
    return jobs.run(name, services)


def _job(event: Event) -> str:
    """The job that a schedule or an operator's `zappa invoke STAGE portal.jobs.NAME` asks for."""
    target = event.get("command")
    if event.get("source") == "aws.events":
        # Zappa carries the function's name in the rule's: rule/tonghao-prod-portal.jobs.outbox
        target = event["resources"][0].rpartition("-")[2]
    if isinstance(target, str) and target.startswith(JOBS):
        return target.removeprefix(JOBS)
    raise UnknownEvent(f"no web request, schedule or job of ours; its keys: {', '.join(sorted(event))}")


@cache
def _wired() -> tuple[Services, Config]:
    config = read(os.environ)
    return wire(tools(config, SystemClock())), config


@cache
def _web() -> Answer:
    return answering(create_app(*_wired()))


def answering(app: WSGIApplication) -> Answer:
    """How `app` answers web events: told the viewer's true address, and never text that isn't UTF-8."""
    reply = make_lambda_handler(_one_header_each(app))

    def answer(event: Event, context: object) -> Reply:
        try:
            viewer = _viewer(event)
            if viewer is None:
                return _refusal(403, "This address is not open to the public.")
            request = _request(event, viewer)
        except ValueError:  # Base64 or UTF-8 that isn't
            return _refusal(400, "The request's text is not UTF-8.")
        return reply(request, context)

    return answer


def _refusal(status: int, sentence: str) -> Reply:
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "cookies": [], "isBase64Encoded": False, "body": sentence}


def _viewer(event: Event) -> str | None:
    """The viewer's address as the front door tells it; None when a CDN is set up and the request didn't pass it.

    A CDN of ours sends one of the secrets in TONGHAO_ORIGIN_SECRET (comma-separated, so that they can be rotated) and
    overwrites `true-client-ip`. Without one, the viewer is whoever connected: X-Forwarded-For is never believed.
    """
    known = list(filter(None, map(str.strip, os.environ.get("TONGHAO_ORIGIN_SECRET", "").split(","))))
    if not known:
        return str(event["requestContext"]["http"]["sourceIp"])
    told = event["headers"].get("x-origin-secret", "").encode()
    if any(hmac.compare_digest(told, secret.encode()) for secret in known):
        return str(event["headers"]["true-client-ip"])
    return None


def _request(event: Event, viewer: str) -> Event:
    """The event as apig-wsgi should read it. Raises ValueError when its text is not UTF-8."""
    _check_text(event)
    headers = dict(event["headers"])
    if event.get("cookies"):
        headers.pop("cookie", None)  # a Function URL may tell them twice, and apig-wsgi would join them
    told = event["requestContext"]
    return {
        **event,
        # An HTTP API decodes the path, a Function URL doesn't.
        "rawPath": quote(event["rawPath"], safe=_URL),
        "rawQueryString": quote(event["rawQueryString"], safe=_URL),
        "headers": headers,
        "requestContext": {**told, "http": {**told["http"], "sourceIp": viewer}},
    }


def _check_text(event: Event) -> None:
    body = event.get("body") or ""
    sent = b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    if event["headers"].get("content-type", "").lower().startswith(_TEXT):
        sent.decode()


def _one_header_each(app: WSGIApplication) -> WSGIApplication:
    """Repeated headers (Vary, Link, …) joined as HTTP allows: the reply's mapping would keep only the last of each."""

    def joined(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            return start_response(status, _joined(headers), exc_info)

        return app(environ, start)

    return joined


def _joined(headers: Headers) -> Headers:
    cookies = [(name, value) for name, value in headers if name.lower() == "set-cookie"]
    others: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower() != "set-cookie":
            others.setdefault(name.lower(), []).append(value)
    return [*((name, ", ".join(values)) for name, values in others.items()), *cookies]


@cache
def _settle() -> None:
    logging.getLogger().setLevel(logging.INFO)
    resolve_parameters(os.environ)


def resolve_parameters(environ: MutableMapping[str, str]) -> None:
    """Put the decrypted SSM parameter in the place of each `TONGHAO_…=ssm:/name`.

    Raises BadSetting for a parameter that isn't there: a function that guesses its settings must not start.
    """
    names = {
        key: value.removeprefix(PARAMETER)
        for key, value in environ.items()
        if key.startswith("TONGHAO_") and value.startswith(PARAMETER)
    }
    if not names:
        return
    from portal.table.client import shared_session  # late: only a deployed function has such settings

    reply = shared_session().create_client("ssm").get_parameters(Names=sorted(set(names.values())), WithDecryption=True)
    found = {parameter["Name"]: parameter["Value"] for parameter in reply["Parameters"]}
    for key, name in names.items():
        if name not in found:
            raise BadSetting(f"{key} names the parameter {name}, which SSM doesn't hold")
        environ[key] = found[name]


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _settle()
    _web()  # while the function starts, the platform lends a whole core

"""What Lambda's callers send."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

FORM = "application/x-www-form-urlencoded"


def function_url(
    path: str,
    *,
    query: str = "",
    form: bytes | None = None,
    cookies: tuple[str, ...] = (),
    viewer: str = "198.51.100.7",
    **headers: str,
) -> dict[str, Any]:
    """A Function URL's event; a form is sent as Base64, as the real one does."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": quote(path),
        "rawQueryString": query,
        "headers": {
            "host": "abc.lambda-url.eu-central-1.on.aws",
            "x-forwarded-proto": "https",
            "x-forwarded-port": "443",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "requestContext": {
            "accountId": "anonymous",
            "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": viewer, "userAgent": "test"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = list(cookies)
        event["headers"]["cookie"] = "; ".join(cookies)
    if form is not None:
        event["requestContext"]["http"]["method"] = "POST"
        event["headers"].setdefault("content-type", FORM)
        event |= {"body": base64.b64encode(form).decode(), "isBase64Encoded": True}
    return event


def http_api(path: str, **told: Any) -> dict[str, Any]:
    """An API Gateway HTTP API's event: the path comes decoded, the cookies once."""
    event = function_url(path, **told)
    event["headers"].pop("cookie", None)
    return {**event, "rawPath": path}


def schedule(job: str) -> dict[str, Any]:
    """What EventBridge sends for a schedule that Zappa made."""
    return {
        "time": "2027-03-01T09:00:00Z",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "region": "eu-central-1",
        "detail": {},
        "version": "0",
        "resources": [f"arn:aws:events:eu-central-1:123456789012:rule/tonghao-prod-{job}"],
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "kwargs": {},
    }

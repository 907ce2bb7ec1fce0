"""The Lambda door, event by event."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from portal import aws, jobs
from tests.deploy.events import function_url, http_api, schedule


@pytest.fixture(scope="module")
def echo() -> aws.Answer:
    """The door, before an app that tells what reached it."""
    app = Flask("echo")

    @app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
    @app.route("/<path:path>", methods=["GET", "POST"])
    def tell(path: str) -> Response:
        reply = jsonify(
            path=request.path,
            query=request.args,
            form=request.form,
            cookies=request.cookies,
            cookie_header=request.headers.get("Cookie"),
            viewer=request.remote_addr,
            secure=request.is_secure,
        )
        for name, value in [("Vary", "Accept-Language"), ("Vary", "Cookie"), ("Link", "</a>"), ("Link", "</b>")]:
            reply.headers.add(name, value)
        reply.set_cookie("lang", "zh")
        reply.set_cookie("browser", "b1")
        return reply

    @app.get("/image")
    def image() -> Response:
        return Response(b"\x89PNG\xff", mimetype="image/png")

    return aws.answering(app)


def told(reply: dict[str, Any]) -> dict[str, Any]:
    assert reply["statusCode"] == 200
    seen: dict[str, Any] = json.loads(reply["body"])
    return seen


@pytest.mark.parametrize("sent", [function_url, http_api])
def test_both_fronts_bring_paths_queries_forms_and_cookies_in_chinese(echo: aws.Answer, sent: Any) -> None:
    event = sent("/门/a b", query="q=%E5%90%8C%E5%A5%BD", form="名=同好&n=1".encode(), cookies=("lang=zh", "名=值"))

    seen = told(echo(event, None))

    assert seen["path"] == "/门/a b"
    assert seen["query"] == {"q": "同好"}
    assert seen["form"] == {"名": "同好", "n": "1"}
    assert seen["cookies"]["lang"] == "zh"
    assert seen["cookie_header"] == "lang=zh;名=值"
    assert seen["secure"]


def test_cookies_that_the_event_tells_twice_reach_the_app_once(echo: aws.Answer) -> None:
    seen = told(echo(function_url("/", cookies=("a=1", "b=2")), None))

    assert seen["cookie_header"].count("a=1") == 1


def test_each_cookie_is_set_once_and_other_headers_are_joined(echo: aws.Answer) -> None:
    reply = echo(function_url("/"), None)

    assert [cookie.partition("=")[0] for cookie in reply["cookies"]] == ["lang", "browser"]
    assert reply["headers"]["vary"] == "Accept-Language, Cookie"
    assert reply["headers"]["link"] == "</a>, </b>"
    assert "set-cookie" not in reply["headers"]


def test_binary_replies_travel_as_base64(echo: aws.Answer) -> None:
    reply = echo(function_url("/image"), None)

    assert reply["isBase64Encoded"]
    assert base64.b64decode(reply["body"]) == b"\x89PNG\xff"


def test_the_viewer_is_who_connected_whatever_x_forwarded_for_says(echo: aws.Answer) -> None:
    event = function_url("/", viewer="203.0.113.9", x_forwarded_for="10.0.0.1", true_client_ip="10.0.0.2")

    assert told(echo(event, None))["viewer"] == "203.0.113.9"


def test_behind_a_cdn_its_word_counts_and_others_find_the_door_shut(
    echo: aws.Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGHAO_ORIGIN_SECRET", "new-one, old-one")
    passed = [function_url("/", x_origin_secret=it, true_client_ip="203.0.113.9") for it in ("new-one", "old-one")]
    guessed = [function_url("/", x_origin_secret=it, true_client_ip="203.0.113.9") for it in ("", "new-one, old-one")]

    assert [told(echo(event, None))["viewer"] for event in passed] == ["203.0.113.9"] * 2
    assert [echo(event, None)["statusCode"] for event in [*guessed, function_url("/")]] == [403] * 3


@pytest.mark.parametrize(
    "event",
    [
        function_url("/", form=b"name=\xff\xfe"),
        function_url("/", form=b'{"name": "\xe5\x90"}', content_type="application/json"),
        {**function_url("/", form=b""), "body": "not Base64!"},
        {**function_url("/"), "body": "name=\ud800"},
    ],
    ids=["form", "json", "base64", "surrogate"],
)
def test_text_that_is_not_utf8_is_a_bad_request(echo: aws.Answer, event: dict[str, Any]) -> None:
    assert echo(event, None)["statusCode"] == 400


def test_an_upload_may_hold_any_bytes(echo: aws.Answer) -> None:
    upload = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    event = function_url("/", form=upload, content_type="multipart/form-data; boundary=x")

    assert echo(event, None)["statusCode"] == 200


def test_every_job_is_reached_by_its_schedule_and_by_its_command() -> None:
    for name in jobs.JOBS:
        assert aws._job(schedule(f"portal.jobs.{name}")) == name
        assert aws._job(schedule(f"1-portal.jobs.{name}")) == name  # Zappa numbers a job's second schedule so
        assert aws._job({"command": f"portal.jobs.{name}"}) == name


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"raw_command": "print('hello')"},
        {"raw_command": "print('hello')", "command": "os.system"},
        {"command": "portal.jobs"},
        {"command": "portal.cli.main"},
        {"command": ["portal.jobs.outbox"]},
        {"manage": "shell"},
        {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
        {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}, "headers": {}},
        {"version": "1.0", "httpMethod": "GET", "path": "/", "requestContext": {"stage": "dev"}, "headers": {}},
        schedule("zappa.keep_warm_callback"),
        {"source": "aws.s3", "detail-type": "Object Created"},
    ],
    ids=lambda event: "+".join(event) or "empty",
)
def test_everything_else_is_refused_aloud(event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(aws.UnknownEvent):
        aws.handler(event, None)

    assert "hello" not in capsys.readouterr().out

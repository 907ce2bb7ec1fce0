"""The door's live figures: built in from a snapshot, left out without one, and brought up to date in the page."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from portal.applications.door import Glance
from portal.charter.schema import Charter
from portal.config import ROOT
from portal.language import LANGUAGES, Lang
from portal.pages import site_policy
from portal.publishing import build_site, door
from portal.publishing.parts import Parts
from tests.publishing.charters import SHIPPED, chartered
from tests.publishing.conftest import BASE_URL

SNAPSHOT: dict[str, Any] = {
    "capacity": 500, "taken": 12, "left": 488, "waiting": False, "decisions": 43,
    "half_within_hours": 14, "most_within_hours": 50, "as_of": "2027-03-01",
}  # fmt: skip
LATER = SNAPSHOT | {"left": 487, "waiting": True, "decisions": 44, "half_within_hours": 1, "as_of": "2027-03-09"}


def write(build: Path, content: bytes | dict[str, Any]) -> None:
    build.mkdir(exist_ok=True)
    (build / door.NAME).write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))


def part(lang: Lang, charter: Charter = SHIPPED, **changes: Any) -> str:
    glance = msgspec.convert(SNAPSHOT | changes, Glance)
    return "\n".join(Parts(ROOT / "site", lang, charter, glance).part("door"))


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ['data-door="left">488<', ">14 hours<", ">3 days<", "of the last 30 days", ">1 March 2027<"]),
        ("zh", ['data-door="left">488<', ">14小时<", ">3天<", "按最近30天的", ">2027年3月1日<"]),
    ],
)
def test_a_snapshot_is_told_with_its_date(lang: Lang, told: list[str]) -> None:
    text = part(lang)

    assert [words for words in told if words not in text] == []
    assert text.count(" hidden") == 1  # that others wait


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_snapshot_has_no_figure_for_is_hidden(lang: Lang) -> None:
    early = part(lang, decisions=0, half_within_hours=None, most_within_hours=None)
    endless = part(lang, capacity=None, left=None)
    full = part(lang, taken=500, left=0)
    without = "\n".join(Parts(ROOT / "site", lang, SHIPPED).part("door"))

    assert early.count('data-door-if="pace" hidden') == 3
    assert 'data-door-if="places" hidden' in endless
    assert 'data-door-if="line">' in full
    assert "data-search-exclude hidden>" in without
    assert not any("None" in text for text in (early, endless, full, without))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff\xfe", b'{"capacity": 500}', SNAPSHOT | {"left": -1}, SNAPSHOT | {"left": 501},
        SNAPSHOT | {"left": None}, SNAPSHOT | {"as_of": "yesterday"}, SNAPSHOT | {"half_within_hours": None},
        SNAPSHOT | {"half_within_hours": 51}, SNAPSHOT | {"taken": "twelve"},
    ],
)  # fmt: skip
def test_a_malformed_snapshot_is_told_and_left_out(tmp_path: Path, content: bytes | dict[str, Any]) -> None:
    write(tmp_path, content)
    said: list[str] = []

    assert door.read(tmp_path, SHIPPED, said.append) is None
    assert len(said) == 1
    assert "door.json can't be used, so the site goes without the door's figures" in said[0]


def test_a_snapshot_of_another_capacity_loses_its_places_and_keeps_its_pace(tmp_path: Path) -> None:
    write(tmp_path, SNAPSHOT)
    said: list[str] = []

    read = door.read(tmp_path, chartered(capacity=600), said.append)

    assert read is not None
    assert (read.left, read.capacity, read.half_within_hours) == (None, None, 14)
    assert "another capacity" in said[0]


def test_no_snapshot_is_nothing_to_talk_about(tmp_path: Path) -> None:
    said: list[str] = []

    assert door.read(tmp_path, SHIPPED, said.append) is None
    assert said == []


def test_a_changed_snapshot_builds_the_site_again(tmp_path: Path) -> None:
    said: list[str] = []
    pages = []
    for content in (None, SNAPSHOT, SNAPSHOT, LATER):
        if content:
            write(tmp_path, content)
        build_site(ROOT, tmp_path, SHIPPED, BASE_URL, said.append)
        pages.append((tmp_path / "site" / "zh" / "join" / "index.html").read_text("utf-8"))

    assert said.count("The site is up to date.") == 1
    assert [">488<" in page for page in pages] == [False, True, True, False]
    assert ">487<" in pages[3]


class _Served(http.server.SimpleHTTPRequestHandler):
    """A built site under its own policy, and a portal that answers as it is told."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    policy: ClassVar[str] = ""

    def do_GET(self) -> None:
        if self.path != "/portal/api/v1/door":
            super().do_GET()
            return
        self.send_response(self.answer[0])
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.answer[1])

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def join(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser at a site that was built with a snapshot."""
    build = tmp_path_factory.mktemp("live")
    write(build, SNAPSHOT)
    build_site(ROOT, build, SHIPPED, BASE_URL, print)
    _Served.policy = site_policy(build)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Served, directory=str(build / "site")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with contextlib.closing(server.socket):
        page = chromium.new_page(base_url=f"http://127.0.0.1:{server.server_port}")
        yield page
        page.close()
        server.shutdown()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/join/", ["487", "1 hour", "3 days", "Others are waiting", "44 decisions", "As of 9 March 2027"]),
        ("/zh/join/", ["487", "1小时", "3天", "有人在候补", "44个决定", "截至2027年3月9日"]),
    ],
)
def test_the_page_asks_the_portal_for_the_figures_of_today(join: Page, path: str, told: list[str]) -> None:
    _Served.answer = (200, msgspec.json.encode(LATER))

    join.goto(path)

    for words in told:
        expect(join.locator(".door-now")).to_contain_text(words)


@pytest.mark.browser
@pytest.mark.parametrize("answer", [(503, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"left": 3}')])
def test_what_was_built_stands_when_the_portal_says_nothing_of_use(join: Page, answer: tuple[int, bytes]) -> None:
    _Served.answer = answer
    with join.expect_response("**/portal/api/v1/door"):
        join.goto("/join/")
    join.wait_for_load_state("networkidle")

    expect(join.locator(".door-now")).to_contain_text("As of 1 March 2027")
    expect(join.locator("[data-door=left]")).to_have_text("488")


@pytest.mark.browser
def test_figures_that_are_gone_are_hidden(join: Page) -> None:
    nothing = {"capacity": None, "left": None, "decisions": 0, "half_within_hours": None, "most_within_hours": None}
    _Served.answer = (200, msgspec.json.encode(SNAPSHOT | nothing))

    join.goto("/join/")

    expect(join.locator(".door-now")).to_be_hidden()

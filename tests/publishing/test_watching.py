"""The site while it is written: built when something changes, and the last good one stays when that is wrong."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from itertools import islice
from pathlib import Path

import pytest

from portal.publishing import watching
from portal.publishing.model import PublishingError


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY", 0)


def test_it_is_built_at_first_and_after_each_change(tmp_path: Path) -> None:
    page, built, said = tmp_path / "en" / "index.md", list[str](), list[str]()
    page.parent.mkdir()
    page.write_text("one")

    def build() -> None:
        text = page.read_text()
        if text == "wrong":
            raise PublishingError("content/en/index.md:1: that is wrong")
        built.append(text)

    looks = watching.rebuild([tmp_path], build, said.append)
    assert list(islice(looks, 3)) == [True, False, False]
    for number, text in enumerate(("wrong", "two")):
        page.write_text(text)
        page.touch()

        os.utime(page, (number, number))
        assert list(islice(looks, 2)) == [True, False]
    (tmp_path / "en" / "new.md").write_text("x")
    assert next(looks)

    assert built == ["one", "two", "two"]
    assert said == ["content/en/index.md:1: that is wrong"]


def test_it_is_served_with_its_own_page_for_what_is_not_there(tmp_path: Path) -> None:
    for name, text in (("index.html", "home"), ("404.html", "lost"), ("zh/404.html", "迷路")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    server = watching.serve(tmp_path, 0)
    base = f"http://127.0.0.1:{server.server_port}"

    with urllib.request.urlopen(f"{base}/") as found:  # noqa: S310 - our own server
        assert (found.read(), found.headers["Cache-Control"]) == (b"home", "no-store")
    for path, text in (("/nowhere/", "lost"), ("/zh/nowhere/", "迷路")):
        with pytest.raises(urllib.error.HTTPError) as lost:
            urllib.request.urlopen(base + path)  # noqa: S310
        assert (lost.value.code, lost.value.read().decode()) == (404, text)
    server.shutdown()
    server.server_close()


def test_a_port_that_is_taken_is_told_in_a_sentence(tmp_path: Path) -> None:
    server = watching.serve(tmp_path, 0)

    for port in (server.server_port, 99999):
        with pytest.raises(PublishingError, match=rf"port {port} can't be had"):
            watching.serve(tmp_path, port)
    server.shutdown()
    server.server_close()


def test_a_file_that_goes_while_it_is_looked_at_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.md").write_text("x")
    (tmp_path / "page.md~").write_text("x")
    is_file = Path.is_file

    def gone_then(path: Path) -> bool:
        there = is_file(path)
        if path.name.endswith("~"):
            path.unlink(missing_ok=True)
        return there

    monkeypatch.setattr(Path, "is_file", gone_then)

    assert list(islice(watching.rebuild([tmp_path], lambda: None, print), 2)) == [True, False]


def test_a_file_that_goes_while_it_is_built_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("x")
    said: list[str] = []

    def build() -> None:
        if not said:
            (tmp_path / "page.md").unlink()
        if not (tmp_path / "other.md").exists():
            (tmp_path / "page.md").read_text()

    looks = watching.rebuild([tmp_path], build, said.append)
    assert next(looks)
    (tmp_path / "other.md").write_text("x")

    assert next(looks)
    assert len(said) == 1

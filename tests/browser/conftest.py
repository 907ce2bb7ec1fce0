from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from portal.charter.loader import load
from portal.config import ROOT
from portal.language import Lang
from portal.publishing import build_site
from portal.table.contract import Table
from portal.table.sqlite import SqliteTable
from tests.browser.reader import Reader
from tests.browser.serving import served
from tests.clocks import MovableClock
from tests.world import World


@pytest.fixture(scope="session")
def build() -> Path:
    """The public site of this checkout, kept from run to run while its sources stay the same."""
    folder = ROOT / "build" / "browser"  # not build/ itself: somebody may be serving that
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # several workers share it
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_site(ROOT, folder, load(ROOT / "content" / "charter"), "http://127.0.0.1:8000", print)
    return folder


@pytest.fixture
def commons(table: Table, clock: MovableClock, tmp_path: Path, build: Path) -> Iterator[World]:
    """Portal and site at an address of their own, on each engine unless the test names one."""
    with served(table, clock, tmp_path, build) as world:
        yield world


@pytest.fixture
def reader(chromium: Browser, commons: World) -> Iterator[Callable[..., Reader]]:
    """Makes readers, `reader("zh")`. At the end nothing may have gone wrong in any of their browsers."""
    readers: list[Reader] = []

    def make(lang: Lang = "en", **more: Any) -> Reader:
        readers.append(Reader(chromium, commons, lang, **more))
        return readers[-1]

    yield make
    for one in readers:
        one.close()
    assert [fault for one in readers for fault in one.faults] == []


@pytest.fixture
def pictured(table: Table) -> bool:
    """Whether pages are photographed and examined: on one engine, since the pages are the same."""
    return isinstance(table, SqliteTable)

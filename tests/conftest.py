from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from playwright.sync_api import Browser, sync_playwright

from portal.table.contract import Table
from portal.table.dynamodb import DynamoTable
from portal.table.sqlite import SqliteTable
from tests import engines
from tests.clocks import MovableClock
from tests.world import World

#: A machine that is busy with something else must fail no test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
#: Where it is enough that a test fails, its smallest failure needn't be looked for.
settings.register_profile("unshrunk", deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))

TESTS = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


#: What one run builds once for many tests: where the run has several workers, these stay with one of them.
TOGETHER = ("deploy", "publishing")


@pytest.hookimpl(tryfirst=True)  # before the workers' own hook, which reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        room = item.path.relative_to(TESTS).parts[0]
        if room in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(room))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run, since a thread can drive but one; whoever looks opens a fresh profile in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def clock() -> MovableClock:
    """Stands at 2027-03-01 09:00 UTC until the test moves it."""
    return MovableClock()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a DynamoDB-compatible server, one for the whole run."""
    with engines.emulator(tmp_path_factory.mktemp("emulator") / "log") as endpoint:
        yield endpoint


@pytest.fixture
def sqlite_table(tmp_path: Path, clock: MovableClock) -> Iterator[SqliteTable]:
    with engines.fresh_sqlite_table(tmp_path, clock) as table:
        yield table


@pytest.fixture
def emulator_table(emulator: str, clock: MovableClock) -> Iterator[DynamoTable]:
    with engines.fresh_emulator_table(emulator, clock) as table:
        yield table


@pytest.fixture(params=["sqlite", "emulator"])
def table(request: pytest.FixtureRequest) -> Table:
    """An empty table, once on each engine."""
    fresh: Table = request.getfixturevalue(f"{request.param}_table")
    return fresh


@pytest.fixture
def world(table: Table, clock: MovableClock, tmp_path: Path) -> World:
    """A portal on each engine."""
    return World(table, clock, tmp_path)

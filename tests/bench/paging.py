"""A member's page against a bare Flask page with one SQLite read: same server, threads and client; CPU per request."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from portal.accounts.service import Accounts
from portal.checkin.service import CheckIns
from portal.clock import SystemClock
from portal.table.sqlite import SqliteTable
from tests.people import member
from tests.world import SECRET, World

REQUESTS = 600
WARM = 60
TICKS = os.sysconf("SC_CLK_TCK")
SERVER = """
import sys
from granian.constants import Interfaces
from granian.server import Server
Server(sys.argv[1], factory=True, address="127.0.0.1", port=int(sys.argv[2]), interface=Interfaces.WSGI,
       workers=1, blocking_threads=4, log_enabled=False).serve()
"""


def measure() -> tuple[float, float]:
    """Pages per CPU second: ours, and the bare one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = community(folder)
        env = {
            **os.environ,
            "TONGHAO_TABLE": f"sqlite:///{folder}/store.db",
            "TONGHAO_DATA": name,
            "TONGHAO_SECRET": SECRET,
            "BENCH_STORE": f"{folder}/store.db",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }
        cookie = f"tonghao-session={session}; tonghao-browser=b"
        with served("portal.serving:application", env) as (port, pid):
            ours = per_cpu_second(port, pid, "/portal/me", cookie)
        with served("tests.bench.baselines.bare_page:application", env) as (port, pid):
            bare = per_cpu_second(port, pid, "/page", cookie)
    return ours, bare


def community(folder: Path) -> str:
    """A member with a few entries, signed in; gives the session."""
    clock = SystemClock()
    table = SqliteTable(folder / "store.db", clock)
    table.create()
    world = World(table, clock, folder)  # type: ignore[arg-type]
    ada = member(world, "Ada", points=30)
    world.the(CheckIns).stamp(ada)
    challenge = world.the(Accounts).ask("ada@example.org", browser="b", caller="c", lang="en")
    return world.the(Accounts).prove_by_code(challenge, world.mail_to("ada@example.org").code, browser="b").session


@contextlib.contextmanager
def served(target: str, env: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server of one worker and four threads; its port and the pid of its worker's parent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVER, target, str(port)], env=env)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def per_cpu_second(port: int, pid: int, path: str, cookie: str) -> float:
    """Requests per second of CPU that the server and its worker use."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    before = 0.0
    for number in range(WARM + REQUESTS):
        if number == WARM:
            before = cpu(pid)
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} answered {answer.status}")
    return REQUESTS / (cpu(pid) - before)


def cpu(pid: int) -> float:
    """CPU seconds of a process and its children that still run."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(stat.parent.name) == pid or int(fields[1]) == pid:
                total += int(fields[11]) + int(fields[12])
    return total / TICKS

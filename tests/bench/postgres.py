"""Redemptions by eight hands at once against PostgreSQL's own TPC-B (pgbench, eight clients, defaults: durable too).

The two don't do the same work: TPC-B changes three rows and adds one, a redemption writes about ten items. It is the
figure that everybody can place.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.errors import PortalError
from portal.rewards.service import Rewards
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from tests.bench.redeeming import prepared
from tests.clocks import MovableClock

CLIENTS = 8
SECONDS = 4
SCALE = 10
REDEMPTIONS = 1600
ROUNDS = 3
#: Debian keeps the server's own tools off the PATH.
FOLDERS = (os.environ.get("PATH", ""), *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))


def measure() -> tuple[float, float] | None:
    """Redemptions and TPC-B transactions per second, the round of the median ratio; None without PostgreSQL."""
    tools = {name: shutil.which(name, path=os.pathsep.join(FOLDERS)) for name in ("initdb", "pg_ctl", "pgbench")}
    if not all(tools.values()):
        return None
    with server({name: str(path) for name, path in tools.items()}) as pgbench:
        rounds = sorted(((ours(), pgbench()) for _ in range(ROUNDS)), key=lambda pair: pair[0] / pair[1])
    return rounds[ROUNDS // 2]


def ours() -> float:
    """Redemptions per second, all of them by members of their own and acknowledged."""
    with tempfile.TemporaryDirectory() as name:
        table = SqliteTable(Path(name) / "ours.db", MovableClock())
        world, people = prepared(table, Path(name), stock=REDEMPTIONS, people=40)
        presses = [world.the(Ids).new() for _ in range(REDEMPTIONS)]
        failed: list[PortalError] = []
        ready = threading.Barrier(CLIENTS + 1)

        def client(number: int) -> None:
            ready.wait()
            for turn in range(number, REDEMPTIONS, CLIENTS):
                try:
                    world.the(Rewards).redeem(people[turn % len(people)], "mug", presses[turn], 1)
                except PortalError as refusal:
                    failed.append(refusal)

        with ThreadPoolExecutor(CLIENTS) as pool:
            done = [pool.submit(client, number) for number in range(CLIENTS)]
            ready.wait()
            begun = time.perf_counter()
            for one in done:
                one.result()
            taken = time.perf_counter() - begun
        table.close()
    if failed:
        raise RuntimeError(f"{len(failed)} redemptions were refused: {failed[0]!r}")
    return REDEMPTIONS / taken


@contextlib.contextmanager
def server(tools: dict[str, str]) -> Iterator[Pgbench]:
    """A fresh cluster that ends with the block. PostgreSQL refuses to run as root: then it runs as its own user."""
    with tempfile.TemporaryDirectory() as name:
        user = "postgres" if os.geteuid() == 0 else None
        if user:
            shutil.chown(name, user)
        folder = Path(name) / "cluster"

        def run(command: Sequence[str]) -> str:
            done = subprocess.run(command, user=user, cwd=name, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.strip()}")
            return done.stdout

        run([tools["initdb"], "-D", str(folder), "-A", "trust", "-U", "bench"])
        begin = [tools["pg_ctl"], "-D", str(folder), "-w", "-l", str(Path(name) / "log")]
        run([*begin, "-o", f"-k {name} -c listen_addresses=", "start"])
        try:
            yield Pgbench(run, [tools["pgbench"], "-h", name, "-U", "bench", "postgres"])
        finally:
            run([*begin, "-m", "immediate", "stop"])


class Pgbench:
    """Called, it tells TPC-B's transactions per second."""

    def __init__(self, run: Callable[[Sequence[str]], str], command: Sequence[str]) -> None:
        self._run, self._command = run, command
        run([*command, "-i", "-q", "-s", str(SCALE)])

    def __call__(self) -> float:
        told = self._run([*self._command, "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS)])
        found = re.search(r"^tps = ([0-9.]+)", told, re.MULTILINE)
        if not found:
            raise RuntimeError(f"pgbench told no rate: {told}")
        return float(found[1])

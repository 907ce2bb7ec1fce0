"""The engines under test: SQLite files, and a real DynamoDB-compatible server on this machine."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.clock import Clock
from portal.table.dynamodb import DynamoTable
from portal.table.patience import Patience
from portal.table.sqlite import SqliteTable

ROOT = Path(__file__).parent.parent
EMULATOR = ROOT / ".venv-emulator" / "bin" / "hypercorn"
#: As patient as in production, but it doesn't wait long.
QUICK = Patience(tries=10, first=0.002, longest=0.02)

_numbers = itertools.count(1)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def emulator(log: Path) -> Iterator[str]:
    """The address of a fresh emulator, which ends with the block. It is told nothing of this environment."""
    if not EMULATOR.exists():
        pytest.fail(
            f"{EMULATOR.relative_to(ROOT)} is missing, the emulator of DynamoDB: run `make test`, which makes it"
        )
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1"}
    command = [EMULATOR, "ministack.app:app", "--bind", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=output, stderr=output)
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    pytest.fail(f"the emulator of DynamoDB did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def fresh_sqlite_table(folder: Path, clock: Clock) -> Iterator[SqliteTable]:
    """An empty table in a file of its own."""
    table = SqliteTable(folder / f"table-{next(_numbers)}.db", clock, stories=QUICK)
    table.create()
    yield table
    table.close()


@contextlib.contextmanager
def fresh_emulator_table(endpoint: str, clock: Clock) -> Iterator[DynamoTable]:
    """An empty table of its own name. The emulator deletes nothing that has expired: its clock is not the test's."""
    table = DynamoTable(f"tonghao-{secrets.token_hex(8)}", clock, endpoint=endpoint, rivals=QUICK, stories=QUICK)
    table.create(expiring=False)
    yield table
    table.client.call("delete_table", TableName=table.name)
    table.close()

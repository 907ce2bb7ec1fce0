"""The real portal and the real site on a port of this machine, on the table and clock of a test."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from jinja2 import FileSystemBytecodeCache
from werkzeug.serving import WSGIRequestHandler, make_server

from portal.app import create_app
from portal.clock import Clock
from portal.table.contract import Table
from portal.wsgi import with_site
from tests.world import World

#: As many as `serve` has; browsers open more connections than they use, and each of those only waits.
WORKERS = 4


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing: the tests' own faults are to be read."""


@contextlib.contextmanager
def served(table: Table, clock: Clock, folder: Path, build: Path) -> Iterator[World]:
    """A world whose pages a browser can open at `world.config.base_url` until the block ends."""
    with ThreadPoolExecutor(WORKERS) as workers:
        server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=_Silent)
        world = World(table, clock, folder, base_url=f"http://127.0.0.1:{server.server_port}", build=build)
        app = create_app(world.services, world.config)
        app.jinja_env.bytecode_cache = _templates(build)
        server.app = _by(workers, with_site(app, world.config))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield world
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _templates(build: Path) -> FileSystemBytecodeCache:
    """Templates are compiled once, not once for each test; the cache goes by their content."""
    folder = build / "templates"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


def _by(workers: ThreadPoolExecutor, application: WSGIApplication) -> WSGIApplication:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return workers.submit(application, environ, start_response).result()

    return answer


def _not_yet(_environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
    raise RuntimeError("the port is known before the portal; nobody has been told of it yet")

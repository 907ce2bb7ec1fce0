"""The public site while it is written: served from the build folder, and built again when its sources change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portal.publishing.model import PublishingError

#: How often the sources are looked at, in seconds.
EVERY = 0.5


class _Files(SimpleHTTPRequestHandler):
    """The built files, never kept by the browser; an address that leads nowhere gets the site's own page."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / ("zh" if self.path.startswith("/zh/") else "") / "404.html"
        if code != 404 or not page.is_file():  # noqa: PLR2004
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The terminal is for what the build says."""


def serve(site: Path, port: int) -> ThreadingHTTPServer:
    """A server of the built site on this machine, in a thread until it is shut down. Port 0 takes a free one.

    Raises PublishingError for a port that can't be had.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Files, directory=str(site)))
    except (OSError, OverflowError) as error:
        raise PublishingError(f"port {port} can't be had ({error}); another one: --port 8081") from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def rebuild(folders: list[Path], build: Callable[[], None], say: Callable[[str], None]) -> Iterator[bool]:
    """Build, and again whenever a source has changed; gives after each look whether it built. For ever.

    What is wrong with a source is said, with file and line, and the last good site stays.
    """
    before: dict[Path, float] = {}
    while True:
        now = _changed(folders)
        if built := now != before:
            before = now
            try:
                build()
            except (PublishingError, OSError) as error:  # a file may go while it is read; then it is built once more
                say(str(error))
        yield built
        time.sleep(EVERY)


def _changed(folders: list[Path]) -> dict[Path, float]:
    found: dict[Path, float] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            with suppress(FileNotFoundError):  # editors write beside a file and move, so names come and go
                if path.is_file():
                    found[path] = path.stat().st_mtime
    return found

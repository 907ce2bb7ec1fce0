"""One machine: store, site and server, from nothing to a page."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from werkzeug.middleware.proxy_fix import ProxyFix

from portal import jobs
from portal.app import create_app
from portal.applications.door import Door
from portal.charter.loader import load
from portal.charters.changes import Changes
from portal.charters.service import Charters
from portal.clock import SystemClock
from portal.config import ROOT, Config, read
from portal.mail import Message
from portal.members.founding import Founding
from portal.proofs.books import Ledger
from portal.publishing import build_site
from portal.rewards.showcase import Showcase
from portal.table.opening import open_table
from portal.wiring import Services, tools, wire
from portal.wsgi import with_site

THREADS = 4

log = logging.getLogger(__name__)


def prepare(config: Config, say: Callable[[str], None]) -> Services:
    """Open the store and build the site, making what is missing. Raises BadSetting, CharterError, PublishingError.

    The site's pages stand on the door's figures and the ledger's books of today; later ones they fetch themselves.
    """
    charter = load(config.content / "charter")
    open_table(config.table, SystemClock(), create=True)
    services = wire(tools(config, SystemClock(), announce=None))
    services[Charters].store()
    services[Door].write(config.build)
    services[Ledger].write(config.build)
    services[Showcase].write(config.build)
    services[Changes].write(config.build)
    build_site(ROOT, config.build, charter, config.base_url, say)
    return services


def welcome(config: Config, services: Services, say: Callable[[str], None]) -> None:
    """Tell where the pages are and, until there is an owner, the link that claims the community."""
    say(f"Site and portal are at {config.base_url} (stop with Ctrl-C)")
    if link := services[Founding].link():
        say(f"Claim this community (good for one day, once): {link}")


def application() -> WSGIApplication:
    """What the server serves; mail that stays on this machine is told in the terminal, and jobs run by the hour."""
    config = read(os.environ)
    announce = told if config.mail.startswith("file:") else None
    services = wire(tools(config, SystemClock(), announce))
    for name, seconds in jobs.EVERY.items():
        threading.Thread(target=_repeat, args=(name, seconds, services), name=f"job {name}", daemon=True).start()
    app = create_app(services, config)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=0)  # type: ignore[method-assign]
    return with_site(app, config)


def _repeat(name: str, seconds: int, services: Services) -> None:
    """Run a job now and then, for as long as the server runs. What goes wrong is logged, and the next turn comes."""
    while True:
        try:
            jobs.run(name, services)
        except Exception:  # whatever it was, a thread that ended would never take its turn again
            log.exception("job %s failed", name)
        time.sleep(seconds)


def told(message: Message) -> None:
    """A message in two lines: to whom, and what to type or press."""
    does = " · ".join(filter(None, (message.code, message.link[1] if message.link else None)))
    print(f"mail to {message.to}: {message.subject}\n    {does}", flush=True)  # noqa: T201 - the terminal is the inbox


def serve(config: Config) -> None:
    """Serve until stopped: one process, a few threads."""
    from granian.constants import Interfaces  # late: only this command needs the server
    from granian.server import Server

    Server(
        "portal.serving:application",
        factory=True,
        address="127.0.0.1",
        port=config.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()

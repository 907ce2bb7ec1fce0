"""The clock's door: what runs by schedule. Late or repeated, each gives the same result."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from portal.applications.filing import Filing
from portal.applications.timing import Timing
from portal.charters.service import Charters
from portal.clock import SystemClock
from portal.config import read
from portal.economy.service import Awards
from portal.errors import N_, PortalError
from portal.members.service import Members
from portal.outbox.service import Outbox
from portal.packets.closing import Closing
from portal.points.lapsing import Lapsing
from portal.proofs.closing import DailyClose
from portal.proofs.recounting import Recounting
from portal.rewards.keeping import Keeping
from portal.rewards.sale import Sale
from portal.tools import Tools
from portal.wiring import Services, tools, wire

log = logging.getLogger(__name__)


class UnknownJob(PortalError):
    """No job has that name."""

    sentence = N_('There is no job "{name}". There are: {names}.')


def outbox(services: Services) -> dict[str, int]:
    """Send the messages that are still waiting."""
    return {"taken_up": services[Outbox].send_waiting()}


def settle(services: Services) -> dict[str, int]:
    """Settle lots whose month is over."""
    return {"settled": services[Lapsing].settle_due()}


def lapsing(services: Services) -> dict[str, int]:
    """Write to members whose points lapse within 30, 7 or 1 days."""
    return {"told": services[Lapsing].tell()}


def promises(services: Services) -> dict[str, int]:
    """Release promised points whose day has come."""
    return {"released": services[Awards].release_due()}


def packets(services: Services) -> dict[str, int]:
    """Close the red packets whose time has come."""
    return {"closed": services[Closing].close_due()}


def close(services: Services) -> dict[str, int]:
    """Close each day of the ledger that is over, publish its root, and count the budgets again."""
    return {"closed": services[DailyClose].close_due(), "back_in_budgets": services[Recounting].recount()}


def suspensions(services: Services) -> dict[str, int]:
    """List members whose suspension is over as active again."""
    return {"ended": services[Members].end_suspensions()}


def places(services: Services) -> dict[str, int]:
    """Offer free places to the first in line."""
    return {"offered": services[Timing].offer_places()}


def deadlines(services: Services) -> dict[str, int]:
    """Do what is due where we waited for an applicant."""
    return {"passed": services[Timing].pass_deadlines()}


def retention(services: Services) -> dict[str, int]:
    """Erase applications that were kept as long as the charter says, and files that nobody sent."""
    return {"erased": services[Timing].erase(), "files": services[Filing].forget_unsent()}


def redemptions(services: Services) -> dict[str, int]:
    """Complete, expire and erase what is due of redemptions; tickets of flash sales that nobody used go back."""
    return {"done": services[Keeping].run(), "tickets": services[Sale].recount()}


def expired(services: Services) -> dict[str, int]:
    """Forget what has expired, where the store doesn't do it by itself."""
    return {"forgotten": services[Tools].table.forget_expired()}


def charter(services: Services) -> dict[str, str]:
    """Keep the running charter by its hash."""
    charters: Charters = services[Charters]
    return {"stored": charters.store()}


JOBS: Mapping[str, Callable[[Services], Mapping[str, object]]] = {
    "outbox": outbox,
    "settle": settle,
    "close": close,
    "lapsing": lapsing,
    "promises": promises,
    "packets": packets,
    "suspensions": suspensions,
    "places": places,
    "deadlines": deadlines,
    "retention": retention,
    "redemptions": redemptions,
    "charter": charter,
    "expired": expired,
}
#: On one machine: how often each job runs, in seconds. On AWS the schedules are in zappa_settings.json.
EVERY: Mapping[str, int] = {
    "outbox": 300,
    "places": 300,
    "deadlines": 300,
    "packets": 300,
    "redemptions": 300,
    "settle": 3600,
    "close": 3600,
    "lapsing": 3600,
    "promises": 3600,
    "suspensions": 3600,
    "expired": 3600,
    "retention": 24 * 3600,
}


def run(name: str, services: Services | None = None) -> dict[str, object]:
    """Run a job by name; gives what it did. Raises UnknownJob."""
    if name not in JOBS:
        raise UnknownJob(name=name, names=", ".join(JOBS))
    done = JOBS[name](services or wire(tools(read(os.environ), SystemClock())))
    log.info("job %s: %s", name, done)
    return {"job": name, **done}

"""One process of the hammer: does what it is told on standard input in several threads, and acknowledges each deed.

Told: `URL THREADS INSTANT` as arguments, then a JSON list a line: [number, verb, argument, …]. Answers with a JSON list
a line: [number, outcome], where the outcome is an id, a figure, or the name of a refusal. Anything else ends it.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from portal.charter.loader import load
from portal.checkin.service import CheckIns
from portal.config import ROOT
from portal.errors import PortalError
from portal.mail import Message
from portal.packets.service import Packets
from portal.points.lapsing import Lapsing
from portal.rewards.closing import Redemptions
from portal.rewards.service import Rewards
from portal.table.opening import open_table
from portal.tokens import Ids, Tokens
from portal.tools import Tools
from portal.uploads import FolderUploads
from portal.wiring import Services, wire
from tests.clocks import MovableClock
from tests.world import BASE, SECRET


class Unsent:
    """Nobody reads the hammer's mail."""

    def send(self, message: Message) -> None:
        pass


def services(url: str, now: dt.datetime) -> Services:
    clock = MovableClock(now)
    given = Tools(
        table=open_table(url, clock),
        charter=load(ROOT / "content" / "charter"),
        clock=clock,
        ids=Ids(clock),
        tokens=Tokens((SECRET,)),
        mailer=Unsent(),
        uploads=FolderUploads(Path("unused")),
        build=Path("unused"),
        base_url=BASE,
    )
    return wire(given)


def verbs(served: Services) -> dict[str, Callable[..., Any]]:
    return {
        "redeem": lambda member, slug, press, price: served[Rewards].redeem(member, slug, press, price).id,
        "grab": lambda member, packet: served[Packets].open(member, packet).points,
        "stamp": lambda member: served[CheckIns].stamp(member).points,
        "decline": lambda member, press: served[Redemptions].decline("wei", "Wei", member, press, "").status,
        "cancel": lambda member, press: served[Redemptions].cancel(member, press).status,
        "settle": served[Lapsing].settle_due,
    }


def main(url: str, threads: int, now: str) -> None:
    can, lock = verbs(services(url, dt.datetime.fromisoformat(now))), threading.Lock()

    def do(line: str) -> None:
        number, verb, *facts = json.loads(line)
        try:
            outcome = can[verb](*facts)
        except PortalError as refusal:
            outcome = type(refusal).__name__
        with lock:
            print(json.dumps([number, outcome]), flush=True)  # noqa: T201 - the acknowledgement

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(do, line) for line in sys.stdin]:
            done.result()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

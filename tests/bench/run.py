"""`make bench`: each figure as a ratio with its baseline, measured in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import cold, costing, deciding, paging, postgres, publishing, redeeming, scanning, verifying


def main() -> None:
    print("figure                                             ours     baseline   ratio   goal")  # noqa: T201
    ours, bare = redeeming.measure()
    tell("redemptions on SQLite, durable, per second", ours, bare, ours / bare, ">= 0.5")
    found = postgres.measure()
    if found:
        tell("redemptions by 8 threads, against pgbench TPC-B", *found, found[0] / found[1], ">= 1.0")
    else:
        print("redemptions against pgbench: PostgreSQL is not installed here")  # noqa: T201
    ours, bare = verifying.measure()
    tell("ledger verify, entries per second: read and hash", ours, bare, ours / bare, ">= 0.05")
    ours, bare = paging.measure()
    tell("member pages per CPU second", ours, bare, ours / bare, ">= 0.4")
    ours, bare = cold.measure()
    tell("cold start to a page with a session, CPU s", ours, bare, ours / bare, "<= 1.2")
    ours, plain, bare = scanning.measure()
    tell("words scanned for, MB per CPU s: plain chain", ours, plain, ours / plain, ">= 2.0, and 40 MB")
    tell("words scanned for, MB per CPU s: search alone", ours, bare, ours / bare, ">= 0.5")
    print("the desk with 100,000 applications (ours) and 100 (baseline), CPU ms; calls to the table in brackets")  # noqa: T201
    for page, (reads, ours), (few, bare) in deciding.measure():
        tell(f"  {page} [{reads}, {few}]", ours, bare, ours / bare, "same calls")
    for site in publishing.measure():
        figure = f"building {site.pages} pages, s: plain Material"
        tell(figure, site.ours, site.plain, site.ours / site.plain, "<= 1.15")
        sizes = f"{site.index / 1000:.0f} kB, the front page {site.first / 1000:.1f} kB, compressed"
        print(f"  the search's index {sizes}")  # noqa: T201
    print("what it takes of DynamoDB               requests  read units  write units  $ a million (us-east-1, 2025-01)")  # noqa: T201
    for deed, cost, dollars in costing.measure():
        print(f"  {deed:<36} {cost.requests:>9} {cost.read:>11} {cost.written:>12} {dollars:>12.2f}")  # noqa: T201


def tell(figure: str, ours: float, bare: float, ratio: float, goal: str) -> None:
    print(f"{figure:<48} {ours:>8.3f} {bare:>10.3f} {ratio:>8.2f}x  {goal}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

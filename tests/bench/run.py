"""`make bench`: each figure as a ratio with its baseline, measured in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench import cold, deciding, paging, redeeming, scanning


def main() -> None:
    print("figure                                             ours     baseline   ratio   goal")  # noqa: T201
    ours, bare = redeeming.measure()
    tell("redemptions on SQLite, durable, per second", ours, bare, ours / bare, ">= 0.5")
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


def tell(figure: str, ours: float, bare: float, ratio: float, goal: str) -> None:
    print(f"{figure:<48} {ours:>8.3f} {bare:>10.3f} {ratio:>8.2f}x  {goal}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

"""`make mutants`: the ledger's rules broken one at a time, in a copy; the test named beside each must catch it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
HISTORIES = "tests/points/test_every_history.py::test_two_thousand_histories_of_the_pure_account"


class Mutant(NamedTuple):
    """A rule broken: what it is, in which file, by which change of text, and the test that must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str = HISTORIES


MUTANTS = (
    Mutant(
        "points lapse a month late",
        "portal/points/posting.py",
        "lot = event.lapses or moment.month.after(event.months)",
        "lot = event.lapses or moment.month.after(event.months + 1)",
    ),
    Mutant(
        "a released promise lapses by the month of its grant",
        "portal/points/posting.py",
        "before, lot = event.granted, moment.month.after(event.months)",
        "before, lot = event.granted, Month(event.granted.month).after(event.months)",
    ),
    Mutant(
        "a lot is due in its own month",
        "portal/points/posting.py",
        "        if month < moment.month:\n            left",
        "        if month <= moment.month:\n            left",
    ),
    Mutant(
        "a lot that is due is never closed before a hold",
        "portal/points/posting.py",
        "    posted = settle(Posted(purse), moment)\n    for event",
        "    posted = Posted(purse)\n    for event",
    ),
    Mutant(
        "the latest lot pays first",
        "portal/points/posting.py",
        "key=lambda month: (month != first, month)",
        "key=lambda month: (month != first, -month)",
    ),
    Mutant(
        "another lot than the grant's own is taken first",
        "portal/points/posting.py",
        "key=lambda month: (month != first, month)",
        "key=lambda month: month",
    ),
    Mutant(
        "what comes back has the date of the latest lot",
        "portal/points/posting.py",
        "lives = max(month, earliest)",
        "lives = max(*event.allocation, earliest)",
    ),
    Mutant(
        "credit pays no debt",
        "portal/points/posting.py",
        "    pays = min(amount, purse.debt)\n",
        "    pays = 0\n",
    ),
    Mutant(
        "what comes back pays no debt",
        "portal/points/posting.py",
        "pays = drawn(event.allocation, purse.debt)",
        "pays = drawn(event.allocation, 0)",
    ),
    Mutant(
        "a mistake of the community's makes debt",
        "portal/points/posting.py",
        "taken = there if mistake else amount",
        "taken = amount",
    ),
    Mutant(
        "more can be taken back than was granted",
        "portal/points/posting.py",
        "if event.amount > before.left:",
        "if event.amount > before.amount:",
    ),
    Mutant(
        "held points can be handed over while there is debt",
        "portal/points/posting.py",
        "def _fulfil(event: Fulfil, purse: Purse, _moment: Moment) -> Step:\n    if purse.debt:",
        "def _fulfil(event: Fulfil, purse: Purse, _moment: Moment) -> Step:\n    if False:",
    ),
    Mutant(
        "a lost race overwrites the purse",
        "portal/points/records.py",
        'when=[eq("v", before.v) if before.v else absent()]',
        "when=[]",
        "tests/points/test_ledger.py::test_two_postings_from_one_reading_never_both_stand",
    ),
    Mutant(
        "a cap is not counted",
        "portal/members/crediting.py",
        "self._added[name] += amount",
        "self._added[name] += 0",
        "tests/economy/test_bounds.py::test_a_cap_grants_the_rest_and_says_so_on_the_statement",
    ),
    Mutant(
        "a cap is one point too wide",
        "portal/members/crediting.py",
        "max(0, most - self._counted(name))",
        "max(0, most - self._counted(name) + 1)",
        "tests/economy/test_bounds.py::test_a_cap_grants_the_rest_and_says_so_on_the_statement",
    ),
    Mutant(
        "a slice of a budget is one point too wide",
        "portal/points/records.py",
        'when=[under("used", limit - amount + 1, full)]',
        'when=[under("used", limit - amount + 2, full)]',
        "tests/economy/test_bounds.py::test_a_budget_is_never_exceeded_by_forty_at_once",
    ),
)


def caught(mutant: Mutant) -> bool:
    """Whether the test fails on the mutant."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("portal", "tests", "content", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / part)
        target = copy / mutant.file
        target.write_text(target.read_text("utf-8").replace(mutant.old, mutant.new), "utf-8")
        options = ["-q", "-x", "-k", "not emulator", "-p", "no:cacheprovider", "--hypothesis-profile=unshrunk"]
        command = [sys.executable, "-m", "pytest", *options, mutant.test]
        environment = os.environ | {"PYTHONPATH": name}
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False)
        return done.returncode == 1


def main() -> int:
    """Run them all; exit status 1 if one survives."""
    survived = 0
    for mutant in MUTANTS:
        found = caught(mutant)
        survived += not found
        print(f"{'caught  ' if found else 'SURVIVED'}  {mutant.name}", flush=True)  # noqa: T201
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())

"""The charter's changelog: every version that was in force, what changed in it, and nothing that helps cheats."""

from __future__ import annotations

import datetime as dt
import zlib
from pathlib import Path

import msgspec
import pytest

from portal.charter.loader import hashed, load
from portal.charter.schema import Charter
from portal.charters.changes import MOST, Change, Changes, differences
from portal.charters.service import Charters
from portal.config import ROOT
from portal.table.contract import Delete, Key, Put, Table
from tests.clocks import MovableClock

SHIPPED = load(ROOT / "content" / "charter")


def changed(charter: Charter, **more: object) -> Charter:
    return hashed(msgspec.structs.replace(charter, **more))


def running(table: Table, charter: Charter, clock: MovableClock) -> Charters:
    charters = Charters(table, charter, clock)
    charters.store()
    return charters


DEARER = changed(SHIPPED, tiers=[*SHIPPED.tiers[:-1], msgspec.structs.replace(SHIPPED.tiers[-1], enter=300)])


def test_each_charter_is_told_from_when_it_held_and_what_it_changed(table: Table, clock: MovableClock) -> None:
    running(table, SHIPPED, clock)
    clock.advance(days=3)
    charters = running(table, DEARER, clock)
    charters.store()  # a second start of the same program

    latest, first = Changes(charters).versions()

    assert latest.changes == [Change(["tiers", "keeper", "enter"], "240", "300")]
    assert (latest.hash, first.hash) == (DEARER.hash, SHIPPED.hash)
    assert latest.since - first.since == dt.timedelta(days=3)
    assert first.changes == []


def test_a_charter_that_comes_back_is_told_again(table: Table, clock: MovableClock) -> None:
    for charter in (SHIPPED, DEARER, SHIPPED):
        charters = running(table, charter, clock)
        clock.advance(days=1)

    assert [version.hash for version in Changes(charters).versions()] == [SHIPPED.hash, DEARER.hash, SHIPPED.hash]


@pytest.mark.parametrize("body", [zlib.compress(b'{"later": true}'), b"no charter", None])
def test_a_charter_that_cant_be_read_ends_the_changelog_and_nothing_else(
    table: Table, clock: MovableClock, body: bytes | None
) -> None:
    dearest = changed(DEARER, tiers=[*DEARER.tiers[:-1], msgspec.structs.replace(DEARER.tiers[-1], enter=400)])
    for charter in (SHIPPED, DEARER, dearest):
        running(table, charter, clock)
        clock.advance(days=1)
    key = Key(f"CH#{SHIPPED.hash}", "CH")
    table.commit(Delete(key) if body is None else Put({"pk": key.pk, "sk": key.sk, "body": body}))

    told = Changes(Charters(table, dearest, clock)).versions()

    assert [version.changes for version in told] == [[Change(["tiers", "keeper", "enter"], "300", "400")]]
    assert [version.hash for version in told] == [dearest.hash]


def test_what_is_gone_and_what_is_new_are_told_as_such() -> None:
    fewer = changed(SHIPPED, roles=[*SHIPPED.roles[:-1]])

    gone = {change.path[1]: change.after for change in differences(SHIPPED, fewer)}
    new = [change for change in differences(fewer, SHIPPED) if change.path[-1] == "rights"]

    assert gone == {"reviewer": None}
    assert new == [Change(["roles", "reviewer", "rights"], None, "review")]


def test_words_that_alert_and_the_answers_of_a_quiz_stay_at_the_desk() -> None:
    join = SHIPPED.questionnaires["join"]
    other = changed(
        SHIPPED,
        words=msgspec.structs.replace(SHIPPED.words, word=[]) if hasattr(SHIPPED.words, "word") else SHIPPED.words,
        questionnaires={
            **SHIPPED.questionnaires,
            "join": msgspec.structs.replace(join, question=[], minutes=9, version=join.version + 1),
        },
    )

    told = list(differences(SHIPPED, other))

    assert {tuple(change.path) for change in told} == {
        ("questionnaires", "join", "minutes"),
        ("questionnaires", "join", "version"),
    }


def test_a_charter_rewritten_from_end_to_end_is_told_in_measure(table: Table, clock: MovableClock) -> None:
    rules = msgspec.structs.replace(
        SHIPPED.rules,
        rule=[msgspec.structs.replace(SHIPPED.rules.rule[0], slug=f"rule-{number}") for number in range(80)],
    )
    running(table, SHIPPED, clock)
    clock.advance(days=1)

    [latest, _] = Changes(running(table, changed(SHIPPED, rules=rules), clock)).versions()

    assert len(latest.changes) == MOST
    assert latest.more > 0


@pytest.mark.parametrize("gap", [0, 1])
def test_the_snapshot_is_what_the_site_reads(table: Table, clock: MovableClock, tmp_path: Path, gap: int) -> None:
    from portal.publishing import versions

    charters = running(table, SHIPPED, clock)
    Changes(charters).write(tmp_path)
    if gap:
        (tmp_path / versions.NAME).write_bytes(b"[{]")
    told: list[str] = []

    found = versions.read(tmp_path, told.append)

    assert found == ([] if gap else Changes(charters).versions())
    assert len(told) == gap

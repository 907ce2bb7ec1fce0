"""The outbox: a decision stands though its mail fails, and no letter is lost or sent by two."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from portal import jobs
from portal.applications.review import Review
from portal.errors import StoreUnavailable
from portal.mail import SmtpMailer
from portal.members.service import Members
from portal.outbox import records
from portal.outbox.model import Letter, Notice
from portal.outbox.service import LEASE_SECONDS, LONGEST_WAIT, Outbox
from portal.table.contract import Delete, Item, Table, Write
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.people import applicant
from tests.postoffice import open_post_office
from tests.world import World

ADA = "ada@example.org"
NOTICE = Notice(subject="Hello", paragraphs=("How are you?",))


def test_a_letter_that_is_sent_is_kept_no_longer(world: World) -> None:
    keep(world, "Hello")

    assert [letter.subject for letter in world.mail()] == ["Hello"]
    assert waiting(world) == []


def test_a_decision_stands_though_its_mail_fails_and_the_job_sends_it_later(world: World, clock: MovableClock) -> None:
    ada = applicant(world, "Ada")

    with unwritable(world):
        world.the(Review).approve("wei", "Wei", ada.person, ada.id)
    decided, unsent = world.the(Members).find(ada.person), waiting(world)
    clock.advance(seconds=LEASE_SECONDS + 1)
    jobs.run("outbox", world.services)

    assert decided
    assert [letter.message.to for letter in unsent] == [ADA]
    assert world.mail_to(ADA).subject.startswith("Welcome to")
    assert waiting(world) == []


def test_a_code_that_could_not_be_sent_does_not_keep_the_page_from_coming(world: World, clock: MovableClock) -> None:
    browser = world.browser()

    with unwritable(world):
        asked = browser.post("/portal/sign-in", {"email": ADA})
    clock.advance(seconds=LEASE_SECONDS + 1)
    jobs.run("outbox", world.services)
    entered = browser.post(asked.headers["Location"], {"code": world.mail_to(ADA).code})

    assert asked.status_code == 302
    assert (entered.status_code, entered.headers["Location"]) == (302, "/portal/me")


def test_a_server_that_refuses_leaves_the_letter_and_one_that_accepts_takes_it(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    with open_post_office(refuses="RCPT") as office:
        mailer = SmtpMailer(f"smtp://{office.address}?from=door@commons.example")
        world = World(sqlite_table, clock, tmp_path, mailer=mailer)
        keep(world, "Hello")
        refused = waiting(world)
        office.refuses = ""
        clock.advance(seconds=LEASE_SECONDS + 1)
        taken = world.the(Outbox).send_waiting()

    assert [letter.message.subject for letter in refused] == ["Hello"]
    assert taken == 1
    assert [delivery.recipients for delivery in office.delivered] == [(ADA,)]
    assert waiting(world) == []


def test_pauses_grow_from_two_minutes_to_six_hours(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    tried = []
    with unwritable(world):
        keep(world, "Hello")
        start = clock.now()
        while len(tried) < 11:
            clock.advance(seconds=60)
            if world.the(Outbox).send_waiting():
                tried.append(clock.now())

    pauses = [
        round((after - before) / dt.timedelta(seconds=60))
        for before, after in zip([start, *tried], tried, strict=False)
    ]
    # The job runs once a minute, and a pause of two minutes is over just after the second.
    assert pauses == [3, 3, 5, 9, 17, 33, 65, 129, 257, 361, 361]
    assert LONGEST_WAIT == 6 * 3600


def test_the_job_leaves_letters_alone_that_their_writer_is_sending(world: World, clock: MovableClock) -> None:
    outbox = world.the(Outbox)
    letter = outbox.letter(ADA, "en", NOTICE)
    world.table.commit(*outbox.record(letter))

    clock.advance(seconds=LEASE_SECONDS)
    early = outbox.send_waiting()
    clock.advance(seconds=1)
    due = outbox.send_waiting()

    assert (early, due) == (0, 1)
    assert len(world.mail()) == 1


def test_two_runners_at_once_send_each_letter_once(world: World, clock: MovableClock) -> None:
    with unwritable(world):
        for number in range(12):
            keep(world, f"letter {number}")
    clock.advance(hours=1)
    start = Barrier(4)

    def run(_: int) -> int:
        start.wait()
        return world.the(Outbox).send_waiting()

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(run, range(4)))

    assert sorted(letter.subject for letter in world.mail()) == sorted(f"letter {number}" for number in range(12))
    assert sum(taken) == 12
    assert waiting(world) == []


def test_a_letter_that_can_never_be_sent_does_not_hold_up_those_behind_it(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    outbox = world.the(Outbox)
    bad = outbox.letter("=?utf-8?q?x=0d=0a?=@example.org", "en", NOTICE)
    good = outbox.letter(ADA, "en", NOTICE)
    world.table.commit(*outbox.record(bad, good))

    clock.advance(hours=1)
    taken = outbox.send_waiting()

    assert taken == 2
    assert [letter.to for letter in world.mail()] == [ADA]
    assert [letter.id for letter in waiting(world)] == [bad.id]


def test_a_letter_that_was_sent_and_not_noted_is_sent_again(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    dying = DyingTable(sqlite_table)
    world = World(dying, clock, tmp_path)
    dying.dies = True
    keep(world, "Hello")
    dying.dies = False

    clock.advance(hours=1)
    world.the(Outbox).send_waiting()

    assert [letter.subject for letter in world.mail()] == ["Hello", "Hello"]
    assert waiting(world) == []


def test_a_decision_whose_sent_letter_can_t_be_noted_is_no_failure(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    dying = DyingTable(sqlite_table)
    world = World(dying, clock, tmp_path)
    browser = world.browser()
    token = browser.token
    dying.dies = True

    asked = browser.post("/portal/sign-in", {"email": ADA}, csrf=token)

    assert world.mail_to(ADA)
    assert asked.status_code == 302, "the letter was kept and sent, and its reader is told that nothing was changed"


def test_letters_of_a_story_that_is_refused_are_never_sent(world: World) -> None:
    first = applicant(world, "Ada")
    before = len(world.mail())

    world.the(Review).approve("wei", "Wei", first.person, first.id)
    with pytest.raises(Exception, match="has decided this already"):
        world.the(Review).decline("yan", "Yan", first.person, first.id, "advertising")

    assert len(world.mail()) == before + 1
    assert waiting(world) == []


def test_each_letter_is_in_its_reader_s_language_and_says_from_whom(world: World) -> None:
    outbox = world.the(Outbox)

    told = [outbox.letter(ADA, lang, NOTICE).message for lang in ("en", "zh")]

    assert [(message.sender, message.lang) for message in told] == [("Tonghao Commons", "en"), ("同好公社", "zh")]
    assert told[1].footer.startswith("同好公社 · ")


# --- what the stories use ------------------------------------------------------------------------------------------


class DyingTable:
    """A table that goes away just when a sent letter is to be forgotten."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.dies = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._table, name)

    def commit(self, *writes: Write) -> Item | None:
        if self.dies and isinstance(writes[0], Delete) and writes[0].key.pk.startswith("OUT#"):
            raise StoreUnavailable(cause="the test")
        return self._table.commit(*writes)


class unwritable:  # noqa: N801 - reads as a sentence: with unwritable(world)
    """The folder of the mail is a file, for as long as the block lasts."""

    def __init__(self, world: World) -> None:
        self._folder = world.letters
        self._aside = world.letters.with_name("aside")

    def __enter__(self) -> None:
        if self._folder.exists():
            self._folder.rename(self._aside)
        self._folder.write_text("in the way")

    def __exit__(self, *_: object) -> None:
        self._folder.unlink()
        if self._aside.exists():
            self._aside.rename(self._folder)


def keep(world: World, subject: str) -> Letter:
    """A letter that is written and, if it can be, sent."""
    outbox = world.the(Outbox)
    letter = outbox.letter(ADA, "en", Notice(subject=subject, paragraphs=("How are you?",)))
    world.table.commit(*outbox.record(letter))
    outbox.send(letter)
    return letter


def waiting(world: World) -> list[Letter]:
    return list(records.waiting(world.table))

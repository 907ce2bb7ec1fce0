"""Applications from elsewhere: each bad row is named, nothing changes unless told to, and nothing comes in twice."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from portal.accounts.roles import Roles
from portal.accounts.service import Accounts
from portal.applications.importing import Brought, Importing, Report
from portal.applications.model import Application
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.applications.sheets import Faulty
from portal.audit.service import Audit
from portal.cases.service import Cases
from portal.charter.loader import hashed
from portal.charter.schema import WordEntry, Words
from portal.charters.service import Charters
from portal.cli import main
from portal.errors import BadSetting
from portal.language import Lang
from portal.members.service import Members
from portal.table.contract import Item, Table, Write
from portal.table.opening import open_table
from portal.table.sqlite import SqliteTable
from tests.charters import EVERY_KIND, SHIPPED, chartered, choice, question
from tests.clocks import MovableClock
from tests.forwarding import ForwardingTable
from tests.interrupting import InterruptedTable
from tests.people import applicant, member, person
from tests.world import World

COLUMNS = "name,keeping,places,why,sell,hours,email,rules"
ADA = "Ada,lead,wechat;offline,Thirty strangers every Saturday.,no,3,ada@example.org,yes"
BEN = 'Ben,"no, I AM curious",,Bread.,不打算,1,Ben@Example.org,同意'
CAI = '蔡,还没有，正在筹备,,"下雨天,也去。",NO,５,cai@example.org,是'


def sheet(*rows: str, columns: str = COLUMNS) -> bytes:
    return "\n".join((columns, *rows, "")).encode()


def examine(world: World, data: bytes, *, form: str = "join", lang: Lang = "en") -> Report:
    return world.the(Importing).examine("people.csv", data, form, lang, lambda _done, _of: None)


def bring(world: World, data: bytes, *, quiet: bool = False, lang: Lang = "en") -> Brought:
    return world.the(Importing).bring(examine(world, data, lang=lang), lambda _done, _of: None, quiet=quiet)


def told(world: World, data: bytes, **more: Any) -> list[str]:
    """What is wrong with a file, line by line."""
    try:
        return [str(fault) for fault in examine(world, data, **more).faults]
    except Faulty as faulty:
        return [str(fault) for fault in faulty.faults]


def waiting(world: World) -> dict[str, Application]:
    return {one.name: one for one in world.the(Queue).waiting().applications}


def everything(table: Table) -> list[str]:
    return sorted(map(str, table.scan()))


def with_row(**changes: str) -> bytes:
    """A file of one row, Ada's but for some cells."""
    cells = dict(zip(COLUMNS.split(","), ADA.split(","), strict=True)) | changes
    written = io.StringIO()
    csv.writer(written).writerows([cells.keys(), cells.values()])
    return written.getvalue().encode()


def test_a_good_file_is_waiting_at_the_desk_and_everybody_is_told_in_their_language(world: World) -> None:
    rows = (f"{ADA},,", f"{BEN},2027-02-15,", f"{CAI},2027-02-20T08:30:00+08:00,zh")
    data = sheet(*rows, columns=f"{COLUMNS},submitted,lang")

    report = examine(world, data)
    brought = world.the(Importing).bring(report, lambda _done, _of: None, quiet=False)

    assert (report.faults, report.notices, report.rows) == ([], [], 3)
    assert (brought.imported, brought.already, brought.late) == (3, 0, [])
    found = waiting(world)
    assert list(found) == ["Ben", "蔡", "Ada"]  # the oldest first
    assert {one.status for one in found.values()} == {"submitted"}
    assert found["Ada"].answers == {
        "name": "Ada",
        "keeping": "lead",
        "places": ["wechat", "offline"],
        "why": "Thirty strangers every Saturday.",
        "sell": "no",
        "hours": 3,
        "email": "ada@example.org",
        "rules": True,
    }
    assert (found["Ada"].score.total, found["Ada"].persona, found["Ada"].submitted) == (11, "keeper", world.clock.now())
    ben, cai = found["Ben"], found["蔡"]
    assert (ben.answers["keeping"], ben.answers["sell"], ben.answers["email"]) == ("no", "no", "ben@example.org")
    assert (cai.answers["keeping"], cai.answers["hours"], cai.answers["why"]) == ("soon", 5, "下雨天,也去。")
    assert ben.submitted == ben.since == dt.datetime(2027, 2, 14, 16, tzinfo=dt.UTC)  # that day begins in Shanghai
    assert cai.submitted == dt.datetime(2027, 2, 20, 0, 30, tzinfo=dt.UTC)
    assert "Thank you, Ada." in world.mail_to("ada@example.org").text
    assert "谢谢你" in world.mail_to("cai@example.org").text


def test_the_letter_opens_the_private_page_and_the_address_still_has_to_be_proven_to_sign_in(world: World) -> None:
    bring(world, sheet(ADA))
    browser = world.browser()

    status = browser.get(world.mail_to("ada@example.org").link)
    guessed = browser.get("/portal/me")
    browser.sign_in("ada@example.org")
    mine = browser.get("/portal/me")

    assert (status.status_code, guessed.status_code) == (200, 302)
    assert mine.status_code == 200
    assert world.the(Accounts).person_of("ADA@example.org") == waiting(world)["Ada"].person


def test_who_was_imported_can_be_approved_and_their_file_tells_where_it_came_from(world: World) -> None:
    bring(world, sheet(ADA))
    ada = waiting(world)["Ada"]

    happened = world.the(Queue).file(ada.person, ada.id).moments
    world.the(Review).approve("wei", "Wei", ada.person, ada.id)

    assert sorted((one.by, one.kind, one.text) for one in happened) == [
        ("applicant", "moved", ""),
        ("terminal", "note", "people.csv:2"),
    ]
    assert world.the(Members).profile(ada.person).number == 1


def test_looking_changes_nothing(world: World) -> None:
    member(world, "Ben")
    before = everything(world.table)

    report = examine(world, sheet(ADA, BEN, CAI.replace("是", "否")))

    assert (len(report.sound), report.bad) == (1, 2)
    assert everything(world.table) == before


def test_the_same_file_again_brings_nothing_in_twice_even_on_another_day(world: World, clock: MovableClock) -> None:
    data = sheet(f"{ADA},", f"{BEN},2027-02-15", columns=f"{COLUMNS},submitted")
    first = bring(world, data)
    clock.advance(days=2)
    before, letters = everything(world.table), len(world.mail())

    report = examine(world, data)
    again = world.the(Importing).bring(report, lambda _done, _of: None, quiet=False)

    assert first.imported == 2
    assert (report.already, report.sound, report.faults) == ([2, 3], [], [])
    assert again == Brought(0, 0, [])
    assert (everything(world.table), len(world.mail())) == (before, letters)


def test_a_later_application_of_the_same_person_is_another_one(world: World, clock: MovableClock) -> None:
    bring(world, sheet(f"{ADA},2027-02-15", columns=f"{COLUMNS},submitted"))
    ada = waiting(world)["Ada"]
    world.the(Review).decline("wei", "Wei", ada.person, ada.id, "incomplete-answers")
    clock.advance(days=10)

    report = examine(world, sheet(f"{ADA},2027-03-09", columns=f"{COLUMNS},submitted"))

    assert (len(report.sound), report.already, report.faults) == (1, [], [])


def test_nothing_is_decided_by_itself(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    questions = [dict(one) for one in EVERY_KIND["question"] if one["slug"] in ("name", "email", "rules")]  # type: ignore[attr-defined]
    sells = question("sell", "choice", choices=[choice("yes", refuse="advertising"), choice("no", weight=9)])
    form = EVERY_KIND | {"question": [*questions, sells], "pass": 5, "floor": 1, "floor_reason": "incomplete-answers"}
    auto = {"on": ["domain"], "domains": ["example.org"]}
    world = World(table, clock, tmp_path, charter=chartered(forms={"door": form}, auto_approve=auto))
    data = sheet("Ada,ada@example.org,1,no", "Ben,ben@example.org,1,yes", columns="name,email,rules,sell")

    world.the(Importing).bring(examine(world, data, form="door"), lambda _done, _of: None, quiet=True)

    assert {name: one.status for name, one in waiting(world).items()} == {"Ada": "submitted", "Ben": "submitted"}
    assert world.mail() == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "line 2, name: Please answer this question."),
        ({"name": "x" * 61}, "line 2, name: This is 1 characters too long; 60 fit."),
        ({"keeping": "maybe"}, "line 2, keeping: “maybe” is none of the answers: lead, help, soon, no"),
        ({"places": "wechat|moon"}, "line 2, places: “moon” is none of the answers: wechat, discord, forum, offline"),
        ({"places": ""}, "line 2, places: Please answer this question."),
        ({"places": ";"}, "line 2, places: Please answer this question."),
        ({"hours": "6"}, "line 2, hours: Please choose a step from 1 to 5."),
        ({"hours": "many"}, "line 2, hours: Please choose a step from 1 to 5."),
        ({"rules": "no"}, "line 2, rules: Without agreeing to the rules nobody can join."),
        ({"rules": "perhaps"}, "line 2, rules: “perhaps” is neither yes nor no"),
        ({"email": ""}, "line 2, email: Please answer this question."),
        ({"submitted": "15.2.2027"}, "line 2, submitted: “15.2.2027” is no date such as 2027-02-15"),
        ({"submitted": "2027-03-02"}, "line 2, submitted: 2027-03-02 is in the future"),
        ({"submitted": "2027-03-01T09:01Z"}, "line 2, submitted: 2027-03-01T09:01Z is in the future"),
        ({"submitted": "9999-12-31T23:59-12:00"}, "line 2, submitted: 9999-12-31T23:59-12:00 is in the future"),
        ({"submitted": "1899-12-31"}, "line 2, submitted: 1899-12-31 is before 2000"),
        ({"lang": "fr"}, "line 2, lang: “fr” is none of the languages: en, zh"),
    ],
)
def test_each_bad_cell_is_told_with_line_and_column(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, changes: dict[str, str], says: str
) -> None:
    world = World(sqlite_table, clock, tmp_path)

    (fault,) = told(world, with_row(**changes))

    assert fault.startswith(says)


def test_everything_that_is_wrong_with_a_row_is_told_at_once(world: World) -> None:
    faults = told(world, sheet(ADA, "Ada,lead,,,maybe,9,ada@example.org,"))

    assert [fault.partition(":")[0] for fault in faults] == [
        "line 3, places",
        "line 3, why",
        "line 3, sell",
        "line 3, hours",
        "line 3, rules",
        "line 3, email",
    ]
    assert faults[-1] == "line 3, email: the same address as in line 2"


def test_what_could_steer_a_terminal_is_not_told_as_it_is(world: World) -> None:
    (fault,) = told(world, with_row(keeping="no\n\x1b[31m" + "x" * 99))

    assert "\n" not in fault
    assert "\x1b" not in fault
    assert fault.endswith("…” is none of the answers: lead, help, soon, no")


def test_an_answer_to_a_hidden_question_is_left_out_with_a_notice(world: World) -> None:
    data = sheet(ADA.replace("lead", "no").replace("wechat;offline", "moon"), CAI.replace("筹备,", "筹备,wechat"))

    report = examine(world, data)
    world.the(Importing).bring(report, lambda _done, _of: None, quiet=True)

    assert report.faults == []
    assert [str(one) for one in report.notices] == [
        "line 3, places: is not asked where the others are answered so; left out"
    ]
    assert all("places" not in one.answers for one in waiting(world).values())


def test_every_kind_of_answer_is_read_as_the_form_reads_it(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"all": EVERY_KIND}))
    columns = "name;games;chess;rating;since;page;hours;story;email;rules"
    good = 'Ada;"board； ball";YES;１５００;2020-01-01;https://example.org;5;"one\n\ntwo";ada@example.org;TRUE'
    bad = "Ben;board;yes;12.5;2027/1/1;example;0;;ben@example.org;1"

    report = examine(world, sheet(good, bad, columns=columns), form="all")

    assert report.delimiter == "semicolon"
    assert report.sound[0].answers == {
        "name": "Ada",
        "chess": "yes",
        "rating": 1500,
        "games": ["board", "ball"],
        "since": "2020-01-01",
        "page": "https://example.org",
        "hours": 5,
        "story": "one\n\ntwo",
        "email": "ada@example.org",
        "rules": True,
    }
    assert [str(fault) for fault in report.faults] == [
        "line 5, rating: Please type a whole number, such as 12.",
        "line 5, since: Please give a date as year, month and day: 2027-03-15.",
        "line 5, page: Please give a whole address that begins with https:// or http://.",
        "line 5, hours: Please choose a step from 1 to 5.",
    ]


def test_files_cannot_be_imported(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    files = [question("cv", "file", accepts=["pdf"], max_kilobytes=64)]
    asked = [one for one in EVERY_KIND["question"] if one["slug"] in ("name", "email", "rules")]  # type: ignore[attr-defined]
    world = World(
        table, clock, tmp_path,
        charter=chartered(forms={"all": EVERY_KIND, "strict": EVERY_KIND | {"question": asked + files}}),
    )  # fmt: skip

    optional = told(world, sheet("x", columns="name,games,hours,email,rules,cv"), form="all")
    required = told(world, sheet("x", columns="name,email,rules"), form="strict")

    assert optional == ["line 1, cv: files can't be imported; leave this column out"]
    assert required == ["line 1, cv: the form asks everybody for a file, and files can't be imported"]


def test_a_header_that_is_wrong_is_told_whole(world: World) -> None:
    faults = told(world, b"\n\nname,Name,shoe,,keeping,sell,why,email\nAda,,,,,,,\n")

    assert faults == [
        "line 3, shoe: the form has no such column; it has " + ", ".join([*COLUMNS.split(","), "submitted", "lang"]),
        "line 3, column 4: has no name",
        "line 3, name: the column stands twice",
        "line 3, hours: the column is missing; everybody must answer it",
        "line 3, rules: the column is missing; everybody must answer it",
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty; its first line must name the columns"),
        (b"\n ,,\n", "the file is empty; its first line must name the columns"),
        (b"name,why\n\xff\xfe\xff", "line 2: is neither UTF-8 nor GB18030; save the file as “CSV UTF-8”"),
        (b"\xef\xbb\xbfname\n\n\xc4\xe3", "line 3: begins as UTF-8 and has bytes here that are none"),
        ("name,why".encode("utf-16-le"), "line 1: is not text; save the file as “CSV UTF-8”"),
        (b"x" * 20_000_001, "the file is larger than 20 MB; split it"),
        (sheet(*["x"] * 10_001), "there are more than 10,000 rows; split the file"),
        (sheet(ADA, '"Ben', "no end"), "line 3: can't be read (unexpected end of data);"),
        (sheet(f"{ADA},more"), "line 2: the row has 9 cells under 8 columns; is a text not in quotes?"),
    ],
    ids=["nothing", "blanks", "neither", "half-utf-8", "utf-16", "too-large", "too-many", "open-quote", "too-long"],
)
def test_a_file_that_cannot_be_read_says_why(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, data: bytes, says: str
) -> None:
    world = World(sqlite_table, clock, tmp_path)

    (fault,) = told(world, data)

    assert fault.startswith(says)


@pytest.mark.parametrize(
    ("encoding", "read"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("gbk", "GB18030")]
)
def test_what_excel_writes_is_read(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, encoding: str, read: str
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    data = sheet(CAI).decode().replace("\n", "\r\n").replace(",", "\t").replace("\t也", ",也")

    report = examine(world, data.encode(encoding))

    assert (report.encoding, report.delimiter, report.faults) == (read, "tab", [])
    assert report.sound[0].answers["why"] == "下雨天,也去。"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path, end: str
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    long = ADA.replace("Thirty strangers every Saturday.", '"One,\n\n""two"",\nthree."')
    text_ = sheet(long, "", ",,,,,,,", BEN.replace(",1,", ",7,"), CAI).decode().replace("\n", end)

    report = examine(world, text_.encode())

    assert [str(fault) for fault in report.faults] == ["line 8, hours: Please choose a step from 1 to 5."]
    assert [(one.line, one.answers["name"]) for one in report.sound] == [(2, "Ada"), (9, "蔡")]
    assert report.sound[0].answers["why"] == 'One,\n\n"two",\nthree.'
    assert report.rows == 3


def test_who_cannot_apply_now_is_told_in_the_dry_run(world: World) -> None:
    member(world, "Ada")
    applicant(world, "Ben")
    cai = applicant(world, "Cai")
    world.the(Review).decline("wei", "Wei", cai.person, cai.id, "could-not-verify")
    person(world, "Dora")
    dora = ADA.replace("ada@", "dora@")

    assert told(world, sheet(ADA, BEN, CAI, dora)) == [
        "line 2, email: is a member already",
        "line 3, email: has another application with us already",
        "line 4, email: was declined and may apply again from 2027-03-15 on",
    ]


def test_somebody_whom_we_know_keeps_their_account_and_reads_their_own_language(world: World) -> None:
    ada = person(world, "Ada", "zh")

    bring(world, sheet(ADA))

    assert waiting(world)["Ada"].person == ada.id
    assert "谢谢你" in world.mail_to("ada@example.org").text


def test_words_that_are_watched_open_a_case_as_they_do_at_the_door(world: World) -> None:
    held = world.charter.words.word
    word = next(entry.text for entry in held if entry.severity == "hold")

    bring(world, with_row(why=f"Bread. {word}"))

    ada = waiting(world)["Ada"]
    assert ada.words == "hold"
    assert [case.subject for case in world.the(Cases).waiting().cases] == [f"{ada.person}.{ada.id}"]


def test_words_that_are_blocked_keep_a_row_out(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    words = Words(word=[WordEntry("pyramid", "block")])
    world = World(table, clock, tmp_path, charter=hashed(msgspec.structs.replace(SHIPPED, words=words)))

    faults = told(world, with_row(why="A PYRAMID of friends, a pyramid."))

    assert faults == ["line 2, why: the word list blocks “pyramid”"]


def test_an_import_is_noted_once_and_keeps_the_charter_that_it_used(world: World) -> None:
    bring(world, sheet(ADA, BEN, CAI))

    (noted,) = world.the(Audit).of_day(world.the(Members).today)
    assert (noted.actor, noted.subject) == ("terminal", "join")
    assert noted.facts == {"n": 3, "file": "people.csv", "bad": 0}
    assert "vouching" in noted.did
    assert any(item["pk"] == f"CH#{world.charter.hash}" for item in world.table.scan())
    assert world.the(Charters).at(waiting(world)["Ada"].charter).join.version == 2


class Failing(ForwardingTable):
    """A table that breaks down at the nth commit from now on."""

    left = 10**6

    def commit(self, *writes: Write) -> Item | None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionError
        return super().commit(*writes)


def test_a_crash_leaves_whole_rows_and_the_next_run_goes_on(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    failing = Failing(table)
    world = World(failing, clock, tmp_path)
    report = examine(world, sheet(ADA, BEN, CAI))
    failing.left = 6  # the charter, from when on it holds, the note, Ada and the end of her letter, Ben
    with pytest.raises(ConnectionError):
        world.the(Importing).bring(report, lambda _done, _of: None, quiet=False)
    failing.left = 10**6

    rest = examine(world, sheet(ADA, BEN, CAI))
    world.the(Importing).bring(rest, lambda _done, _of: None, quiet=False)

    assert (rest.already, [one.line for one in rest.sound]) == ([2, 3], [4])
    assert sorted(waiting(world)) == ["Ada", "Ben", "蔡"]


def test_what_happens_while_it_runs_is_told_and_stops_nobody_else(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(InterruptedTable(table), clock, tmp_path)
    report = examine(world, sheet(ADA, BEN))
    applicant(world, "Ada")

    brought = world.the(Importing).bring(report, lambda _done, _of: None, quiet=True)

    assert (brought.imported, [str(one) for one in brought.late]) == (
        1,
        ["line 2, email: has another application with us already"],
    )


def test_an_address_that_is_proven_in_the_same_moment_is_not_made_twice(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    interrupted = InterruptedTable(table)
    world = World(interrupted, clock, tmp_path)
    report = examine(world, sheet(ADA))
    made: list[str] = []
    interrupted.interrupt(lambda: made.append(person(world, "Ada").id), writing="EMAIL#")

    brought = world.the(Importing).bring(report, lambda _done, _of: None, quiet=True)

    assert brought.imported == 1
    assert [waiting(world)["Ada"].person] == made


def test_the_same_file_twice_at_once_comes_in_once(world: World) -> None:
    report = examine(world, sheet(ADA, BEN, CAI))

    with ThreadPoolExecutor(4) as pool:
        brought = list(pool.map(lambda _: world.the(Importing).bring(report, lambda *_: None, quiet=True), range(4)))

    assert (sum(one.imported for one in brought), sum(one.already for one in brought)) == (3, 9)
    assert sorted(waiting(world)) == ["Ada", "Ben", "蔡"]
    assert len([item for item in world.table.scan() if item["sk"] == "ACCOUNT"]) == 3


def test_who_becomes_a_member_in_the_same_moment_is_not_brought_in(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    interrupted = InterruptedTable(table)
    world = World(interrupted, clock, tmp_path)
    ada = person(world, "Ada").id
    report = examine(world, sheet(ADA))
    interrupted.interrupt(lambda: table.commit(*world.the(Members).welcome(ada, "Ada", 7)), writing=f"M#{ada}")

    brought = world.the(Importing).bring(report, lambda _done, _of: None, quiet=True)

    assert (brought.imported, [one.says for one in brought.late]) == (0, ["is a member already"])
    assert waiting(world) == {}


def test_a_store_of_another_secret_is_left_alone(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    ours = World(table, clock, tmp_path / "ours")
    table.commit(*ours.the(Roles).found(person(ours, "Wei")))
    theirs = World(table, clock, tmp_path / "theirs", secrets=("another secret, of another installation",))

    assert told(ours, sheet(ADA)) == []
    with pytest.raises(BadSetting, match="TONGHAO_SECRET"):
        told(theirs, sheet(ADA))


# --- the terminal ---------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, clock: MovableClock) -> Callable[..., Result]:
    """The command, on a store in a file, with what the given rows say in people.csv."""
    url = f"sqlite:///{tmp_path / 'tonghao.db'}"
    open_table(url, clock, create=True)
    env = {"TONGHAO_DATA": str(tmp_path), "TONGHAO_TABLE": url, "TONGHAO_MAIL": "", "TONGHAO_SECRET": ""}

    def invoke(data: bytes, *options: str) -> Result:
        (tmp_path / "people.csv").write_bytes(data)
        return CliRunner().invoke(main, ["applications", "import", str(tmp_path / "people.csv"), *options], env=env)

    return invoke


APPLY = ("--apply", "--vouch-for-addresses")


def letters(folder: Path) -> int:
    return len(list((folder / "outbox").glob("*.eml")))


def test_the_command_only_looks_unless_told_to(run: Callable[..., Result], tmp_path: Path) -> None:
    looked = run(sheet(ADA, BEN))
    brought = run(sheet(ADA, BEN), *APPLY)
    again = run(sheet(ADA, BEN), *APPLY)

    assert (looked.exit_code, brought.exit_code, again.exit_code) == (0, 0, 0)
    assert looked.stdout.splitlines() == [
        "people.csv: 2 rows, read as UTF-8 with commas between the cells",
        "2 sound, 0 bad, 0 imported before",
        "This was a dry run: nothing was changed.",
    ]
    assert brought.stdout.splitlines()[-1] == "2 imported; they wait at the desk."
    assert again.stdout.splitlines()[1:] == [
        "0 sound, 0 bad, 2 imported before",
        "0 imported; they wait at the desk.",
    ]
    assert letters(tmp_path) == 2


def test_one_bad_row_keeps_all_others_out_unless_it_may_be_skipped(run: Callable[..., Result], tmp_path: Path) -> None:
    data = sheet(ADA, BEN.replace("同意", ""), CAI)

    refused = run(data, *APPLY)
    skipped = run(data, *APPLY, "--skip-bad", "--quiet")

    bad = "people.csv, line 3, rules: Without agreeing to the rules nobody can join."
    assert (refused.exit_code, skipped.exit_code) == (1, 1)
    assert bad in refused.stderr
    assert bad in skipped.stderr
    assert "tonghao: nothing was imported; mend what is bad, or add --skip-bad" in refused.stderr
    assert "2 sound, 1 bad, 0 imported before" in skipped.stdout
    assert "2 imported" in skipped.stdout
    assert letters(tmp_path) == 0


def test_the_command_wants_somebody_to_vouch_and_a_form_that_there_is(run: Callable[..., Result]) -> None:
    alone = run(sheet(ADA), "--apply")
    unknown = run(sheet(ADA), "--form", "leave")
    header = run(b"name\nAda\n")

    assert (alone.exit_code, unknown.exit_code, header.exit_code) == (2, 2, 1)
    assert "--apply needs --vouch-for-addresses" in alone.stderr
    assert 'the charter has no form "leave"' in unknown.stderr
    assert "people.csv, line 1, email: the column is missing" in header.stderr

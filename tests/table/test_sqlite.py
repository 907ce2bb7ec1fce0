"""What one file adds to the contract: durability, faults of the file, threads and forks."""

from __future__ import annotations

import contextlib
import functools
import itertools
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from portal.errors import Busy, StoreUnavailable
from portal.table.contract import Key, Put, Update, absent, eq
from portal.table.listing import listing
from portal.table.sqlite import SqliteTable, _selection
from tests.clocks import MovableClock
from tests.engines import ROOT

ADA = {"pk": "M#ada", "sk": "PROFILE"}


def cause(path: Path, clock: MovableClock) -> str:
    """What the operator is told when the file is read; it fits on one line."""
    with pytest.raises(StoreUnavailable) as refused:
        SqliteTable(path, clock).get(Key("M#ada", "PROFILE"))
    told = str(refused.value.facts["cause"])
    assert "\n" not in told
    assert str(path) in told
    return told


# --- the file ------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_told_and_not_made(tmp_path: Path, clock: MovableClock) -> None:
    path = tmp_path / "club.db"

    assert cause(path, clock).endswith("is missing")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_made_whole_for_its_owner_alone(tmp_path: Path, clock: MovableClock) -> None:
    path = tmp_path / "var" / "club.db"
    table = SqliteTable(path, clock)

    table.create()

    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    table.commit(Put(ADA))
    table.create()
    assert table.get(Key("M#ada", "PROFILE")) == ADA
    table.close()


def test_a_file_is_made_once_by_many(tmp_path: Path, clock: MovableClock) -> None:
    tables = [SqliteTable(tmp_path / "club.db", clock) for _ in range(8)]
    start = threading.Barrier(8)

    def make(table: SqliteTable) -> None:
        start.wait()
        table.create()
        table.commit(Update(Key("C", "1"), add={"n": 1}))

    with ThreadPoolExecutor(8) as makers:
        list(makers.map(make, tables))

    assert tables[0].get(Key("C", "1")) == {"pk": "C", "sk": "1", "n": 8}
    for table in tables:
        table.close()


def test_a_file_where_none_can_be_is_told(tmp_path: Path, clock: MovableClock) -> None:
    (tmp_path / "var").write_text("a file, not a folder")

    with pytest.raises(StoreUnavailable) as refused:
        SqliteTable(tmp_path / "var" / "club.db", clock).create()

    assert "can't be created" in refused.value.facts["cause"]


def test_a_folder_is_no_store(tmp_path: Path, clock: MovableClock) -> None:
    assert cause(tmp_path, clock).endswith("is missing")


def test_a_file_that_is_no_database_is_told(tmp_path: Path, clock: MovableClock) -> None:
    path = tmp_path / "club.db"
    path.write_bytes(b"These are minutes of a meeting. " * 500)

    assert cause(path, clock).endswith("file is not a database")


def test_an_empty_file_and_a_database_of_others_are_no_store(tmp_path: Path, clock: MovableClock) -> None:
    empty, foreign = tmp_path / "empty.db", tmp_path / "foreign.db"
    empty.touch()
    with contextlib.closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE items (pk, sk)")

    assert cause(empty, clock).endswith("is not a Tonghao store")
    assert cause(foreign, clock).endswith("is not a Tonghao store")
    with pytest.raises(StoreUnavailable):
        SqliteTable(foreign, clock).create()


def test_a_store_of_a_later_version_is_told(sqlite_table: SqliteTable, clock: MovableClock) -> None:
    with contextlib.closing(sqlite3.connect(sqlite_table.path)) as connection:
        connection.execute("PRAGMA user_version = 9")

    assert cause(sqlite_table.path, clock).endswith("has schema 9, this program knows 1")


def test_a_damaged_file_is_told(sqlite_table: SqliteTable, clock: MovableClock) -> None:
    for number in range(50):
        sqlite_table.commit(Put({"pk": "M#ada", "sk": f"{number}", "text": "x" * 500}))
    sqlite_table.close()
    with sqlite_table.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 4)

    assert "malformed" in cause(sqlite_table.path, clock)


def test_a_store_is_used_again_once_its_file_is_back(tmp_path: Path, clock: MovableClock) -> None:
    table = SqliteTable(tmp_path / "club.db", clock)
    with pytest.raises(StoreUnavailable):
        table.commit(Put(ADA))

    table.create()

    assert table.commit(Put(ADA)) == ADA
    table.close()


def test_a_file_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    script = """
        SqliteTable(path, clock).create()
        path.chmod(0o444)
        if os.geteuid() == 0:  # for whom nothing is read-only
            path.parent.chmod(0o755)
            os.setuid(65534)
        try:
            SqliteTable(path, clock).commit(Put({"pk": "M#ada", "sk": "PROFILE"}))
        except StoreUnavailable as refused:
            print(refused.facts["cause"])
    """
    told = [f"{tmp_path / 'club.db'} can't be read and written by this user"]

    assert run(script, tmp_path / "club.db") == told
    for folder in tmp_path.parents:  # as far as they are the run's own
        if folder.owner() == tmp_path.owner() and folder.name.startswith(("pytest-", "popen-")):
            folder.chmod(0o755)
    (tmp_path / "club.db").unlink(missing_ok=True)
    assert run(script, tmp_path / "club.db") == told


def test_a_full_disk_changes_nothing_and_says_so(sqlite_table: SqliteTable) -> None:
    sqlite_table.commit(Put(ADA))
    with sqlite_table._connections.reading() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(StoreUnavailable) as refused:
        sqlite_table.commit(*(Put({"pk": "M#ada", "sk": f"{number}", "text": "x" * 5000}) for number in range(20)))

    assert refused.value.facts["cause"].endswith("database or disk is full")
    assert list(sqlite_table.scan()) == [ADA]
    assert sqlite_table.commit(Update(Key("M#ada", "PROFILE"), set={"n": 1})) == {**ADA, "n": 1}


# --- other processes -----------------------------------------------------------------------------------------------

_PRELUDE = """
import os, sys
from pathlib import Path
from portal.clock import SystemClock
from portal.errors import Busy, StoreUnavailable
from portal.table.contract import Key, Put, Update
from portal.table.sqlite import SqliteTable
path, clock = Path(sys.argv[1]), SystemClock()
"""


def command(script: str, path: Path) -> list[str]:
    lines = script.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    return [sys.executable, "-W", "error", "-c", _PRELUDE + "\n".join(line[indent:] for line in lines), str(path)]


def run(script: str, path: Path) -> list[str]:
    done = subprocess.run(command(script, path), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


_WRITER = """
table, me = SqliteTable(path, clock), os.getpid()
for number in range(1_000_000):
    entry = {"pk": f"M#{me}", "sk": f"L#{number}", "text": "x" * 200}
    try:
        table.commit(Put(entry), Update(Key("TOTAL", "1"), add={"n": 1}), Update(Key("TOTAL", str(me)), add={"n": 1}))
    except Busy:
        continue  # the other writer has the disk; nothing was acknowledged
    print(me, f"L#{number}", flush=True)
"""


def test_a_killed_writer_loses_nothing_that_was_acknowledged(sqlite_table: SqliteTable) -> None:
    acknowledged: list[str] = []
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            start = functools.partial(subprocess.Popen, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            writers = [stack.enter_context(start(command(_WRITER, sqlite_table.path))) for _ in range(2)]
            for writer in writers:
                assert writer.stdout is not None
                acknowledged += itertools.islice(writer.stdout, 30)
                writer.kill()
                acknowledged += [line for line in writer.stdout if line.endswith("\n")]

    items = list(sqlite_table.scan())

    stored = {f"{item['pk'][2:]} {item['sk']}\n" for item in items if item["pk"] != "TOTAL"}
    assert len(acknowledged) >= 180
    assert set(acknowledged) <= stored
    # And no transaction was done by half: the totals are those of the entries.
    totals = {item["sk"]: item["n"] for item in items if item["pk"] == "TOTAL"}
    assert totals.pop("1") == len(stored) == sum(totals.values())


def test_a_lock_of_another_process_that_outlasts_the_wait_is_busy(
    sqlite_table: SqliteTable, clock: MovableClock
) -> None:
    hurried = SqliteTable(sqlite_table.path, clock, busy_timeout=0.01)
    with contextlib.closing(sqlite3.connect(sqlite_table.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Busy):
            hurried.commit(Put(ADA))
        assert hurried.get(Key("M#ada", "PROFILE")) is None  # readers don't wait

        other.execute("ROLLBACK")
    assert hurried.commit(Put(ADA)) == ADA
    hurried.close()


def test_a_fork_carries_no_connection_over(sqlite_table: SqliteTable) -> None:
    script = """
        table = SqliteTable(path, clock)
        table.commit(Put({"pk": "P", "sk": "before"}))
        ready, tell = os.pipe()
        go_on, release = os.pipe()
        child = os.fork()
        if child == 0:
            table.commit(Put({"pk": "P", "sk": "child"}))
            os.write(tell, b"x")
            os.read(go_on, 1)  # until the parent has closed, as a leaving server does
            table.commit(Put({"pk": "P", "sk": "child, later"}))
            os._exit(0)
        os.read(ready, 1)
        table.commit(Put({"pk": "P", "sk": "parent"}))
        table.close()
        os.write(release, b"x")
        os.waitpid(child, 0)
        print(*(item["sk"] for item in table.query("P").items), sep="; ")
    """

    assert run(script, sqlite_table.path) == ["before; child; child, later; parent"]
    assert len(sqlite_table.query("P").items) == 4


def test_a_fork_waits_for_a_transaction_of_another_thread(sqlite_table: SqliteTable) -> None:
    script = """
        import threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of what this is about
        table = SqliteTable(path, clock)
        begun = threading.Event()
        def write():
            with table._connections.turn(), table._connections.transaction() as connection:
                begun.set()
                for number in range(2000):
                    connection.execute("REPLACE INTO items (pk, sk, body) VALUES ('P', ?, x'80')", (f"{number:04}",))
        writer = threading.Thread(target=write)
        writer.start()
        begun.wait()
        child = os.fork()
        if child == 0:
            found = len(table.query("P", limit=1000).items)
            table.commit(Put({"pk": "P", "sk": "child"}))
            os._exit(0 if found == 1000 else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        writer.join()
    """

    assert run(script, sqlite_table.path) == ["0"]
    assert sum(1 for _ in sqlite_table.scan()) == 2001


# --- threads -------------------------------------------------------------------------------------------------------


def test_of_many_threads_none_loses_an_update(sqlite_table: SqliteTable) -> None:
    counter = Key("C", "1")
    sqlite_table.commit(Put({**counter._asdict(), "v": 0}))

    def count(_: int) -> int:
        done = 0
        for _ in range(10):
            with contextlib.suppress(Busy):
                sqlite_table.retrying(one_more)
                done += 1
        return done

    def one_more() -> None:
        found = sqlite_table.get(counter)
        assert found is not None
        sqlite_table.commit(Update(counter, set={"v": found["v"] + 1}, when=[eq("v", found["v"])]))

    with ThreadPoolExecutor(8) as threads:
        done = sum(threads.map(count, range(8)))

    assert sqlite_table.get(counter) == {**counter._asdict(), "v": done}
    assert done > 0


def test_a_thread_takes_its_connection_with_it(sqlite_table: SqliteTable) -> None:
    for _ in range(5):
        thread = threading.Thread(target=sqlite_table.get, args=[Key("P", "1")])
        thread.start()
        thread.join()

    assert len(sqlite_table._connections._slots) <= 1


def test_what_is_refused_in_one_thread_leaves_the_lock_to_the_next(sqlite_table: SqliteTable) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(_: Any) -> Any:
        raise Interrupted

    with pytest.raises(Interrupted):
        sqlite_table.commit(Put(ADA, when=[eq("v", 1, interrupt)]))

    assert sqlite_table.commit(Put(ADA)) == ADA


def together(table: SqliteTable, *works: Callable[[], object]) -> list[object]:
    """What each gives or raises, when all wait for the same turn."""

    def done(work: Callable[[], object]) -> object:
        try:
            return work()
        except BaseException as raised:  # noqa: BLE001 - it is the answer
            return raised

    with ThreadPoolExecutor(len(works)) as threads:
        with table._connections.turn():
            started = [threads.submit(done, work) for work in works]
            until(lambda: len(table._turns._waiting) == len(works))
        return [one.result() for one in started]


def until(so: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not so():
        assert time.monotonic() < limit
        time.sleep(0.001)


def writing(table: SqliteTable, *names: str) -> list[Callable[[], object]]:
    return [functools.partial(table.commit, Put({"pk": "P", "sk": name}, when=[absent()])) for name in names]


def written(table: SqliteTable) -> list[str]:
    return [item["sk"] for item in table.query("P").items]


def test_writers_who_wait_share_a_flush_and_keep_their_refusals_apart(sqlite_table: SqliteTable) -> None:
    answers = together(sqlite_table, *writing(sqlite_table, *"hihja"))

    assert [answers[n] for n in (1, 3, 4)] == [{"pk": "P", "sk": name} for name in "ija"]
    assert sorted(type(answers[n]).__name__ for n in (0, 2)) == ["Stale", "dict"]
    assert written(sqlite_table) == [*"ahij"]


def test_many_who_wait_need_few_flushes(sqlite_table: SqliteTable, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, transaction = [], sqlite_table._connections.transaction
    monkeypatch.setattr(sqlite_table._connections, "transaction", lambda: begun.append(1) or transaction())

    together(sqlite_table, *writing(sqlite_table, *map(str, range(40))))

    assert len(written(sqlite_table)) == 40
    assert len(begun) == 2  # 32 in the first


def test_a_file_that_fails_fails_for_all_who_shared_the_flush(sqlite_table: SqliteTable) -> None:
    def fail() -> None:
        sqlite_table._turns.write(lambda connection: connection.execute("SELECT nothing"))

    answers = together(sqlite_table, *writing(sqlite_table, "a", "b"), fail)

    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    assert len({id(answer) for answer in answers}) == 3  # a traceback of its own for each
    assert written(sqlite_table) == []


def test_who_is_stopped_at_the_work_leaves_the_others_without_an_answer(sqlite_table: SqliteTable) -> None:
    class Interrupted(BaseException):
        pass

    def interrupt(_: Any) -> Any:
        raise Interrupted

    answers = together(
        sqlite_table,
        *writing(sqlite_table, "a", "b"),
        lambda: sqlite_table.commit(Put(ADA, when=[eq("v", 1, interrupt)])),
    )

    # Whose turn it was is the one to hear of it.
    assert sorted(type(answer).__name__ for answer in answers) == ["Interrupted", "NoAnswer", "NoAnswer"]
    assert written(sqlite_table) == []


def test_who_is_stopped_between_taking_up_and_doing_holds_nobody_up(
    sqlite_table: SqliteTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(BaseException):
        pass

    def interrupted(_: Any) -> None:
        monkeypatch.undo()
        raise Interrupted

    monkeypatch.setattr(sqlite_table._turns, "_do", interrupted)
    answers = together(sqlite_table, *writing(sqlite_table, "a", "b"))

    assert sorted(type(answer).__name__ for answer in answers) == ["Interrupted", "NoAnswer"]
    assert written(sqlite_table) == []
    sqlite_table.commit(Put(ADA))


def test_who_gave_up_waiting_has_written_nothing(sqlite_table: SqliteTable, clock: MovableClock) -> None:
    hurried = SqliteTable(sqlite_table.path, clock, busy_timeout=0.01)
    with hurried._connections.turn(), ThreadPoolExecutor(1) as threads, pytest.raises(Busy):
        threads.submit(hurried.commit, Put(ADA)).result()

    hurried.commit(Put({"pk": "P", "sk": "later"}))
    assert hurried.get(Key("M#ada", "PROFILE")) is None
    hurried.close()


def test_a_fork_leaves_the_work_that_waits_to_its_parent(sqlite_table: SqliteTable) -> None:
    script = """
        from portal.table.turns import _Work
        table = SqliteTable(path, clock)
        table._turns._waiting.append(_Work(lambda connection: print("the parent's work", flush=True)))
        child = os.fork()
        table.commit(Put({"pk": "P", "sk": "child" if child == 0 else "parent"}))
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        print(len(table.query("P").items))
    """

    assert run(script, sqlite_table.path) == ["the parent's work", "2"]


# --- the plan ------------------------------------------------------------------------------------------------------


@pytest.fixture
def plan(sqlite_table: SqliteTable) -> Iterator[Any]:
    with sqlite_table._connections.reading() as connection:

        def planned(**asked: Any) -> list[str]:
            whole = {"index": None, "begins": None, "between": None, "reverse": False, "limit": 10, "cursor": None}
            sql, values = _selection(listing("P", **(whole | asked)), 1)
            return [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

        yield planned


@pytest.mark.parametrize("asked", [{}, {"begins": "L#"}, {"between": ("a", "b")}])
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(
    ("index", "way"), [(None, "PRIMARY KEY"), ("gs1", "INDEX gs1"), ("gs2", "INDEX gs2")], ids=["base", "gs1", "gs2"]
)
def test_every_query_is_one_search_that_needs_no_sorting(
    plan: Any, index: Any, way: str, reverse: bool, asked: Any
) -> None:
    assert [step.split(" (")[0] for step in plan(index=index, reverse=reverse, **asked)] == [
        f"SEARCH items USING {way}"
    ]


def test_stores_are_durable_at_every_commit(sqlite_table: SqliteTable) -> None:
    with sqlite_table._connections.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

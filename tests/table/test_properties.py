"""Whatever is asked of them, in whatever order, SQLite and the emulator give the same answers and the same refusals."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.errors import N_, PortalError
from portal.table.contract import (
    BadWrite,
    Check,
    Condition,
    Delete,
    Key,
    Put,
    Table,
    Update,
    absent,
    eq,
    exists,
    ge,
    under,
)
from portal.table.dynamodb import DynamoTable
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock


class Told(PortalError):
    sentence = N_("Condition {name} was refused, and {found} was found.")


# An example is a list of steps; what they name is put into a world of its own, so that all can share one table.
Step = Callable[[Table, str, int], Any]
PKS, SKS = ("A", "B"), ("a", "a#1", "a#2", "b", "é", "\U0001f375")
BOUNDS = ("", "a", "a#", "a#1", "b", "\uffff")
_examples = itertools.count(1)

numbers = st.integers(-2, 3)
values = st.one_of(numbers, st.sampled_from(["", "x", True, False, None, b"x", [1], [True], {"k": 1}, {}]))
names = st.sampled_from(["n", "m"])
places = st.tuples(st.sampled_from(PKS), st.sampled_from(SKS))
lifetimes = st.integers(-1, 4)


def conditions() -> st.SearchStrategy[Condition]:
    def named(condition: Condition) -> Condition:
        label = f"{condition.kind} {condition.name} {condition.value!r}"
        return Condition(condition.kind, lambda found: Told(name=label, found=found), condition.name, condition.value)

    return st.one_of(
        st.just(absent()),
        st.just(exists()),
        st.builds(eq, names, values),
        st.builds(ge, names, numbers),
        st.builds(under, names, numbers),
    ).map(named)


@st.composite
def writes(draw: st.DrawFn, place: tuple[str, str]) -> Callable[[str, int], Any]:
    """One write on this place; a function of the world and the present second."""
    pk, sk = place
    kind = draw(st.sampled_from(["put", "update", "update", "update", "delete", "check"]))
    when = draw(st.lists(conditions(), min_size=kind == "check", max_size=2))
    set_, add = draw(st.dictionaries(names, values, max_size=2)), draw(st.dictionaries(names, numbers, max_size=2))
    lifetime, queue = draw(st.none() | lifetimes), draw(st.none() | st.sampled_from("123"))
    remove = draw(st.lists(st.sampled_from(["n", "m", "ttl", "gs1pk"]), unique=True, max_size=1))

    def write(world: str, now: int) -> Any:
        key = Key(world + pk, sk)
        more: dict[str, Any] = {} if lifetime is None else {"ttl": now + lifetime}
        more |= {} if queue is None else {"gs1pk": f"{world}Q", "gs1sk": queue}
        if kind == "put":
            return Put({**key._asdict(), **set_, **more}, when)
        if kind == "delete":
            return Delete(key, when)
        if kind == "check":
            return Check(key, when)
        change = {**set_, **more}
        added = {name: amount for name, amount in add.items() if name not in change}
        return Update(key, change, added, [name for name in remove if name not in change | added], when)

    return write


@st.composite
def commits(draw: st.DrawFn) -> Step:
    where = draw(st.lists(places, min_size=1, max_size=4, unique=True) | st.lists(places, min_size=1, max_size=1))
    drawn = [draw(writes(place)) for place in where]

    def commit(table: Table, world: str, now: int) -> Any:
        return table.commit(*(write(world, now) for write in drawn))

    return commit


@st.composite
def queries(draw: st.DrawFn) -> Step:
    asked: dict[str, Any] = {"reverse": draw(st.booleans()), "limit": draw(st.integers(1, 4))}
    index, pk = draw(st.sampled_from([(None, "A"), (None, "B"), ("gs1", "Q")]))
    narrow = draw(st.sampled_from(["begins", "between", ""]))
    if narrow == "begins":
        asked["begins"] = draw(st.sampled_from(BOUNDS))
    elif narrow == "between":
        asked["between"] = (draw(st.sampled_from(BOUNDS)), draw(st.sampled_from(BOUNDS)))

    def walk(table: Table, world: str, _: int) -> Any:
        pages, cursor = [], None
        while (not pages or cursor) and len(pages) < 100:
            page = table.query(world + pk, index=index, cursor=cursor, **asked)
            cursor = page.cursor
            pages.append((list(page.items), cursor))
        return pages

    return walk


@st.composite
def reads(draw: st.DrawFn) -> Step:
    where = draw(st.lists(places, min_size=1, max_size=4))

    def read(table: Table, world: str, _: int) -> Any:
        keys = [Key(world + pk, sk) for pk, sk in where]
        return table.get(keys[0]), table.batch_get(keys)

    return read


def answer(step: Step, table: Table, world: str, clock: MovableClock) -> Any:
    """What the step says: its answer, or its refusal with all that it was told."""
    try:
        return plain(step(table, world, int(clock.now().timestamp())))
    except Told as told:
        return "refused", told.facts["name"], plain(told.facts["found"])
    except BadWrite:
        return "bad write"


def plain(said: Any) -> Any:
    """With types beside values, since 1 == True."""
    if isinstance(said, list | tuple):
        return [plain(each) for each in said]
    if isinstance(said, dict):
        return sorted((name, plain(each)) for name, each in said.items())
    return type(said).__name__, said


steps = st.one_of(commits(), commits(), commits(), queries(), reads(), st.integers(0, 3))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(steps, min_size=5, max_size=25))
def test_both_engines_say_the_same(
    sqlite_table: SqliteTable, emulator_table: DynamoTable, clock: MovableClock, told: list[Step | int]
) -> None:
    world = f"{next(_examples)}#"
    for step in told:
        if isinstance(step, int):
            clock.advance(seconds=step)
            continue
        assert answer(step, sqlite_table, world, clock) == answer(step, emulator_table, world, clock)
    for pk in (*PKS, "Q"):
        everything: Step = lambda table, world, _: table.query(world + pk).items  # noqa: B023, E731 - used at once
        assert answer(everything, sqlite_table, world, clock) == answer(everything, emulator_table, world, clock)

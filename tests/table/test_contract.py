"""What a commit promises, told as stories on every engine."""

from __future__ import annotations

import enum
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.errors import N_, Busy, PortalError, Stale
from portal.table.contract import (
    Check,
    Delete,
    Item,
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
from tests.clocks import MovableClock


class SoldOut(PortalError):
    status = 409
    sentence = N_("The {mug} is sold out.")


class AlreadyRedeemed(PortalError):
    sentence = N_("This was redeemed before.")


class TooPoor(PortalError):
    sentence = N_("Points are missing.")


STOCK = Key("R#mug", "STOCK")
ADA = Key("M#ada", "POINTS")


@pytest.fixture
def shop(table: Table) -> Table:
    """Two mugs, and Ada with 130 points."""
    table.commit(
        Put({"pk": "R#mug", "sk": "STOCK", "left": 2}),
        Put({"pk": "M#ada", "sk": "POINTS", "available": 130, "v": 7}),
    )
    return table


def redemption(number: int, price: int = 120) -> list[Put | Update]:
    return [
        Put({"pk": "M#ada", "sk": f"RD#{number}"}, when=[absent(AlreadyRedeemed)]),
        Update(STOCK, add={"left": -1}, when=[ge("left", 1, lambda item: SoldOut(mug="mug", seen=item))]),
        Update(ADA, add={"available": -price}, when=[ge("available", price, TooPoor)]),
    ]


def test_a_commit_makes_all_writes_true(shop: Table) -> None:
    assert shop.commit(*redemption(1)) is None

    assert shop.batch_get([Key("M#ada", "RD#1"), STOCK, ADA]) == [
        {"pk": "M#ada", "sk": "RD#1"},
        {"pk": "R#mug", "sk": "STOCK", "left": 1},
        {"pk": "M#ada", "sk": "POINTS", "available": 10, "v": 7},
    ]


def test_a_commit_that_is_refused_writes_nothing(shop: Table) -> None:
    before = sorted(shop.scan(), key=str)

    with pytest.raises(TooPoor):
        shop.commit(*redemption(1, price=131))

    assert sorted(shop.scan(), key=str) == before


def test_the_first_write_that_fails_in_order_tells_the_refusal(shop: Table) -> None:
    shop.commit(*redemption(1))
    shop.commit(Put({"pk": "R#mug", "sk": "STOCK", "left": 0}))

    with pytest.raises(AlreadyRedeemed):
        shop.commit(*redemption(1))
    with pytest.raises(SoldOut):
        shop.commit(*redemption(2))


def test_within_a_write_the_first_condition_that_fails_tells_it(shop: Table) -> None:
    def spend(*, version: int, price: int) -> Update:
        return Update(
            ADA, add={"available": -price}, when=[exists(), eq("v", version), ge("available", price, TooPoor)]
        )

    with pytest.raises(Stale):
        shop.commit(spend(version=6, price=500))
    with pytest.raises(TooPoor):
        shop.commit(spend(version=7, price=500))
    with pytest.raises(Stale):
        shop.commit(spend(version=6, price=500), Check(STOCK, when=[exists()]))


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_a_refusal_may_be_told_by_the_item_found(shop: Table, together: bool) -> None:
    shop.commit(Put({"pk": "R#mug", "sk": "STOCK", "left": 0, "note": "Friday"}))
    sale = redemption(1) if together else redemption(1)[1:2]

    with pytest.raises(SoldOut) as refused:
        shop.commit(*sale)

    assert str(refused.value) == "The mug is sold out."
    assert refused.value.facts["seen"] == {"pk": "R#mug", "sk": "STOCK", "left": 0, "note": "Friday"}


def test_a_refusal_may_be_told_by_nothing_found(table: Table) -> None:
    seen: list[Item | None] = []

    def gone(item: Item | None) -> PortalError:
        seen.append(item)
        return SoldOut(mug="cup")

    with pytest.raises(SoldOut, match="The cup is sold out"):
        table.commit(Update(STOCK, add={"left": -1}, when=[exists(gone)]))

    assert seen == [None]


def test_a_refusal_may_be_ready_made(table: Table) -> None:
    ready = SoldOut(mug="cup")

    with pytest.raises(SoldOut) as refused:
        table.commit(Delete(STOCK, when=[exists(ready)]))

    assert refused.value is ready


def test_a_lone_put_or_update_returns_the_new_item(table: Table) -> None:
    put = table.commit(Put({"pk": "R#mug", "sk": "STOCK", "left": 2, "of": ("a", "b")}))
    updated = table.commit(Update(STOCK, set={"note": "new"}, add={"left": -1, "sold": 1}, remove=["of", "nothing"]))

    assert put == {"pk": "R#mug", "sk": "STOCK", "left": 2, "of": ["a", "b"]}
    assert updated == {"pk": "R#mug", "sk": "STOCK", "left": 1, "sold": 1, "note": "new"}
    assert table.get(STOCK) == updated
    assert table.commit(Check(STOCK, when=[exists()])) is None
    assert table.commit(Delete(STOCK)) is None


def test_an_update_creates_an_item_where_its_conditions_allow(table: Table) -> None:
    assert table.commit(Update(STOCK, add={"left": 3}, when=[absent()])) == {"pk": "R#mug", "sk": "STOCK", "left": 3}
    with pytest.raises(Stale):
        table.commit(Update(Key("R#cup", "STOCK"), add={"left": 3}, when=[exists()]))

    assert table.get(Key("R#cup", "STOCK")) is None


def test_a_put_replaces_the_whole_item(shop: Table) -> None:
    shop.commit(Put({"pk": "R#mug", "sk": "STOCK", "closed": True}))

    assert shop.get(STOCK) == {"pk": "R#mug", "sk": "STOCK", "closed": True}


def test_a_delete_without_conditions_may_find_nothing(shop: Table) -> None:
    shop.commit(Delete(STOCK))
    shop.commit(Delete(STOCK))

    assert shop.get(STOCK) is None
    with pytest.raises(SoldOut):
        shop.commit(Delete(STOCK, when=[exists(SoldOut(mug="mug"))]))


def test_a_check_refuses_the_rest(shop: Table) -> None:
    with pytest.raises(Stale):
        shop.commit(Delete(STOCK), Check(ADA, when=[eq("v", 8)]))
    with pytest.raises(Stale):
        shop.commit(Check(ADA, when=[eq("v", 8)]))

    assert shop.get(STOCK) is not None


def test_a_commit_of_nothing_is_nothing(table: Table) -> None:
    assert table.commit() is None


class Tier(enum.StrEnum):
    REGULAR = "regular"


class Level(int, enum.Enum):
    THIRD = 3


VALUES: dict[str, Any] = {
    "text": "同好 \U0001f375 \x00 ' \" #",
    "empty": "",
    "zero": 0,
    "less": -5,
    "great": 10**37 + 1,
    "greater_than_64_bits": [-(2**64), 2**63, {"deep": 10**38 - 1}],
    "yes": True,
    "no": False,
    "none": None,
    "bytes": b"\x00\xff",
    "no_bytes": b"",
    "list": [1, "two", [], {}, None, True],
    "map": {"a.b": {"c": [b"d"]}, "名": "阿达"},
    "size": 1,  # a reserved word
    "an.odd name": 1,
}


def test_every_kind_of_value_comes_back_as_itself(table: Table) -> None:
    item = {"pk": "V", "sk": "1", **VALUES}

    returned = table.commit(Put(item))
    updated = table.commit(Update(Key("V", "2"), set=VALUES))
    table.commit(Put({**item, "sk": "3"}), Update(Key("V", "4"), set=VALUES))

    assert returned == item
    assert updated == {**item, "sk": "2"}
    for found in table.query("V").items:
        assert found == {**item, "sk": found["sk"]}
        assert [type(found[name]) for name in VALUES] == [type(value) for value in VALUES.values()]


def test_enums_are_stored_as_what_they_stand_for(table: Table) -> None:
    table.commit(Put({"pk": "M", "sk": Tier.REGULAR, "tier": Tier.REGULAR, "level": Level.THIRD}))

    found = table.commit(
        Update(
            Key("M", "regular"), add={"level": Level.THIRD}, when=[eq("tier", Tier.REGULAR), eq("level", Level.THIRD)]
        )
    )

    assert found == {"pk": "M", "sk": "regular", "tier": "regular", "level": 6}


NOTHING, BARE = None, {}
CONDITIONS: list[tuple[Any, list[Any], list[Any]]] = [
    (absent(), [NOTHING], [BARE, {"a": 1}]),
    (exists(), [BARE, {"a": 1}], [NOTHING]),
    (eq("a", 1), [{"a": 1}], [NOTHING, BARE, {"a": 2}, {"a": "1"}, {"a": None}, {"a": [1]}]),
    (eq("a", True), [{"a": True}], [NOTHING, BARE, {"a": False}]),
    (eq("a", "x"), [{"a": "x"}], [NOTHING, BARE, {"a": "xx"}, {"a": b"x"}]),
    (eq("a", b"x"), [{"a": b"x"}], [{"a": "x"}]),
    (eq("a", [1, {"b": None}]), [{"a": [1, {"b": None}]}], [{"a": [2, {"b": None}]}, {"a": [1]}, {"a": [1, {}]}]),
    (eq("a", {"x": 1, "y": [2]}), [{"a": {"y": [2], "x": 1}}], [{"a": {"x": 1}}, {"a": {"x": 1, "y": [2, 3]}}]),
    (eq("a", None), [NOTHING, BARE, {"a": None}, {"b": 1}], [{"a": 0}, {"a": ""}, {"a": False}]),
    (ge("a", 1), [{"a": 1}, {"a": 2}, {"a": 10**20}], [NOTHING, BARE, {"a": 0}, {"a": "9"}, {"a": True}, {"a": None}]),
    (ge("a", -3), [{"a": 0}, {"a": -3}], [{"a": -4}, {"a": []}]),
    (under("a", 1), [NOTHING, BARE, {"a": 0}, {"a": -9}], [{"a": 1}, {"a": 9}, {"a": "0"}, {"a": False}, {"a": None}]),
    (eq("sk", "K"), [BARE], [NOTHING]),
]


def holds(table: Table, condition: Any, attributes: Item | None) -> bool:
    """Whether the condition holds of an item of these attributes; asked in three ways, which must agree."""
    key = Key("C", "K")
    table.commit(Delete(key) if attributes is None else Put({**key._asdict(), **attributes}))
    told = set()
    check, other = Check(key, when=[condition]), Put({"pk": "other", "sk": "one"})
    for writes in ([check], [check, other], [Delete(key, when=[condition])]):
        try:
            table.commit(*writes)
            told.add(True)
        except Stale:
            told.add(False)
    (answer,) = told
    return answer


@pytest.mark.parametrize(("condition", "true_of", "false_of"), CONDITIONS)
def test_conditions_hold_of_what_they_say(
    table: Table, condition: Any, true_of: list[Any], false_of: list[Any]
) -> None:
    assert [holds(table, condition, each) for each in true_of] == [True] * len(true_of)
    assert [holds(table, condition, each) for each in false_of] == [False] * len(false_of)


def test_a_condition_tells_true_from_one(table: Table) -> None:
    assert not holds(table, eq("a", 1), {"a": True})
    assert not holds(table, eq("a", True), {"a": 1})
    assert not holds(table, eq("a", [1, {"b": 0}]), {"a": [True, {"b": 0}]})
    assert not holds(table, eq("a", [1, {"b": 0}]), {"a": [1, {"b": False}]})


def test_a_story_that_lost_a_race_is_told_again(shop: Table) -> None:
    rivals = iter([8, 9])

    def story() -> int:
        found = shop.get(ADA)
        assert found is not None
        for rival in rivals:
            shop.commit(Update(ADA, set={"v": rival}))
            break
        shop.commit(Update(ADA, set={"v": 100}, when=[eq("v", found["v"])]))
        return int(found["v"])

    assert shop.retrying(story) == 9


def test_a_story_that_keeps_losing_ends_in_busy(shop: Table) -> None:
    told: list[int] = []

    def story() -> None:
        told.append(1)
        raise Stale

    with pytest.raises(Busy):
        shop.retrying(story)

    assert len(told) == 10


def test_other_refusals_end_a_story_at_once(shop: Table) -> None:
    told: list[int] = []

    def story() -> None:
        told.append(1)
        raise TooPoor

    with pytest.raises(TooPoor):
        shop.retrying(story)

    assert told == [1]


@pytest.mark.parametrize("together", [False, True], ids=["alone", "together"])
def test_of_many_buyers_at_once_none_gets_what_is_sold_out(table: Table, clock: MovableClock, together: bool) -> None:
    table.commit(Put({"pk": "R#mug", "sk": "STOCK", "left": 20}))
    start = threading.Barrier(8)

    def buy(buyer: int) -> int:
        start.wait()
        bought = 0
        for number in range(5):
            sale = [Update(STOCK, add={"left": -1}, when=[ge("left", 1, SoldOut(mug="mug"))])]
            try:
                table.commit(*sale, *([Put({"pk": f"M#{buyer}", "sk": f"RD#{number}"})] if together else []))
                bought += 1
            except SoldOut:
                pass
        return bought

    with ThreadPoolExecutor(8) as buyers:
        sold = sum(buyers.map(buy, range(8)))

    assert sold == 20
    assert table.get(STOCK) == {"pk": "R#mug", "sk": "STOCK", "left": 0}
    assert sum(item["sk"].startswith("RD#") for item in table.scan()) == (20 if together else 0)

"""Codes: brought in with a report of each bad line, one owner each, revoked singly, never twice and none lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from portal.audit.service import Audit
from portal.errors import PortalError
from portal.points.service import Points
from portal.rewards.closing import Redemptions
from portal.rewards.handing import CodeShown, PoolEmpty
from portal.rewards.pools import ELSEWHERE, NoPool, NoSuchCode, NotText, Pools, hashed
from portal.rewards.queue import Backlog
from portal.rewards.service import SoldOut
from portal.rewards.shelf import ByPool, Shelf
from portal.rewards.shipping import LookFirst, Shipping
from portal.table.contract import Table
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.interrupting import InterruptedTable
from tests.people import member, reward
from tests.rewards.asking import WEI, approve, at_once, books_balance, fill, fulfil, give_back, left, redeem, seen
from tests.world import World


def vouchers(world: World, count: int = 3, **more: object) -> list[str]:
    reward(world, "voucher", price=5, kind="code", **more)
    codes = [f"BOOK-{number:04}" for number in range(count)]
    assert fill(world, "voucher", codes) == count
    return codes


def shown(world: World, who: str, press: str) -> str:
    return world.the(Shipping).code_of(world.the(Shipping).show(who, press))


def revoke(world: World, code: str, reason: str = "bad") -> object:
    return world.the(Pools).revoke(*WEI, world.the(Shelf).reward("voucher"), hashed(code), reason)


def pooled(world: World) -> tuple[set[str], dict[str, str]]:
    """Free codes, and used ones with their state."""
    items = list(world.table.scan())
    free = {str(item["code"]) for item in items if str(item["sk"]).startswith("FREE#")}
    return free, {str(item["code"]): str(item["state"]) for item in items if str(item["sk"]).startswith("USED#")}


def test_a_table_is_read_line_by_line_and_brings_in_only_what_is_good(world: World) -> None:
    vouchers(world, 2)
    voucher, pools = world.the(Shelf).reward("voucher"), world.the(Pools)
    revoke(world, "BOOK-0001")
    text = (
        "\ufeffCode\r\nNEW-1\r\n\r\nNEW-1\r\nBOOK-0000\r\nBOOK-0001\r\nNEW-2,5\r\nNEW-2;5\r\nNEW 3\r\n"
        + "x" * 101
        + "\r\nNEW-4\r\n"
    )

    report = pools.read(voucher, text.encode())

    assert report.codes == ["NEW-1", "NEW-4"]
    assert [(row.line, str(row.why)) for row in report.bad] == [
        (4, "stands twice in this table"),
        (5, "is in the pool already"),
        (6, "has left the pool already, or was revoked"),
        (7, "has more than one cell"),
        (8, "has more than one cell"),
        (9, "has blanks or signs in it that can't be seen"),
        (10, "is longer than 100 characters"),
    ]
    assert left(world, "voucher") == 1  # nothing has changed yet
    assert pools.bring(*WEI, voucher, text.encode()) == 2
    assert pools.bring(*WEI, voucher, text.encode()) == 0
    assert left(world, "voucher") == 3
    with pytest.raises(NotText):
        pools.read(voucher, b"\xff\xfe\x00")


def test_only_codes_have_a_pool_and_their_stock_is_not_typed(world: World) -> None:
    mug = reward(world)
    vouchers(world)

    with pytest.raises(NoPool):
        world.the(Pools).read(mug, b"x")
    with pytest.raises(ByPool):
        world.the(Shelf).restock(*WEI, "voucher", 5, "press-1")


def test_a_code_is_seen_by_its_owner_when_they_ask_and_by_nobody_else(world: World) -> None:
    ada, bo = member(world, "Ada"), member(world, "Bo")
    codes = vouchers(world)
    press = redeem(world, ada, "voucher")
    fulfil(world, ada, press)
    assert world.the(Shipping).code_of(seen(world, ada, press)) == ""
    with pytest.raises(LookFirst):
        world.the(Shipping).received(ada, press)

    code = shown(world, ada, press)

    assert code in codes
    assert shown(world, ada, press) == code
    with pytest.raises(PortalError):
        world.the(Shipping).show(bo, press)
    assert code not in world.mail_to("ada@example.org").text
    assert world.the(Shipping).received(ada, press).status == "completed"


def test_automatic_codes_reach_as_many_as_there_are_and_none_twice(world: World) -> None:
    count = 20 if isinstance(world.table, SqliteTable) else 12
    people = [member(world, f"M{number}") for number in range(count + 8)]
    codes = vouchers(world, count, auto=True)

    answers = at_once([partial(redeem, world, who, "voucher") for who in people], 16)

    owners = [(who, answer) for who, answer in zip(people, answers, strict=True) if isinstance(answer, str)]
    got = [shown(world, who, press) for who, press in owners]
    assert len(got) == len(set(got))
    assert set(got) <= set(codes)
    assert {type(answer).__name__ for answer in answers if not isinstance(answer, str)} <= {
        "SoldOut",
        "Busy",
        "PoolEmpty",
    }
    free, used = pooled(world)
    assert len(free) == left(world, "voucher") == count - len(got)
    assert set(used) == set(got)
    books_balance(world)


def test_cancelling_declining_and_taking_back_unseen_lose_no_code(world: World) -> None:
    ada = member(world, "Ada", points=40)
    codes = vouchers(world, 3)
    cancelled, declined, unseen = (redeem(world, ada, "voucher") for _ in range(3))
    with pytest.raises(SoldOut):
        redeem(world, ada, "voucher")
    approve(world, ada, cancelled)
    fulfil(world, ada, unseen)

    world.the(Redemptions).cancel(ada, cancelled)
    world.the(Redemptions).decline(*WEI, ada, declined, "")
    give_back(world, ada, unseen)

    assert pooled(world) == (set(codes), {})
    assert left(world, "voucher") == 3
    assert world.the(Points).purse(ada).available == 50
    books_balance(world)


def test_what_was_seen_does_not_come_back_unless_it_is_revoked(world: World) -> None:
    ada = member(world, "Ada")
    vouchers(world, 1)
    press = redeem(world, ada, "voucher")
    fulfil(world, ada, press)
    code = shown(world, ada, press)
    with pytest.raises(CodeShown):
        give_back(world, ada, press)

    revoke(world, code, "The shop has closed.")
    again = revoke(world, code, "The shop has closed.")

    assert again is None
    assert seen(world, ada, press).status == "returned"
    assert world.the(Points).purse(ada).available == 10
    assert "The shop has closed." in world.mail_to("ada@example.org").text
    assert world.the(Shipping).code_of(seen(world, ada, press)) == ""
    assert pooled(world) == (set(), {code: "revoked"})
    assert fill(world, "voucher", [code]) == 0
    books_balance(world)


def test_who_has_a_revoked_code_gets_another_while_there_is_one(world: World, clock: MovableClock) -> None:
    ada = member(world, "Ada", points=20)
    vouchers(world, 2)
    press = redeem(world, ada, "voucher")
    fulfil(world, ada, press)
    first = shown(world, ada, press)
    clock.advance(days=20)  # long completed: a code that is no good has no time limit

    revoke(world, first)

    assert seen(world, ada, press).shown is None
    second = shown(world, ada, press)
    assert second != first
    assert left(world, "voucher") == 0
    assert "new code" in world.mail_to("ada@example.org").subject
    with pytest.raises(SoldOut):
        redeem(world, ada, "voucher")
    books_balance(world)


def test_a_revoked_code_that_nobody_had_is_given_to_nobody(world: World) -> None:
    ada = member(world, "Ada", points=20)
    codes = vouchers(world, 2)
    first = redeem(world, ada, "voucher")

    revoke(world, codes[0])
    with pytest.raises(NoSuchCode):
        revoke(world, "never there")
    with pytest.raises(SoldOut):
        redeem(world, ada, "voucher")
    fulfil(world, ada, first)

    assert shown(world, ada, first) == codes[1]


def test_a_pool_that_owes_a_code_says_so_until_more_come(world: World) -> None:
    ada = member(world, "Ada", points=20)
    codes = vouchers(world, 1)
    press = redeem(world, ada, "voucher")
    revoke(world, codes[0])
    with pytest.raises(PoolEmpty):
        fulfil(world, ada, press)
    assert world.the(Points).purse(ada).held == 5

    fill(world, "voucher", ["FRESH-1"])

    with pytest.raises(SoldOut):
        redeem(world, ada, "voucher")  # the new one is owed
    fulfil(world, ada, press)
    assert shown(world, ada, press) == "FRESH-1"


def test_looking_at_a_code_races_its_revoking_and_its_return(world: World) -> None:
    """Whatever comes first: no revoked code stays anybody's, and no code that was seen is free again."""
    ada = member(world, "Ada", points=20)
    vouchers(world, 8)
    for _ in range(4):
        press = redeem(world, ada, "voucher")
        code = code_of(world, fulfil(world, ada, press).code)

        at_once(
            [partial(world.the(Shipping).show, ada, press), partial(revoke, world, code),
             partial(give_back, world, ada, press)], 3,
        )  # fmt: skip

        after, (free, used) = seen(world, ada, press), pooled(world)
        owned = [code for code, state in used.items() if state == "owned"]
        assert used.get(code) == "revoked" or code in free
        assert not free & set(used)
        assert len(owned) == (after.status == "fulfilled")
        if owned:
            if after.shown:
                world.the(Shipping).received(ada, press)
                break
            give_back(world, ada, press)
    books_balance(world)


def code_of(world: World, name: str) -> str:
    [item] = [item for item in world.table.scan() if item["sk"] == f"USED#{name}"]
    return str(item["code"])


def test_bringing_the_same_table_at_once_counts_each_code_once(world: World) -> None:
    vouchers(world, 0)
    codes = [f"NEW-{number:03}" for number in range(60)]

    at_once([partial(fill, world, "voucher", codes)] * 4, 4)

    assert left(world, "voucher") == len(pooled(world)[0]) == 60


def test_a_code_is_in_one_pool_only(world: World) -> None:
    vouchers(world, 2)
    reward(world, "book", price=5, kind="code")
    revoke(world, "BOOK-0001")
    book = world.the(Shelf).reward("book")

    report = world.the(Pools).read(book, b"BOOK-0000\nBOOK-0001\nBOOK-9")

    assert report.codes == ["BOOK-9"]
    assert [row.why for row in report.bad] == [ELSEWHERE, ELSEWHERE]
    assert fill(world, "book", ["BOOK-0000", "BOOK-9"]) == left(world, "book") == 1
    with pytest.raises(NoSuchCode):
        world.the(Pools).find(book, "BOOK-0000")


def test_the_same_table_brought_into_two_pools_at_once_fills_each_code_into_one(world: World) -> None:
    vouchers(world, 0)
    reward(world, "book", price=5, kind="code")
    codes = [f"NEW-{number:03}" for number in range(60)]

    at_once([partial(fill, world, slug, codes) for slug in ("voucher", "book") * 2], 4)

    assert left(world, "voucher") + left(world, "book") == len(pooled(world)[0]) == 60


def test_a_code_that_is_given_while_it_is_brought_in_again_stays_its_owner_s(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    interrupted = InterruptedTable(table)
    world = World(interrupted, clock, tmp_path)
    ada = member(world, "Ada")
    vouchers(world, 0)

    def given() -> None:
        fill(world, "voucher", ["BOOK-1"])
        fulfil(world, ada, redeem(world, ada, "voucher"))

    interrupted.interrupt(given, writing="CODE#")

    assert fill(world, "voucher", ["BOOK-1", "BOOK-2"]) == 1
    assert pooled(world) == ({"BOOK-2"}, {"BOOK-1": "owned"})


def test_neither_the_audit_log_nor_the_desk_s_list_tells_a_code(world: World) -> None:
    ada = member(world, "Ada")
    codes = vouchers(world, 2)
    press = redeem(world, ada, "voucher")
    fulfil(world, ada, press)
    code = shown(world, ada, press)
    revoke(world, code)
    today = world.the(Audit).today()

    told = "".join(str(action) for action in world.the(Audit).of_day(today))
    told += world.the(Backlog).export(*WEI, "fulfilled", None)

    assert [one for one in codes if one in told] == []

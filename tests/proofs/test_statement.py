"""The statement: page by page, by month and kind, and as a file; its balance always agrees with the ledger."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from portal.language import Text
from portal.members.crediting import Crediting, Grant
from portal.members.service import Members
from portal.points.events import Earn
from portal.points.lines import Lines
from portal.points.model import Entry, Month
from portal.points.service import Points
from portal.proofs import sheet
from portal.proofs.statements import Asked, Statement, Statements, asked
from portal.rewards.closing import Redemptions
from portal.rewards.service import Rewards
from portal.table.contract import Table
from portal.table.listing import write_cursor
from tests.charters import moved
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.people import give, member, reward
from tests.world import Browser, World, main_text


@pytest.fixture
def ada(world: World, clock: MovableClock) -> str:
    """Three months: sixty gifts, three mugs asked for, one handed over, one given back."""
    who = member(world, "Ada")
    reward(world, price=4)
    for month in range(3):
        for number in range(20):
            give(world, who, number + 1, key=f"{month}-{number}")
        press = world.the(Rewards).redeem(who, "mug", f"the-press-of-month-{month}", 4).id
        if month == 0:
            world.the(Redemptions).fulfil("wei", "Wei", who, press, "")
        elif month == 1:
            world.the(Redemptions).cancel(who, press)
        clock.advance(days=31)
    return who


def browser_of(world: World, name: str = "Ada", lang: str = "en") -> Browser:
    browser = world.browser(lang)
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def pages(world: World, who: str, wanted: Asked) -> list[Statement]:
    """Every page of what is asked for."""
    purse = world.the(Points).purse(who)
    found = [world.the(Statements).page(purse, wanted)]
    while found[-1].cursor:
        found.append(world.the(Statements).page(purse, wanted, found[-1].cursor))
    return found


def lines(world: World, who: str, wanted: Asked) -> list[Entry]:
    """All of them, the first one first."""
    return [entry for page in pages(world, who, wanted) for entry in page.entries][::-1]


def test_the_statement_agrees_across_its_pages(world: World, ada: str) -> None:
    everything = lines(world, ada, Asked())

    balance = 0
    for seq, entry in enumerate(everything, 1):
        balance += entry.change
        assert (entry.seq, entry.after["available"]) == (seq, balance)
    purse = world.the(Points).purse(ada)
    assert (len(everything), balance) == (purse.seq, purse.available)
    assert [len(page.entries) for page in pages(world, ada, Asked())] == [20, 20, 20, 6]


def test_each_month_has_its_own_lines_and_together_they_are_all(world: World, ada: str) -> None:
    months = [Month(202703), Month(202704), Month(202705), Month(202706)]

    found = [lines(world, ada, Asked(month)) for month in months]

    assert [len(one) for one in found] == [23, 22, 21, 0]
    assert [entry.seq for one in found for entry in one] == list(range(1, 67))
    for month, one in zip(months, found, strict=True):
        assert {Month.of(world.charter.community.today(entry.time)) for entry in one} <= {month}
    assert lines(world, ada, Asked(Month(202601))) == lines(world, ada, Asked(Month(209912))) == []


def test_a_month_begins_and_ends_at_the_community_s_midnight(world: World, clock: MovableClock) -> None:
    who = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 31, 15, 59, 59, tzinfo=dt.UTC))
    give(world, who, 1, key="last of March")
    clock.set(dt.datetime(2027, 3, 31, 16, tzinfo=dt.UTC))
    give(world, who, 2, key="first of April")

    assert [entry.change for entry in lines(world, who, Asked(Month(202703)))] == [10, 1]
    assert [entry.change for entry in lines(world, who, Asked(Month(202704)))] == [2]


def test_a_month_keeps_its_midnights_when_the_clock_is_moved_later(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(table, clock, tmp_path, charter=moved("Africa/Lagos", dt.datetime(2027, 5, 1, tzinfo=dt.UTC)))
    who = member(world, "Ada")
    clock.set(dt.datetime(2027, 3, 31, 16, tzinfo=dt.UTC))
    give(world, who, 2, key="first of April in Shanghai")

    assert [entry.change for entry in lines(world, who, Asked(Month(202703)))] == [10]
    assert [entry.change for entry in lines(world, who, Asked(Month(202704)))] == [2]


def test_lines_of_a_kind_are_found_on_whatever_page_they_stand(world: World, ada: str) -> None:
    for sort, number in {"came": 61, "went": 4, "back": 1, "lapsed": 0, "corrected": 0}.items():
        found = lines(world, ada, asked("", sort))

        assert len(found) == number
        assert [entry.seq for entry in found] == sorted({entry.seq for entry in found})


def test_a_rare_kind_in_a_long_ledger_costs_a_bounded_page_that_goes_on(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    who = member(world, "Ada")
    reward(world, price=1)
    world.the(Rewards).redeem(who, "mug", "the-only-press-there-is", 1)
    for number in range(503):
        give(world, who, 1, key=str(number))
    purse = world.the(Points).purse(who)

    with counted(counting) as n:
        first = world.the(Statements).page(purse, asked("", "went"))
        reads = n.reads
    second = world.the(Statements).page(purse, asked("", "went"), first.cursor)

    assert (reads, first.entries) == (5, [])
    assert first.cursor is not None
    assert [entry.kind for entry in second.entries] == ["hold"]
    assert second.cursor is None


def test_a_month_is_found_in_a_few_reads(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    who = member(world, "Ada")
    for number in range(130):
        clock.advance(days=1)
        give(world, who, 1, key=str(number))
    purse = world.the(Points).purse(who)

    with counted(counting) as n:
        found = world.the(Statements).page(purse, asked("2027-05", ""))

    assert len(found.entries) == 31
    assert n.reads <= 2 * 8 + 1


def test_lines_that_no_list_offers_are_refused_in_a_sentence(world: World) -> None:
    member(world, "Ada")
    browser = browser_of(world)

    for query in (
        "month=2027-13", "month=x", "month=0000-01", "month=2027-3", "month=2027-03'", "month=9999-12",
        "month=0001-01", "month=２０２７-０３", "kind=gold", "kind=came%00", "kind=came&month=-",
    ):  # fmt: skip
        answer = browser.get(f"/portal/points?{query}")

        assert answer.status_code == 400, query
        assert "There are no such lines." in answer.text


def test_a_cursor_leads_to_nobody_else_s_lines_and_out_of_no_month(world: World, ada: str) -> None:
    browser = browser_of(world)

    beyond = browser.get("/portal/points", query_string={"month": "2027-04", "cursor": write_cursor(["L#0000000001"])})
    forged = browser.get("/portal/points", query_string={"cursor": write_cursor(["PROFILE"])})
    empty = browser.get("/portal/points", query_string={"month": "2026-01", "cursor": write_cursor(["L#0000000001"])})

    assert [answer.status_code for answer in (beyond, forged, empty)] == [400, 400, 400]


def test_the_page_answers_what_members_ask(world: World, ada: str, clock: MovableClock) -> None:
    page = browser_of(world).get("/portal/points")
    text = main_text(page)

    purse = world.the(Points).purse(ada)
    assert f"{purse.available} points to spend" in text
    for told in (
        "Does redeeming cost me my tier? No.",
        "What does pending mean?",
        "Why did I get less than I thought?",
        "31 March 2028 spent first",
        "30 April 2028",
        "31 May 2028",
        "12 months after the month",
        "Entry 66",
        purse.head,
    ):
        assert told in text
    assert page.text.count("<details") == 20 + 6


def test_the_file_agrees_with_the_ledger_line_by_line(world: World, ada: str) -> None:
    answer = browser_of(world).get("/portal/points.csv")
    rows = table_of(answer)

    entries = list(world.the(Lines).since(ada, 0))
    balance = 0
    assert len(rows) == len(entries) == 66
    for row, entry in zip(rows, entries, strict=True):
        balance += int(row["Points"])
        assert int(row["Balance"]) == balance == int(row["after_available"])
        assert (int(row["Entry"]), row["hash"], row["previous"]) == (entry.seq, entry.hash, entry.previous)
        assert {name: int(row[f"after_{name}"]) for name in entry.after} == entry.after
        assert int(row["after_earned"]) == balance + int(row["after_held"]) + int(row["after_spent"])
    assert balance == world.the(Points).purse(ada).available
    assert (rows[0]["What"], rows[21]["What"], rows[21]["Points"]) == ("Welcome", "Mug, requested", "-4")
    assert answer.headers["Content-Disposition"] == "attachment; filename=points-2027-06-02.csv"
    assert answer.mimetype == "text/csv"


def test_the_file_speaks_the_reader_s_language_and_the_machine_s(world: World, ada: str) -> None:
    answer = browser_of(world, lang="zh").get("/portal/points.csv?lang=zh&month=2027-04")
    rows = table_of(answer)

    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert len(rows) == 22
    assert {row["日期"][:7] for row in rows} == {"2027-04"}
    assert rows[0]["余额"] == rows[0]["after_available"]
    assert rows[0]["事项"] == "礼物"


def table_of(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def test_no_program_takes_a_text_of_the_file_for_a_formula(world: World) -> None:
    who = member(world, "Ada")
    texts = ["=1+1", "+SUM(A1)", "-2", "@cmd", "\t=1", "\r=1", " =1", "＝1", "\u3000=1", "\n=1"]
    for text in texts:
        named(world, who, text)

    rows = table_of(browser_of(world).get("/portal/points.csv"))[1:]

    assert len(rows) == len(texts)
    assert [row["What"] for row in rows if not row["What"].startswith("'")] == []
    assert [text for text in texts if not sheet.safe(text).startswith("'")] == []
    assert sheet.safe("Check-in, day 3 = good") == "Check-in, day 3 = good"


def named(world: World, who: str, text: str) -> None:
    """Three points, by a text that somebody wrote."""
    earn = Earn(amount=3, rule="test", key=f"test#{text!r}#test", months=12, text=Text(en=text, zh=text))
    grant = Grant(earn=earn, kind="test", qualifies=False)
    with world.the(Crediting).credit(world.the(Members).standing(who), [grant]) as credited:
        world.table.commit(*credited.writes)


def test_quotes_commas_and_line_ends_stay_in_their_cell(world: World) -> None:
    text = 'A "gift", said Bo'
    named(world, member(world, "Ada"), text)

    rows = table_of(browser_of(world).get("/portal/points.csv"))

    assert rows[1]["What"] == text


def test_a_long_ledger_is_sent_while_it_is_read(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    """The first lines leave before the last ones are read; what is posted meanwhile stands in the next file."""
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    who = member(world, "Ada")
    for number in range(250):
        give(world, who, 1, key=str(number))
    entries = world.the(Statements).all(world.the(Points).purse(who))

    with counted(counting) as n:
        first = next(entries)
        after_one = n.reads
        give(world, who, 1, key="meanwhile")
        rest = list(entries)

    assert (first.seq, after_one) == (1, 1)
    assert rest[-1].seq == 251


def test_nobody_reads_another_s_file(world: World, ada: str) -> None:
    bo = member(world, "Bo", points=1)

    rows = table_of(browser_of(world, "Bo").get(f"/portal/points.csv?member={ada}"))

    assert [row["What"] for row in rows] == ["Welcome", "A gift"]
    assert world.browser().get("/portal/points.csv").status_code == 302
    assert bo != ada


def test_a_statement_without_lines_says_so(world: World) -> None:
    member(world, "Ada")

    page = browser_of(world).get("/portal/points?month=2026-01")

    assert "There is no such line. Choose another month or another kind." in page.text
    assert re.search(r'<option value="2027-03">March 2027', page.text)

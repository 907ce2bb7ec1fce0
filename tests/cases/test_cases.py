"""What the word filter finds, the cases that it opens, and the list of words at the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.audit.service import Audit
from portal.cases.listing import ListFull, Unusable, Words
from portal.cases.model import (
    BESIDE,
    MOST_HITS,
    MOST_WORDS,
    Case,
    Found,
    History,
    OnTheList,
    Passage,
    Proposed,
    Repeated,
    TooLong,
    UnknownSeverity,
    excerpt,
    read_list,
    verdict,
)
from portal.cases.service import AlreadySettled, Cases
from portal.clock import Clock
from portal.errors import NotFound, Stale
from portal.members.founding import Founding
from portal.table.contract import Item, Table, Write
from portal.table.sqlite import SqliteTable
from portal.tokens import Ids
from portal.words import Severity
from tests.clocks import MovableClock
from tests.counting import CountingTable, counted
from tests.forwarding import ForwardingTable
from tests.lagging import LaggingTable
from tests.people import person
from tests.world import Browser, World, field, main_text


class Written(History):
    """What these people wrote."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def passages(self, most: int) -> Iterator[Passage]:
        for number, text in enumerate(self._texts[:most]):
            yield Passage(subject=f"app{number}", title=f"Applicant {number}", part="why", text=text)


# --- scanning ------------------------------------------------------------------------------------------------------


def test_words_of_the_charter_and_of_the_desk_are_found_in_each_part(world: World) -> None:
    switch_on(world, "Moonshine | hold")

    found = world.the(Cases).scan({"why": "I sell ＭＯＯＮＳＨＩＮＥ.", "name": "Ada", "sell-what": "博彩"})

    assert [(one.part, one.word, one.severity, one.source) for one in found] == [
        ("why", "Moonshine", "hold", "desk"),
        ("sell-what", "博彩", "hold", "charter"),
    ]
    assert (found[0].before, found[0].written, found[0].after) == ("I sell ", "ＭＯＯＮＳＨＩＮＥ", ".")


def test_allowed_phrases_of_the_charter_bind_the_desk_s_words_too(world: World) -> None:
    switch_on(world, "no | hold")

    found = world.the(Cases).scan({"why": "No crypto. No."})

    assert [(one.word, one.written) for one in found] == [("no", "No")]


def test_an_excerpt_is_short_and_says_where_it_was_cut(world: World) -> None:
    (found,) = world.the(Cases).scan({"why": "a " * 100 + "casino" + "\nb" * 100})

    assert found.before == "…" + "a " * (BESIDE // 2)
    assert found.after == " b" * (BESIDE // 2) + "…"
    assert excerpt("1234567890" * 20, 100, 101) == ("…" + "1234567890" * 6, "1", "234567890" + "1234567890" * 5 + "1…")
    assert excerpt("casino", 0, 6) == ("", "casino", "")


def test_what_one_process_switches_on_another_looks_for_at_its_next_scan(world: World) -> None:
    other = Cases(world.table, world.charter, world.the(Audit), world.clock, world.the(Ids))
    before = other.scan({"why": "moonshine"})

    switch_on(world, "moonshine")
    found = other.scan({"why": "moonshine"})
    world.the(Words).take_off("wei", "Wei", "moonshine")

    assert before == []
    assert len(found) == 1
    assert other.scan({"why": "moonshine"}) == []


def test_a_scan_reads_one_small_item(sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path) -> None:
    table = CountingTable(sqlite_table)
    world = World(table, clock, tmp_path)
    switch_on(world, "moonshine")
    world.the(Cases).scan({"why": "moonshine"})

    with counted(table) as n:
        found = world.the(Cases).scan({"why": "moonshine", "name": "casino"})

    assert len(found) == 2
    assert (n.reads, n.commits) == (1, 0)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], "pass"),
        (["note"] * 50, "note"),
        (["note", "alert", "note"], "alert"),
        (["alert"] * 50, "alert"),
        (["hold"] * 50, "hold"),
        (["note", "block"], "block"),
    ],
)
def test_hits_never_add_up(severities: list[Severity], expected: str) -> None:
    found = [hit(str(number), severity) for number, severity in enumerate(severities)]

    assert verdict(found) == expected


# --- cases ---------------------------------------------------------------------------------------------------------


def test_nothing_found_opens_no_case(world: World) -> None:
    assert world.the(Cases).open("app1", "Ada", "/portal/desk", []) == []


def test_a_case_keeps_the_gravest_hits_and_little_of_the_text(world: World) -> None:
    found = world.the(Cases).scan({"why": "secret " * 300 + "加微信 " * 30 + "casino"})

    case = opened(world, "app1", found)

    assert len(case.found) == MOST_HITS
    assert case.more == 31 - MOST_HITS
    assert case.found[0].word == "casino"
    assert case.verdict == "hold"
    kept = sum(len(one.before) + len(one.written) + len(one.after) for one in case.found)
    assert kept <= MOST_HITS * (2 * BESIDE + 10)


def test_open_cases_wait_the_newest_last_until_they_are_settled(world: World, clock: MovableClock) -> None:
    made = []
    for name in ("b", "a", "c"):
        made.append(opened(world, name, [hit("casino")]))
        clock.advance(minutes=1)

    world.the(Cases).settle("wei", "Wei", made[1], "handled", "Spoke to them.")

    assert [case.subject for case in world.the(Cases).waiting().cases] == ["b", "c"]
    assert len(world.table.query("CASE#open#0", index="gs1").items) == 2
    settled = world.the(Cases).case("a", made[1].id)
    assert (settled.status, settled.actor_name, settled.note) == ("handled", "Wei", "Spoke to them.")


def test_a_case_that_the_index_still_lists_is_not_shown(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    table = LaggingTable(sqlite_table)
    world = World(table, clock, tmp_path)
    case = opened(world, "a", [hit("casino")])
    opened(world, "b", [hit("casino")])
    table.catch_up()

    world.the(Cases).settle("wei", "Wei", case, "handled", "")

    assert [one.subject for one in world.the(Cases).waiting().cases] == ["b"]


def test_the_second_to_settle_a_case_is_told_who_was_first_and_when(world: World) -> None:
    case = opened(world, "app1", [hit("casino")])
    world.the(Cases).settle("wei", "Wei", case, "false-positive", "")

    with pytest.raises(AlreadySettled) as refused:
        world.the(Cases).settle("ada", "Ada", case, "handled", "mine")

    assert str(refused.value) == (
        "Wei has settled this case already: a false alarm, 2027-03-01 17:00. Yours was not applied."
    )
    assert refused.value.status == 409
    assert world.the(Cases).case("app1", case.id).actor == "wei"
    assert tallies(world)["casino"] == (1, 1)
    assert len(world.the(Audit).of_day(dt.date(2027, 3, 1))) == 1


def test_settled_hits_are_counted_by_word_and_false_ones_among_them(world: World) -> None:
    switch_on(world, "Moonshine")
    cases = world.the(Cases)
    for number, outcome in enumerate(("false-positive", "handled", "false-positive")):
        case = opened(world, f"app{number}", cases.scan({"why": "moonshine, moonshine", "x": "casino"}))
        cases.settle("wei", "Wei", case, outcome, "")  # type: ignore[arg-type]
    opened(world, "app9", cases.scan({"why": "moonshine"}))

    assert tallies(world)["Moonshine"] == (6, 4)
    assert tallies(world)["casino"] == (3, 2)
    assert tallies(world)["博彩"] == (0, 0)


def test_the_cases_of_an_erased_subject_go_with_it(world: World) -> None:
    cases = world.the(Cases)
    first, second = opened(world, "app1", [hit("casino")]), opened(world, "app1", [hit("casino")])
    other = opened(world, "app2", [hit("casino")])
    cases.settle("wei", "Wei", first, "handled", "")

    world.table.commit(*cases.drop("app1"))

    assert [case.id for case in cases.waiting().cases] == [other.id]
    for gone in (first, second):
        with pytest.raises(NotFound):
            cases.case("app1", gone.id)
        with pytest.raises(NotFound):
            cases.settle("wei", "Wei", gone, "handled", "")
    assert cases.drop("app1") == []


# --- lists ---------------------------------------------------------------------------------------------------------


def test_a_list_is_read_line_by_line() -> None:
    proposal = read_list("moonshine\n\n  buy   now | hold \n赌球｜拦截\na|b | alert\n刷单|", [])

    assert proposal.faults == []
    assert proposal.words == [
        Proposed("moonshine", "note"),
        Proposed("buy now", "hold"),
        Proposed("赌球", "block"),
        Proposed("a|b", "alert"),
        Proposed("刷单", "note"),
    ]


def test_bad_lines_are_told_by_their_number_and_the_good_ones_stay() -> None:
    typed = "good\n| hold\nbad | loud\nＧＯＯＤ | note\n" + "x" * 61 + "\nCasino\n\u200b\nfine"

    proposal = read_list(typed, ["casino"])

    assert [word.text for word in proposal.words] == ["good", "fine"]
    assert [(fault.line, type(fault.why).__name__) for fault in proposal.faults] == [
        (2, "NoWord"), (3, "UnknownSeverity"), (4, "Repeated"), (5, "TooLong"), (6, "OnTheList"), (7, "NoWord"),
    ]  # fmt: skip
    told = {type(fault.why): str(fault.why) for fault in proposal.faults}
    assert "“loud”" in told[UnknownSeverity]
    assert told[Repeated] == "It says the same as line 1."
    assert "60" in told[TooLong]
    assert told[OnTheList] == "“casino” is on the list already."


def test_a_list_is_tried_on_what_was_written_and_changes_nothing(world: World) -> None:
    history = Written("moonshine and moonshine", "no crypto, no Moonshine", *["赌球"] * 7, "class")
    words = world.the(Words).read("ass\ncrypto2\nmoonshine | hold\n赌球").words

    trial = world.the(Words).tried(words, history)

    assert trial.read == 10
    told = {tried.word.text: (tried.hits, tried.passages, len(tried.examples)) for tried in trial.words}
    assert told == {"赌球": (7, 7, 5), "moonshine": (3, 2, 2), "ass": (0, 0, 0), "crypto2": (0, 0, 0)}
    assert [tried.hits for tried in trial.words] == [7, 3, 0, 0]
    first = next(tried for tried in trial.words if tried.word.text == "moonshine").examples[0]
    assert (first.title, first.found.written, first.found.after) == ("Applicant 0", "moonshine", " and moonshine")
    assert world.the(Words).all().desk == []


def test_what_is_switched_on_tells_who_and_when_and_stands_in_the_audit_log(world: World, clock: Clock) -> None:
    number = switch_on(world, "moonshine | hold\n赌球")

    desk = [word for word, _ in world.the(Words).all().desk]
    assert number == 2
    assert [(word.text, word.severity, word.actor_name, word.at) for word in desk] == [
        ("moonshine", "hold", "Wei", clock.now()),
        ("赌球", "note", "Wei", clock.now()),
    ]
    (noted,) = world.the(Audit).of_day(dt.date(2027, 3, 1))
    assert noted.facts == {"words": "moonshine, 赌球"}


def test_a_list_that_was_tried_beside_another_version_is_not_switched_on(world: World) -> None:
    switch_on(world, "moonshine", v=0)

    with pytest.raises(Stale):
        switch_on(world, "赌球", v=0)

    assert [word.text for word, _ in world.the(Words).all().desk] == ["moonshine"]


def test_of_two_who_switch_on_at_once_the_second_is_refused(world: World) -> None:
    table = Meddled(world.table, lambda: switch_on(world, "moonshine"))
    other = Words(table, world.charter, world.the(Audit), world.clock)

    with pytest.raises(Stale):
        other.switch_on("ada", "Ada", "赌球", 0)

    assert [word.text for word, _ in world.the(Words).all().desk] == ["moonshine"]


@pytest.mark.parametrize("typed", ["", "good\nbad | loud", "casino"])
def test_a_list_with_faults_is_not_switched_on(world: World, typed: str) -> None:
    with pytest.raises(Unusable):
        switch_on(world, typed)

    assert world.the(Words).all().v == 0


def test_the_desk_s_list_has_an_end(world: World) -> None:
    switch_on(world, "\n".join(f"词{number:04}" for number in range(MOST_WORDS)))

    with pytest.raises(ListFull):
        switch_on(world, "moonshine")


def test_a_word_that_is_not_the_desk_s_can_t_be_taken_off(world: World) -> None:
    with pytest.raises(NotFound):
        world.the(Words).take_off("wei", "Wei", "casino")


# --- the pages -----------------------------------------------------------------------------------------------------


def test_a_list_is_tried_switched_on_and_taken_off_at_the_desk(world: World) -> None:
    wei = owner(world)

    tried = wei.post("/portal/desk/words/try", {"list": "moonshine | hold"})
    before = wei.get("/portal/desk/words")
    on = wei.follow(wei.post("/portal/desk/words", {"list": "moonshine | hold", "v": field(tried, "v")}))
    off = wei.follow(wei.post("/portal/desk/words/remove", {"word": "moonshine"}))

    assert "Switch on" in main_text(tried)
    assert "moonshine" not in main_text(before)
    assert "moonshine Wei" in main_text(on)
    assert "“moonshine” is off the list." in main_text(off)
    audit = main_text(wei.get("/portal/desk/audit"))
    assert "Switched on in the filter: moonshine" in audit
    assert "Took the word “moonshine” off the filter" in audit


def test_lines_that_can_t_be_used_are_told_and_all_that_was_typed_stays(world: World) -> None:
    wei = owner(world)

    refused = wei.post("/portal/desk/words/try", {"list": "good\nbad | loud\nalso good"})
    empty = wei.post("/portal/desk/words/try", {"list": " "})

    assert (refused.status_code, empty.status_code) == (422, 422)
    assert "Line 2 “loud” is no severity." in main_text(refused)
    assert "good\nbad | loud\nalso good</textarea>" in refused.text
    assert "Switch on" not in main_text(refused)
    assert "Please type at least one word." in main_text(empty)


def test_a_list_that_comes_too_late_is_still_in_the_form(world: World) -> None:
    wei = owner(world)
    v = field(wei.post("/portal/desk/words/try", {"list": "moonshine"}), "v")
    switch_on(world, "赌球")

    late = wei.post("/portal/desk/words", {"list": "moonshine", "v": v})

    assert late.status_code == 409
    assert "Please look again and repeat. What you typed is still here." in main_text(late)
    assert "moonshine</textarea>" in late.text


def test_a_case_is_read_and_settled_at_the_desk(world: World) -> None:
    wei = owner(world)
    nothing = wei.get("/portal/desk/cases")
    case = opened(world, "app1", world.the(Cases).scan({"why": "I own a <b>casino</b>"}))

    waiting = wei.get("/portal/desk/cases")
    shown = wei.get(f"/portal/desk/cases/app1/{case.id}")
    settled = wei.post(f"/portal/desk/cases/app1/{case.id}/false", {"note": "A joke."})
    told = wei.follow(settled)
    again = wei.post(f"/portal/desk/cases/app1/{case.id}/handled")
    after = wei.get(f"/portal/desk/cases/app1/{case.id}")

    assert "Nothing to look at" in main_text(nothing)
    assert "One case waits for a look" in main_text(waiting)
    assert "I own a &lt;b&gt;<strong>casino</strong>&lt;/b&gt;" in shown.text
    assert 'href="/portal/desk/applications/p/app1"' in shown.text
    assert "It counts against the words" in main_text(told)
    assert again.status_code == 409
    assert "Wei has settled this case already: a false alarm" in main_text(again)
    assert "A joke." in main_text(after)
    assert "Handled" not in main_text(after)
    assert "casino hold 1 of 1 false" in main_text(wei.get("/portal/desk/words"))
    assert "Called what the word filter found in Ada a false alarm note: A joke." in main_text(
        wei.get("/portal/desk/audit")
    )


def test_there_is_no_case_where_there_is_none(world: World) -> None:
    wei = owner(world)

    assert wei.get("/portal/desk/cases/app1/x").status_code == 404
    assert wei.post("/portal/desk/cases/app1/x/handled").status_code == 404
    assert wei.post("/portal/desk/words/remove", {"word": "x"}).status_code == 404
    assert wei.post("/portal/desk/words", {"list": "x", "v": "y"}).status_code == 400


# --- what the stories use ------------------------------------------------------------------------------------------


class Meddled(ForwardingTable):
    """A table between whose reading and writing somebody else acts once."""

    def __init__(self, table: Table, meddle: Callable[[], object]) -> None:
        super().__init__(table)
        self._meddle = [meddle]

    def commit(self, *writes: Write) -> Item | None:
        if self._meddle:
            self._meddle.pop()()
        return super().commit(*writes)


def hit(word: str, severity: Severity = "note") -> Found:
    return Found(part="why", word=word, severity=severity, source="charter", before="", written=word, after="")


def opened(world: World, subject: str, found: list[Found]) -> Case:
    """The case that a scan of the subject opens."""
    before = {str(item["sk"]) for item in world.table.query(f"CASE#{subject}").items}
    address = f"/portal/desk/applications/p/{subject}"
    world.table.commit(*world.the(Cases).open(subject, "Ada", address, found))
    (made,) = {str(item["sk"]) for item in world.table.query(f"CASE#{subject}").items} - before
    return world.the(Cases).case(subject, made)


def switch_on(world: World, typed: str, v: int | None = None) -> int:
    """Wei switches words on."""
    words = world.the(Words)
    return words.switch_on("wei", "Wei", typed, words.all().v if v is None else v)


def tallies(world: World) -> dict[str, tuple[int, int]]:
    """Settled hits of each word, and how many of them were false."""
    listed = world.the(Words).all()
    return {word.text: (tally.hits, tally.false) for word, tally in [*listed.charter, *listed.desk]}


def owner(world: World) -> Browser:
    """A browser in which the owner is signed in."""
    world.the(Founding).claim(person(world, "Wei"), "Wei")
    browser = world.browser()
    browser.sign_in("wei@example.org")
    return browser

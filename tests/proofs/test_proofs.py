"""A member's proof, and the page on which anybody checks one."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.config import ROOT
from portal.points.model import GENESIS, Entry
from portal.points.verifying import verify
from portal.proofs import tree, verifying
from portal.proofs.checking import LONGEST, BadProof, check, read
from portal.proofs.model import Proof, Root, digest
from portal.proofs.service import NoProofYet, Proofs
from portal.table.contract import Delete, Key, Put, Table, Update
from tests.clocks import MovableClock
from tests.closes import MIDNIGHT, closing
from tests.counting import CountingTable, counted
from tests.people import give, member
from tests.world import Browser, World


@pytest.fixture
def ada(world: World, clock: MovableClock) -> str:
    """One of seven, in chunks of four; a day closed, another one too, and an entry since."""
    people = [member(world, name) for name in ("Bea", "Cai", "Ada", "Dan", "Eve", "Fay", "Gus")]
    clock.set(MIDNIGHT + dt.timedelta(minutes=10))
    closing(world).close_due()
    give(world, people[2], 30, key="second day")
    clock.advance(days=1)
    closing(world).close_due()
    give(world, people[2], 5, key="since")
    return people[2]


def told(world: World, who: str) -> dict[str, Any]:
    """The proof as its file has it."""
    return json.loads(msgspec.json.encode(world.the(Proofs).of_member(who).proof.written()))


def outcomes(world: World, proof: dict[str, Any]) -> list[str]:
    return [step.outcome for step in world.the(Proofs).check(read(json.dumps(proof))).steps]


def signed_in(world: World, name: str) -> Browser:
    browser = world.browser()
    browser.sign_in(f"{name.lower()}@example.org")
    return browser


def test_a_proof_holds_step_by_step(world: World, ada: str) -> None:
    result = world.the(Proofs).check(read(json.dumps(told(world, ada))))

    assert [step.outcome for step in result.steps] == ["holds"] * 6
    assert result.holds
    assert (result.proof.seq, [link.seq for link in result.proof.since]) == (2, [3])


def test_everybody_s_proof_holds_in_every_chunk(world: World, ada: str) -> None:
    record = world.the(Proofs).latest()
    assert record is not None
    members = [str(item["pk"])[2:] for item in world.table.scan() if item["sk"] == "POINTS"]

    proofs = [world.the(Proofs).of_member(one) for one in members]

    assert record.leaves == 7  # in two chunks
    assert sorted(one.proof.index for one in proofs) == list(range(7))
    assert all(one.agrees and world.the(Proofs).check(one.proof).holds for one in proofs)


def other(value: str) -> str:
    """Another hash."""
    return ("0" if value[0] != "0" else "1") + value[1:]


FORGED: dict[str, tuple[Callable[[dict[str, Any]], object], set[int]]] = {
    "another member": (lambda p: p.update(member="somebody"), {0}),
    "a longer chain": (lambda p: p.update(seq=p["seq"] + 1), {0, 5}),
    "another head": (lambda p: p.update(head=other(p["head"])), {0, 5}),
    "another salt": (lambda p: p.update(salt=other(p["salt"])), {0}),
    "another leaf": (lambda p: p.update(leaf=other(p["leaf"])), {0, 1}),
    "another place": (lambda p: p.update(index=(p["index"] + 1) % p["leaves"]), {1}),
    "a bent path": (lambda p: p["path"].__setitem__(0, other(p["path"][0])), {1}),
    "a shorter path": (lambda p: p["path"].pop(), {1}),
    "another root": (lambda p: p.update(root=other(p["root"])), {1, 2}),
    "other totals": (lambda p: p["totals"].update(earned=1_000_000), {2}),
    "another past": (lambda p: p.update(previous=GENESIS), {2}),
    "another seal": (lambda p: p.update(hash=other(p["hash"])), {2, 3}),
    "a day that was never closed": (lambda p: p.update(day="2031-01-01"), {2, 3}),
    "an entry put in its place": (lambda p: p["since"][0].update(previous=other(p["since"][0]["previous"])), {5}),
    "an entry left out": (lambda p: p["since"][0].update(seq=4), {5}),
}


def test_forged_proofs_are_told_as_such_by_the_step_that_fails(world: World, ada: str) -> None:
    genuine = told(world, ada)
    for forgery, (forge, wrong) in FORGED.items():
        proof = json.loads(json.dumps(genuine))

        forge(proof)
        found = outcomes(world, proof)

        if forgery == "a day that was never closed":
            assert found == ["holds", "holds", "fails", "fails", "holds"]  # no record to look at beside the one before
        else:
            assert {place for place, outcome in enumerate(found) if outcome == "fails"} == wrong, forgery


def test_a_proof_of_a_whole_ledger_of_one_s_own_is_unmasked_by_the_published_list(world: World, ada: str) -> None:
    """Consistent in itself from leaf to seal, and yet none of ours."""
    proof = told(world, ada)
    leaf = tree.leaf(bytes.fromhex(proof["salt"]), ada, 9, "ab" * 32)
    proof.update(seq=9, head="ab" * 32, leaf=leaf.hex(), leaves=1, index=0, path=[], root=leaf.hex(), since=[])
    proof["hash"] = digest(read(json.dumps(proof)).record)

    assert outcomes(world, proof) == ["holds", "holds", "holds", "fails", "holds"]


def test_days_that_were_exchanged_show(world: World, ada: str) -> None:
    proof = read(json.dumps(told(world, ada)))
    record = world.the(Proofs).latest()
    assert record is not None
    before = world.the(Proofs).before(record)
    assert before is not None

    exchanged = msgspec.structs.replace(before, root=other(before.root))

    assert check(proof, record, before).holds
    assert [step.outcome for step in check(proof, record, exchanged).steps][4] == "fails"
    assert not check(proof, record, None).holds


def rewritten(world: World, who: str) -> None:
    """Somebody with the store in their hands makes an entry say another number, and mends all hashes after it."""
    items = world.table.query(f"M#{who}", begins="L#").items
    previous, gained = GENESIS, 0
    for place, item in enumerate(items):
        entry = msgspec.convert(item, Entry)
        if place == 0:
            gained = 990
            amounts = {name: points + gained for name, points in entry.amounts.items()}
            lots = {lot: points + gained for lot, points in entry.lots.items()}
            entry = msgspec.structs.replace(entry, amounts=amounts, lots=lots)
        after = {**entry.after, "earned": entry.after["earned"] + gained}
        after["available"] += gained
        entry = msgspec.structs.replace(entry, after=after, previous=previous, hash="")
        entry = msgspec.structs.replace(entry, hash=entry.digest())
        previous = entry.hash
        world.table.commit(Put({"pk": item["pk"], "sk": item["sk"], **msgspec.to_builtins(entry)}))
    lot = next(iter(msgspec.convert(items[0], Entry).lots))
    world.table.commit(
        Update(Key(f"M#{who}", "POINTS"), set={"head": previous}, add={"earned": 990, f"lot_{lot}": 990})
    )


def test_a_chain_rewritten_after_the_close_is_caught_by_the_proof_alone(world: World, ada: str) -> None:
    rewritten(world, ada)
    page = signed_in(world, "Ada").get("/portal/points")

    assert verify(world.table).faults == []  # the forged chain is sound in itself
    assert not world.the(Proofs).of_member(ada).agrees
    assert "doesn't agree with the root of 2 March 2027" in page.text.replace("&#39;", "'")
    faults = verifying.verify(world.table).faults
    assert faults == [f"2027-03-02: {ada}: entry 2 is not the one that the day's root covers"]


def test_an_entry_cut_off_after_the_close_is_caught(world: World, ada: str) -> None:
    world.table.commit(Delete(Key(f"M#{ada}", "L#0000000002")))

    assert not world.the(Proofs).of_member(ada).agrees
    assert verifying.verify(world.table).faults == [f"2027-03-02: {ada}: entry 2 is gone; the day's root covers it"]


def test_an_erased_note_leaves_proofs_valid(world: World, ada: str) -> None:
    world.table.commit(Update(Key(f"M#{ada}", "L#0000000002"), remove=["note"]))

    assert world.the(Proofs).of_member(ada).agrees
    assert world.the(Proofs).check(world.the(Proofs).of_member(ada).proof).holds
    assert verify(world.table).faults == verifying.verify(world.table).faults == []


def test_reading_a_statement_with_its_proof_costs_the_same_however_long_the_ledger(
    table: Table, clock: MovableClock, tmp_path: Path
) -> None:
    counting = CountingTable(table)
    world = World(counting, clock, tmp_path)
    ada = member(world, "Ada")
    costs = []
    for day, entries in enumerate((1, 60)):
        for number in range(entries):
            give(world, ada, 1, key=f"{day}-{number}")
        clock.set(MIDNIGHT + dt.timedelta(days=day, minutes=10))
        closing(world, rows=256).close_due()
        browser = signed_in(world, "Ada")
        with counted(counting) as n:
            assert browser.get("/portal/points").status_code == 200
            costs.append((n.reads, n.commits))

    # session; account and profile; profile, purse and years; the last record, its chunks, one of them, the entries
    # since, the proven entry; the lines; the changes of tier
    assert costs == [(10, 0), (10, 0)]


def test_who_came_after_the_close_has_no_proof_yet(world: World, ada: str) -> None:
    new = member(world, "Zoe")
    browser = signed_in(world, "Zoe")

    with pytest.raises(NoProofYet):
        world.the(Proofs).of_member(new)
    assert browser.get("/portal/points/proof.json").status_code == 404
    assert "There is no proof yet" in browser.get("/portal/points").text


def test_members_keep_their_own_proof_and_anybody_checks_it(world: World, ada: str) -> None:
    browser = signed_in(world, "Ada")
    stranger = world.browser()
    kept = browser.get("/portal/points/proof.json")

    answer = stranger.post("/portal/proofs", {"proof": kept.text})

    assert kept.headers["Content-Disposition"] == "attachment; filename=proof-2027-03-02.json"
    assert kept.json == told(world, ada)
    assert answer.status_code == 200
    assert "This proof holds" in answer.text
    assert (answer.text.count("chip-jade"), answer.text.count("chip-amber")) == (6, 0)
    assert world.browser().get("/portal/points/proof.json").status_code == 302


def test_the_page_lists_the_roots_and_programs_get_them_too(world: World, ada: str) -> None:
    page = world.browser().get("/portal/proofs")
    answer = world.browser().get("/portal/api/v1/roots")
    books = world.browser().get("/portal/api/v1/ledger")

    latest = world.the(Proofs).latest()
    assert latest is not None
    assert latest.root in page.text
    listed = [msgspec.convert(record, Root) for record in answer.json["roots"]]
    assert [record.day.day for record in listed] == [2, 1]
    assert all(record.hash == record.digest() for record in listed)
    assert (answer.json["cursor"], answer.headers["Cache-Control"]) == (None, "public, max-age=300")
    assert "granted" not in answer.text
    assert "chunks" not in answer.text
    assert (books.json["issued"], books.json["of_day"]["issued"], books.json["root"]) == (100, 30, latest.root)


def test_roots_go_back_page_by_page_and_a_forged_cursor_is_told(world: World, ada: str, clock: MovableClock) -> None:
    clock.advance(days=40)
    closing(world).close_due()
    browser = world.browser()

    first = browser.get("/portal/api/v1/roots").json
    second = browser.get("/portal/api/v1/roots", query_string={"cursor": first["cursor"]}).json

    days = [record["day"] for record in (*first["roots"], *second["roots"])]
    assert days == sorted(days, reverse=True)
    assert (len(days), second["cursor"]) == (42, None)
    for path in ("/portal/api/v1/roots", "/portal/proofs"):
        assert browser.get(path, query_string={"cursor": "forged"}).status_code == 400


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda proof: {key: value for key, value in proof.items() if key != name}


def within(depth: int, value: Any) -> Any:
    """A value in so many boxes, one in the other."""
    for _ in range(depth):
        value = {"x": value}
    return value


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "nothing": (lambda _: "", "There is nothing here yet"),
    "blanks": (lambda _: " \n ", "There is nothing here yet"),
    "no JSON": (lambda _: "{ cut off", "can't be read as JSON"),
    "half of it": (lambda p: json.dumps(p)[:200], "can't be read as JSON"),
    "a list": (lambda p: [p], "can't be read as JSON"),
    "a number": (lambda _: 7, "can't be read as JSON"),
    "deeply nested": (lambda _: "[" * 90_000, "can't be read as JSON"),
    "too much": (lambda _: "x" * (LONGEST + 1), "longer than any proof"),
    "another version": (lambda p: {**p, "version": 2}, "is of version 2; this page knows version 1"),
    "a place outside": (lambda p: {**p, "index": 99}, "“index” doesn't say"),
    "a negative place": (lambda p: {**p, "index": -1}, "“index” doesn't say"),
    "a truth for a number": (lambda p: {**p, "seq": True}, "“seq” doesn't say"),
    "markup": (lambda p: {**p, "root": "<script>"}, "“root” doesn't say"),
    "a path of words": (lambda p: {**p, "path": ["up", "left"]}, "“path” doesn't say"),
    "an endless path": (lambda p: {**p, "path": [p["root"]] * 65}, "“path” doesn't say"),
    "no date": (lambda p: {**p, "day": "yesterday"}, "“day” doesn't say"),
    "a number beyond all": (lambda p: {**p, "seq": 10**40}, "“seq” doesn't say"),
    "a total beyond all": (lambda p: {**p, "totals": {"earned": 10**40}}, "“totals” doesn't say"),
    "half a total": (lambda p: {**p, "totals": {"earned": 0.5}}, "“totals” doesn't say"),
    "movements of something": (lambda p: {**p, "moved": {"issued": {"x": [1]}}}, "“moved” doesn't say"),
    "totals of totals": (lambda p: {**p, "totals": within(450, 1)}, "“totals” doesn't say"),
    "half a character": (lambda p: json.dumps(p).replace(p["member"], "\\ud800"), "can't be read as JSON"),
    "a link beyond all": (
        lambda p: {**p, "since": [{"seq": 10**40, "previous": p["head"], "hash": p["head"]}]},
        "“since” doesn't say",
    ),
    "odd links": (lambda p: {**p, "since": [{"seq": 1}]}, "“since” doesn't say"),
    **{f"no {name}": (without(name), f"“{name}” is missing") for name in ("salt", "path", "root", "member", "hash")},
}


def test_what_is_no_proof_gets_a_sentence_and_stays_in_the_field(world: World, ada: str) -> None:
    genuine, stranger = told(world, ada), world.browser()
    for bad, (spoil, sentence) in BAD.items():
        spoilt = spoil(json.loads(json.dumps(genuine)))
        typed = spoilt if isinstance(spoilt, str) else json.dumps(spoilt)

        answer = stranger.post("/portal/proofs", {"proof": typed})

        assert answer.status_code == 422, bad
        assert sentence in answer.text.replace("&#39;", "'"), bad
        kept = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.DOTALL)
        assert kept, bad
        assert html.unescape(kept[1]).split() == typed.split(), bad
        assert "<script>" not in kept[1]
        with pytest.raises(BadProof):
            read(typed)


def test_a_proof_that_a_page_or_an_editor_has_dressed_up_is_read_all_the_same(world: World, ada: str) -> None:
    text = json.dumps(told(world, ada), indent=4)

    assert read(f"\ufeff\r\n{text}\n\n").member == ada
    assert isinstance(read(text), Proof)


def test_the_recipe_in_the_documentation_verifies_a_proof_without_us(world: World, ada: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "proofs.md").read_text("utf-8")
    [recipe] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    proof = told(world, ada)

    def run(given: dict[str, Any]) -> str:
        (tmp_path / "check.py").write_text(recipe, "utf-8")
        (tmp_path / "proof.json").write_text(json.dumps(given), "utf-8")
        command = [sys.executable, "-I", "check.py", "proof.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else done.stderr

    assert f"holds: entry 2 is under the root of 2027-03-02: {proof['root']}" in run(proof)
    for forgery, (forge, _) in FORGED.items():
        forged = json.loads(json.dumps(proof))
        forge(forged)
        assert "holds" not in run(forged), forgery
    assert "the seal" in run({**proof, "totals": {}})
    assert len(list(filter(str.strip, recipe.splitlines()))) <= 24  # "twenty lines"

"""The charter: what stands in the files, and how a mistake in them is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from portal.charter.loader import CharterError, decode, encode, load
from portal.charters.service import Charters
from portal.cli import main
from portal.errors import NotFound
from portal.table.contract import Table
from tests.clocks import MovableClock

MOVED = '\n[[moved]]\nfrom = "Asia/Shanghai"\nat = 2027-01-01T00:00:00'
SHIPPED = Path(__file__).parents[2] / "content" / "charter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "charter"))


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(CharterError) as error:
        load(folder)
    return error.value.faults


def test_the_shipped_charter_is_sound_and_a_first_day_reaches_the_first_step() -> None:
    charter = load(SHIPPED)

    first_day = charter.points.welcome.points + charter.points.check_in.reward(1)
    assert charter.tiers[1].enter <= first_day
    assert charter.points.welcome.qualifies
    assert charter.points.check_in.qualifies


def test_the_hash_is_of_the_content_not_of_the_layout(folder: Path) -> None:
    before = load(folder).hash
    change(folder, "tiers.toml", "# How one rises.", "# Another comment.\n\n#")
    same = load(folder).hash
    change(folder, "tiers.toml", "enter = 60", "enter = 61")

    assert before == same
    assert load(folder).hash != before


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("tiers.toml", "enter = 60", 'enter = "many"', 'tier "regular", enter: expected `int`, got `str`'),
        ("tiers.toml", "enter = 60", "enter = 12", 'tier "regular": enter: 12 is not above "neighbour" (12)'),
        ("tiers.toml", "enter = 0", "enter = 5", "the first tier must have enter = 0"),
        ("tiers.toml", "enter = 60", "enter = 60\nretain = 40", 'tiers.toml: tier "regular": object contains unknown'),
        ("tiers.toml", '"街坊"', '""', 'tiers.toml: "neighbour", name: the zh text is empty'),
        ("tiers.toml", ', zh = "街坊"', "", 'tiers.toml: tier "neighbour", name: object missing required field `zh`'),
        ("tiers.toml", 'decided = "by people"', 'decided = "by magic"', "benefits 1, decided: invalid"),
        ("tiers.toml", "[[tier]]", "[[tier", "tiers.toml: expected"),
        ("points.toml", "ladder = [2,", "ladder = [-2,", "points.toml: check_in, ladder"),
        ("points.toml", '"cycle"', '"spiral"', "points.toml: check_in, after_the_last: invalid"),
        ("points.toml", 'lapse = "12 months"', 'lapse = "a year"', "points.toml: lapse: expected `str` matching"),
        ("points.toml", 'keep_addresses = "30 days"', 'keep_addresses = "3 days"',
         "rewards: keep_addresses: would be erased before it is known"),
        ("points.toml", "cancels_per_day = 2", "cancels_per_day = 0", "points.toml: rewards, cancels_per_day"),
        ("community.toml", "Asia/Shanghai", "Asia/Atlantis", '"Asia/Atlantis" is no time zone'),
        ("community.toml", 'seal = "同好公社"', f'seal = "同好公社"{MOVED}', "moved 1, at: expected `datetime` with"),
        ("community.toml", 'seal = "同好公社"', f'seal = "同好公社"{MOVED}Z', 'moved 1, from: "Asia/Shanghai" is what'),
        ("community.toml", 'seal = "同好公社"', f'seal = "同好公社"{MOVED.replace("Shanghai", "X")}Z', '"Asia/X" is'),
        ("community.toml", 'seal = "同好公社"', f'seal = "同好公社"{MOVED.replace("Shanghai", "Tokyo") + "Z"}{MOVED}Z',
         "moved 2, at: is not after the one before it"),
        ("points.toml", "{ days = 30,", "{ days = 7,", "check_in, milestone 2, days: 7 is not above the one"),
        ("points.toml", "{ days = 7,", "{ days = 1,", "points.toml: check_in, milestone 1, days"),
        ("points.toml", "points = 5 }", "points = 0 }", "points.toml: check_in, milestone 1, points"),
        ("points.toml", '"once a year"', '"daily"', "points.toml: check_in, milestones_paid: invalid"),
        ("points.toml", 'within = "7 days"', 'within = "8 days"', 'check_in, make_up, within: is longer than "7 days"'),
        ("points.toml", "per_hour = 6000", "per_hour = 5", "check_in, breaker: 5 an hour is below the 6 points of one"),
        ("points.toml", "per_month = 2", "per_month = 0", "points.toml: check_in, make_up, per_month"),
        ("points.toml", "2027-01-01,", "2027-01-01, 2027-01-01,", 'check_in, holidays: "2027-01-01" stands twice'),
        ("points.toml", "2027-01-01,", '"New Year",', "points.toml: check_in, holidays 2"),
        ("roles.toml", '"appoint"]', "]", 'role "owner": rights: must be all of them; missing: appoint'),
        ("roles.toml", '["review"]', '["review", "fly"]', 'role "reviewer", rights 2: invalid'),
        ("roles.toml", '["review"]', '["appoint"]', '"appoint" belongs to the owner'),
        ("roles.toml", 'slug = "owner"', 'slug = "queen"', 'role "owner" is missing'),
        ("admission.toml", 'slug = "advertising"', 'slug = "could-not-verify"', '"could-not-verify" stands twice'),
        ("admission.toml", "decide_within", "decide_soon", "unknown field `decide_soon`"),
        ("questionnaires/join.toml", 'keeping = ["lead"', 'kept = ["lead"', 'show_if: there is no question "kept"'),
        ("questionnaires/join.toml", '["lead", "help"]', '["lead", "x"]', 'show_if: "keeping" has no choice "x"'),
        ("questionnaires/join.toml", 'slug = "why"', 'slug = "name"', 'question "name" stands twice'),
        ("questionnaires/join.toml", 'slug = "why"', 'slug = "csrf"', '"csrf" is a field of the form itself'),
        ("questionnaires/join.toml", 'kind = "email"', 'kind = "short-text"', "needs exactly one email question"),
        ("questionnaires/join.toml", "weight = -6", "weight = 1000", "choices"),
        ("questionnaires/join.toml", 'name_from = "name"', 'name_from = "why"', '"why" must be a short text'),
        ("questionnaires/join.toml", "max_length = 1200", "weight_per_step = 3", "belongs to a scale"),
        ("questionnaires/join.toml", 'slug = "sell"', 'slug = "sell"\nshow_if = { sell = ["no"] }',
         "in a circle: sell → sell"),
        ("questionnaires/join.toml", 'slug = "keeping"', 'slug = "keeping"\nshow_if = { places = ["forum"] }',
         "goes in a circle: keeping → places → keeping"),
        ("questionnaires/join.toml", "max_length = 1200", "choices = []\nrefuse = 3", "unknown field `refuse`"),
        ("questionnaires/join.toml", "max_length = 60", "weight = 3", "unknown field `weight`"),
        ("questionnaires/join.toml", "weight = -6", 'refuse = "bad-mood"', 'no reason "bad-mood"'),
        ("questionnaires/join.toml", "marks = 4", "", "rubric and marks: stand together"),
        ("questionnaires/join.toml", "pass = 9", "pass = 9\nfloor = 10", 'no reason "None"'),
        ("questionnaires/join.toml", "pass = 9", 'pass = 9\nfloor = 10\nfloor_reason = "advertising"', "above pass"),
        ("questionnaires/join.toml", "pass = 9", 'use = "survey"', "the main door is for joining"),
        ("questionnaires/join.toml", 'kind = "scale"', 'kind = "file"', "accepts and max_kilobytes: a file needs both"),
        ("questionnaires/join.toml", 'slug = "why"', 'slug = "why"\nsection = "you"', 'there is no section "you"'),
        ("questionnaires/join.toml", 'zh = "怎么称呼你？"', 'zh = " "', 'question "name", ask: the zh text is empty'),
        ("questionnaires/how-is-it.toml", 'use = "survey"', 'use = "survey"\ntiers = ["king"]', 'no tier "king"'),
        ("admission.toml", 'when = { keeping = ["no"] }', 'when = { keeping = ["x"] }', '"keeping" has no choice "x"'),
        ("admission.toml", "[tries]", '[auto_approve]\non = ["quiz"]\n\n[tries]', "has no quiz"),
        ("admission.toml", "[tries]", '[auto_approve]\non = ["domain"]\n\n[tries]', "domains: lists none"),
        ("words.toml", 'text = "代购"', 'text = "刷单"', 'word "刷单" stands twice'),
        ("words.toml", '"hold"', '"maybe"', "word 7, severity: invalid" ),
    ],
)  # fmt: skip
def test_each_mistake_names_file_entry_and_field(folder: Path, name: str, old: str, new: str, told: str) -> None:
    change(folder, name, old, new)

    assert any(
        told in fault and fault.startswith((name, name.split(".", maxsplit=1)[0])) for fault in faults(folder)
    ), faults(folder)


def test_every_fault_is_told_at_once(folder: Path) -> None:
    (folder / "points.toml").unlink()
    change(folder, "tiers.toml", "enter = 60", 'enter = "many"')
    (folder / "goals.toml").write_text("")

    told = faults(folder)

    assert len(told) == 3
    assert "points.toml: is missing" in told
    assert "goals.toml: no such file of the charter" in told


def test_the_terminal_names_the_fault_and_fails(folder: Path) -> None:
    change(folder, "tiers.toml", "enter = 60", "enter = 12")

    sound = CliRunner().invoke(main, ["charter", "check", str(SHIPPED)])
    broken = CliRunner().invoke(main, ["charter", "check", str(folder)])

    assert (sound.exit_code, broken.exit_code) == (0, 1)
    assert "The charter is sound" in sound.output
    assert 'tiers.toml: tier "regular": enter: 12 is not above' in broken.stderr


def test_a_charter_is_kept_once_by_its_hash_and_found_again(table: Table, clock: MovableClock) -> None:
    charter = load(SHIPPED)
    first = Charters(table, charter, clock)
    assert first.store() == first.store() == charter.hash

    other = Charters(table, msgspec.structs.replace(charter, hash="another"), clock)

    assert other.at(charter.hash) == charter
    with pytest.raises(NotFound):
        other.at("unknown")
    assert decode(encode(charter)) == charter


def test_a_charter_of_an_earlier_version_is_still_read() -> None:
    raw = msgspec.json.decode(encode(load(SHIPPED)))
    del raw["words"], raw["points"]["rewards"]
    raw["admission"] = {name: raw["admission"][name] for name in ("decide_within", "reason")}
    raw["points"]["check_in"] = {"ladder": [1], "after_the_last": "cycle", "qualifies": True}
    del raw["community"]["moved"]

    old = decode(msgspec.json.encode(raw))

    assert old.join == load(SHIPPED).join
    assert old.admission.promised == load(SHIPPED).admission.promised
    assert (old.points.check_in.milestone, old.points.check_in.make_up, old.community.moved) == ([], None, [])

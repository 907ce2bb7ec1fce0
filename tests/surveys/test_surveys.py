"""Members answer a survey, change their minds, and are counted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.errors import NotFound
from portal.members.founding import Founding
from portal.members.service import Members
from portal.surveys.service import NotAsked, Surveys
from portal.table.contract import Table
from tests.charters import SHIPPED, chartered
from tests.clocks import MovableClock
from tests.people import member, person
from tests.world import World, main_text

SLUG = "how-is-it"
RAW = {
    "version": 1, "use": "survey", "title": {"en": "S", "zh": "S"}, "intro": {"en": "S", "zh": "S"}, "minutes": 1,
    "question": [{"slug": "one", "kind": "short-text", "ask": {"en": "?", "zh": "?"}}],
}  # fmt: skip


def given(world: World) -> dict[str, dict[str, int]]:
    _, counts = world.the(Surveys).counts(SLUG)
    return {count.question.slug: {answer: times for answer, times in count.given if times} for count in counts}


def test_an_answer_is_counted_once_and_a_changed_one_instead_of_it(world: World) -> None:
    ada, bea = member(world, "Ada"), member(world, "Bea")
    surveys = world.the(Surveys)
    surveys.answer(ada, SLUG, {"worth": 3, "more": ["notes", "talks"], "word": "Fewer pings."})
    surveys.answer(bea, SLUG, {"worth": 3})
    before = given(world)
    surveys.answer(ada, SLUG, {"worth": 5, "more": ["quiet"]})
    surveys.answer(ada, SLUG, {"worth": 5, "more": ["quiet"]})

    assert before == {"worth": {"3": 2}, "more": {"notes": 1, "talks": 1}}
    assert given(world) == {"worth": {"3": 1, "5": 1}, "more": {"quiet": 1}}
    assert surveys.counts(SLUG)[0] == 2
    assert [sheet.member for sheet in surveys.answered(SLUG).sheets] in ([ada, bea], [bea, ada])


def test_six_taps_are_one_answer(world: World) -> None:
    ada = member(world, "Ada")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda step: world.the(Surveys).answer(ada, SLUG, {"worth": step}), [1, 2, 3, 4, 5, 5]))

    assert world.the(Surveys).counts(SLUG)[0] == 1
    assert sum(given(world)["worth"].values()) == 1


def test_a_survey_for_a_tier_asks_nobody_else(table: Table, clock: MovableClock, tmp_path: Path) -> None:
    world = World(table, clock, tmp_path, charter=chartered(forms={"keepers": {**RAW, "tiers": ["keeper"]}}))
    ada = member(world, "Ada")

    with pytest.raises(NotAsked):
        world.the(Surveys).answer(ada, "keepers", {"one": "x"})
    with pytest.raises(NotFound):
        world.the(Surveys).answer(ada, "join", {"name": "x"})
    assert list(world.the(Surveys).asked_of(world.the(Members).profile(ada))) == [SLUG]


def test_a_member_answers_on_the_page_and_the_desk_reads_it(world: World) -> None:
    wei = person(world, "Wei")
    world.the(Founding).claim(wei, "Wei")
    browser = world.browser()
    browser.sign_in("wei@example.org")

    missing = browser.post(f"/portal/surveys/{SLUG}", {"word": "<b>Fewer pings.</b>"})
    done = browser.follow(browser.post(f"/portal/surveys/{SLUG}", {"word": "<b>Fewer pings.</b>", "worth": "4"}))
    again = browser.get(f"/portal/surveys/{SLUG}")
    results = browser.get(f"/portal/desk/surveys/{SLUG}")

    assert missing.status_code == 422
    assert "Fewer pings." in missing.text
    assert "Answered on 1 March 2027" in main_text(done)
    assert "&lt;b&gt;Fewer pings." in again.text
    assert "One member has answered" in main_text(results)
    assert "<b>Fewer" not in results.text
    assert "Wei" in main_text(results)
    assert browser.get("/portal/desk/surveys").status_code == 200


def test_the_shipped_survey_judges_nobody() -> None:
    assert SHIPPED.questionnaires[SLUG].use == "survey"
    assert SHIPPED.questionnaire(SLUG) is None  # it is no door

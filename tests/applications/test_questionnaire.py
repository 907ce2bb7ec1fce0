"""Conditions and weights: hidden answers are never required, kept or scored."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.applications.forms import JoinForm
from portal.applications.model import Answers
from portal.applications.questionnaire import in_words, kept, visible
from portal.applications.scoring import score
from portal.charter.loader import load
from portal.charter.questions import Questionnaire

JOIN = load(Path(__file__).parents[2] / "content" / "charter").join
FULL = {
    "draft": "01MG052TM006TAJ87FHYH9SD3E",
    "name": "Ada",
    "keeping": "lead",
    "places": ["wechat"],
    "why": "Climbing.",
    "sell": "no",
    "hours": "3",
    "email": "ada@example.org",
    "rules": "yes",
}


def typed(**changes: object) -> JoinForm:
    return JoinForm(JOIN, "en", MultiDict({**FULL, **changes}))


@st.composite
def answers(draw: st.DrawFn) -> Answers:
    given_: Answers = {}
    for question in JOIN.question:
        slugs = [choice.slug for choice in question.choices]
        if question.kind == "choice":
            given_[question.slug] = draw(st.sampled_from([*slugs, "forged"]))
        elif question.kind == "multiple-choice":
            given_[question.slug] = draw(st.lists(st.sampled_from(slugs), unique=True))
        elif question.kind == "scale":
            given_[question.slug] = draw(st.integers(1, 5))
    return given_


@given(answers())
def test_a_hidden_answer_is_neither_kept_nor_scored(given_: Answers) -> None:
    without = {slug: answer for slug, answer in given_.items() if slug != "places"}
    hidden = given_["keeping"] not in ("lead", "help")

    if hidden:
        assert "places" not in kept(JOIN, given_)
        assert score(JOIN, given_) == score(JOIN, without)
    assert [q.slug for q in visible(JOIN, given_)].count("places") == (not hidden)


@given(answers())
def test_the_score_is_the_sum_of_its_reasons_and_within_its_bounds(given_: Answers) -> None:
    result = score(JOIN, given_)

    assert result.total == sum(line.weight for line in result.lines)
    assert result.total <= result.most


@given(answers(), st.randoms())
def test_the_order_of_answers_does_not_matter(given_: Answers, random: object) -> None:
    shuffled = list(given_.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert score(JOIN, dict(shuffled)) == score(JOIN, given_)


def test_a_condition_on_a_hidden_question_is_hidden_too() -> None:
    data = msgspec.to_builtins(JOIN)
    data["question"].append(
        {"slug": "deep", "kind": "short-text", "ask": {"en": "?", "zh": "？"}, "show_if": {"places": ["wechat"]}}
    )
    deeper = msgspec.convert(data, Questionnaire)

    shown = visible(deeper, {"keeping": "lead", "places": ["wechat"]})
    hidden = visible(deeper, {"keeping": "no", "places": ["wechat"]})

    assert "deep" in [question.slug for question in shown]
    assert "deep" not in [question.slug for question in hidden]


def test_a_full_form_is_sound_and_cleaned() -> None:
    form = typed(name="  Ada\u0000  Lovelace ", places=["offline", "wechat", "wechat"])

    assert form.validate(), form.faults
    assert form.answers["name"] == "Ada Lovelace"
    assert form.answers["places"] == ["wechat", "offline"]
    assert form.answers["hours"] == 3
    assert form.answers["rules"] is True


def test_each_missing_answer_is_named_and_a_hidden_one_is_not_missed() -> None:
    form = JoinForm(JOIN, "en", MultiDict({"draft": FULL["draft"], "keeping": "no"}))

    assert not form.validate()
    assert list(form.faults) == ["name", "why", "sell", "hours", "email", "rules"]


def test_what_cannot_be_chosen_or_is_too_long_is_refused_in_words() -> None:
    form = typed(
        name="x" * 61, keeping="king", places=["wechat", "moon"], hours="6", why="y" * 1201, email="ada at example"
    )

    assert not form.validate()
    assert form.faults["name"] == ["This is 1 characters too long; 60 fit."]
    assert form.faults["why"] == ["This is 1 characters too long; 1200 fit."]
    assert form.faults["hours"] == ["Please choose a step from 1 to 5."]
    assert set(form.faults) == {"name", "keeping", "hours", "why", "email"}
    assert "places" not in form.faults  # a forged choice of `keeping` hides it


def test_a_forged_choice_of_a_visible_question_is_refused() -> None:
    form = typed(places=["wechat", "moon"])

    assert not form.validate()
    assert list(form.faults) == ["places"]


def test_answers_read_as_words_in_each_language() -> None:
    assert in_words(JOIN["places"], ["wechat", "offline"], "zh") == "微信、QQ或企业微信、线下：教室、咖啡馆、公园"
    assert in_words(JOIN["hours"], 3, "en") == "3 / 5 (an hour – a day or more)"

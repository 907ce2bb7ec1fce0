"""Conditions of any depth, over questionnaires of any shape: against a naive reading of the same words."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.applications.forms import JoinForm
from portal.applications.model import Answers
from portal.applications.questionnaire import kept, visible
from portal.applications.scoring import score
from portal.charter.questioning import faults
from portal.charter.questions import Questionnaire
from tests.charters import choice, question, text

Links = dict[int, list[int]]


def questionnaire(links: Links, order: list[int]) -> Questionnaire:
    """Questions q0, q1, … in this order; each is shown if those it rests on are answered with yes."""
    asked: list[dict[str, Any]] = [
        question(
            f"q{number}",
            "choice",
            choices=[choice("yes", weight=number % 50 + 1), choice("no", weight=-1)],
            show_if={f"q{other}": ["yes"] for other in links[number]},
        )
        for number in order
    ]
    raw = {"version": 1, "title": text("t"), "intro": text("i"), "minutes": 1, "question": asked, "use": "survey"}
    return msgspec.convert(raw, Questionnaire)


@st.composite
def sound(draw: st.DrawFn) -> Links:
    """Up to nine questions, each resting on any of those before it in some order that nobody else knows."""
    size = draw(st.integers(1, 9))
    rank = draw(st.permutations(range(size)))
    return {
        number: draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))
        if (earlier := [other for other in range(size) if rank[other] < rank[number]])
        else []
        for number in range(size)
    }


def shown(links: Links, answers: dict[int, str], number: int) -> bool:
    """The words of the charter, read naively."""
    return all(shown(links, answers, other) and answers.get(other) == "yes" for other in links[number])


@given(sound(), st.data())
def test_what_is_shown_is_what_the_words_say_whatever_the_order(links: Links, data: st.DataObject) -> None:
    answers = {number: data.draw(st.sampled_from(["yes", "no"])) for number in links if data.draw(st.booleans())}
    order = data.draw(st.permutations(sorted(links)))
    asked, given_ = questionnaire(links, order), {f"q{n}": said for n, said in answers.items()}

    seen = {question.slug for question in visible(asked, given_)}

    assert seen == {f"q{number}" for number in links if shown(links, answers, number)}
    assert seen == {question.slug for question in visible(questionnaire(links, sorted(links)), given_)}


@given(sound(), st.data())
def test_a_hidden_answer_is_never_required_kept_or_scored(links: Links, data: st.DataObject) -> None:
    answers: Answers = {f"q{n}": data.draw(st.sampled_from(["yes", "no"])) for n in links}
    asked = questionnaire(links, data.draw(st.permutations(sorted(links))))
    seen = {question.slug for question in visible(asked, answers)}
    bare = {slug: answer for slug, answer in answers.items() if slug in seen}
    form = JoinForm(asked, "en", MultiDict(bare), address_known=True)

    assert kept(asked, answers) == bare
    assert score(asked, answers) == score(asked, bare)
    assert {line.question for line in score(asked, answers).lines} == seen
    assert form.validate(), form.faults
    for slug in seen:
        missing = JoinForm(asked, "en", MultiDict({k: v for k, v in bare.items() if k != slug}), address_known=True)
        assert not missing.validate()
        assert list(missing.faults) == [slug]


@given(st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=1))
def test_circles_are_found_and_nothing_else_is_taken_for_one(raw: Links) -> None:
    links = {number: [other for other in others if other in raw] for number, others in raw.items()}
    asked = questionnaire(links, random.Random(1).sample(sorted(links), len(links)))  # noqa: S311

    told = [fault for fault in faults(asked, [], []) if "in a circle" in fault]

    assert bool(told) == any(reaches(links, number, number) for number in links)
    for fault in told:
        way = [int(slug.removeprefix("q")) for slug in fault.rpartition(": ")[2].split(" → ")]
        assert way[0] == way[-1]
        assert all(there in links[here] for here, there in pairwise(way))


def reaches(links: Links, start: int, goal: int) -> bool:
    """Whether a way of at least one step leads from one question to another."""
    seen: set[int] = set()
    ends = list(links[start])
    while ends:
        here = ends.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            ends += links[here]
    return False


def test_a_chain_as_long_as_a_form_may_be_is_followed_to_its_end() -> None:
    links = {number: [number - 1] if number else [] for number in range(120)}
    asked = questionnaire(links, list(reversed(range(120))))

    assert list(faults(asked, [], [])) == []
    assert len(visible(asked, {f"q{number}": "yes" for number in links})) == 120
    assert [one.slug for one in visible(asked, {"q0": "no", "q1": "yes"})] == ["q0"]

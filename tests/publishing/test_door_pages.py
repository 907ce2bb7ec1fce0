"""The pages about the door tell what the charter says, all of it, and nothing that it doesn't."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.applications import records
from portal.applications.model import MISSES
from portal.charter.schema import Charter
from portal.config import ROOT
from portal.language import LANGUAGES, Lang
from portal.publishing import staging
from portal.publishing.model import Page, PublishingError
from tests.publishing.charters import JOIN, POLICIES, SHIPPED, bare, chartered, everything

#: Pages by the hash of their charter: they are staged once.
STAGED: dict[str, list[Page]] = {}


def told(charter: Charter, lang: Lang, *paths: str) -> str:
    """The text of the pages on which an applicant reads about the door."""
    wanted = paths or ("join/index.md", "join/decisions.md")
    if charter.hash not in STAGED:
        STAGED[charter.hash] = staging.pages(ROOT, charter)
    return "\n".join(p.text for p in STAGED[charter.hash] if p.lang == lang and p.path in wanted)


def anchors(text: str) -> list[str]:
    return re.findall(r"^#+ .* \{ ?#([\w-]+)", text, re.MULTILINE)


def figures(value: Any) -> set[str]:
    """Every number of two or more digits in a part of the charter, as a page would write it."""
    found = re.findall(r"(?<![\w-])-?[1-9]\d+(?![\w-])", msgspec.json.encode(value).decode().replace('"-', '" -'))
    return {figure.removeprefix("-") for figure in found}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_charter_with_everything_on_says_everything(lang: Lang) -> None:
    text = told(everything(), lang)
    asked = {name: value for name, value in JOIN.items() if name != "question"}
    form = [one for one in JOIN["question"] if one["section"] == "form"]
    wanted = figures(asked) | figures([{**one, "max_kilobytes": 0} for one in form]) | figures(POLICIES)

    assert {"61", "1201", "29", "37", "1301", "1399", "307", "19", "18", "31", "103", "503", "709"} <= wanted
    assert sorted(figure for figure in wanted if not re.search(rf"(?<!\d){figure}(?!\d)", text)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_question_is_told_with_all_that_its_answer_must_be(lang: Lang) -> None:
    text = told(everything(), lang, "join/index.md")

    for one in JOIN["question"]:
        if one["section"] == "form":
            assert f"ask {one['slug']} {lang}" in text
    for words in ("about", "section", "help", "rubric", "little", "much", "answer wall", "answer sell"):
        assert f"{words} {lang}" in text
    assert {"en": "PDF or PNG, of at most 68 kB", "zh": "PDF或PNG，不超过68kB"}[lang] in text
    assert {"en": "from 1 February 2003 to 30 November 2026", "zh": "从2003年2月1日到2026年11月30日"}[lang] in text
    assert ">−37</span> answer sell" in text
    assert "(decisions.md#advertising)" in text


@pytest.mark.parametrize(
    ("lang", "sentences"),
    [
        ("en", ["Asked only if you answer “answer lead en” to [question 2](#ask-kept)",
                "and “answer wall en” or “answer hall en” to [question 3](#ask-where)"]),
        ("zh", ["[第2题](#ask-kept)选了“answer lead zh”才问",
                "[第2题](#ask-kept)选了“answer lead zh”，[第3题](#ask-where)选了“answer wall zh”或“answer hall zh”"]),
    ],
)  # fmt: skip
def test_a_question_says_when_it_is_asked(lang: Lang, sentences: list[str]) -> None:
    text = told(everything(), lang, "join/index.md")

    assert [sentence for sentence in sentences if sentence not in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_quiz_keeps_its_questions_to_itself(lang: Lang) -> None:
    text = told(everything(), lang)

    assert f"quiz {lang}" in text
    assert not re.search(r"secret|right\d|wrong\d", text)
    assert re.search(r"(?<!\d)97(?!\d)", text)


@pytest.mark.parametrize(
    ("lang", "rules"),
    [
        ("en", ["**“answer sell en”** to [question 2](index.md#ask-kept) is a no: [Mainly advertising](#advertising)",
                "**A score under 31** is a no: [Not a match now](#not-a-match-now)",
                "is a yes, unless one of these noes applies",
                "you have passed the quiz and your proven address is at one.example or two.example",
                "nobody in line for one", "blind", "seven votes", "sponsor"]),
        ("zh", ["选**“answer sell zh”**，婉拒：[以推广为主](#advertising)",
                "**分数不到31**，婉拒：[眼下不合适](#not-a-match-now)",
                "碰上前面哪一条婉拒的除外",
                "测验已经通过，验证过的邮箱属于one.example或two.example",
                "没有别人在候补", "头一遍不看名字", "七个人表态", "担保"]),
    ],
)  # fmt: skip
def test_what_the_program_decides_by_itself_is_listed(lang: Lang, rules: list[str]) -> None:
    text = told(everything(), lang, "join/decisions.md")

    assert [rule for rule in rules if rule not in text] == []


@pytest.mark.parametrize(
    ("lang", "quota", "absent"),
    [
        ("en", "at most 100", r"blind|sponsor|a decision takes|quiz|program|by rule"),
        ("zh", "至多100人", "头一遍|担保|才能定|测验|程序"),
    ],
)
def test_the_shipped_pages_say_only_what_the_charter_has(lang: Lang, quota: str, absent: str) -> None:
    page = told(SHIPPED, lang, "join/decisions.md")

    assert anchors(page) == [
        "who", "way", "yes", "places", "waitlist", "invitations", "reasons",
        *(reason.slug for reason in SHIPPED.admission.reason), "appeal", "kept",
    ]  # fmt: skip
    assert quota in page
    assert re.findall(absent, page, re.IGNORECASE) == []


@pytest.mark.parametrize(
    ("lang", "absent"),
    [
        ("en", r"waitlist|in line|invit|score|blind|a decision takes|quiz|by rule"),
        ("zh", "候补|邀请|分数|头一遍|才能定|测验|程序决定"),
    ],
)
def test_absent_policies_leave_no_trace(lang: Lang, absent: str) -> None:
    page = told(bare(), lang, "join/decisions.md")
    form = told(bare(), lang, "join/index.md")

    assert [one for one in anchors(page) if one in ("by-rule", "places", "waitlist", "invitations")] == []
    assert re.findall(absent, page, re.IGNORECASE) == []
    assert 'class="weight' not in form
    assert re.findall(r"\*\*The score|\*\*分数", form) == []
    for text in (page, form):
        assert "None" not in text
        assert "{{" not in text


@pytest.mark.parametrize("charter", [SHIPPED, bare(), everything()], ids=["shipped", "bare", "everything"])
def test_both_languages_have_the_same_places(charter: Charter) -> None:
    for path in ("join/index.md", "join/decisions.md", "privacy.md", "rules/index.md", "tiers/index.md"):
        english, chinese = (anchors(told(charter, lang, path)) for lang in LANGUAGES)
        assert english == chinese
        assert len(english) == len(set(english)) > 2


CHANGES: list[dict[str, Any]] = [
    {"decide_within": "9 days"}, {"claim": "50 minutes"}, {"answer_within": "15 days"}, {"appeal_within": "31 days"},
    {"capacity": 501}, {"capacity": None}, {"blind": True}, {"quorum": {"votes": 2}},
    {"waitlist": {"offer": "6 days", "ask_again": "60 days"}},
    {"waitlist": {"offer": "5 days", "ask_again": "61 days"}},
    {"tries": {"most": 4, "within": "180 days"}}, {"tries": {"most": 3, "within": "181 days"}},
    {"invitations": None}, {"founding": {"seats": 12}}, {"persona": []},
    {"invitations": {"per_month": 4, "uses": 1, "expire": "30 days", "skip_review": False}},
    {"invitations": {"per_month": 3, "uses": 2, "expire": "30 days", "skip_review": False}},
    {"invitations": {"per_month": 3, "uses": 1, "expire": "31 days", "skip_review": False}},
    {"invitations": {"per_month": 3, "uses": 1, "expire": "30 days", "skip_review": True}},
    {"auto_approve": {"on": ["invitation"]}},
    {"retention": {"approved": "730 days", "declined": "365 days", "withdrawn": "90 days", "expired": "91 days"}},
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(map(str, change)))
def test_a_change_of_a_policy_changes_the_pages(change: dict[str, Any]) -> None:
    changed = chartered(**change)

    for lang in LANGUAGES:
        assert unsigned(told(changed, lang)) != unsigned(told(SHIPPED, lang))


def unsigned(text: str) -> str:
    """Without the charter's hash, which changes with anything."""
    return re.sub(r"(Charter |章程)[0-9a-f]{7}", "", text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_privacy_and_decisions_tell_the_same_retention(lang: Lang) -> None:
    for path in ("privacy.md", "join/decisions.md"):
        text = told(everything(), lang, path)
        assert [days for days in (701, 709, 719, 727) if str(days) not in text] == []


def test_what_no_charter_changes_is_told_as_the_program_does_it() -> None:
    """These figures stand in the templates; whoever changes one in the program is told here."""
    assert (records.DRAFT_LIFE.days, MISSES) == (30, 2)
    assert "30 days after the last change" in told(SHIPPED, "en", "privacy.md")
    assert "A second missed offer ends the wait" in told(SHIPPED, "en", "join/decisions.md")


def test_hand_written_sentences_take_their_numbers_from_the_charter(root: Path) -> None:
    for lang in LANGUAGES:
        page = root / "content" / lang / "purpose.md"
        page.write_text("---\ntitle: Purpose\n---\n\n{=Questions}, {=questions}, {=minutes}, {=days}.\n", "utf-8")

    said = {c: next(p.text for p in staging.pages(root, chosen) if (p.lang, p.path) == ("en", "purpose.md"))
            for c, chosen in (("shipped", SHIPPED), ("bare", bare()), ("everything", everything()))}  # fmt: skip

    assert "Six questions, six questions, four minutes, three days." in said["shipped"]
    assert "Two questions, two questions, one minute, three days." in said["bare"]
    assert "Nine questions, nine questions, 17 minutes, 23 days." in said["everything"]


def test_words_that_the_charter_has_none_for_are_told_with_file_and_line(root: Path) -> None:
    page = root / "content" / "zh" / "purpose.md"
    page.write_text("---\ntitle: 宗旨\n---\n\n{=qestions}\n", "utf-8")

    with pytest.raises(PublishingError, match=r"content/zh/purpose\.md:5: the charter has no words for \{=qestions\}"):
        staging.pages(root, SHIPPED)

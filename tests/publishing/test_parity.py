"""Twins have the same places, in the same order; a page that awaits its translation says so and leads to the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.charter.schema import Charter
from portal.language import Lang
from portal.publishing import parity, searching, staging
from portal.publishing.model import PublishingError
from portal.publishing.shelving import shelves
from tests.publishing.pages import page, write

EN = "---\ntitle: Word\n---\n\n# Word\n\n## One {#one}\n\ntext\n\n## Two {#two}\n"


@pytest.mark.parametrize(
    ("zh", "told"),
    [
        (EN.replace("## Two {#two}\n", ""), r"content/zh/word\.md:1: lacks #two, content/en/word\.md:11"),
        (EN + "\n### Three {#three}\n", r"content/zh/word\.md:13: #three is not in content/en/word\.md:1"),
        (EN.replace("#two", "#zwei"), r"content/zh/word\.md:11: #zwei stands where content/en/word\.md:11 has #two"),
        (EN.replace("## Two", "##Two").replace(" {#two}", ""), r"content/zh/word\.md:11: the heading has no id"),
        (EN.replace("## Two", "##### Two").replace(" {#two}", ""), r"content/zh/word\.md:11: the heading has no id"),
        (EN.replace("#two", "#one"), r"content/zh/word\.md:11: #one is the place at content/zh/word\.md:7 already"),
        (EN.replace(" {#two}", ""), r"content/zh/word\.md:11: the heading has no id"),
    ],
)
def test_twins_that_part_ways_are_told_with_both_lines(zh: str, told: str) -> None:
    with pytest.raises(PublishingError, match=told):
        parity.check([page("word.md", EN), page("word.md", zh, "zh")])


@pytest.mark.parametrize(("fence", "within"), [("```", ""), ("~~~", ""), ("````", "```\n")])
def test_the_same_places_in_other_words_are_fine(fence: str, within: str) -> None:
    zh = EN.replace("One", "一").replace("Two", "二") + f"\n{fence}\n{within}## not a heading\n{fence}\n"

    parity.check([page("word.md", EN), page("word.md", zh, "zh")])


def test_a_page_that_awaits_its_translation_stands_in_both_languages(root: Path, charter: Charter) -> None:
    write(root, "word.md", "---\ntitle: Word\nawaiting: true\n---\n\n# Word\n\n## One {#one}\n")
    (root / "content" / "zh" / "word.md").unlink()

    found = {(one.lang, one.path): one for one in staging.pages(root, charter)}

    stub = found["zh", "word.md"].text
    assert "# 这一页还没有中文" in stub
    assert "[读英文](/word/){ .md-button lang=en hreflang=en }" in stub
    assert "stub: true" in stub


@pytest.mark.parametrize(("lang", "tag", "category"), [("en", "Incentives", "Rules"), ("zh", "激励", "规则")])
def test_an_article_or_a_post_may_await_its_translation_too(
    root: Path, charter: Charter, lang: Lang, tag: str, category: str
) -> None:
    said = f"date: 2027-01-05\ncategory: {category}\nauthor: Wei\n"
    for path, more in (("knowledge/word.md", f"tags: [{tag}]\n"), ("news/2027-01-05-walk.md", said)):
        text = f"---\ntitle: Word\n{more}awaiting: true\n---\n\n# Word\n"
        (root / "content" / lang / path).write_text(text, "utf-8")

    filed = shelves(staging.pages(root, charter))

    for each, there in ((lang, True), ("zh" if lang == "en" else "en", False)):
        assert ("news/walk.md" in [entry.path for entry in filed[each].posts]) is there
        assert ("knowledge/word.md" in [one.path for shelf in filed[each].tags for one in shelf.entries]) is there


def test_what_awaits_its_translation_is_filed_under_names_that_both_languages_have(
    root: Path, charter: Charter
) -> None:
    text = "---\ntitle: Word\ntags: [Gardens]\nawaiting: true\n---\n\n# Word\n"
    (root / "content" / "en" / "word.md").write_text(text, "utf-8")

    with pytest.raises(PublishingError, match=r"content/en/word\.md:1: “Gardens” has no name in the other"):
        staging.pages(root, charter)


def test_a_page_that_says_awaiting_is_still_held_against_the_twin_that_it_has() -> None:
    english = EN.replace("title: Word", "title: Word\nawaiting: true")

    with pytest.raises(PublishingError, match="lacks #two"):
        parity.check([page("word.md", english), page("word.md", EN.replace("## Two {#two}\n", ""), "zh")])


def test_the_search_leaves_out_the_stub_and_not_what_it_stands_for(tmp_path: Path) -> None:
    for path in ("word", "other"):
        (tmp_path / path).mkdir()
        (tmp_path / path / "index.html").write_text("<article><p>text</p></article>", "utf-8")
    awaiting, stub = (f"---\ntitle: Word\n{which}: true\n---\n" for which in ("awaiting", "stub"))

    searching.write(tmp_path, [page("word.md", awaiting), page("other.md", stub)])

    assert [one[0] for one in json.loads((tmp_path / "search.json").read_text("utf-8"))] == ["word/"]


def test_what_neither_awaits_nor_has_a_twin_is_refused(root: Path, charter: Charter) -> None:
    write(root, "word.md", EN)
    (root / "content" / "en" / "word.md").unlink()

    with pytest.raises(PublishingError, match=r"content/en/word\.md: is missing; content/zh/word\.md has no twin"):
        staging.pages(root, charter)

"""Twins have the same places, in the same order; a page that awaits its translation says so and leads to the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.charter.schema import Charter
from portal.publishing import parity, staging
from portal.publishing.model import PublishingError
from tests.publishing.pages import page, write

EN = "---\ntitle: Word\n---\n\n# Word\n\n## One {#one}\n\ntext\n\n## Two {#two}\n"


@pytest.mark.parametrize(
    ("zh", "told"),
    [
        (EN.replace("## Two {#two}\n", ""), r"content/zh/word\.md:1: lacks #two, content/en/word\.md:11"),
        (EN + "\n### Three {#three}\n", r"content/zh/word\.md:13: #three is not in content/en/word\.md:1"),
        (EN.replace("#two", "#zwei"), r"content/zh/word\.md:11: #zwei stands where content/en/word\.md:11 has #two"),
        (EN.replace(" {#two}", ""), r"content/zh/word\.md:11: the heading has no id"),
    ],
)
def test_twins_that_part_ways_are_told_with_both_lines(zh: str, told: str) -> None:
    with pytest.raises(PublishingError, match=told):
        parity.check([page("word.md", EN), page("word.md", zh, "zh")])


def test_the_same_places_in_other_words_are_fine() -> None:
    zh = EN.replace("One", "一").replace("Two", "二") + "\n```\n## not a heading\n```\n"

    parity.check([page("word.md", EN), page("word.md", zh, "zh")])


def test_a_page_that_awaits_its_translation_stands_in_both_languages(root: Path, charter: Charter) -> None:
    write(root, "word.md", "---\ntitle: Word\nawaiting: true\n---\n\n# Word\n\n## One {#one}\n")
    (root / "content" / "zh" / "word.md").unlink()

    found = {(one.lang, one.path): one for one in staging.pages(root, charter)}

    stub = found["zh", "word.md"].text
    assert "# 这一页还没有中文" in stub
    assert "[读英文](/word/){ .md-button lang=en hreflang=en }" in stub
    assert "awaiting: true" in stub


def test_what_neither_awaits_nor_has_a_twin_is_refused(root: Path, charter: Charter) -> None:
    write(root, "word.md", EN)
    (root / "content" / "en" / "word.md").unlink()

    with pytest.raises(PublishingError, match=r"content/en/word\.md: is missing; content/zh/word\.md has no twin"):
        staging.pages(root, charter)

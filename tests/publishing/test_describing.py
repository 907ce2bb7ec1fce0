"""What the theme is told of a page: how long it takes to read, what stands before it, what comes next."""

from __future__ import annotations

import pytest

from portal.publishing import describing
from tests.publishing.pages import page


def test_pages_follow_one_another_as_their_index_names_them_last() -> None:
    index = page(
        "knowledge/index.md",
        "---\ntitle: Knowledge\n---\n\n[C](c.md)\n\n- [A](a.md)\n- [B](b.md#x)\n- [C](c.md)\n- [D](../d.md)\n",
    )
    pages = [page(f"knowledge/{name}.md", f"---\ntitle: {name.upper()}\n---\n") for name in "abc"]

    beside = describing.neighbours([index, *pages, page("d.md", "---\ntitle: D\n---\n")])

    assert beside == {
        ("en", "knowledge/a.md"): {"next": {"url": "knowledge/b/", "title": "B"}},
        ("en", "knowledge/b.md"): {
            "before": {"url": "knowledge/a/", "title": "A"},
            "next": {"url": "knowledge/c/", "title": "C"},
        },
        ("en", "knowledge/c.md"): {"before": {"url": "knowledge/b/", "title": "B"}},
    }


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("Short.", 1),
        ("word " * 1380, 6),
        ("字" * 2100, 6),
        ("word " * 690 + "[a](b.md)\n\n## What we read {#sources}\n\n" + "word " * 2000, 3),
    ],
)
def test_a_page_says_how_long_it_takes_to_read_without_its_sources(text: str, minutes: int) -> None:
    assert describing.minutes(page("a.md", f"---\ntitle: A\n---\n\n# A\n\n## One {{#one}}\n\n{text}\n")) == minutes

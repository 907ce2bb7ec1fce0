"""What a page says of itself: read, and what is wrong told with file and line."""

from __future__ import annotations

import datetime as dt

import pytest

from portal.publishing import front
from portal.publishing.front import Event, Front
from portal.publishing.model import PublishingError
from tests.publishing.pages import page


def test_everything_that_a_page_may_say() -> None:
    said = front.read(
        page(
            "news/x.md",
            "---\ntitle: A walk\ndescription: Round the lake.\ndate: 2026-11-02\ncategory: Community\n"
            "author: Wei\ntags: [Beginnings, Care]\naliases: [walks/lake/, lake/]\nreviewed: 2026-11-30\nevent:\n"
            "  begins: 2026-12-06T10:00:00+08:00\n  ends: 2026-12-06T12:00:00+08:00\n  place: West gate\n---\n",
        )
    )

    east = dt.timezone(dt.timedelta(hours=8))
    assert said == Front(
        title="A walk", description="Round the lake.", date=dt.date(2026, 11, 2), category="Community", author="Wei",
        tags=["Beginnings", "Care"], aliases=["walks/lake/", "lake/"], reviewed=dt.date(2026, 11, 30),
        event=Event(dt.datetime(2026, 12, 6, 10, tzinfo=east), dt.datetime(2026, 12, 6, 12, tzinfo=east), "West gate"),
    )  # fmt: skip


def test_what_only_templates_read_is_left_to_them() -> None:
    said = front.read(page("index.md", "---\ntitle: Home\ntemplate: home.html\ncards:\n  - link: a/\n---\n"))

    assert said == Front(title="Home")


def test_a_folded_description_is_one_line() -> None:
    said = front.read(page("x.md", "---\ntitle: T\ndescription: >\n  So\n  it is.\ntags: []\n---\n"))

    assert said.description == "So it is.\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# No front matter\n", r"x\.md:1: the page has no front matter"),
        ("---\ntitle: Never closed\n", r"x\.md:1: the page has no front matter"),
        ("---\ndescription: No title.\n---\n", r"x\.md:1: the front matter is wrong: .*title"),
        ("---\ntitle: ' '\n---\n", r"x\.md:1: the title is empty"),
        ("---\ntitle: Tags\ntags: Care\n---\n", r"x\.md:1: the front matter is wrong: .*tags"),
        ("---\ntitle: Colon: twice\n---\n", r"x\.md:2: mapping values"),
        ("---\ntitle: Fine\ntags: [Care\n---\n", r"x\.md:[34]: "),
        ('---\ntitle: "One\\n\\n# Two"\n---\n', r"x\.md:1: '\\n' stands in .*, which lists show in one line"),
        ('---\ntitle: T\ndescription: "So\\x7f"\n---\n', r"x\.md:1: '\\x7f' stands in"),
        ("---\ntitle: Old\naliases: [/old]\n---\n", r"x\.md:1: an alias is an address like old/address/, not /old"),
        ("---\ntitle: Old\naliases: ['../up/']\n---\n", r"x\.md:1: an alias is an address"),
        ("---\ntitle: Post\ndate: 2026-11-02\n---\n", r"x\.md:1: a post has a `category:`"),
        (
            "---\ntitle: W\nevent: {begins: 2026-12-06T10:00:00Z, ends: 2026-12-06T09:00:00Z, place: x}\n---\n",
            r"x\.md:1: an event begins and ends",
        ),
        (
            "---\ntitle: Walk\nevent: {begins: 2026-12-06T10:00:00Z, ends: 2026-12-06T11:00:00, place: x}\n---\n",
            r"x\.md:1: an event begins and ends",
        ),
        (
            "---\ntitle: Walk\nevent: {begins: 2026-12-06T10:00:00, ends: 2026-12-06T11:00:00, place: x}\n---\n",
            r"x\.md:1: an event begins and ends",
        ),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(text: str, told: str) -> None:
    with pytest.raises(PublishingError, match=told):
        front.read(page("news/x.md", text))

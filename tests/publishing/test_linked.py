"""What machines read: JSON-LD, alternates and redirects say what the page says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from portal.charter.schema import Charter
from portal.publishing import front, linked, redirects
from portal.publishing.model import PublishingError
from tests.publishing.conftest import BASE_URL
from tests.publishing.pages import page

DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def items(build: Path, path: str) -> dict[str, Any]:
    """The items of a built page by their type."""
    text = (build / "site" / path / "index.html").read_text("utf-8")
    found = [json.loads(one) for one in DATA.findall(text)]
    assert all(item["@context"] == "https://schema.org" for item in found)
    return {item["@type"]: item for item in found}


@pytest.mark.parametrize(("path", "name"), [("", "Tonghao Commons"), ("zh", "同好公社")])
def test_home_says_who_this_is(build: Path, path: str, name: str) -> None:
    organisation = items(build, path)["Organization"]

    assert organisation["name"] == name
    assert organisation["url"] == f"{BASE_URL}/{path}{'/' if path else ''}"


@pytest.mark.parametrize("path", ["faq", "zh/faq"])
def test_the_questions_are_told_with_their_answers(build: Path, path: str) -> None:
    text = (build / "site" / path / "index.html").read_text("utf-8")

    asked = items(build, path)["FAQPage"]["mainEntity"]

    assert len(asked) == len(re.findall("<h3 ", text)) >= 18
    for question in asked:
        answer = question["acceptedAnswer"]["text"]
        assert len(answer) > 15
        assert not re.search(r"\]\(|\*\*|</?span|\{#", question["name"] + answer)


def test_posts_and_articles_say_when_and_by_whom(build: Path) -> None:
    post, article = items(build, "news/the-door-is-open"), items(build, "zh/knowledge/tiers")

    assert post["BlogPosting"]["datePublished"] == "2026-09-01"
    assert post["BlogPosting"]["author"]["name"] == "The desk"
    assert article["Article"]["inLanguage"] == "zh-Hans"
    assert article["Article"]["dateModified"] == "2026-11-30"
    assert article["Article"]["keywords"]
    trail = article["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in trail] == [1, 2, 3]
    assert trail[1]["item"] == f"{BASE_URL}/zh/knowledge/"


def test_an_event_is_told_with_its_hours(charter: Charter) -> None:
    walk = page(
        "news/walk.md",
        "---\ntitle: A walk\ndate: 2026-11-02\ncategory: C\nevent: {begins: 2026-12-06T10:00:00+08:00, "
        "ends: 2026-12-06T12:00:00+08:00, place: West gate}\n---\n",
    )

    told = linked.data(walk, front.read(walk), charter, f"{BASE_URL}/", {"news/": "News"})

    event = next(item for item in told if item["@type"] == "Event")
    assert (event["startDate"], event["endDate"]) == ("2026-12-06T10:00:00+08:00", "2026-12-06T12:00:00+08:00")
    assert event["location"]["name"] == "West gate"


@pytest.mark.parametrize(
    ("home", "when"), [("", "21 December 2026 20:00–22:00"), ("zh/", "2026年12月21日 20:00–22:00")]
)
def test_an_event_s_page_tells_readers_and_machines_the_same(build: Path, home: str, when: str) -> None:
    path = f"{home}news/the-longest-night"

    assert f">{when}</time>" in (build / "site" / path / "index.html").read_text("utf-8")
    assert items(build, path)["Event"]["startDate"] == "2026-12-21T20:00:00+08:00"


def test_each_page_names_itself_its_twin_and_a_picture(build: Path) -> None:
    for path in (build / "site").rglob("index.html"):
        text = path.read_text("utf-8")
        url = path.parent.relative_to(build / "site").as_posix().removeprefix("zh").strip("/").removeprefix(".")
        url = f"{url}/" if url else ""
        assert f'hreflang="en" href="{BASE_URL}/{url}"' in text
        assert f'hreflang="zh-Hans" href="{BASE_URL}/zh/{url}"' in text
        assert re.search(rf'rel="canonical" href="{BASE_URL}/(zh/)?{url}"', text)
        picture = re.search(rf'property="og:image" content="{BASE_URL}(/assets/t/share-\w+\.\w+\.png)"', text)
        assert picture
        assert (build / "site" / picture[1].lstrip("/")).is_file()


@pytest.mark.parametrize(("lang", "home"), [("en", "/"), ("zh", "/zh/")])
def test_an_old_address_leads_to_the_page(tmp_path: Path, lang: Any, home: str) -> None:
    rules = page("rules/index.md", "---\ntitle: Rules & more\naliases: [handbook/rules/]\n---\n", lang)

    redirects.write(tmp_path, lang, f"{BASE_URL}{home}", [rules])

    text = (tmp_path / "handbook/rules/index.html").read_text("utf-8")
    assert f'content="0; url={home}rules/"' in text
    assert f'<link rel="canonical" href="{BASE_URL}{home}rules/">' in text
    assert "Rules &amp; more" in text


@pytest.mark.parametrize("alias", ["purpose/", "old/"])
def test_an_address_leads_to_one_page(tmp_path: Path, alias: str) -> None:
    pages = [
        page("purpose.md", "---\ntitle: Purpose\n---\n"),
        page("a.md", "---\ntitle: A\naliases: [old/]\n---\n"),
        page("b.md", f"---\ntitle: B\naliases: [{alias}]\n---\n"),
    ]

    with pytest.raises(PublishingError, match=rf"content/en/b\.md:1: the alias {alias} is the address of content/en/"):
        redirects.write(tmp_path, "en", f"{BASE_URL}/", pages)

"""Posts: named by their date, filed by category and tag in both languages, and told by feeds."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from portal.charter.schema import Charter
from portal.config import ROOT
from portal.language import LANGUAGES
from portal.publishing import feeds, staging
from portal.publishing.model import PublishingError
from portal.publishing.shelving import shelves
from tests.publishing.conftest import BASE_URL
from tests.publishing.pages import page, write

POST = "---\ntitle: {title}\ndescription: So.\ndate: {date}\ncategory: {category}\nauthor: Wei\n---\n\n# {title}\n"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def post(date: str, title: str, category: str = "Community") -> str:
    return POST.format(date=date, title=title, category=category)


def test_a_post_leaves_its_date_behind_and_stands_in_the_lists(root: Path, charter: Charter) -> None:
    write(root, "news/2027-01-05-a-walk.md", post("2027-01-05", "A walk"), post("2027-01-05", "走一圈", "社群"))

    found = {(one.lang, one.path): one.text for one in staging.pages(root, charter)}

    assert ("en", "news/a-walk.md") in found
    news, community = found["en", "news/index.md"], found["en", "news/community/index.md"]
    assert "## [A walk](../news/a-walk.md) { #a-walk }" in news
    assert news.index("A walk") < news.index("Twenty-five articles")
    assert "## [A walk](../../news/a-walk.md)" in community
    assert "2027年1月5日" in found["zh", "news/index.md"]
    assert "# 社群" in found["zh", "news/community/index.md"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a-walk.md", post("2027-01-05", "A walk"), "a post is named by its date"),
        ("2027-13-05-a-walk.md", post("2027-01-05", "A walk"), "month must be in"),
        ("2027-01-05-A_Walk.md", post("2027-01-05", "A walk"), "a post is named by its date"),
        ("2027-01-05-a-walk.md", post("2027-01-06", "A walk"), "its `date:` is not the one in the file's name"),
    ],
)
def test_a_post_with_another_name_is_refused(root: Path, charter: Charter, name: str, text: str, told: str) -> None:
    write(root, f"news/{name}", text)

    with pytest.raises(PublishingError, match=rf"content/en/news/{name}:1: .*{told}"):
        staging.pages(root, charter)


def test_two_posts_never_share_an_address(root: Path, charter: Charter) -> None:
    for date in ("2027-01-05", "2027-02-05"):
        write(root, f"news/{date}-a-walk.md", post(date, "A walk"), post(date, "走一圈", "社群"))

    told = (
        r"content/en/news/2027-02-05-a-walk\.md:1: news/a-walk/ is the address of content/en/news/2027-01-05-a-walk\.md"
    )
    with pytest.raises(PublishingError, match=told):
        staging.pages(root, charter)


def test_a_post_is_not_called_like_a_category(root: Path, charter: Charter) -> None:
    write(root, "news/2027-01-05-community.md", post("2027-01-05", "A"), post("2027-01-05", "甲", "社群"))

    with pytest.raises(
        PublishingError, match=r"news/2027-01-05-community\.md:1: site/pages/en/news/community/index\.md"
    ):
        staging.pages(root, charter)


@pytest.mark.parametrize("path", ["purpose.md", "news/2027/2027-01-05-a-walk.md", "knowledge/walks.md"])
def test_only_a_post_has_a_date(root: Path, charter: Charter, path: str) -> None:
    write(root, path, post("2027-01-05", "A walk"), post("2027-01-05", "走一圈", "社群"))

    with pytest.raises(PublishingError, match=rf"content/en/{path}:1: only a post has a `date:`"):
        staging.pages(root, charter)


def test_twins_are_filed_alike() -> None:
    pages = [
        page("news/a.md", post("2027-01-05", "A", "Rules")),
        page("news/b.md", post("2027-01-06", "B", "Product")),
        page("news/a.md", post("2027-01-05", "甲", "规则"), "zh"),
        page("news/b.md", post("2027-01-06", "乙", "规则"), "zh"),
    ]

    with pytest.raises(PublishingError, match=r"content/zh/news/b\.md:1: “规则” stands for “Product” here"):
        shelves(pages)


def test_both_languages_file_the_same_under_names_of_their_own(charter: Charter) -> None:
    found = staging.pages(ROOT, charter)
    filed = shelves(found)

    en, zh = (filed[lang] for lang in LANGUAGES)
    for one, other in zip(en.tags + en.categories, zh.tags + zh.categories, strict=True):
        assert (one.slug, [entry.path for entry in one.entries]) == (
            other.slug,
            [entry.path for entry in other.entries],
        )
        assert one.name != other.name
    articles = {entry.path for shelf in en.tags for entry in shelf.entries}
    assert len(articles) == 25, "every article is filed under a subject"


# --- feeds ---------------------------------------------------------------------------------------------------------


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize(("folder", "lang"), [("", "en"), ("zh", "zh-Hans")])
def test_the_feeds_tell_each_post_whole_and_where_it_stands(build: Path, folder: str, lang: str) -> None:
    site = build / "site" / folder
    home = f"{BASE_URL}/{folder}/" if folder else f"{BASE_URL}/"
    told = json.loads((site / "feed.json").read_text("utf-8"))
    channel = ET.parse(site / "feed.xml").getroot().find("channel")  # noqa: S314 - written by us a moment ago
    assert channel is not None

    assert told["feed_url"] == f"{home}feed.json"
    assert (told["language"], channel.findtext("language")) == (lang, lang)
    posts = sorted((path.parent.name for path in site.glob("news/*/index.html")), reverse=True)
    links = [item["url"] for item in told["items"]]
    assert {link.split("/")[-2] for link in links} <= set(posts)
    assert (
        len(links) == len(list((site.parent if folder else site).parent.glob(f"docs/{folder or 'en'}/news/*.md"))) - 1
    )
    assert links == [item.findtext("link") for item in channel.findall("item")]
    dates = [dt.datetime.fromisoformat(item["date_published"]) for item in told["items"]]
    assert dates == sorted(dates, reverse=True)
    assert dates == [parsedate_to_datetime(item.findtext("pubDate") or "") for item in channel.findall("item")]
    for item, entry in zip(told["items"], channel.findall("item"), strict=True):
        text = entry.findtext(CONTENT) or ""
        assert text == item["content_html"]
        assert len(text) > 500
        assert "<h1" not in text
        reader = Addresses()
        reader.feed(text)
        assert reader.found
        assert [address for address in reader.found if not address.startswith(("https://", "mailto:"))] == []


def test_a_post_that_names_no_author_is_the_community_s(charter: Charter, tmp_path: Path) -> None:
    nobody = post("2027-01-05", "A walk").replace("author: Wei\n", "")
    (tmp_path / "news" / "a").mkdir(parents=True)
    (tmp_path / "news" / "a" / "index.html").write_text("<article><p>So.</p></article>", "utf-8")

    feeds.write(tmp_path, "en", f"{BASE_URL}/", charter, shelves([page("news/a.md", nobody)])["en"])

    [item] = json.loads((tmp_path / "feed.json").read_text("utf-8"))["items"]
    assert item["authors"] == [{"name": charter.community.name.en}]
    assert f"<dc:creator>{charter.community.name.en}</dc:creator>" in (tmp_path / "feed.xml").read_text("utf-8")


def test_a_feed_is_announced_on_every_page_in_its_language(build: Path) -> None:
    for path in (build / "site").rglob("*.html"):
        home = "/zh/" if path.is_relative_to(build / "site" / "zh") else "/"
        page_ = path.read_text("utf-8")
        assert (
            f'type="application/rss+xml" title="{"消息" if home == "/zh/" else "News"}" href="{home}feed.xml"' in page_
        )

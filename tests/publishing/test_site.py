from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from portal.charter.schema import Charter
from portal.config import ROOT
from portal.publishing import PublishingError, assets, build_site
from portal.publishing.parts import Parts
from tests.publishing.conftest import BASE_URL
from tests.publishing.pages import write


def pages(build: Path) -> list[Path]:
    return sorted((build / "site").rglob("*.html"))


def test_every_page_has_its_twin_and_links_to_it(build: Path) -> None:
    site = build / "site"
    english = {p.relative_to(site).as_posix() for p in pages(build) if "zh" not in p.relative_to(site).parts}
    chinese = {p.relative_to(site / "zh").as_posix() for p in (site / "zh").rglob("*.html")}

    assert english == chinese
    for name in english - {"404.html"}:
        address = name.removesuffix("index.html")
        assert f'href="/zh/{address}"' in (site / name).read_text("utf-8")
        assert f'href="/{address}"' in (site / "zh" / name).read_text("utf-8")


def test_every_address_in_every_page_resolves(build: Path) -> None:
    site = build / "site"
    for path in pages(build):
        here = "/" + path.relative_to(site).as_posix().removesuffix("index.html")
        for target in re.findall(r'(?:href|src)="([^"]+)"', path.read_text("utf-8")):
            parts = urlsplit(urljoin(f"{BASE_URL}{here}", target))
            if parts.netloc != "commons.example" or parts.scheme != "https" or parts.path.startswith("/portal/"):
                continue
            file = site / parts.path.lstrip("/")
            assert (file / "index.html" if parts.path.endswith("/") else file).is_file(), (here, target)


def test_no_page_asks_another_origin_for_anything(build: Path) -> None:
    for path in pages(build):
        loaded = re.findall(
            r'<(?:script|link|img|use|iframe)[^>]*(?:href|src)="(https?://[^"]+)"', path.read_text("utf-8")
        )
        assert [url for url in loaded if not url.startswith(BASE_URL)] == []


def test_assets_are_listed_hashed_and_there(build: Path) -> None:
    listed = json.loads((build / "assets.json").read_text())

    assert {"tokens.css", "portal.css", "portal.js", "scheme.js", "seal.svg", "favicon.svg", "seal-commons.svg"} <= set(
        listed
    )
    for name, url in listed.items():
        stem, _, suffix = name.rpartition(".")
        assert re.fullmatch(rf"/assets/t/{re.escape(stem)}\.[0-9a-f]{{10}}\.{suffix}", url)
        assert (build / "site" / url.lstrip("/")).read_bytes()


def test_an_asset_gets_a_new_address_when_its_content_changes(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = assets.urls(tmp_path)
    (tmp_path / "a.js").write_text("2")

    assert assets.urls(tmp_path) != before


def test_stylesheets_lose_comments_and_keep_their_meaning(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.css").write_text("/* why */\na :is(b, c) > d {\n  margin: 0 calc(1px + 2px);\n}\n")

    assets.write(tmp_path / "in", tmp_path / "site", tmp_path / "assets.json")

    [written] = (tmp_path / "site" / "assets" / "t").iterdir()
    assert written.read_text() == "a :is(b, c) > d{margin: 0 calc(1px + 2px);}"


def test_the_portals_styles_stay_small(build: Path) -> None:
    import gzip

    listed = json.loads((build / "assets.json").read_text())
    size = sum(
        len(gzip.compress((build / "site" / listed[name].lstrip("/")).read_bytes()))
        for name in ("tokens.css", "portal.css")
    )

    assert size <= 5 * 1024


@pytest.mark.parametrize("folder", ["", "zh"])
def test_what_a_search_fetches_stays_small(build: Path, folder: str) -> None:
    import gzip

    [script] = (build / "site").glob("assets/t/search.*.js")
    index = (build / "site" / folder / "search.json").read_bytes()

    assert len(gzip.compress(index)) + len(gzip.compress(script.read_bytes())) <= 150_000


def test_both_schemes_have_the_same_tokens_and_the_system_gets_the_chosen_dark() -> None:
    css = (ROOT / "site" / "assets" / "tokens.css").read_text("utf-8")
    light, chosen, system = re.findall(r"color-scheme: (?:light|dark);(.*?)\}", css, re.DOTALL)

    def names(block: str) -> list[str]:
        return re.findall(r"(--[\w-]+):", block)

    assert chosen.split() == system.split()
    assert names(light) == names(chosen)


def test_the_sitemap_names_each_page_with_its_twin(build: Path) -> None:
    sitemap = (build / "site" / "sitemap.xml").read_text("utf-8")
    places = re.findall(r"<loc>(.+?)</loc>", sitemap)

    assert f"{BASE_URL}/" in places
    assert f"{BASE_URL}/zh/rules/" in places
    assert f"{BASE_URL}/offline/" not in places
    assert len(places) == len(set(places)) == sitemap.count('hreflang="zh-Hans"')
    assert not (build / "site" / "zh" / "sitemap.xml").exists()


@pytest.mark.parametrize(("folder", "tag"), [("", "en"), ("zh", "zh-Hans")])
def test_pages_say_their_language(build: Path, folder: str, tag: str) -> None:
    for name in ("index.html", "404.html", "tiers/index.html"):
        assert f'<html lang="{tag}"' in (build / "site" / folder / name).read_text("utf-8")


def test_no_page_shows_the_marks_of_its_source(build: Path) -> None:
    for path in pages(build):
        text = re.sub(r"<(script|pre|code)\b.*?</\1>|<[^>]+>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        assert re.findall(r"\{\s*[#.=%{][^}]*\}|\*\*|\]\(", text) == [], path


def test_a_second_build_is_skipped_and_a_changed_charter_is_not(build: Path, charter: Charter) -> None:
    said: list[str] = []
    before = (build / "site" / "index.html").stat().st_mtime_ns

    build_site(ROOT, build, charter, BASE_URL, said.append)

    assert said == ["The site is up to date."]
    assert (build / "site" / "index.html").stat().st_mtime_ns == before


def test_a_build_that_failed_is_not_taken_for_a_finished_one(root: Path, tmp_path: Path, charter: Charter) -> None:
    purpose = root / "content" / "en" / "purpose.md"
    line = len(purpose.read_text("utf-8").splitlines()) + 2
    purpose.write_text(purpose.read_text("utf-8") + "\n[gone](nowhere.md)\n", "utf-8")

    for _ in range(2):
        with pytest.raises(PublishingError, match=rf"content/en/purpose\.md:{line}: .*nowhere\.md"):
            build_site(root, tmp_path / "build", charter, BASE_URL, print)


def test_the_site_is_written_below_the_build_folder_only(root: Path, tmp_path: Path, charter: Charter) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "site").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PublishingError, match="only ever written below"):
        build_site(root, tmp_path / "build", charter, BASE_URL, print)


def test_every_part_has_both_languages(charter: Charter) -> None:
    assert Parts(ROOT / "site", "en", charter).names() == Parts(ROOT / "site", "zh", charter).names()
    assert list(Parts(ROOT / "site", "en", charter).pages()) == list(Parts(ROOT / "site", "zh", charter).pages())


@pytest.mark.parametrize(("folder", "section"), [("", "Knowledge"), ("zh", "知识")])
def test_the_search_looks_through_a_page_and_not_through_the_way_to_it(build: Path, folder: str, section: str) -> None:
    index = json.loads((build / "site" / folder / "search.json").read_text("utf-8"))

    texts = [places[0][2] for url, _, _, places in index if url.startswith("knowledge/") and url != "knowledge/"]

    assert len(texts) == 25
    assert [text for text in texts if text.startswith(section)] == []


def test_what_is_kept_without_a_network_is_of_this_build(build: Path) -> None:
    script = (build / "site" / "offline.js").read_text("utf-8")

    core = json.loads(re.search(r"const CORE = (\[.*\]);", script)[1])  # type: ignore[index]
    assert {"/", "/zh/", "/rules/", "/zh/offline/"} <= set(core)
    for url in core:
        assert (build / "site" / url.lstrip("/") / ("index.html" if url.endswith("/") else "")).is_file(), url
    assert 'new Request(url, { cache: "reload" })' in script, "a browser's own cache may hold the build before"


def test_what_a_page_says_of_itself_is_shown_as_text(root: Path, charter: Charter, tmp_path: Path) -> None:
    """Quoted YAML can write any character, and titles stand in many places: headers, lists, feeds, JSON-LD."""
    title = r'"Tea \x3cscript>alert(1)\x3c/script> & \x22milk\x22 &lt;b&gt;"'
    post = "---\ntitle: {0}\ndescription: {0}\ndate: 2027-01-05\ncategory: {1}\nauthor: {0}\n---\n\n# Tea\n"
    told = 'told: {day: x, date: "\\x22><script>alert(1)</script>", category_url: "\\x22"}'
    write(root, "news/2027-01-05-tea.md", post.format(title, "Community"), post.format(title, "社群"))
    write(root, "tea/index.md", f"---\ntitle: {title}\ntags: [{title}]\n---\n\n# Tea\n")
    write(root, "tea/green.md", "---\ntitle: Green\n" + told.replace("<", "\\x3c") + "\n---\n\n# Green\n")

    build_site(root, tmp_path / "build", charter, BASE_URL, print)

    site = tmp_path / "build" / "site"
    assert [str(path) for path in site.rglob("*.html") if "<script>alert" in path.read_text("utf-8")] == []
    shown = "Tea &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;milk&#34; &amp;lt;b&amp;gt;"
    assert f"<title>{shown} · " in (site / "news" / "tea" / "index.html").read_text("utf-8")
    for path in ("index.html", "tea/index.html", "tea/green/index.html"):
        assert shown in (site / path).read_text("utf-8"), path
    [item, *_] = ET.parse(site / "feed.xml").getroot().iter("item")  # noqa: S314 - written by us a moment ago
    assert item.findtext("title") == 'Tea <script>alert(1)</script> & "milk" &lt;b&gt;'

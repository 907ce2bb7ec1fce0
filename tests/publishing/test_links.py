from __future__ import annotations

from pathlib import Path

import pytest

from portal.publishing import links
from portal.publishing.model import Line, Page, PublishingError


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, body in {
        "index.html": "",
        "rules/index.html": '<h2 id="wrong">',
        "knowledge/hundred/index.html": '<h2 id="when">',
        "zh/rules/index.html": '<h2 id="wrong">',
        "culture/seal.png": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body)
    return tmp_path


def check(site: Path, target: str, path: str = "knowledge/hundred.md", text: str = "[there]({})") -> None:
    page = Page("zh" if path.startswith("zh:") else "en", path.removeprefix("zh:"), (Line(text.format(target), "f:7"),))
    links.check([page], site)


@pytest.mark.parametrize(
    "target",
    [
        "../rules/index.md", "../rules/index.md#wrong", "../../rules/", "../../rules/#wrong", "#when", "hundred.md",
        "/rules/", "/", "/portal/apply?lang=en", "https://example.org/x", "mailto:lin@example.org",
        "../../culture/seal.png", "../index.md", '../../rules/ "title"',
    ],
)  # fmt: skip
def test_a_link_that_leads_somewhere_is_fine(site: Path, target: str) -> None:
    check(site, target)


@pytest.mark.parametrize(
    "target",
    [
        "../rulez/index.md",
        "../../rules/#wrongly",
        "../rules/",
        "#then",
        "/rulez/",
        "x.png",
        "https://[nowhere",
        "x" * 300,
    ],
)
def test_a_link_that_leads_nowhere_is_told_with_file_and_line(site: Path, target: str) -> None:
    with pytest.raises(PublishingError) as refusal:
        check(site, target)

    assert str(refusal.value) == f"f:7: the link “{target}” leads nowhere"


def test_a_chinese_page_is_followed_in_its_own_tree(site: Path) -> None:
    check(site, "../rules/index.md#wrong", path="zh:join/index.md")

    with pytest.raises(PublishingError):
        check(site, "../knowledge/hundred.md", path="zh:join/index.md")


def test_the_cards_of_the_home_page_are_links_too(site: Path) -> None:
    check(site, "rules/#wrong", path="index.md", text="    link: {}")

    with pytest.raises(PublishingError):
        check(site, "rules/#right", path="index.md", text="    link: {}")


def test_code_is_no_link(site: Path) -> None:
    check(site, "nowhere.md", text="`[there]({})`")


def test_a_link_by_reference_is_followed_too(site: Path) -> None:
    check(site, "/rules/#wrong", text="[there]: {}")
    check(site, "nowhere.md", text="[^1]: {}")
    for text in ("[there]: {}", "[there]: <{}>"):
        with pytest.raises(PublishingError, match=r"f:7: the link “nowhere\.md” leads nowhere"):
            check(site, "nowhere.md", text=text)


@pytest.mark.parametrize("fence", ["```", "~~~", "````"])
def test_a_link_that_is_only_shown_leads_nowhere_and_may(site: Path, fence: str) -> None:
    lines = [fence, "[there](nowhere.md)", fence, "[here](/rules/)"]

    links.check([Page("en", "knowledge/hundred.md", tuple(Line(line, "f") for line in lines))], site)
    with pytest.raises(PublishingError, match="nowhere"):
        links.check([Page("en", "index.md", tuple(Line(line, "f") for line in [*lines, "[x](nowhere.md)"]))], site)

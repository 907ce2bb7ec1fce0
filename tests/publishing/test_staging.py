from __future__ import annotations

import datetime as dt
import re
from html import unescape
from pathlib import Path

import markdown
import msgspec
import pytest

from portal.charter.economy import CheckIn, Milestone, PointsPolicy
from portal.charter.schema import Charter
from portal.charters.changes import Change, Version
from portal.config import ROOT
from portal.language import LANGUAGES, Lang, day
from portal.publishing import markup, staging
from portal.publishing.model import Page, PublishingError
from portal.publishing.parts import days_to, escape, last_day
from tests.publishing.pages import write


def page(root: Path, charter: Charter, lang: Lang, path: str) -> Page:
    return next(found for found in staging.pages(root, charter) if (found.lang, found.path) == (lang, path))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")}


def test_both_languages_have_the_same_pages(charter: Charter, tmp_path: Path) -> None:
    staging.write(staging.pages(ROOT, charter), ROOT, tmp_path / "docs")

    written = {lang: names(tmp_path / "docs" / lang) for lang in LANGUAGES}
    assert written["en"] == written["zh"]
    assert {"index.md", "tiers/index.md", "points/index.md", "rules/index.md", "join/decisions.md"} <= written["en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_tiers_page_names_each_tier_with_its_number(charter: Charter, lang: Lang) -> None:
    lines = [line for line in page(ROOT, charter, lang, "tiers/index.md").text.splitlines() if line.startswith("## ")]

    for tier in charter.tiers:
        [heading] = [line for line in lines if f"{{ #{tier.slug} }}" in line]
        assert tier.name[lang] in heading
        assert str(tier.enter or "") in heading


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_form_and_reasons_are_the_charters(charter: Charter, lang: Lang) -> None:
    rules, form, reasons = (
        page(ROOT, charter, lang, path).text for path in ("rules/index.md", "join/index.md", "join/decisions.md")
    )

    assert all(escape(rule.text[lang]) in rules for rule in charter.rules.rule)
    assert all(escape(question.ask[lang]) in form for question in charter.join.question)
    assert all(escape(choice.text[lang]) in form for question in charter.join.question for choice in question.choices)
    assert all(escape(reason.sentence[lang]) in reasons for reason in charter.admission.reason)


def test_a_changed_number_changes_the_page(charter: Charter) -> None:
    dearer = msgspec.structs.replace(charter.tiers[-1], enter=4711)
    changed = msgspec.structs.replace(charter, tiers=[*charter.tiers[:-1], dearer])

    assert all("4711" in page(ROOT, changed, lang, "tiers/index.md").text for lang in LANGUAGES)


def test_a_broken_marker_is_told_with_file_and_line(root: Path, charter: Charter) -> None:
    file = root / "content" / "en" / "purpose.md"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, "<!-- generated: rulez -->"]), "utf-8")

    with pytest.raises(PublishingError, match=rf"content/en/purpose\.md:{len(lines) + 1}: no part .*rulez.*rules"):
        staging.pages(root, charter)


@pytest.mark.parametrize("marker", ["<!--generated: rules-->", "See <!-- generated: rules -->", "<!-- Generated -->"])
def test_a_misspelt_marker_is_not_published_as_a_comment(root: Path, charter: Charter, marker: str) -> None:
    file = root / "content" / "zh" / "purpose.md"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([*lines, marker]), "utf-8")

    with pytest.raises(PublishingError, match=rf"content/zh/purpose\.md:{len(lines) + 1}: a marker stands alone"):
        staging.pages(root, charter)


def test_a_page_without_its_twin_is_refused(root: Path, charter: Charter) -> None:
    (root / "content" / "zh" / "privacy.md").unlink()

    with pytest.raises(PublishingError, match=r"content/zh/privacy\.md: is missing"):
        staging.pages(root, charter)


def test_a_mistake_in_a_template_is_told_with_its_file(root: Path, charter: Charter) -> None:
    (root / "site" / "parts" / "en" / "rules.md").write_text("fine\n{% if %}\n", "utf-8")

    with pytest.raises(PublishingError, match=r"site/parts/en/rules\.md:2: "):
        staging.pages(root, charter)


def test_a_page_that_is_made_twice_is_refused(root: Path, charter: Charter) -> None:
    for lang in LANGUAGES:
        (root / "content" / lang / "points").mkdir()
        (root / "content" / lang / "points" / "index.md").write_text("---\ntitle: Points\n---\n", "utf-8")

    with pytest.raises(PublishingError, match=r"content/en/points/index\.md:1: site/pages/en/points"):
        staging.pages(root, charter)


def test_chinese_in_an_english_page_says_so(root: Path, charter: Charter) -> None:
    (root / "content" / "zh" / "purpose.md").write_text("---\ntitle: 同好\n---\n", "utf-8")
    file = root / "content" / "en" / "purpose.md"
    file.write_text("---\ntitle: 同好\n---\n\nWe say 同好, often.\n\n```\n代码\n```\n", "utf-8")

    text = page(root, charter, "en", "purpose.md").text

    assert 'We say <span lang="zh-Hans">同好</span>, often.' in text
    assert "title: 同好" in text
    assert "\n代码\n" in text


@pytest.mark.parametrize(("lang", "now"), [("en", "in force now"), ("zh", "现行")])
def test_the_charter_in_force_is_named_in_the_line_of_its_sheet(charter: Charter, lang: Lang, now: str) -> None:
    since = dt.datetime(2026, 9, 22, 1, 30, tzinfo=dt.UTC)
    told = staging.Told(versions=[Version(hash=charter.hash, since=since, changes=[])])

    [made] = [one for one in staging.pages(ROOT, charter, told) if (one.lang, one.path) == (lang, "changelog/index.md")]

    assert f"{now}\n{{ .charter-line }}\n" in made.text


def test_the_title_of_an_english_work_in_a_chinese_page_says_so(root: Path, charter: Charter) -> None:
    (root / "content" / "en" / "purpose.md").write_text("---\ntitle: Purpose\n---\n", "utf-8")
    file = root / "content" / "zh" / "purpose.md"
    file.write_text("---\ntitle: 宗旨\n---\n\n见*Governing the Commons*，**Not** *这一段*。\n", "utf-8")

    text = page(root, charter, "zh", "purpose.md").text

    assert '见<em lang="en">Governing the Commons</em>，**Not** *这一段*。' in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_points_page_tells_milestones_make_ups_and_holidays_and_nothing_that_there_is_not(
    charter: Charter, lang: Lang
) -> None:
    shipped = page(ROOT, charter, lang, "points/index.md").text
    plain = CheckIn(ladder=[1], after_the_last="plateau", qualifies=False)
    bare = msgspec.structs.replace(charter, points=msgspec.structs.replace(charter.points, check_in=plain))

    without = page(ROOT, bare, lang, "points/index.md").text

    for milestone in charter.points.check_in.milestone:
        assert re.search(rf"^\| {milestone.days}天? \| \+{milestone.points} \|$", shipped, re.MULTILINE)
    assert all(day(date, lang) in shipped for date in charter.points.check_in.holidays)
    assert {"en": "two missed days of each month, up to seven days back", "zh": "补签两天，最多往回补七天"}[
        lang
    ] in shipped
    assert [place for place in ("#milestones", "#holidays", "补签", "make up") if place in without] == []
    assert "#missed" in without


@pytest.mark.parametrize(
    "line",
    [
        "![画](/culture/stickers/hello.svg)",
        "Type `同好` here.",
        'An <abbr title="同好">abbreviation</abbr>.',
        '[that](/purpose/ "同好")',
        "text {: title=同好 }",
        "~~~\n同好\n~~~",
        "````\n```\n同好\n````",
    ],
)
def test_chinese_stays_as_it_is_where_no_tag_can_stand(root: Path, charter: Charter, line: str) -> None:
    write(root, "word.md", f"---\ntitle: Word\n---\n\n{line}\n")

    assert f"\n{line}\n" in page(root, charter, "en", "word.md").text


WORD = "---\ntitle: Word\n---\n\n# Word\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "1: the page has no front matter"),
        (WORD.encode() + b"\ncaf\xe9\n", "7: this is not UTF-8"),
        (WORD.encode() + b"\nfine\x0bnot\n", "7: an unseen character, 0x0b"),
        (WORD.replace("---\n\n", "reviewed: 2026-02-30\n---\n\n").encode(), "1: the front matter is wrong: day is out"),
    ],
)
def test_what_is_no_page_is_told_with_file_and_line(root: Path, charter: Charter, text: bytes, told: str) -> None:
    write(root, "word.md", WORD)
    (root / "content" / "en" / "word.md").write_bytes(text)

    with pytest.raises(PublishingError, match=rf"content/en/word\.md:{told}"):
        staging.pages(root, charter)


@pytest.mark.parametrize("text", ["\ufeff" + WORD, WORD.replace("\n", "\r\n")])
def test_marks_and_line_ends_of_other_editors_change_nothing(root: Path, charter: Charter, text: str) -> None:
    write(root, "word.md", WORD)
    plain = page(root, charter, "en", "word.md")
    (root / "content" / "en" / "word.md").write_bytes(text.encode())

    assert page(root, charter, "en", "word.md") == plain


def test_what_an_editor_leaves_beside_a_page_is_no_page(root: Path, charter: Charter) -> None:
    (root / "content" / "en" / ".#purpose.md").symlink_to("wei@desk.4711")
    (root / "content" / "en" / "folder.md").mkdir()

    assert page(root, charter, "en", "purpose.md").lines


def test_beside_pages_only_pictures_and_papers_come_along(root: Path, charter: Charter, tmp_path: Path) -> None:
    beside = root / "content" / "en" / "culture"
    for name in ("x.html", "x.markdown", "x.js", "x.md~", ".x.svg", "X.PNG", "x.pdf"):
        (beside / name).write_text("<script>alert(1)</script>", "utf-8")

    staging.write(staging.pages(root, charter), root, tmp_path / "docs")

    folder = tmp_path / "docs" / "en" / "culture"
    assert {path.name for path in folder.iterdir() if path.suffix != ".md"} == {"stickers", "X.PNG", "x.pdf"}
    assert (folder / "stickers" / "hello.svg").is_file()


@pytest.mark.parametrize("name", ["My page.md", "README.md", "knowledge/同好.md", "Knowledge/word.md"])
def test_a_page_whose_name_makes_no_plain_address_is_refused(root: Path, charter: Charter, name: str) -> None:
    write(root, name, WORD)

    with pytest.raises(PublishingError, match=rf"content/en/{name}: a page is named in small letters"):
        staging.pages(root, charter)


@pytest.mark.parametrize("text", ["5 < 6", "Tom & Ann", "&lt;b&gt;", "<b>*a* [b](c) `d` # | \\\\", "a > b", "x_y_z"])
def test_a_sentence_of_the_charter_is_shown_as_it_was_written(text: str) -> None:
    html = markdown.markdown(escape(text), extensions=markup.EXTENSIONS)

    assert re.fullmatch("<p>(.*)</p>", html)
    assert unescape(html.removeprefix("<p>").removesuffix("</p>")) == text


def bounding(charter: Charter) -> Charter:
    """The charter with every bound of the points on, each figure one of its own."""
    bounds = {"budget": {"per_month": 71003}, "breaker": {"per_hour": 8301}, "cap": {"per_day": 613, "per_month": 617}}
    earn = {"slug": "tea", "name": {"en": "Making tea", "zh": "泡茶"}, "about": {"en": "Hot.", "zh": "热的。"},
            "points": 41, "qualifies": False, "pending": "11 days", "decided": "by people", **bounds}  # fmt: skip
    raw = msgspec.to_builtins(charter.points)
    raw |= {"earn": [earn], "adjusting": {"alone": 59}, "grace": "37 days"}
    raw["programme"] = {"cap": {"per_day": 619, "per_month": 631}, "budget": {"per_month": 88007}}
    raw["check_in"] |= {"cap": {"per_day": 641}, "budget": {"per_month": 91009}, "breaker": {"per_hour": 9403}}
    return msgspec.structs.replace(charter, points=msgspec.convert(raw, PointsPolicy, strict=False))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_points_page_tells_each_rule_and_each_bound(charter: Charter, lang: Lang) -> None:
    text = page(ROOT, bounding(charter), lang, "points/index.md").text

    figures = ["613", "617", "71,003", "8,301", "619", "631", "88,007", "641", "91,009", "9,403", "41", "59"]
    assert [figure for figure in figures if not re.search(rf"(?<![\d,]){figure}(?![\d,])", text)] == []
    told = {"en": ("Making tea: 41 points", "It doesn't count", "pending for eleven days", "at least 37 days"),
            "zh": ("泡茶：41分", "- 不算进等级", "先等十一天才生效", "至少还能用37天")}[lang]  # fmt: skip
    assert [words for words in told if words not in text] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_points_page_is_silent_about_bounds_that_there_are_not(charter: Charter, lang: Lang) -> None:
    raw = msgspec.to_builtins(charter.points) | {"earn": [], "programme": {}, "adjusting": {}, "packets": None}
    raw["check_in"] |= {"cap": None, "budget": None, "breaker": None}
    bare = msgspec.structs.replace(charter, points=msgspec.convert(raw, PointsPolicy, strict=False))

    text = page(ROOT, bare, lang, "points/index.md").text

    assert [
        place for place in ("{#earn}", "#earn-", "{#bounds}", "{#packets}", "None", " 0 points") if place in text
    ] == []
    assert {"en": "by hand only if a second steward agrees", "zh": "手工加减积分，都要另一位管事同意"}[lang] in text


def test_both_points_pages_have_the_same_places(charter: Charter) -> None:
    both = [page(ROOT, bounding(charter), lang, "points/index.md").text for lang in LANGUAGES]

    english, chinese = (re.findall(r"^#+ .*\{ ?#([\w-]+)", text, re.MULTILINE) for text in both)

    assert english == chinese
    assert {"earn", "earn-tea", "bounds", "lapse", "suspended", "corrections", "check"} <= set(english)


def test_days_by_stamping_count_the_milestones_that_they_reach(charter: Charter) -> None:
    check_in = CheckIn(ladder=[1], after_the_last="plateau", qualifies=True, milestone=[Milestone(days=3, points=10)])
    policy = msgspec.structs.replace(charter.points, check_in=check_in)
    made = msgspec.structs.replace(charter, points=policy)
    welcome = policy.welcome.points

    assert days_to(made, msgspec.structs.replace(charter.tiers[-1], enter=welcome + 3)) == 3
    assert days_to(made, msgspec.structs.replace(charter.tiers[-1], enter=welcome + 13)) == 3
    assert days_to(made, msgspec.structs.replace(charter.tiers[-1], enter=welcome + 14)) == 4


def test_days_by_stamping_follow_the_ladder(charter: Charter) -> None:
    policy = msgspec.structs.replace(
        charter.points,
        welcome=msgspec.structs.replace(charter.points.welcome, points=10, qualifies=True),
        check_in=msgspec.structs.replace(charter.points.check_in, ladder=[1, 2], after_the_last="cycle"),
    )
    ada = msgspec.structs.replace(charter, points=policy)

    def reached(enter: int) -> int | None:
        return days_to(ada, msgspec.structs.replace(charter.tiers[-1], enter=enter))

    assert [reached(11), reached(12), reached(13), reached(16)] == [1, 2, 2, 4]
    assert reached(100_000) is None


@pytest.mark.parametrize(
    ("lapse", "earned", "last"),
    [
        ("12 months", dt.date(2027, 3, 8), dt.date(2028, 3, 31)),
        ("11 months", dt.date(2027, 3, 31), dt.date(2028, 2, 29)),
        ("1 month", dt.date(2027, 11, 1), dt.date(2027, 12, 31)),
    ],
)
def test_the_last_day_of_a_point(charter: Charter, lapse: str, earned: dt.date, last: dt.date) -> None:
    changed = msgspec.structs.replace(charter, points=msgspec.structs.replace(charter.points, lapse=lapse))

    assert last_day(changed, earned) == last


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_change_of_the_other_language_s_words_alone_is_told_as_such(charter: Charter, lang: Lang) -> None:
    first = Version(hash="a" * 64, since=dt.datetime(2027, 3, 1, tzinfo=dt.UTC), changes=[])
    other = Change(["tiers", "keeper", "name", "zh" if lang == "en" else "en"], "Warden", "Keeper")
    latest = Version(hash=charter.hash, since=dt.datetime(2027, 4, 1, tzinfo=dt.UTC), changes=[other])

    told = staging.Told(versions=[latest, first])
    text = next(p.text for p in staging.pages(ROOT, charter, told) if (p.lang, p.path) == (lang, "changelog/index.md"))

    assert {"en": "Only the Chinese wording.", "zh": "只改了英文的措辞。"}[lang] in text
    assert {"en": "| Where |", "zh": "| 哪一项 |"}[lang] not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_changelog_tells_each_value_in_the_page_s_own_language(charter: Charter, lang: Lang) -> None:
    first = Version(hash="a" * 64, since=dt.datetime(2027, 3, 1, tzinfo=dt.UTC), changes=[])
    changes = [
        Change(["tiers", "keeper", "enter"], "240", "300"),
        Change(["tiers", "keeper", "name", "en"], "Keeper", "Lamp | keeper"),
        Change(["tiers", "keeper", "name", "zh"], None, "守灯人"),
    ]
    latest = Version(hash="b" * 64, since=dt.datetime(2027, 4, 1, tzinfo=dt.UTC), changes=changes, more=7)

    told = staging.Told(versions=[latest, first])
    text = next(p.text for p in staging.pages(ROOT, charter, told) if (p.lang, p.path) == (lang, "changelog/index.md"))

    assert "| tiers › keeper › enter | 240 | 300 |" in text
    name = {
        "en": r"| tiers › keeper › name | Keeper | Lamp \| keeper |",
        "zh": "| tiers › keeper › name | — | 守灯人 |",
    }
    assert name[lang] in text
    assert text.count("keeper › name") == 1
    assert {"en": "And 7 more.", "zh": "另有7项。"}[lang] in text
    assert {"en": "in force now", "zh": "现行"}[lang] in text
    assert charter.hash[:7] in text, "the pages are ahead of what the portal has told"

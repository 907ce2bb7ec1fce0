"""A translation that is older than its text is named until somebody says that both agree again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from portal import cli
from portal.config import ROOT
from portal.publishing import translations
from portal.publishing.model import PublishingError
from tests.publishing.pages import write

PAGE = "---\ntitle: Word\nreviewed: 2026-11-30\n---\n\n# Word\n\nText.\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    write(tmp_path, "word.md", PAGE)
    write(tmp_path, "rules/index.md", PAGE)
    translations.note(tmp_path / "content", ())
    return tmp_path / "content"


def test_what_changed_in_english_is_stale_until_it_is_noted(content: Path) -> None:
    assert translations.stale(content) == []
    (content / "en" / "word.md").write_text(PAGE.replace("Text", "Another text"), "utf-8")

    [told] = translations.stale(content)

    assert told.startswith("content/zh/word.md: content/en/word.md has changed since this was translated.")
    assert told.endswith("tonghao site translated word.md")
    translations.note(content, ["word.md"])
    assert translations.stale(content) == []


def test_a_change_of_the_chinese_or_a_new_day_of_review_makes_nothing_stale(content: Path) -> None:
    (content / "zh" / "word.md").write_text(PAGE.replace("Text", "正文"), "utf-8")
    (content / "en" / "word.md").write_text(PAGE.replace("2026-11-30", "2027-03-01"), "utf-8")

    assert translations.stale(content) == []


def test_a_page_that_was_never_noted_and_one_that_is_gone_are_told(content: Path) -> None:
    write(content.parent, "new.md", PAGE)
    (content / "zh" / "word.md").unlink()

    told = translations.stale(content)

    assert [line.split(":")[0] for line in told] == ["content/zh/new.md", "content/translations.toml"]


def test_noting_one_page_leaves_the_others_stale(content: Path) -> None:
    for path in ("word.md", "rules/index.md"):
        (content / "en" / path).write_text(PAGE.replace("Text", "More"), "utf-8")
    translations.note(content, ["word.md"])

    assert [line.split(":")[0] for line in translations.stale(content)] == ["content/zh/rules/index.md"]
    with pytest.raises(PublishingError, match=r"content/en/nothing\.md: there is no such page"):
        translations.note(content, ["nothing.md"])


def test_a_broken_list_is_told_with_its_line(content: Path) -> None:
    (content / translations.FILE).write_text('"word.md" = \n', "utf-8")

    with pytest.raises(PublishingError, match=r"content/translations\.toml: .*line 1"):
        translations.stale(content)


def test_the_shipped_pages_agree() -> None:
    assert translations.stale(ROOT / "content") == []


def run(*command: str) -> Result:
    return CliRunner().invoke(cli.main, ["site", *command])


def test_the_commands_say_what_is_to_be_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, settings = root / "content", msgspec.structs.replace(cli._settings(), content=root / "content")
    monkeypatch.setattr(cli, "_settings", lambda: settings)
    page = content / "en" / "purpose.md"
    page.write_text(page.read_text("utf-8") + "\nOne sentence more.\n", "utf-8")

    stale = translations.stale(content)

    fresh, neither = run("translated", "purpose.md"), run("translated")
    again = run("translated", "nothing.md")

    assert [line.split(":")[0] for line in stale] == ["content/zh/purpose.md"]
    assert translations.stale(content) == []
    assert fresh.exit_code == 0, fresh.output
    assert "Noted in content/translations.toml." in fresh.output
    assert neither.exit_code == 2
    assert (again.exit_code, again.output.strip()) == (
        1, "tonghao: content/en/nothing.md: there is no such page in both languages"
    )  # fmt: skip

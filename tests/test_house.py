"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from portal.cli import main
from portal.config import ROOT

PORTAL = ROOT / "portal"
SOURCES = sorted(path for path in PORTAL.rglob("*.py") if "__pycache__" not in path.parts)
PLACEHOLDER = re.compile(r"{(\w+)}")


def tracked() -> list[Path]:
    """Files that are in the repository, or will be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def imports(path: Path) -> set[str]:
    """Every module that a file imports, `from a import b` as both a and a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PORTAL)))
def test_records_are_imported_by_their_own_slice_only(path: Path) -> None:
    slice_ = path.relative_to(PORTAL).parts[0]

    foreign = [name for name in imports(path) if name.endswith(".records") and name != f"portal.{slice_}.records"]

    assert foreign == []


def test_only_records_and_a_few_small_services_spell_a_key() -> None:
    spelled = {
        str(path.relative_to(PORTAL))
        for path in SOURCES
        if re.search(r"""Key\(f?["'][A-Z]""", path.read_text("utf-8")) and path.name != "records.py"
    }

    assert spelled == {"counters/service.py", "charters/service.py", "health.py"}


def test_every_key_is_listed_in_the_storage_document() -> None:
    listed = (ROOT / "docs" / "storage.md").read_text("utf-8")
    spelled = set()
    for path in SOURCES:
        if path.name in ("records.py", "service.py"):
            spelled |= set(re.findall(r"""f?["']([A-Z]+[0-9]?#)""", path.read_text("utf-8")))

    assert len(spelled) > 20
    assert sorted(prefix for prefix in spelled if f"`{prefix}" not in listed) == []


def sentences() -> set[str]:
    """Every sentence that the portal can say."""
    options = {"**.py": {"encoding": "utf-8"}, "**/templates/**.html": {"encoding": "utf-8", "trimmed": "true"}}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    found = extract_from_dir(str(PORTAL), methods, options, keywords={"_": None, "N_": None}, comment_tags=())
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (PORTAL / "locales" / "zh" / "LC_MESSAGES" / "portal.po").open("rb") as file:
        return read_po(file)


def test_no_sentence_is_missing_in_chinese(chinese: Catalog) -> None:
    missing = sorted(s for s in sentences() if s not in chinese or not chinese[s].string or chinese[s].fuzzy)

    assert missing == []


def test_no_sentence_of_the_catalogue_is_out_of_use(chinese: Catalog) -> None:
    assert sorted({str(message.id) for message in chinese if message.id} - sentences()) == []


def test_every_fact_of_a_sentence_is_told_in_chinese_too(chinese: Catalog) -> None:
    for message in chinese:
        if message.id:
            told = set(PLACEHOLDER.findall(str(message.string)))
            assert told == set(PLACEHOLDER.findall(str(message.id))), message.id


def test_every_setting_is_documented() -> None:
    used = set()
    for path in SOURCES:
        used |= set(re.findall(r"""environ(?:\.get\(|\[)["'](TONGHAO_\w+)""", path.read_text("utf-8")))
    documented = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs" / "operations.md").read_text("utf-8")

    assert used
    assert sorted(setting for setting in used if f"`{setting}`" not in documented) == []


def test_every_command_is_documented_and_explains_itself() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name, command in main.commands.items():
        leaves = getattr(command, "commands", {None: command})
        for leaf, inner in leaves.items():
            assert inner.help
            assert f"tonghao {name}{f' {leaf}' if leaf else ''}" in readme


def test_every_make_target_has_its_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    for target in phony[1].split():
        assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE), target


def test_no_lock_file_or_setting_names_a_host_of_packages() -> None:
    for path in [*ROOT.glob("requirements*.txt"), ROOT / "pyproject.toml"]:
        assert "://" not in path.read_text("utf-8"), path


def test_the_generator_writes_under_build_only() -> None:
    base = (ROOT / "site" / "base.yml").read_text("utf-8")

    assert not re.search(r"^site_dir:", base, re.MULTILINE)
    assert not list((ROOT / "site").rglob("__init__.py"))


def test_no_tracked_file_is_huge_or_generated() -> None:
    for path in tracked():
        assert path.stat().st_size < 600_000, path
        assert path.suffix not in {".pyc", ".mo", ".db", ".zip"}, path

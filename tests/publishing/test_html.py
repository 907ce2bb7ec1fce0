"""The pages as browsers read them: valid, light, and the same whoever generates them."""

from __future__ import annotations

import gzip
import re
import subprocess
import venv
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tinyhtml5.parser import HTMLParser as Strict

from portal.config import ROOT
from portal.language import LANGUAGES

#: What a first page may weigh, compressed: itself and all that it loads.
FIRST_PAGE = 100_000
#: What Markdown leaves behind that no browser knows.
LEFT_BEHIND = re.compile(r'\bmarkdown="|\balign="|\{:? ?[#.][\w-]+')


@pytest.mark.parametrize("page", ["", "rules", "knowledge/tiers", "rewards", "zh", "zh/rules", "zh/knowledge/tiers"])
def test_a_first_page_is_light(build: Path, page: str) -> None:
    site = build / "site"
    text = (site / page / "index.html").read_bytes()
    loaded = set(re.findall(r'(?:<link rel="(?:stylesheet|icon)"[^>]*|<script) (?:src|href)="([^"]+)"', text.decode()))
    loaded |= set(re.findall(r'<(?:use|img)[^>]* (?:href|src)="([^"#]+)', text.decode()))
    loaded |= set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', text.decode()))

    weight = len(gzip.compress(text)) + sum(len(gzip.compress((site / url.lstrip("/")).read_bytes())) for url in loaded)

    assert len(loaded) >= 8
    assert weight <= FIRST_PAGE


def test_every_page_is_valid(build: Path) -> None:
    faults: list[str] = []
    for path in sorted((build / "site").rglob("*.html")):
        parser, text = Strict(), path.read_text("utf-8")
        parser.parse(text)
        name = path.relative_to(build / "site")
        faults += [f"{name}: {position} {code} {facts}" for position, code, facts in parser.errors]
        faults += [
            f"{name}: {found}" for found in LEFT_BEHIND.findall(re.sub(r"<code.*?</code>", "", text, flags=re.DOTALL))
        ]

    assert faults == []


class Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.headings: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if found := dict(attrs).get("id"):
            self.found[found] += 1
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


def test_no_place_has_two_pages_of_one_name_and_no_heading_skips_a_step(build: Path) -> None:
    for path in sorted((build / "site").rglob("index.html")):
        reader = Ids()
        reader.feed(path.read_text("utf-8"))
        name = path.relative_to(build / "site").as_posix()

        assert [one for one, times in reader.found.items() if times > 1] == [], name
        if reader.headings:
            assert reader.headings[0] == 1, name
            assert reader.headings.count(1) == 1, name
            steps = zip(reader.headings, reader.headings[1:], strict=False)
            assert [(one, next_) for one, next_ in steps if next_ > one + 1] == [], name


@pytest.mark.timeout(300)
def test_another_generator_builds_the_staged_pages_as_they_are(build: Path, tmp_path: Path) -> None:
    """ProperDocs, MkDocs' successor, in an environment of its own."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    requirements = ROOT / "tests" / "publishing" / "properdocs.txt"
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    subprocess.run([*pip, "-r", str(requirements)], check=True)
    theme = tmp_path / "theme"
    theme.mkdir()
    for name in ("main.html", "home.html", "404.html"):
        (theme / name).write_text("<!doctype html><title>{{ page.title }}</title>{{ page.content }}")
    before = {path: path.read_bytes() for path in (build / "docs").rglob("*.md")}
    for lang in LANGUAGES:
        config = tmp_path / f"{lang}.yml"
        extensions = (ROOT / "site" / "base.yml").read_text("utf-8").partition("markdown_extensions:")[2]
        config.write_text(
            f"site_name: Tonghao\ndocs_dir: {build / 'docs' / lang}\nsite_dir: {tmp_path / 'site' / lang}\n"
            f"theme: {{name: null, custom_dir: {theme}}}\nplugins: []\nmarkdown_extensions:{extensions}",
            "utf-8",
        )
        command = [str(python), "-m", "properdocs", "build", "-q", "-f", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

        site = tmp_path / "site" / lang
        made = {path.parent.relative_to(site) for path in site.rglob("index.html")}
        ours = build / "site" / ("zh" if lang == "zh" else "")
        assert {path for path in made if not (ours / path / "index.html").is_file()} == set()
        assert len(made) == len(list((build / "docs" / lang).rglob("*.md")))
        assert 'id="real-people"' in (site / "rules" / "index.html").read_text("utf-8")
    assert {path: path.read_bytes() for path in (build / "docs").rglob("*.md")} == before

"""The generator at work: one MkDocs configuration and one run for each language."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import material

from portal.charter.fields import amount
from portal.charter.schema import Charter
from portal.language import HTML_LANG, LANGUAGES, Lang, day
from portal.publishing import assets, front, telling
from portal.publishing.model import Page, PublishingError
from portal.publishing.shelving import Shelves

#: The header's links, in order, and the other addresses that each stands for.
_HEADER: dict[str, tuple[str, ...]] = {
    "purpose/": (),
    "culture/": (),
    "rules/": ("roles/", "changelog/"),
    "tiers/": ("points/", "transparency/"),
    "rewards/": (),
    "knowledge/": ("tags/",),
    "news/": (),
    "join/": ("faq/", "channels/"),
}
_FOOTER = (
    "faq/", "channels/", "roles/", "points/", "transparency/", "changelog/", "tags/", "join/decisions/", "privacy/",
)  # fmt: skip
_SILENCE = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true", "PYTHONWARNINGS": "ignore"}


def prefix(lang: Lang) -> str:
    """Where a language's pages begin."""
    return "/zh/" if lang == "zh" else "/"


def configure(
    root: Path, build: Path, found: list[Page], charter: Charter, base_url: str, filed: Mapping[Lang, Shelves]
) -> None:
    """Writes build/mkdocs/<lang>.yml for each language, on top of site/base.yml."""
    folder = build / "mkdocs"
    folder.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        place = (build / "site" / prefix(lang).strip("/")).resolve()
        if not place.is_relative_to(build.resolve()):
            raise PublishingError(f"{place}: the site is only ever written below {build}")
        config = {
            "INHERIT": str(root.resolve() / "site" / "base.yml"),
            "site_name": charter.community.name[lang],
            "site_description": charter.community.tagline[lang],
            "site_url": base_url + prefix(lang),
            "docs_dir": str((build / "docs" / lang).resolve()),
            "site_dir": str(_made(build, lang).resolve()),
            "theme": {"custom_dir": str(root.resolve() / "site" / "theme"), "language": HTML_LANG[lang]},
            "extra": _extra(root, found, charter, lang) | _latest(filed[lang], lang),
        }
        # JSON is YAML, and needs no library that would have to be trusted with a path or a name.
        (folder / f"{lang}.yml").write_text(json.dumps(config, ensure_ascii=False, indent=1), encoding="utf-8")


def run(build: Path) -> None:
    """One run of MkDocs for each language, side by side; then each goes to its place in the site."""
    runs = {lang: _started(build, lang) for lang in LANGUAGES}
    said = {lang: run.communicate()[0] for lang, run in runs.items()}
    for lang, run in runs.items():
        if run.returncode:
            lines = [line for line in said[lang].splitlines() if line.strip()]
            raise PublishingError("the generator stopped:\n" + "\n".join(lines[-8:]))
    site = build / "site"
    shutil.rmtree(site, ignore_errors=True)
    for lang in LANGUAGES:  # the first holds the others
        shutil.move(_made(build, lang), site / prefix(lang).strip("/"))


def _made(build: Path, lang: Lang) -> Path:
    """Where a language is built, before it goes to its place."""
    return build / "mkdocs" / "made" / lang


def _started(build: Path, lang: Lang) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", f"{build}/mkdocs/{lang}.yml"]
    return subprocess.Popen(  # noqa: S603 - our own interpreter and a file that we wrote
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | _SILENCE
    )


def _extra(root: Path, found: list[Page], charter: Charter, lang: Lang) -> dict[str, Any]:
    """What the theme's templates know beside the pages."""
    titles = sections(found, lang)
    drawn = (root / "site" / "assets" / "seal-commons.svg").read_text(encoding="utf-8")
    return {
        "lang": lang,
        "home": prefix(lang),
        "other": prefix("en" if lang == "zh" else "zh"),
        "header": [
            {"url": url, "title": titles[url], "covers": [url, *covers]}
            for url, covers in _HEADER.items()
            if url in titles
        ],
        "footer": [{"url": url, "title": titles[url]} for url in _FOOTER if url in titles],
        "titles": titles,
        "assets": assets.urls(root / "site" / "assets"),
        "generator": generator_files(),
        "seal": charter.community.seal,
        "seal_is_drawn": f"<title>{charter.community.seal}</title>" in drawn,
        "charter": charter.hash[:7],
        "facts": {
            "questions": telling.questions(charter),
            "minutes": charter.join.minutes,
            "days": amount(charter.admission.decide_within),
            "rules": len(charter.rules.rule),
            "tiers": len(charter.tiers),
            "lapse": amount(charter.points.lapse),
        },
    }


def _latest(filed: Shelves, lang: Lang) -> dict[str, Any]:
    """The latest post, for the front page."""
    post = next(iter(filed.posts), None)
    if post is None or post.date is None:
        return {}
    return {"latest": {"url": post.url, "title": post.title, "date": str(post.date), "day": day(post.date, lang)}}


def sections(found: Sequence[Page], lang: Lang) -> dict[str, str]:
    """The titles of the pages at the top of a language, and of those that others stand below, by address."""
    return {
        page.url: front.read(page).title
        for page in found
        if page.lang == lang and (page.url.count("/") < 2 or page.url in _FOOTER or page.path.endswith("/index.md"))  # noqa: PLR2004
    }


def generator_files() -> dict[str, str]:
    """Material's own stylesheet, which both languages share from the English folder."""
    folder = Path(material.__file__).parent / "templates"
    [style] = folder.glob("assets/stylesheets/main.*.min.css")
    return {"style": f"/assets/stylesheets/{style.name}"}

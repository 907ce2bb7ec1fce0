"""The ledger's books on the transparency page: built in from a snapshot, and brought up to date in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal.config import ROOT
from portal.language import LANGUAGES, Lang
from portal.proofs.books import NAME, Books
from portal.publishing import build_site, ledger, staging
from tests.publishing.charters import SHIPPED
from tests.publishing.conftest import BASE_URL

SNAPSHOT: dict[str, Any] = {
    "as_of": "2027-03-01", "members": 200, "issued": 1500, "spent": 400, "expired": 60, "taken_back": 40,
    "outstanding": 1000, "held": 24, "of_day": {"issued": 31, "spent": 7, "expired": 3, "taken_back": 2},
    "root": "ab" * 32, "seal": "cd" * 32, "previous": "ef" * 32,
}  # fmt: skip


def page(lang: Lang, books: Books | None) -> str:
    found = staging.pages(ROOT, SHIPPED, staging.Told(ledger=books))
    return next(one.text for one in found if (one.lang, one.path) == (lang, "transparency/index.md"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_books_are_told_in_words_and_as_a_table(lang: Lang) -> None:
    text = page(lang, msgspec.convert(SNAPSHOT, Books))

    for name, value in {**SNAPSHOT, **{f"of_day.{key}": points for key, points in SNAPSHOT["of_day"].items()}}.items():
        if name not in ("as_of", "of_day", "held"):
            assert f'data-ledger="{name}">{value}<' in text, name
    assert f'data-ledger="date">{"1 March 2027" if lang == "en" else "2027年3月1日"}<' in text
    assert ">abababababababab<" in text
    assert " hidden" not in text
    assert "data-ledger-none" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_before_the_first_night_the_page_says_so(lang: Lang) -> None:
    text = page(lang, None)

    assert " hidden>" in text
    assert ("has yet to come" if lang == "en" else "还没有到第一个夜晚") in text


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"\xff", b'{"issued": 5}', SNAPSHOT | {"issued": 1501}, SNAPSHOT | {"spent": -1},
        SNAPSHOT | {"of_day": {}}, SNAPSHOT | {"as_of": "yesterday"}, SNAPSHOT | {"members": "many"},
    ],
)  # fmt: skip
def test_a_snapshot_that_cannot_be_used_is_told_and_left_out(tmp_path: Path, content: bytes | dict[str, Any]) -> None:
    (tmp_path / NAME).write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    said: list[str] = []

    assert ledger.read(tmp_path, said.append) is None
    assert len(said) == 1
    assert "so the site goes without the ledger's books" in said[0]


def test_no_snapshot_is_nothing_to_talk_about(tmp_path: Path) -> None:
    said: list[str] = []

    assert ledger.read(tmp_path, said.append) is None
    assert said == []


def test_new_books_build_the_site_again_and_the_page_is_linked_from_every_other(tmp_path: Path) -> None:
    said: list[str] = []
    pages = []
    for books in (SNAPSHOT, SNAPSHOT, SNAPSHOT | {"members": 201}):
        (tmp_path / NAME).write_bytes(msgspec.json.encode(books))
        build_site(ROOT, tmp_path, SHIPPED, BASE_URL, said.append)
        pages.append((tmp_path / "site" / "transparency" / "index.html").read_text("utf-8"))

    assert said.count("The site is up to date.") == 1
    assert [">201<" in text for text in pages] == [False, False, True]
    assert 'href="/transparency/"' in (tmp_path / "site" / "rules" / "index.html").read_text("utf-8")
    assert 'href="/zh/transparency/"' in (tmp_path / "site" / "zh" / "index.html").read_text("utf-8")

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal.charter.loader import load
from portal.charter.schema import Charter
from portal.config import ROOT
from portal.publishing import build_site

BASE_URL = "https://commons.example"


@pytest.fixture(scope="session")
def charter() -> Charter:
    return load(ROOT / "content" / "charter")


@pytest.fixture(scope="session")
def build(charter: Charter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this checkout, built once."""
    folder = tmp_path_factory.mktemp("build")
    build_site(ROOT, folder, charter, BASE_URL, print)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    copy = tmp_path / "checkout"
    for name in ("content", "site"):
        shutil.copytree(ROOT / name, copy / name)
    return copy

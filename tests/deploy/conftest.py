from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def packaged(folder: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "infra" / "package.py", "--into", folder], check=True)
    return folder / "tonghao.zip"


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this checkout, built once for the whole run."""
    return packaged(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def unpacked(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the function finds at its start: the package's files, in a folder of their own."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    return folder

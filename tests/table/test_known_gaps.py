"""What a test engine can't do is known by name and told in docs/storage.md."""

from __future__ import annotations

from pathlib import Path

from tests.engines import ROOT
from tests.table.conftest import MOTO_CANNOT


def test_every_test_that_moto_is_spared_exists_and_is_told() -> None:
    stories = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    told = (ROOT / "docs" / "storage.md").read_text()

    for name in MOTO_CANNOT:
        assert f"def {name}(" in stories
        assert f"`{name}`" in told

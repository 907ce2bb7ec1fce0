"""The contract's stories run on three engines: SQLite, the emulator of DynamoDB, and moto within the process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws  # before any botocore session is made: it reaches only those made after it

from portal.table.contract import Table
from portal.table.dynamodb import DynamoTable
from tests.clocks import MovableClock
from tests.engines import QUICK

#: The tests of what moto gets wrong; docs/storage.md tells of each.
MOTO_CANNOT = {
    "test_a_condition_tells_true_from_one",
    "test_a_refusal_is_told_before_an_impossible_outcome",
    "test_an_item_may_be_exactly_as_large_as_dynamodb_allows",
    "test_of_many_buyers_at_once_none_gets_what_is_sold_out",
}


@pytest.fixture
def moto_table(clock: MovableClock) -> Iterator[DynamoTable]:
    with mock_aws():
        table = DynamoTable("tonghao-test", clock, region="us-east-1", rivals=QUICK, stories=QUICK)
        table.create(expiring=False)
        yield table
        table.close()


@pytest.fixture(params=["sqlite", "emulator", "moto"])
def table(request: pytest.FixtureRequest) -> Table:
    """An empty table, once on each engine."""
    if request.param == "moto" and request.node.originalname in MOTO_CANNOT:
        pytest.skip("moto can't: see docs/storage.md")
    fresh: Table = request.getfixturevalue(f"{request.param}_table")
    return fresh

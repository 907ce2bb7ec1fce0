"""The table's shape, for an emulator. In AWS the same shape stands in `infra/`."""

from __future__ import annotations

from typing import Any

from portal.table.rules import INDEXES


def table_shape(name: str) -> dict[str, Any]:
    """What makes the table with its two indexes, on demand."""
    names = ["pk", "sk", *(f"{index}{part}" for index in INDEXES for part in ("pk", "sk"))]
    indexes = [
        {"IndexName": index, "KeySchema": _keys(f"{index}pk", f"{index}sk"), "Projection": {"ProjectionType": "ALL"}}
        for index in INDEXES
    ]
    return {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in names],
        "KeySchema": _keys("pk", "sk"),
        "GlobalSecondaryIndexes": indexes,
        "BillingMode": "PAY_PER_REQUEST",
    }


def deletion_of_expired(name: str) -> dict[str, Any]:
    """What has the table delete items, some time after the epoch seconds in their `ttl`."""
    return {"TableName": name, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}


def _keys(pk: str, sk: str) -> list[dict[str, str]]:
    return [{"AttributeName": pk, "KeyType": "HASH"}, {"AttributeName": sk, "KeyType": "RANGE"}]

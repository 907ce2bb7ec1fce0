"""Whether the portal serves: for load balancers and for the one who is woken."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import msgspec
from flask import Blueprint, Response

from portal import access
from portal.charter.schema import Charter
from portal.errors import StoreUnavailable
from portal.here import the
from portal.table.contract import Key
from portal.tools import Tools

#: The engines as the setting TONGHAO_TABLE names them.
ENGINES = {"SqliteTable": "sqlite", "DynamoTable": "dynamodb"}

health = Blueprint("health", __name__, url_prefix="/portal")


@health.get("/healthz")
@access.to("anyone")
def healthz() -> tuple[Response, int]:
    """Status, engine, charter hash, version. 503 when the store can't be read."""
    table = the(Tools).table
    try:
        table.get(Key("HEALTH", "HEALTH"))
        status = "ok"
    except StoreUnavailable:
        status = "store unavailable"
    told = {
        "status": status,
        "engine": ENGINES.get(type(table).__name__, type(table).__name__),
        "charter": the(Charter).hash,
        "version": _version(),
    }
    return Response(msgspec.json.encode(told), mimetype="application/json"), 200 if status == "ok" else 503


def _version() -> str:
    try:
        return version("tonghao")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"

"""From the setting TONGHAO_TABLE to a table. Importing this loads neither engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from portal.errors import BadSetting

if TYPE_CHECKING:
    from portal.clock import Clock
    from portal.table.contract import Table

_RIGHT = "sqlite:///var/tonghao.db, or dynamodb://TABLE?region=REGION with &endpoint=http://… for an emulator"


def open_table(url: str, clock: Clock, *, create: bool = False) -> Table:
    """The table that `url` names: `sqlite:///path` (absolute with a fourth slash) or `dynamodb://TABLE?region=…`.

    Touches the store only with `create`, which makes a missing SQLite file, or a missing table on an emulator
    (a DynamoDB without `endpoint` is made by the infrastructure, never here). `BadSetting` for any other address.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _bad("it is no address") from error
    if parts.scheme == "sqlite":
        return _sqlite(parts, clock, create=create)
    if parts.scheme == "dynamodb":
        return _dynamodb(parts, clock, create=create)
    raise _bad("it begins with neither sqlite:/// nor dynamodb://")


def _sqlite(parts: SplitResult, clock: Clock, *, create: bool) -> Table:
    path = unquote(parts.path)[1:]
    if parts.netloc or parts.query or parts.fragment or not path or path.endswith("/"):
        raise _bad("an SQLite address is sqlite:/// and the path of one file")
    from portal.table.sqlite import SqliteTable  # each engine loads only where it serves

    table = SqliteTable(Path(path), clock)
    if create:
        table.create()
    return table


def _dynamodb(parts: SplitResult, clock: Clock, *, create: bool) -> Table:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(asked.keys() - {"region", "endpoint"})
    if unknown or parts.path.strip("/") or parts.fragment or not parts.netloc:
        raise _bad(f"a DynamoDB address has no {unknown[0]}" if unknown else "a DynamoDB address names one table")
    endpoint = asked.get("endpoint") or None
    if endpoint is not None and urlsplit(endpoint).scheme not in ("http", "https"):
        raise _bad("its endpoint is no http(s) address")
    from portal.table.dynamodb import DynamoTable  # each engine loads only where it serves

    table = DynamoTable(parts.netloc, clock, region=asked.get("region") or None, endpoint=endpoint)
    if create and endpoint is not None:
        table.create()
    return table


def _bad(why: str) -> BadSetting:
    # The address itself isn't repeated: an operator may have put a secret into it.
    return BadSetting(f"TONGHAO_TABLE can't be used: {why}. Right would be {_RIGHT}.")

"""botocore: the process's one session, one DynamoDB client, and its errors translated at the edge."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)
from botocore.session import Session, get_session

from portal.errors import Busy, StoreUnavailable
from portal.table.contract import BadWrite
from portal.table.expressions import unpacked
from portal.table.faults import Again, AlreadyThere, Reason, Refused

# Surely not carried out, and worth another try.
_CONTENDED = {
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_REFUSED = {"ConditionalCheckFailedException", "TransactionCanceledException"}
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, SSLError)
_SERVERS_FAULT = 500
# botocore must not try again by itself: it would repeat a lone "add 1" whose answer was lost. The table knows better.
_CONFIG = {"connect_timeout": 2, "read_timeout": 5, "tcp_keepalive": True, "max_pool_connections": 32}
_creating = threading.Lock()


@functools.cache
def shared_session() -> Session:
    """The process's one botocore session: to load its data twice would cost twice."""
    return get_session()


def new_client(service: str, region: str | None, endpoint: str | None, config: Config) -> Any:
    """A client of the shared session. Raises BotoCoreError, ValueError.

    An address of plain http is an emulator: it is never shown real credentials.
    """
    options: dict[str, Any] = {"region_name": region, "endpoint_url": endpoint, "config": config}
    if endpoint is not None:
        options["region_name"] = region or "us-east-1"
        if endpoint.startswith("http://"):
            options |= {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with _creating:  # a session creates one client at a time
        return shared_session().create_client(service, **options)


class Client:
    """DynamoDB's operations on one table, raising `Refused`, `Again`, `BadWrite` or `StoreUnavailable`."""

    def __init__(self, table: str, region: str | None, endpoint: str | None) -> None:
        self.table = table
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=False, **_CONFIG)
        try:
            self.raw = new_client("dynamodb", region, endpoint, config)
        except (BotoCoreError, ValueError) as error:
            raise self._unavailable(error) from error

    def call(self, operation: str, **request: Any) -> Mapping[str, Any]:
        """The answer to `operation` (botocore's name for it)."""
        try:
            answer: Mapping[str, Any] = getattr(self.raw, operation)(**request)
        except ClientError as error:
            raise self._translated(error) from error
        except _NOT_SENT as error:
            raise Again(self._unavailable(error)) from error
        except (ConnectionClosedError, HTTPClientError) as error:
            raise Again(self._unavailable(error), unsure=True) from error
        except BotoCoreError as error:
            raise self._unavailable(error) from error
        return answer

    def _translated(self, error: ClientError) -> Exception:
        code = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        if code in _REFUSED:
            # A lone write that is refused answers for itself; a transaction gives a reason for each of its writes.
            alone = {"Code": "ConditionalCheckFailed", "Message": message, "Item": error.response.get("Item")}
            return Refused([_reason(reason) for reason in error.response.get("CancellationReasons", [alone])])
        if code in _CONTENDED:
            return Again(Busy())
        if code == "ResourceInUseException":
            return AlreadyThere()
        if code == "ValidationException":
            return BadWrite(message)
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVERS_FAULT:
            return Again(self._unavailable(error), unsure=True)
        return self._unavailable(error)

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        return StoreUnavailable(cause=f"DynamoDB table {self.table}: {' '.join(str(error).split())}")


def _reason(reason: Mapping[str, Any]) -> Reason:
    code, item = reason.get("Code"), reason.get("Item")
    return Reason(None if code == "None" else code, reason.get("Message", ""), unpacked(item) if item else None)

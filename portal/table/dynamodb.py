"""The table in DynamoDB, or in anything that speaks its protocol."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from portal.clock import Clock
from portal.errors import Busy
from portal.table.contract import BadWrite, Check, Index, Item, Key, Page, Put, Update, Write
from portal.table.creation import deletion_of_expired, table_shape
from portal.table.expressions import action, key_of, packed, query_for, request_for, unpacked
from portal.table.faults import Again, AlreadyThere, NoAnswer, Reason, Refused
from portal.table.listing import listing
from portal.table.meaning import applied, live, refusal_of
from portal.table.patience import STORIES, Patience, retrying
from portal.table.rules import can_be_key, checked

if TYPE_CHECKING:
    from portal.table.client import Client

T = TypeVar("T")

RIVALS = Patience(tries=7, first=0.05, longest=1.0)
_BATCH = 100
_ROUNDS = 10  # of reading on for one page, where expired items fill the table's own pages
_CONDITION, _INVALID = "ConditionalCheckFailed", "ValidationError"


class DynamoTable:
    """The table's contract on one DynamoDB table with the indexes gs1 and gs2.

    Nothing is loaded or sent until first use. Conflicts and throttling are tried again (`rivals`) and then raise
    `Busy`; so is whatever surely was not sent. A write whose answer was lost is sent again where a repeat can do no
    harm, a transaction by its token, and otherwise raises `NoAnswer`. `StoreUnavailable` tells the operator the
    cause in its fact `cause`.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        rivals: Patience = RIVALS,
        stories: Patience = STORIES,
    ) -> None:
        self.name = name
        self.clock = clock
        self._region = region
        self._endpoint = endpoint
        self._rivals = rivals
        self._stories = stories

    @functools.cached_property
    def client(self) -> Client:
        """The way to DynamoDB."""
        from portal.table.client import Client  # botocore takes longer to load than all else together

        return Client(self.name, self._region, self._endpoint)

    def get(self, key: Key) -> Item | None:
        """See `Table.get`."""
        if not can_be_key(key):
            return None
        answer = self._ask("get_item", TableName=self.name, Key=packed(key._asdict()), ConsistentRead=True)
        return live(unpacked(answer["Item"]), self._now()) if "Item" in answer else None

    def batch_get(self, keys: Sequence[Key]) -> list[Item | None]:
        """See `Table.batch_get`."""
        if len(keys) > _BATCH:
            raise ValueError(f"{len(keys)} keys: at most {_BATCH} at once")
        asked = [packed(key._asdict()) for key in dict.fromkeys(keys) if can_be_key(key)]
        found: dict[Key, Item] = {}
        attempts = self._rivals.attempts()
        while asked:
            if next(attempts, None) is None:
                raise Busy
            answer = self._ask("batch_get_item", RequestItems={self.name: {"Keys": asked, "ConsistentRead": True}})
            items = [unpacked(item) for item in answer["Responses"].get(self.name, [])]
            found.update((key_of(item), item) for item in items)
            asked = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
        now = self._now()
        return [live(found.get(key), now) for key in keys]

    def query(
        self,
        pk: str,
        *,
        index: Index | None = None,
        begins: str | None = None,
        between: tuple[str, str] | None = None,
        reverse: bool = False,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """See `Table.query`."""
        asked = listing(pk, index=index, begins=begins, between=between, reverse=reverse, limit=limit, cursor=cursor)
        if asked.is_empty:
            return Page([])
        request, now = query_for(asked) | {"TableName": self.name}, self._now()
        items: list[Item] = []
        last: Mapping[str, Any] | None = None
        for _ in range(_ROUNDS):
            # One more than is shown tells whether there is another page.
            answer = self._ask("query", **request, Limit=asked.limit + 1 - len(items))
            items.extend(item for item in map(unpacked, answer["Items"]) if live(item, now))
            last = answer.get("LastEvaluatedKey")
            if last is None or len(items) > asked.limit:
                break
            request["ExclusiveStartKey"] = last
        return asked.page(items, last=unpacked(last) if last else None)

    def scan(self) -> Iterator[Item]:
        """See `Table.scan`."""
        request: dict[str, Any] = {"TableName": self.name, "ConsistentRead": True}
        while True:
            answer, now = self._ask("scan", **request), self._now()
            yield from (item for item in map(unpacked, answer["Items"]) if live(item, now))
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def forget_expired(self) -> int:
        """See `Table.forget_expired`: TTL does it."""
        return 0

    def commit(self, *writes: Write) -> Item | None:
        """See `Table.commit`."""
        plain = checked(writes)
        if not plain:
            return None
        if len(plain) == 1 and isinstance(plain[0], Check):
            # DynamoDB has no lone check; a consistent read says as much for a quarter of the price.
            if refusal := refusal_of(plain[0], self.get(plain[0].key)):
                raise refusal
            return None
        return self._carry_out(plain)

    def retrying(self, story: Callable[[], T]) -> T:
        """See `Table.retrying`."""
        return retrying(story, self._stories)

    def create(self, *, expiring: bool = True) -> None:
        """Make the table on an emulator unless it is there. In AWS `infra/` makes it, with backups and alarms.

        `expiring` has it delete what has expired, by its own clock. Emulators have a table ready at once.
        """
        try:
            self._ask("create_table", **table_shape(self.name))
        except AlreadyThere:
            return
        if expiring:
            self._ask("update_time_to_live", **deletion_of_expired(self.name))

    def close(self) -> None:
        """Close the connections to DynamoDB, if there ever were any; a later use opens new ones."""
        if client := self.__dict__.pop("client", None):
            client.raw.close()

    def _now(self) -> int:
        return int(self.clock.now().timestamp())

    def _ask(self, operation: str, **request: Any) -> Mapping[str, Any]:
        """The answer to what may be repeated at will."""
        error = Again(Busy())
        for attempt in self._rivals.attempts():
            try:
                return self.client.call(operation, **request)
            except Again as again:
                error = again
                if again.is_last(attempt):
                    break
        raise error.refusal from error

    def _carry_out(self, writes: Sequence[Write]) -> Item | None:
        """Send the writes until an answer settles them. One instant and one token serve all tries of one request."""
        now, token, revived = self._now(), secrets.token_hex(16), frozenset[int]()
        repeatable = len(writes) > 1 or _harmless_twice(writes[0])
        error, lost = Again(Busy()), None
        for attempt in self._rivals.attempts():
            try:
                return self._send(writes, now, revived, token)
            except Refused as refused:
                before, revived = revived, _judged(writes, refused.reasons, now, revived)
                token = token if revived == before else secrets.token_hex(16)  # a token belongs to one request
                error = Again(Busy())
            except Again as again:
                error, lost = again, again if again.unsure else lost
                if again.is_last(attempt) or (lost and not repeatable):
                    break
        if lost:
            raise NoAnswer(**lost.refusal.facts) from lost
        raise error.refusal from error

    def _send(self, writes: Sequence[Write], now: int, revived: frozenset[int], token: str) -> Item | None:
        requests = [
            request_for(write, now, revive=place in revived) | {"TableName": self.name}
            for place, write in enumerate(writes)
        ]
        if len(writes) == 1:
            return self._send_alone(writes[0], requests[0], revive=bool(revived))
        actions = [
            {action(write, revive=place in revived): request}
            for place, (write, request) in enumerate(zip(writes, requests, strict=True))
        ]
        self.client.call("transact_write_items", TransactItems=actions, ClientRequestToken=token)
        return None

    def _send_alone(self, write: Write, request: dict[str, Any], *, revive: bool) -> Item | None:
        if isinstance(write, Update) and not revive:
            return unpacked(self.client.call("update_item", **request, ReturnValues="ALL_NEW")["Attributes"])
        if isinstance(write, Put | Update):
            self.client.call("put_item", **request)
            return write.item if isinstance(write, Put) else applied(write, None)
        self.client.call("delete_item", **request)
        return None


def _harmless_twice(write: Write) -> bool:
    return not write.when and not (isinstance(write, Update) and write.add)


def _judged(writes: Sequence[Write], reasons: Sequence[Reason], now: int, revived: frozenset[int]) -> frozenset[int]:
    """Raise the refusal that the reasons mean, if it is certain; or tell which Updates to send as Puts from now on.

    The order of writes is the order of refusals, so one is certain only if no write before it was left undecided by
    a rival. An Update whose conditions hold was stopped by its guard: what stood there has expired, or, where it
    went as a Put, lives again.
    """
    invalid: Reason | None = None
    for place, (write, reason) in enumerate(zip(writes, reasons, strict=True)):
        if reason.code == _CONDITION:
            found = live(reason.item, now)
            if refusal := refusal_of(write, found):
                raise refusal
            revived = revived - {place} if found else revived | {place}
        elif reason.code == _INVALID:
            invalid = reason
        elif reason.code is not None:
            return revived
    if invalid:
        raise BadWrite(invalid.message)
    return revived

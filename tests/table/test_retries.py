"""Conflicts, throttling and lost replies, which no emulator shows by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from portal.errors import Busy, PortalError, Stale, StoreUnavailable
from portal.table.contract import BadWrite, Delete, Key, Put, Update, absent, ge
from portal.table.dynamodb import DynamoTable
from portal.table.expressions import packed
from portal.table.faults import NoAnswer
from portal.table.patience import Patience
from tests.clocks import MovableClock

STOCK = Key("R#mug", "STOCK")
CONFLICT, THROTTLED = "TransactionConflict", "ThrottlingError"


class AlreadyRedeemed(PortalError):
    pass


class SoldOut(PortalError):
    pass


REDEMPTION = Put({"pk": "M#ada", "sk": "RD#1"}, when=[absent(AlreadyRedeemed)])
SALE = Update(STOCK, add={"left": -1}, when=[ge("left", 1, SoldOut)])


class Answers:
    """A table whose DynamoDB answers as it is told, and what it was asked."""

    def __init__(self, clock: MovableClock) -> None:
        self.pauses: list[float] = []
        rivals = Patience(tries=5, first=0.1, longest=0.3, sleep=self.pauses.append, chance=lambda: 1.0)
        # Nobody serves this endpoint: the stub answers before anything is sent.
        self.table = DynamoTable("club", clock, endpoint="http://127.0.0.1:9", rivals=rivals, stories=rivals)
        self.asked: list[dict[str, Any]] = []
        raw = self.table.client.raw
        raw.meta.events.register("provide-client-params.dynamodb", self._note)
        self.stub = Stubber(raw)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.asked.append(params)

    def error(self, operation: str, code: str, status: int = 400) -> None:
        self.stub.add_client_error(operation, code, http_status_code=status)

    def cancelled(self, *reasons: str | dict[str, Any] | None) -> None:
        told = [
            {"Code": "ConditionalCheckFailed", "Item": packed(reason)}
            if isinstance(reason, dict)
            else {"Code": reason or "None", "Message": "so it is"}
            for reason in reasons
        ]
        self.stub.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": told}
        )

    def done(self, operation: str = "transact_write_items", **answer: Any) -> None:
        self.stub.add_response(operation, answer)

    def tokens(self) -> list[str]:
        return [asked["ClientRequestToken"] for asked in self.asked]


@pytest.fixture
def answers(clock: MovableClock) -> Iterator[Answers]:
    told = Answers(clock)
    with told.stub:
        yield told
    told.stub.assert_no_pending_responses()
    told.table.close()


def test_a_conflict_is_tried_again_with_the_same_token_until_it_is_done(answers: Answers) -> None:
    answers.cancelled(None, CONFLICT)
    answers.error("transact_write_items", "TransactionInProgressException")
    answers.error("transact_write_items", "ThrottlingException")
    answers.cancelled(THROTTLED, None)
    answers.done()

    answers.table.commit(REDEMPTION, SALE)

    assert answers.pauses == [0.1, 0.2, 0.3, 0.3]
    assert len(set(answers.tokens())) == 1
    assert all(asked == answers.asked[0] for asked in answers.asked)


def test_contention_that_outlasts_the_tries_is_busy_and_no_refusal(answers: Answers) -> None:
    for _ in range(5):
        answers.cancelled(CONFLICT, None)

    with pytest.raises(Busy):
        answers.table.commit(REDEMPTION, SALE)


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "RequestLimitExceeded", "TransactionConflictException"]
)
def test_a_lone_write_is_tried_again_too(answers: Answers, code: str) -> None:
    answers.error("update_item", code)
    answers.done("update_item", Attributes=packed({**STOCK._asdict(), "left": 4}))

    assert answers.table.commit(SALE) == {"pk": "R#mug", "sk": "STOCK", "left": 4}


def test_a_refusal_is_certain_if_no_write_before_it_is_undecided(answers: Answers) -> None:
    answers.cancelled(None, {"pk": "R#mug", "sk": "STOCK", "left": 0}, CONFLICT)

    with pytest.raises(SoldOut):
        answers.table.commit(REDEMPTION, SALE, Delete(Key("M#ada", "CART")))


def test_a_refusal_after_an_undecided_write_is_not_told(answers: Answers) -> None:
    sold_out = {"pk": "R#mug", "sk": "STOCK", "left": 0}
    answers.cancelled(CONFLICT, sold_out)
    answers.cancelled({"pk": "M#ada", "sk": "RD#1"}, sold_out)

    with pytest.raises(AlreadyRedeemed):
        answers.table.commit(REDEMPTION, SALE)


def test_a_refusal_that_stays_undecided_is_busy(answers: Answers) -> None:
    for _ in range(5):
        answers.cancelled(CONFLICT, {"pk": "R#mug", "sk": "STOCK", "left": 0})

    with pytest.raises(Busy):
        answers.table.commit(REDEMPTION, SALE)


def test_an_impossible_outcome_is_a_programmers_mistake(answers: Answers) -> None:
    answers.cancelled(None, "ValidationError")

    with pytest.raises(BadWrite, match="so it is"):
        answers.table.commit(REDEMPTION, SALE)


def test_an_expired_item_is_replaced_by_another_request_with_a_token_of_its_own(
    answers: Answers, clock: MovableClock
) -> None:
    now = int(clock.now().timestamp())
    answers.cancelled(None, {**STOCK._asdict(), "left": 9, "ttl": now})
    answers.cancelled(None, {**STOCK._asdict(), "left": 9})
    answers.done()

    answers.table.commit(REDEMPTION, Update(STOCK, add={"left": 3}))

    sent = [next(iter(asked["TransactItems"][1])) for asked in answers.asked]
    assert sent == ["Update", "Put", "Update"]  # it expired; a rival brought it to life; so be it
    assert len(set(answers.tokens())) == 3
    replacement = answers.asked[1]["TransactItems"][1]["Put"]
    assert replacement["Item"] == packed({**STOCK._asdict(), "left": 3})
    assert replacement["ConditionExpression"] == "(attribute_not_exists(#n0) OR #n1 <= :v0)"


def test_a_rival_that_brings_an_expired_item_to_life_may_make_it_a_refusal(
    answers: Answers, clock: MovableClock
) -> None:
    now = int(clock.now().timestamp())
    answers.cancelled({**STOCK._asdict(), "ttl": now}, None)
    answers.cancelled({**STOCK._asdict(), "left": 1}, None)

    with pytest.raises(Stale):
        answers.table.commit(Update(STOCK, add={"left": 3}, when=[absent()]), REDEMPTION)


def test_keys_left_unprocessed_are_asked_for_again(answers: Answers) -> None:
    keys = [Key("P", "1"), Key("P", "2")]
    first, second = (packed(key._asdict()) for key in keys)
    answers.done("batch_get_item", Responses={"club": [second]}, UnprocessedKeys={"club": {"Keys": [first]}})
    answers.done("batch_get_item", Responses={"club": [first]}, UnprocessedKeys={})

    assert answers.table.batch_get([*keys, keys[0]]) == [key._asdict() for key in (*keys, keys[0])]
    assert [len(asked["RequestItems"]["club"]["Keys"]) for asked in answers.asked] == [2, 1]
    assert answers.pauses == [0.1]


def test_keys_that_stay_unprocessed_are_busy(answers: Answers) -> None:
    left = {"club": {"Keys": [packed({"pk": "P", "sk": "1"})]}}
    for _ in range(5):
        answers.done("batch_get_item", Responses={}, UnprocessedKeys=left)

    with pytest.raises(Busy):
        answers.table.batch_get([Key("P", "1")])


def test_a_page_is_filled_past_the_expired_but_not_for_ever(answers: Answers, clock: MovableClock) -> None:
    now = int(clock.now().timestamp())
    for number in range(10):
        item = packed({"pk": "P", "sk": f"{number}", "ttl": now if number else now + 1})
        answers.done("query", Items=[item], LastEvaluatedKey=packed({"pk": "P", "sk": f"{number}"}))
    answers.done("query", Items=[])

    page = answers.table.query("P", limit=3)
    rest = answers.table.query("P", limit=3, cursor=page.cursor)

    assert [item["sk"] for item in page.items] == ["0"]
    assert (rest.items, rest.cursor) == ([], None)
    assert [asked["Limit"] for asked in answers.asked] == [4, *[3] * 9, 4]
    assert answers.asked[-1]["ExclusiveStartKey"] == packed({"pk": "P", "sk": "9"})


def test_a_store_that_refuses_us_is_unavailable_at_once(answers: Answers) -> None:
    answers.error("get_item", "AccessDeniedException")

    with pytest.raises(StoreUnavailable) as refused:
        answers.table.get(STOCK)

    assert refused.value.facts["cause"].startswith("DynamoDB table club: ")
    assert "AccessDeniedException" in refused.value.facts["cause"]


def test_a_read_is_repeated_after_the_stores_own_fault(answers: Answers) -> None:
    answers.error("get_item", "InternalServerError", status=500)
    answers.done("get_item")

    assert answers.table.get(STOCK) is None


def test_a_lone_addition_is_not_repeated_after_the_stores_own_fault(answers: Answers) -> None:
    answers.error("update_item", "InternalServerError", status=500)

    with pytest.raises(NoAnswer, match="may have been done or not"):
        answers.table.commit(SALE)


def test_reads_of_the_table_are_strongly_consistent_and_an_indexs_cannot_be(answers: Answers) -> None:
    answers.done("get_item")
    answers.done("batch_get_item", Responses={}, UnprocessedKeys={})
    for operation in ("query", "scan", "query"):
        answers.done(operation, Items=[])

    answers.table.get(STOCK)
    answers.table.batch_get([STOCK])
    answers.table.query("P")
    list(answers.table.scan())
    answers.table.query("P", index="gs1")

    get, batch, *lists, index = answers.asked
    assert all(asked["ConsistentRead"] for asked in (get, batch["RequestItems"]["club"], *lists))
    assert not index["ConsistentRead"]


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def test_botocore_repeats_nothing_by_itself(clock: MovableClock) -> None:
    told = Answers(clock)
    sent: list[str] = []

    def fail(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.headers["X-Amz-Target"].decode().split(".")[1])
        return AWSResponse(request.url, 500, {}, _Body(b"{}"))

    told.table.client.raw.meta.events.register("before-send.dynamodb", fail)

    with pytest.raises(NoAnswer):
        told.table.commit(SALE)
    with pytest.raises(StoreUnavailable):
        told.table.get(STOCK)

    assert sent == ["UpdateItem", "GetItem", "GetItem", "GetItem"]
    told.table.close()


class Losses:
    """Loses the replies to the next requests, after the emulator has carried them out."""

    def __init__(self, table: DynamoTable) -> None:
        self.left = self.lost = 0
        table.client.raw.meta.events.register("response-received.dynamodb", self._lose)

    def _lose(self, **_: Any) -> None:
        if self.left:
            self.left -= 1
            self.lost += 1
            raise ReadTimeoutError(endpoint_url="the emulator")


@pytest.fixture
def stocked(emulator_table: DynamoTable) -> DynamoTable:
    emulator_table.commit(Put({**STOCK._asdict(), "left": 5}))
    return emulator_table


def left(table: DynamoTable) -> int:
    found = table.get(STOCK)
    assert found is not None
    return int(found["left"])


def test_a_transaction_whose_reply_was_lost_is_done_once(stocked: DynamoTable) -> None:
    losses = Losses(stocked)
    losses.left = 2

    stocked.commit(REDEMPTION, SALE)

    assert losses.lost == 2
    assert left(stocked) == 4


def test_a_transaction_that_is_never_answered_says_so(stocked: DynamoTable) -> None:
    losses = Losses(stocked)
    losses.left = 3

    with pytest.raises(NoAnswer) as refused:
        stocked.commit(REDEMPTION, SALE)

    assert "Read timeout" in refused.value.facts["cause"]
    assert left(stocked) == 4
    with pytest.raises(AlreadyRedeemed):
        stocked.commit(REDEMPTION, SALE)


@pytest.mark.parametrize("when", [[], [ge("left", 1, SoldOut)]], ids=["blindly", "on a condition"])
def test_a_lone_addition_whose_reply_was_lost_is_never_done_twice(stocked: DynamoTable, when: Any) -> None:
    losses = Losses(stocked)
    losses.left = 1

    with pytest.raises(NoAnswer):
        stocked.commit(Update(STOCK, add={"left": -1}, when=when))

    assert left(stocked) == 4


def test_a_lone_claim_whose_reply_was_lost_does_not_refuse_itself(stocked: DynamoTable) -> None:
    losses = Losses(stocked)
    losses.left = 1

    with pytest.raises(NoAnswer):
        stocked.commit(REDEMPTION)

    assert losses.lost == 1
    assert stocked.get(REDEMPTION.key) is not None


@pytest.mark.parametrize(
    "write", [Put({**STOCK._asdict(), "left": 1}), Update(STOCK, set={"left": 1}), Delete(Key("M#ada", "CART"))]
)
def test_a_lone_write_that_may_be_repeated_is_repeated(stocked: DynamoTable, write: Any) -> None:
    losses = Losses(stocked)
    losses.left = 2

    stocked.commit(write)

    assert losses.lost == 2


def test_a_read_whose_reply_was_lost_is_repeated(stocked: DynamoTable) -> None:
    losses = Losses(stocked)
    losses.left = 2

    assert left(stocked) == 5

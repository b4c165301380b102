"""One DynamoDB table: consistent reads, conditional writes, and the one loop that repeats what DynamoDB refuses.

DynamoDB refuses a call for the moment if another transaction on the same item is in progress, if the table or a
partition of it gets too many requests, or if a server has a fault. A transaction says so by the reasons of its
TransactionCanceledException, every other call by the code of its error. The call is then repeated after a random pause:

    Table.get, query, write, update, delete ──► DynamoDB ──► done
            ▲                                      ├──► refused for the moment: Interference
            └──── wait, as `Patience` allows ──────┤      (in the end: Busy)
                                                   └──► the condition does not hold: ConditionFailed

Whoever must look at the table again before each try passes a function to `Table.retried`, which writes by `write_once`.
A write that is repeated may have been done by an earlier try whose answer was lost. Every write allows for that.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from octavo.errors import Busy
from octavo.storage.items import Item
from octavo.storage.patience import ANSWERING, Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef, TransactWriteItemTypeDef

LONGEST_PAUSE_S = 1.0
POOL = 16  # connections, for callers that read with several threads

# Codes of errors, from the service model of DynamoDB (botocore/data/dynamodb), that pass.
PASSING = frozenset(
    {
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)
# Reasons for which a transaction is cancelled, from the documentation of TransactionCanceledException, that pass.
PASSING_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})

Result = TypeVar("Result")


class Interference(Exception):
    """Another writer or too many requests were in the way; the next try may succeed."""


class ConditionFailed(Exception):
    """The condition of a write did not hold. `found` is the item that was found instead, empty if there was none."""

    def __init__(self, found: Item) -> None:
        super().__init__()
        self.found = found


class _WholeNumbers(TypeDeserializer):
    """Reads numbers as int: the table holds no others, and Decimal cannot be written as JSON."""

    def _deserialize_n(self, value: str) -> int:
        return int(value)


_serialize = TypeSerializer().serialize
_deserialize = _WholeNumbers().deserialize


class Table:
    """A table of items with the keys `pk` and `sk`; `now` is the clock of everything that is stored in it."""

    def __init__(
        self,
        client: DynamoDBClient,
        name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: Patience = ANSWERING,
    ) -> None:
        self.client = client
        self.now = now
        self._name = name
        self._patience = patience

    @classmethod
    def named(cls, name: str, patience: Patience = ANSWERING) -> Table:
        """Open the table with the function's own credentials."""
        client = boto3.client("dynamodb", config=patience.config(max_pool_connections=POOL))
        return cls(client, name, patience=patience)

    def get(self, key: Item) -> Item | None:
        """Read an item consistently. Raises Busy."""

        def send() -> Item | None:
            with _refusals():
                answer = self.client.get_item(TableName=self._name, Key=dump(key), ConsistentRead=True)
            return load(answer["Item"]) if "Item" in answer else None

        return self.retried(send)

    def query(self, condition: str, values: Item, *, index: str | None = None, **more: Any) -> QueryOutputTypeDef:
        """Query an index, which may lag behind the table by moments, or the table itself, consistently. Raises Busy."""
        query: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": dump(values),
            "ConsistentRead": index is None,
            **({"IndexName": index} if index else {}),
            **more,
        }

        def send() -> QueryOutputTypeDef:
            with _refusals():
                return self.client.query(**query)

        return self.retried(send)

    def scan(self, index: str) -> Iterator[Item]:
        """Yield all items of an index, which may lag behind the table by moments. Only for small, sparse indexes."""
        for page in self.client.get_paginator("scan").paginate(TableName=self._name, IndexName=index):
            yield from map(load, page["Items"])

    def put(
        self, item: Item, condition: str = "attribute_not_exists(pk)", values: Item | None = None
    ) -> TransactWriteItemTypeDef:
        """Return the part of a transaction that puts an item if the condition holds; an empty one always does."""
        put: TransactWriteItemTypeDef = {"Put": {"TableName": self._name, "Item": dump(item)}}
        if condition:
            put["Put"]["ConditionExpression"] = condition
            put["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if values:
            put["Put"]["ExpressionAttributeValues"] = dump(values)
        return put

    def write(self, *parts: TransactWriteItemTypeDef) -> None:
        """Write all parts or none. Raises ConditionFailed, with the first item that was found, and Busy."""
        self.retried(lambda: self.write_once(*parts))

    def update(self, key: Item, expression: str, values: Item, condition: str, names: Mapping[str, str]) -> Item:
        """Change an item if the condition holds; return it as it is then. Raises ConditionFailed and Busy.

        An empty condition always holds, and an item that does not exist is created.
        """
        only_if: dict[str, Any] = (
            {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if condition else {}
        )

        def send() -> Item:
            with _refusals():
                answer = self.client.update_item(
                    TableName=self._name,
                    Key=dump(key),
                    UpdateExpression=expression,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=dump(values),
                    ReturnValues="ALL_NEW",
                    **only_if,
                )
            return load(answer["Attributes"])

        return self.retried(send)

    def delete(self, key: Item, condition: str, names: Mapping[str, str], values: Item) -> None:
        """Delete an item if the condition holds. Raises ConditionFailed and Busy."""

        def send() -> None:
            with _refusals():
                self.client.delete_item(
                    TableName=self._name,
                    Key=dump(key),
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=dump(values),
                )

        self.retried(send)

    def retried(self, attempt: Callable[[], Result]) -> Result:
        """Call `attempt` until nothing interferes with it; return what it returns. Raises Busy."""
        until = time.monotonic() + self._patience.tries_s
        for number in range(self._patience.tries):
            try:
                return attempt()
            except Interference:
                if number + 1 == self._patience.tries or time.monotonic() > until:
                    break
                _pause(number)
        raise Busy("The service is busy at this moment. Try again in a few seconds.")

    def write_once(self, *parts: TransactWriteItemTypeDef) -> None:
        """Write all parts or none, without another try. Raises ConditionFailed and Interference."""
        with _refusals():
            self.client.transact_write_items(TransactItems=parts)


@contextmanager
def _refusals() -> Iterator[None]:
    """Translate the ways in which DynamoDB refuses a call."""
    try:
        yield
    except ClientError as error:
        answer: dict[str, Any] = dict(error.response)
        code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed(load(answer.get("Item", {}))) from None
        if code == "TransactionCanceledException":
            _cancelled(answer.get("CancellationReasons", []))
        if code in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Interference from None
        raise


def _cancelled(reasons: list[Item]) -> None:
    """Translate the reasons for which a transaction was cancelled, if they are known."""
    codes = {reason.get("Code") for reason in reasons} - {"None"}
    if "ConditionalCheckFailed" in codes:
        items = (load(reason["Item"]) for reason in reasons if reason.get("Item"))
        raise ConditionFailed(next(items, {})) from None
    if codes and codes <= PASSING_REASONS:
        raise Interference from None


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """Write an item in DynamoDB's form, where each value names its type."""
    return {name: _serialize(value) for name, value in item.items()}


def load(item: Mapping[str, Any]) -> Item:
    """Read an item from DynamoDB's form."""
    return {name: _deserialize(value) for name, value in item.items()}


def _pause(number: int) -> None:
    """Wait before another try: longer each time, and at random, so that writers do not meet again."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.02 * 2**number)))  # noqa: S311  (jitter, no secret)

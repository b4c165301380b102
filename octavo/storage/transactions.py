"""One DynamoDB table: consistent reads, conditional writes, and the one loop that repeats writes.

DynamoDB refuses a write while a transaction on the same item is in progress: with TransactionCanceledException if the
write is a transaction itself, with TransactionConflictException if it is a single UpdateItem or DeleteItem. The write
is then tried again:

    Table.write, update, delete ──► DynamoDB ──► done
            ▲                          ├──► another transaction is in progress: Interference
            └── wait, at most TRIES ───┘
                                       └──► the condition does not hold: ConditionFailed, with the item that was found

Whoever must look at the table again before each try passes a function to `Table.retried`, which writes by `write_once`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

from octavo.errors import Busy
from octavo.storage.items import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, QueryOutputTypeDef, TransactWriteItemTypeDef

TRIES = 12
LONGEST_PAUSE_S = 1.0

Result = TypeVar("Result")


class Interference(Exception):
    """Another writer was in the way; the next try may succeed."""


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
        self, client: DynamoDBClient, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.client = client
        self.now = now
        self._name = name

    @classmethod
    def named(cls, name: str) -> Table:
        """Open the table with the function's own credentials."""
        return cls(boto3.client("dynamodb", config=Config(retries={"mode": "standard", "max_attempts": 5})), name)

    def get(self, key: Item) -> Item | None:
        """Read an item consistently."""
        answer = self.client.get_item(TableName=self._name, Key=dump(key), ConsistentRead=True)
        return load(answer["Item"]) if "Item" in answer else None

    def query(self, index: str, condition: str, values: Item, **more: Any) -> QueryOutputTypeDef:
        """Query an index, which may lag behind the table by moments."""
        query: QueryInputTypeDef = {
            "TableName": self._name,
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": dump(values),
            **more,  # type: ignore[typeddict-item]  # these are the entries of a query, too
        }
        return self.client.query(**query)

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

    def change(
        self, key: Item, expression: str, values: Item, condition: str, names: Mapping[str, str]
    ) -> TransactWriteItemTypeDef:
        """Return the part of a transaction that changes an item if the condition holds."""
        return {
            "Update": {
                "TableName": self._name,
                "Key": dump(key),
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
                "ExpressionAttributeValues": dump(values),
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def write(self, *parts: TransactWriteItemTypeDef) -> None:
        """Write all parts or none. Raises ConditionFailed, with the first item that was found, and Busy."""
        self.retried(lambda: self.write_once(*parts))

    def update(self, key: Item, expression: str, values: Item, condition: str, names: Mapping[str, str]) -> Item:
        """Change an item if the condition holds; return it as it is then. Raises ConditionFailed and Busy."""

        def send() -> Item:
            with self._refusals():
                answer = self.client.update_item(
                    TableName=self._name,
                    Key=dump(key),
                    UpdateExpression=expression,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=dump(values),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            return load(answer["Attributes"])

        return self.retried(send)

    def delete(self, key: Item, condition: str, names: Mapping[str, str], values: Item) -> None:
        """Delete an item if the condition holds. Raises ConditionFailed and Busy."""

        def send() -> None:
            with self._refusals():
                self.client.delete_item(
                    TableName=self._name,
                    Key=dump(key),
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=dump(values),
                )

        self.retried(send)

    def retried(self, attempt: Callable[[], Result]) -> Result:
        """Call `attempt` until no other writer interferes with it; return what it returns. Raises Busy."""
        for number in range(TRIES):
            try:
                return attempt()
            except Interference:
                _pause(number)
        raise Busy("Too many requests for the same report at this moment. Try again in a second.")

    def write_once(self, *parts: TransactWriteItemTypeDef) -> None:
        """Write all parts or none, without another try. Raises ConditionFailed and Interference."""
        with self._refusals():
            self.client.transact_write_items(TransactItems=parts)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Translate the ways in which DynamoDB refuses a write."""
        errors = self.client.exceptions
        try:
            yield
        except errors.TransactionConflictException:
            raise Interference from None
        except errors.ConditionalCheckFailedException as error:
            found: Item = error.response.get("Item", {})  # type: ignore[assignment]  # botocore types it as object
            raise ConditionFailed(load(found)) from None
        except errors.TransactionCanceledException as error:
            reasons: list[Item] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]  # likewise
            codes = {reason.get("Code") for reason in reasons} - {"None"}
            if "ConditionalCheckFailed" in codes:
                items = (load(reason["Item"]) for reason in reasons if reason.get("Item"))
                raise ConditionFailed(next(items, {})) from None
            if codes == {"TransactionConflict"}:
                raise Interference from None
            raise


def dump(item: Mapping[str, Any]) -> dict[str, Any]:
    """Write an item in DynamoDB's form, where each value names its type."""
    return {name: _serialize(value) for name, value in item.items()}


def load(item: Mapping[str, Any]) -> Item:
    """Read an item from DynamoDB's form."""
    return {name: _deserialize(value) for name, value in item.items()}


def _pause(number: int) -> None:
    """Wait before another try: longer each time, and at random, so that writers do not meet again."""
    time.sleep(random.uniform(0, min(LONGEST_PAUSE_S, 0.02 * 2**number)))  # noqa: S311  (jitter, no secret)

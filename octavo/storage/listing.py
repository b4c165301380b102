"""The list of an owner's reports, page by page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from octavo.lifecycle.failure import timed_out
from octavo.lifecycle.report import Position, Report, Status
from octavo.lifecycle.timestamps import rfc3339
from octavo.storage.items import Item, epoch, report_item_key, report_of
from octavo.storage.transactions import Table, dump, load

QUERY_LIMIT = 200  # reports that one query reads, before it applies the filters
QUERIES_PER_PAGE = 10


class Listing:
    """The reports in a table by their owners."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def page(
        self,
        owner: str,
        *,
        status: Status | None = None,
        report_type: str | None = None,
        limit: int,
        after: Position | None = None,
    ) -> tuple[list[Report], Position | None]:
        """Return at most `limit` of an owner's reports, newest first, and the position where the next page begins.

        The page begins behind the position `after`, which is one in the owner's own list, whoever it came from. It may
        be short if the filters exclude many reports. The position is None at the end of the list.
        """
        condition, names, values = _filters(status, report_type, self._table.now())
        start: dict[str, Any] | None = dump(_index_key(owner, after)) if after else None
        found: list[Report] = []
        for _ in range(QUERIES_PER_PAGE):
            answer = self._table.query(
                "#owner = :owner",
                {":owner": owner, **values},
                index="by_owner",
                ExpressionAttributeNames={"#owner": "owner", **names},
                FilterExpression=condition,
                ScanIndexForward=False,
                Limit=QUERY_LIMIT,
                **({"ExclusiveStartKey": start} if start else {}),
            )
            found += [self._shown(report_of(load(item))) for item in answer["Items"]]
            if len(found) > limit:
                return found[:limit], found[limit - 1].position
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return found, None
        return found, _position(load(start or {}))

    def _shown(self, report: Report) -> Report:
        """Show a report past its deadline as failed, as it will be once somebody reads it; the list writes nothing."""
        if not report.overdue(self._table.now()):
            return report
        return replace(report, status=Status.FAIL, stage=None, finished_at=report.deadline, failure=timed_out())


def _filters(status: Status | None, report_type: str | None, now: datetime) -> tuple[str, dict[str, str], Item]:
    """Return the condition of a list's filters, its names and its values. An overdue report counts as FAIL."""
    conditions = ["expires_at > :epoch"]
    names: dict[str, str] = {}
    values: Item = {":epoch": epoch(now)}
    if report_type:
        conditions.append("#type = :type")
        names["#type"], values[":type"] = "type", report_type
    if status:
        wanted = {
            Status.SUCCESS: "#status = :status",
            Status.RUNNING: "(#status = :status AND deadline > :now)",
            Status.FAIL: "(#status = :status OR (#status = :running AND deadline <= :now))",
        }
        conditions.append(wanted[status])
        names["#status"], values[":status"] = "status", status
        if status is not Status.SUCCESS:
            values[":now"] = rfc3339(now)
        if status is Status.FAIL:
            values[":running"] = Status.RUNNING
    return " AND ".join(conditions), names, values


def _index_key(owner: str, position: Position) -> Item:
    return report_item_key(position.id) | {"owner": owner, "created_at": rfc3339(position.created_at)}


def _position(index_key: Item) -> Position:
    return Position(datetime.fromisoformat(index_key["created_at"]), index_key["pk"].partition("#")[2])

"""Admit: give a planned report its share of the capacity, or let it wait."""

from datetime import timedelta
from typing import Any

from octavo.errors import Busy
from octavo.observability import hide_error_details, logger
from octavo.settings import settings
from octavo.storage.reports import Reports
from octavo.storage.shares import Shares
from octavo.storage.transactions import Table

table = Table.named(settings.table)
reports = Reports(table)
shares = Shares(table, reports, settings.capacity)
NEEDED_AT_LEAST = timedelta(minutes=10)  # less time than this before its deadline is too short for a large report


@hide_error_details
def handler(event: dict[str, Any], context: Any) -> int:
    report = reports.running(event["report_id"])
    share = shares.take(report, report.progress.chunks_total or 1)
    if share:
        logger.info("report admitted", report_id=report.id, share=share)
    elif table.now() > report.deadline - NEEDED_AT_LEAST:
        raise Busy("Other reports left no capacity for this one until its time was up. Try again later.")
    return share

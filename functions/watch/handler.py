"""Watch: every few minutes, end the reports whose deadline has passed, and measure the oldest of the others."""

from typing import Any

from octavo.metrics import measure_oldest
from octavo.observability import hide_error_details, logger
from octavo.settings import settings
from octavo.storage.reports import Reports
from octavo.storage.running import Running
from octavo.storage.transactions import Table

table = Table.named(settings.table)
running = Running(table, Reports(table))


@hide_error_details
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    oldest = running.oldest()
    measure_oldest(oldest)
    logger.info("running reports watched", oldest_running_s=round(oldest.total_seconds()))
    return {}

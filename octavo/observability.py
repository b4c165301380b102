"""The logger of all functions: structured, one line an outcome, with `report_id` and `chunk` where they apply.

Never logged: parameters' values, rows, links.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="octavo")

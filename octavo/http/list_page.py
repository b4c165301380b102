"""How many reports fit into one answer of GET /reports. Pure.

An answer of a Lambda function has at most 6 MB (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). The
parameters of one report may take 200 KB of them, because they are escaped twice: as JSON, where a character beyond
ASCII becomes `\\u00e9`, and again because the whole body is a JSON text in what the function returns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from octavo.http.models import ReportView

LARGEST_PAGE_BYTES = 5 * 1024**2


def that_fit(views: Iterable[ReportView]) -> list[ReportView]:
    """Return the first of the reports that fit into one answer, at least one."""
    page: list[ReportView] = []
    left = LARGEST_PAGE_BYTES
    for view in views:
        left -= _answered_bytes(view)
        if page and left < 0:
            break
        page.append(view)
    return page


def _answered_bytes(view: ReportView) -> int:
    return len(json.dumps(json.dumps(view.model_dump(mode="json"))))

"""CSV (RFC 4180): a header row of column names, then the rows; written by DuckDB, by column.

Values are plain: numbers without grouping, times in ISO 8601, true and false, NULL as nothing (an empty text is `""`).
Lines end in LF. UTF-8 without a byte-order mark. The header has the columns' names, not their titles: a CSV is read by
programs, which need names that stay when a title is reworded.

Text that a spreadsheet would run as a formula is prefixed with `'`
(https://owasp.org/www-community/attacks/CSV_Injection), unless the report type sets `formula_guard = False`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.sql import identifier, literal
from octavo.documents.format import Bound, Plan, Written
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # DuckDB, which the merge does not need

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  (the full-width forms are meant)
WHOLE = {f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")}
PLAIN = WHOLE | {"FLOAT", "DOUBLE", "BOOLEAN", "DATE", "TIME", "UUID"}  # and DECIMAL(p,s)


def plan(rows: Rows, totals: Mapping[str, Value], report_type: type[ReportType], chunk_rows: int) -> Plan:
    """Cut anywhere: a row is a line, and nothing else is to be decided."""
    return Plan({}, chunk_rows)


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as CSV lines, without a header."""
    columns = ", ".join(
        _plain_value(identifier(name), kind, guard=report_type.formula_guard) for name, kind in rows.types.items()
    )
    target = f"{literal(str(path))} (FORMAT csv, HEADER false)"
    (written,) = rows.connection.execute(f"COPY (SELECT {columns} FROM {rows.source}) TO {target}").fetchone() or (0,)
    return Written(int(written))


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the header row, the columns' names, before the segments."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([column.name for column in report_type.columns])
    return Bound([line.getvalue().encode(), *segments])


def _plain_value(column: str, kind: str, *, guard: bool) -> str:
    """Return the SQL expression of the column's value as CSV shows it."""
    if kind in PLAIN or kind.startswith("DECIMAL("):
        return column
    if kind.startswith("TIMESTAMP"):  # 2013-01-01 05:15:00+00 in DuckDB, 2013-01-01T05:15:00Z in ISO 8601
        text = f"replace({column}::varchar, ' ', 'T')"
        return f"replace({text}, '+00', 'Z')" if kind == "TIMESTAMP WITH TIME ZONE" else text
    text = column if kind == "VARCHAR" else f"{column}::varchar"
    if not guard:
        return text
    # Not `IN`: so long a list becomes a join, and a join does not promise to keep the rows' order.
    starts = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    return f"CASE WHEN list_contains([{starts}], left({text}, 1)) THEN concat('''', {text}) ELSE {text} END"

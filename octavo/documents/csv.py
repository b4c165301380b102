"""CSV (RFC 4180): a header row of column names, then the rows, which DuckDB writes.

Values are plain: numbers have no digit grouping, times are in ISO 8601, booleans are true and false, and NULL is an
empty field (an empty text is `""`). In a table of one column, NULL is `""` too, because many readers skip a blank line.
Lines end with LF. The encoding is UTF-8 without a byte-order mark. The header contains the names of the columns, not
their titles: programs read CSV, and they need names that do not change when somebody rewords a title.

Text that a spreadsheet would run as a formula gets the prefix `'`
(https://owasp.org/www-community/attacks/CSV_Injection). `CsvOptions` has the options, this one among them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.column_types import ColumnType
from octavo.data.sql import identifier, literal
from octavo.documents.format import Bound, Plan, Written
from octavo.format_options import CsvOptions, FormatOptions
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # loads DuckDB, which the merge does not need

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  (the full-width forms are meant)


def plan(
    rows: Rows,
    totals: Mapping[str, Value],
    report_type: type[ReportType],
    options: FormatOptions,
    chunk_rows: int,
) -> Plan:
    """Allow chunks to end after any row: a row is a line, and there is nothing else to decide."""
    return Plan({}, chunk_rows)


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as CSV lines, without a header."""
    options = CsvOptions.model_validate(manifest.format_options)
    columns = [
        _plain_value(
            identifier(name),
            ColumnType.parse(kind),
            options,
            guard=options.formula_guard and _may_be_formula(rows, name),
        )
        for name, kind in rows.types.items()
    ]
    if len(columns) == 1:  # many readers skip a blank line, so that NULL must be ""
        columns = [f"coalesce(({columns[0]})::varchar, '')"]
    target = f"{literal(str(path))} (FORMAT csv, HEADER false, DELIMITER {literal(options.separator)})"
    (written,) = rows.connection.execute(
        f"COPY (SELECT {', '.join(columns)} FROM {rows.source}) TO {target}"
    ).fetchone() or (0,)
    return Written(int(written))


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the header row with the names of the columns before the segments."""
    options = CsvOptions.model_validate(manifest.format_options)
    line = io.StringIO("\ufeff" if options.begins_with_bom else "")
    line.seek(0, io.SEEK_END)
    if options.header:
        writer = csv.writer(line, delimiter=options.separator, lineterminator="\n")
        writer.writerow([column.name for column in report_type.columns])
    head = line.getvalue().encode()
    return Bound([head, *segments] if head else list(segments))


def _may_be_formula(rows: Rows, name: str) -> bool:
    """Return whether the column can contain a text that somebody wrote. Numbers that are stored as texts are none."""
    return not ColumnType.parse(rows.stored_as_text.get(name, rows.types[name])).is_textless


def _plain_value(column: str, kind: ColumnType, options: CsvOptions, *, guard: bool) -> str:
    """Return the SQL expression of the column's value as CSV shows it."""
    if kind.is_timestamp and options.is_for_excel:  # Excel recognizes 2013-01-01 05:15:00, without T and without zone
        return f"replace({column}::varchar, '+00', '')"
    if options.decimal_comma and (kind.is_float or kind.is_decimal):
        return f"replace({column}::varchar, '.', ',')"
    if kind.is_timestamp:  # 2013-01-01 05:15:00+00 in DuckDB, 2013-01-01T05:15:00Z in ISO 8601
        text = f"replace({column}::varchar, ' ', 'T')"
        return f"replace({text}, '+00', 'Z')" if kind.has_time_zone else text
    if kind.is_number or kind.is_date_or_time or kind.name in {"BOOLEAN", "UUID"}:
        return column
    text = column if kind.is_text else f"{column}::varchar"
    if not guard:
        return text
    # Not `IN`: DuckDB turns such a long list into a join, and a join may change the order of the rows.
    starts = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    return f"CASE WHEN list_contains([{starts}], left({text}, 1)) THEN concat('''', {text}) ELSE {text} END"

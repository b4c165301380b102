"""CSV (RFC 4180): a header row of column names, then the rows.

Values are plain: numbers have no digit grouping, times are in ISO 8601, booleans are true and false, and NULL is an
empty field (an empty text is `""`). In a table of one column, NULL is `""` too, because many readers skip a blank line.
Lines end with LF. The encoding is UTF-8 without a byte-order mark. The header contains the names of the columns, not
their titles: programs read CSV, and they need names that do not change when somebody rewords a title.

Text that a spreadsheet would run as a formula gets the prefix `'`
(https://owasp.org/www-community/attacks/CSV_Injection), unless the report type sets `formula_guard = False`.

DuckDB makes each line as one text, because that is almost twice as fast as its own CSV writer, and the bytes are the
same. Its writer converts every single value and searches it for characters to quote. The expressions here need that
only once for each distinct value where the snapshot contains a column as a dictionary.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.column_types import WIDE_INTEGERS, ColumnType
from octavo.data.sql import identifier, literal
from octavo.documents.format import Bound, Plan, Written
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows, Value  # loads DuckDB, which the merge does not need

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  (the full-width forms are meant)
QUOTED = '",#\r\n'  # DuckDB quotes a text with one of these; `#` begins a comment for some readers
UNQUOTED = rf"[^{QUOTED}]+"
HARMLESS = rf"[^{re.escape(FORMULA_STARTS)}{QUOTED}][^{QUOTED}]*"  # neither quoted nor guarded

# The writer adds the end of the line and nothing else. FORCE_QUOTE saves its search for characters to quote, and then
# the quote is empty.
AS_THEY_ARE = "FORMAT csv, HEADER false, DELIMITER '\x1f', QUOTE '', ESCAPE '', FORCE_QUOTE *"


def plan(rows: Rows, totals: Mapping[str, Value], report_type: type[ReportType], chunk_rows: int) -> Plan:
    """Allow chunks to end after any row: a row is a line, and there is nothing else to decide."""
    return Plan({}, chunk_rows)


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as CSV lines, without a header."""
    values, fields = [], []
    for name, kind in rows.types.items():
        guard = report_type.formula_guard and _may_be_formula(rows, name)
        values.append(f"{_value(identifier(name), ColumnType.parse(kind))} AS {identifier(name)}")
        fields.append(_field(identifier(name), ColumnType.parse(kind), guard=guard))
    if len(fields) == 1:  # many readers skip a blank line, so that NULL must be ""
        fields = [f"coalesce({fields[0]}, '\"\"')"]
    separated = ", ',', ".join(fields)
    lines = f"SELECT concat({separated}) FROM (SELECT {', '.join(values)} FROM {rows.source})"  # NULL is nothing
    copy = f"COPY ({lines}) TO {literal(str(path))} ({AS_THEY_ARE})"
    (written,) = rows.connection.execute(copy).fetchone() or (0,)
    return Written(int(written))


def bind(report: Report, report_type: type[ReportType], manifest: Manifest, segments: Sequence[Segment]) -> Bound:
    """Put the header row with the names of the columns before the segments."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([column.name for column in report_type.columns])
    return Bound([line.getvalue().encode(), *segments])


def _may_be_formula(rows: Rows, name: str) -> bool:
    """Return whether the column can contain a text that somebody wrote. Numbers that are stored as texts are none."""
    return not ColumnType.parse(rows.stored_as_text.get(name, rows.types[name])).is_textless


def _value(column: str, kind: ColumnType) -> str:
    """Return the SQL of a value in a type that CSV shows as it is, or as text."""
    return column if kind.is_text or _is_never_quoted(kind) else f"{column}::varchar"


def _is_never_quoted(kind: ColumnType) -> bool:
    return kind.is_number or kind.is_date_or_time or kind.name in {"BOOLEAN", "UUID"}


def _field(value: str, kind: ColumnType, *, guard: bool) -> str:
    """Return the SQL of a value as the line contains it; NULL for NULL."""
    if kind.is_timestamp:
        return _time(value, kind)
    if kind.is_whole_number and kind.name not in WIDE_INTEGERS:
        return f"to_json({value})"  # the same digits; unlike a cast, DuckDB executes functions once per distinct value
    if _is_never_quoted(kind):
        return f"{value}::varchar"
    return _quoted(value, guard=guard)


def _time(value: str, kind: ColumnType) -> str:
    """Return the SQL of a time: 2013-01-01 05:15:00+00 in DuckDB, 2013-01-01T05:15:00Z in ISO 8601."""
    text = f"replace({value}::varchar, ' ', 'T')"
    if kind.has_time_zone:
        return f"replace({text}, '+00', 'Z')"
    if kind.name != "TIMESTAMP":
        return text
    whole = f"{value} BETWEEN '1000-01-01'::timestamp AND '9999-12-31'::timestamp AND epoch_us({value}) % 1000000 = 0"
    return f"CASE WHEN {whole} THEN strftime({value}, '%Y-%m-%dT%H:%M:%S') ELSE {text} END"  # faster


def _quoted(text: str, *, guard: bool) -> str:
    """Return the SQL of a text, guarded and quoted where it must be."""
    unquoted = f"regexp_full_match({text}, {literal(UNQUOTED)})"
    if not guard:
        return f"CASE WHEN {unquoted} THEN {text} WHEN {text} IS NOT NULL THEN {_in_quotes(text)} END"
    # Not `IN`: DuckDB turns such a long list into a join, and a join may change the order of the rows.
    starts = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    guarded = f"CASE WHEN list_contains([{starts}], left({text}, 1)) THEN concat('''', {text}) ELSE {text} END"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(HARMLESS)}) THEN {text} WHEN {unquoted} THEN {guarded}"
        f" WHEN {text} IS NOT NULL THEN {_in_quotes(guarded)} END"
    )


def _in_quotes(text: str) -> str:
    return f"""concat('"', replace({text}, '"', '""'), '"')"""

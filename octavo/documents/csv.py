"""CSV (RFC 4180): a header row of column names, then the rows.

Values are plain: numbers have no digit grouping, times are in ISO 8601, booleans are true and false, and NULL is an
empty field (an empty text is `""`). In a table of one column, NULL is `""` too, because many readers skip a blank line.
Lines end with LF. The encoding is UTF-8 without a byte-order mark. The header contains the names of the columns, not
their titles: programs read CSV, and they need names that do not change when somebody rewords a title.

Text that a spreadsheet would run as a formula gets the prefix `'`
(https://owasp.org/www-community/attacks/CSV_Injection). `CsvOptions` has the options, this one among them.

A query makes each line as one text, which takes about half the time of DuckDB's own CSV writer; the bytes are the same.
That writer converts every value and searches it for characters to quote. The functions in the query need to do so only
once for each distinct value of a column that the snapshot contains as a dictionary.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from octavo.authoring.report_type import ReportType
from octavo.data.column_types import WIDE_INTEGERS, ColumnType
from octavo.data.sql import identifier, literal
from octavo.documents.format import Bound, Written, end_after_any_row
from octavo.format_options import CsvOptions
from octavo.lifecycle.manifest import Chunk, Manifest, Segment
from octavo.lifecycle.report import Report

if TYPE_CHECKING:
    from octavo.data.snapshot import Rows  # loads DuckDB, which the merge does not need

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  (the full-width forms are meant)
FORMULAS = re.escape(FORMULA_STARTS)
QUOTED = (
    '"#\r\n'  # DuckDB quotes a text with one of these, or with the separator; `#` begins a comment for some readers
)

# Write the lines unchanged. FORCE_QUOTE saves a search for characters to quote; the quote itself is empty.
UNCHANGED = "FORMAT csv, HEADER false, DELIMITER '\x1f', QUOTE '', ESCAPE '', FORCE_QUOTE *"

plan = end_after_any_row  # a row is a line


def write_segment(rows: Rows, chunk: Chunk, manifest: Manifest, report_type: type[ReportType], path: Path) -> Written:
    """Write the rows as CSV lines, without a header."""
    options = CsvOptions.model_validate(manifest.format_options)
    values, fields = [], []
    for name, given in rows.types.items():
        column, kind = identifier(name), ColumnType.parse(given)
        values.append(f"{_value(column, kind, options)} AS {column}")
        fields.append(_field(column, kind, options, guard=options.formula_guard and _may_be_formula(rows, name)))
    if len(fields) == 1:  # many readers skip a blank line, so that NULL must be ""
        fields = [f"coalesce({fields[0]}, '\"\"')"]
    line = f", {literal(options.separator)}, ".join(fields)  # of which concat omits NULLs
    lines = f"SELECT concat({line}) FROM (SELECT {', '.join(values)} FROM {rows.source})"
    (written,) = rows.connection.execute(f"COPY ({lines}) TO {literal(str(path))} ({UNCHANGED})").fetchone() or (0,)
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


def _value(column: str, kind: ColumnType, options: CsvOptions) -> str:
    """Return the SQL of a column: as it is, or as a text where `_field` needs one."""
    if _has_decimal_comma(kind, options):
        return f"replace({column}::varchar, '.', ',')"
    return column if kind.is_text or _is_plain(kind) else f"{column}::varchar"


def _has_decimal_comma(kind: ColumnType, options: CsvOptions) -> bool:
    return options.decimal_comma and (kind.is_float or kind.is_decimal)


def _is_plain(kind: ColumnType) -> bool:
    """Return whether the text of a value is never quoted."""
    return kind.is_number or kind.is_date_or_time or kind.name in {"BOOLEAN", "UUID"}


def _field(value: str, kind: ColumnType, options: CsvOptions, *, guard: bool) -> str:
    """Return the SQL of a value from `_value` as the line contains it; NULL for NULL."""
    if kind.is_timestamp:
        return _time(value, kind, options)
    if _has_decimal_comma(kind, options):
        return _quoted(value, options.separator)
    if kind.is_whole_number and kind.name not in WIDE_INTEGERS:
        return f"to_json({value})"  # the same digits as a cast; only functions are executed once per distinct value
    if _is_plain(kind):
        return f"{value}::varchar"
    return _guarded(value, options.separator) if guard else _quoted(value, options.separator)


def _time(value: str, kind: ColumnType, options: CsvOptions) -> str:
    """Return the SQL of a time: 2013-01-01 05:15:00+00 in DuckDB, 2013-01-01T05:15:00Z in ISO 8601."""
    if options.is_for_excel:  # Excel recognizes 2013-01-01 05:15:00, without T and without zone
        return f"replace({value}::varchar, '+00', '')"
    text = f"replace({value}::varchar, ' ', 'T')"
    if kind.has_time_zone:
        return f"replace({text}, '+00', 'Z')"
    if kind.name != "TIMESTAMP":
        return text
    whole = f"{value} BETWEEN '1000-01-01'::timestamp AND '9999-12-31'::timestamp AND epoch_us({value}) % 1000000 = 0"
    return f"CASE WHEN {whole} THEN strftime({value}, '%Y-%m-%dT%H:%M:%S') ELSE {text} END"  # the same, but faster


def _quoted(text: str, separator: str) -> str:
    """Return the SQL of a text in quotes where it needs them."""
    return (
        f"CASE WHEN {_needs_no_quotes(text, separator)} THEN {text} WHEN {text} IS NOT NULL THEN {_in_quotes(text)} END"
    )


def _guarded(text: str, separator: str) -> str:
    """Return the SQL of a text that is guarded against formulas, in quotes where it needs them."""
    harmless = f"[^{FORMULAS}{QUOTED}{separator}][^{QUOTED}{separator}]*"
    # Not `IN`: DuckDB turns such a long list into a join, and a join may change the order of the rows.
    starts = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    guarded = f"CASE WHEN list_contains([{starts}], left({text}, 1)) THEN concat('''', {text}) ELSE {text} END"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(harmless)}) THEN {text}"
        f" WHEN {_needs_no_quotes(text, separator)} THEN {guarded}"
        f" WHEN {text} IS NOT NULL THEN {_in_quotes(guarded)} END"
    )


def _needs_no_quotes(text: str, separator: str) -> str:
    return f"regexp_full_match({text}, {literal(f'[^{QUOTED}{separator}]+')})"


def _in_quotes(text: str) -> str:
    return f"""concat('"', replace({text}, '"', '""'), '"')"""

"""docs/formats.md says what is there, and its example works."""

import json
import re
from pathlib import Path

import duckdb
import pytest

from octavo import Column, Parquet, ReportType
from octavo.data.snapshot import Rows
from octavo.data.sql import literal
from octavo.documents import Bound, Plan, Written, ndjson
from octavo.format_options import CsvOptions, FormatOptions, GzipOptions, ParquetOptions, PdfOptions
from octavo.formats import FORMATS, FormatEntry
from octavo.lifecycle.manifest import Chunk, Manifest, Segment

PAGE = (Path(__file__).parents[3] / "docs/formats.md").read_text()


class Numbers(ReportType):
    title = "Numbers"
    sources = {"numbers": Parquet("numbers.parquet")}
    query = "select n from numbers"
    order_by = ("n",)
    columns = (Column("n"),)


def test_the_table_lists_every_format_with_its_media_type():
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \| .* \| (yes|no) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, entry.media_type, "yes" if entry.prints else "no") for name, entry in FORMATS.items()]


def test_the_line_of_the_registry_is_the_one_on_the_page():
    (line,) = re.findall(r'^"ndjson": (FormatEntry\(.*\)),$', PAGE, re.MULTILINE)
    assert eval(line, {"FormatEntry": FormatEntry}) == FORMATS["ndjson"]  # noqa: S307  (the page's own example)


def test_the_example_is_a_format(tmp_path):
    (example,) = re.findall(r"```python\n(def plan.*?)```", PAGE, re.DOTALL)
    shown = {"Plan": Plan, "Written": Written, "Bound": Bound, "literal": literal}
    exec(example, shown)  # noqa: S102  (the page's own example)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT range AS n FROM range(3)")
    rows, chunk, manifest = Rows(connection, "t", {"n": "BIGINT"}), Chunk(0, 0, 3), Manifest("s", 3, {}, (), {})
    for name, module in (("shown", shown), ("shipped", vars(ndjson))):
        assert module["plan"](rows, {}, Numbers, FormatOptions(), 2) == Plan({}, 2)
        assert module["write_segment"](rows, chunk, manifest, Numbers, tmp_path / name) == Written(3)
        segment = Segment(0, 3, 24, 0, {})
        assert list(module["bind"](None, Numbers, manifest, [segment]).pieces) == [segment]
        assert [json.loads(line) for line in (tmp_path / name).read_text().splitlines()] == [{"n": n} for n in range(3)]


@pytest.mark.parametrize(
    ("format", "model"), [("CSV", CsvOptions), ("PDF", PdfOptions), ("gzip", GzipOptions), ("Parquet", ParquetOptions)]
)
def test_the_options_of_a_format_are_those_of_the_page(format, model):
    (section,) = re.findall(rf"^### Options of {format}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section, re.MULTILINE)
    defaults = model().model_dump()
    assert rows == [(name, json.dumps(value).strip('"')) for name, value in defaults.items()]

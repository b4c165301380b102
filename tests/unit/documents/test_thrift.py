"""Thrift's compact protocol, against the metadata that pyarrow and DuckDB write."""

import io

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.documents.parquet.thrift import Field, Kind, Mapping, Sequence, ThriftError, decode, encode

INTEGERS = {Kind.I16: 15, Kind.I32: 31, Kind.I64: 63}


def values(kind, inner):
    match kind:
        case Kind.TRUE:
            return st.booleans()
        case Kind.BYTE:
            return st.integers(-128, 127)
        case Kind.I16 | Kind.I32 | Kind.I64:
            return st.integers(-(2 ** INTEGERS[kind]), 2 ** INTEGERS[kind] - 1)
        case Kind.DOUBLE:
            return st.floats(allow_nan=False)
        case Kind.BINARY:
            return st.binary(max_size=20)
    return inner


SIMPLE = st.sampled_from([Kind.TRUE, Kind.BYTE, Kind.I16, Kind.I32, Kind.I64, Kind.DOUBLE, Kind.BINARY])
numbers = st.integers(1, 40) | st.integers(1, 2**15 - 1)


def fields(values_of_any_kind):
    return st.dictionaries(numbers, values_of_any_kind, max_size=6)


def simple_field(draw_value=None):
    return SIMPLE.flatmap(lambda kind: values(kind, None).map(lambda value: Field(kind, value)))


@st.composite
def structs(draw, depth=3):
    def field():
        if depth == 0 or draw(st.booleans()):
            return draw(simple_field())
        kind = draw(SIMPLE)
        match draw(st.sampled_from([Kind.LIST, Kind.SET, Kind.MAP, Kind.STRUCT])):
            case Kind.STRUCT:
                return Field(Kind.STRUCT, draw(structs(depth - 1)))
            case Kind.MAP:
                pairs = draw(st.lists(st.tuples(values(kind, None), st.integers(-9, 9)), max_size=20))
                kinds = (kind, Kind.I32) if pairs else (Kind.BINARY, Kind.BINARY)
                return Field(Kind.MAP, Mapping(*kinds, pairs))
            case sequence:
                if draw(st.booleans()):
                    inner = draw(st.lists(structs(depth - 1), max_size=3))
                    return Field(sequence, Sequence(Kind.STRUCT, inner))
                return Field(sequence, Sequence(kind, draw(st.lists(values(kind, None), max_size=20))))

    return {number: field() for number in draw(st.lists(numbers, max_size=5, unique=True))}


def plain(value):
    """Leave out that a boolean field has two types."""
    if isinstance(value, dict):
        return {number: (max(field.kind, Kind.FALSE), plain(field.value)) for number, field in value.items()}
    if isinstance(value, Sequence):
        return value.kind, [plain(each) for each in value.values]
    return value


@given(structs())
def test_a_struct_is_read_as_it_was_written(struct):
    written = encode(struct)
    assert plain(decode(written)) == plain(struct)
    assert encode(decode(written)) == written


def footer(file):
    return file[-8 - int.from_bytes(file[-8:-4], "little") : -8]


arrow_types = st.sampled_from(
    [
        pa.int8(),
        pa.int64(),
        pa.uint32(),
        pa.float32(),
        pa.string(),
        pa.binary(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", "UTC"),
        pa.decimal128(20, 3),
        pa.list_(pa.int32()),
        pa.struct([("a", pa.string()), ("b", pa.list_(pa.float64()))]),
        pa.map_(pa.string(), pa.int16()),
    ]
)


@given(st.lists(arrow_types, min_size=1, max_size=20), st.integers(0, 5), st.sampled_from(["zstd", "snappy", "none"]))
def test_metadata_that_pyarrow_has_written_is_written_again_byte_for_byte(types, rows, compression):
    columns = {f"c{number}": pa.nulls(rows, kind) for number, kind in enumerate(types)}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=2, compression=compression, write_page_index=True)
    metadata = footer(sink.getvalue())
    assert encode(decode(metadata)) == metadata


def test_metadata_that_duckdb_has_written_is_written_again_byte_for_byte(tmp_path):
    duckdb.sql(f"COPY (SELECT range AS n, 'x' || range AS t, [range] AS l FROM range(5000)) TO '{tmp_path}/t.parquet'")
    metadata = footer((tmp_path / "t.parquet").read_bytes())
    assert encode(decode(metadata)) == metadata


@given(structs(), st.data())
def test_what_is_cut_off_is_refused(struct, data):
    written = encode(struct)
    with pytest.raises(ThriftError):
        decode(written[: data.draw(st.integers(0, len(written) - 1))])
    with pytest.raises(ThriftError, match="1 bytes follow the struct"):
        decode(written + b"\0")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data):
    try:
        decode(data)
    except ThriftError:
        return


@pytest.mark.parametrize("data", [b"\x1c" * 200, b"\x16" + b"\xff" * 11 + b"\0"], ids=["too deep", "too many bits"])
def test_structs_without_end_and_numbers_without_end_are_refused(data):
    with pytest.raises(ThriftError):
        decode(data)

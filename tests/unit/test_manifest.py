from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from octavo.manifest import Manifest, cut


@given(st.integers(0, 10**7), st.integers(10**3, 10**6))
def test_every_row_is_in_one_chunk_in_order(rows, chunk_rows):
    chunks = cut(rows, chunk_rows)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert chunks[0].first_row == 0
    assert all(a.first_row + a.rows == b.first_row for a, b in pairwise(chunks))
    assert chunks[-1].first_row + chunks[-1].rows == rows


@given(st.integers(0, 10**7), st.integers(10**3, 10**6))
def test_chunks_are_few_and_of_one_size(rows, chunk_rows):
    sizes = [chunk.rows for chunk in cut(rows, chunk_rows)]
    assert max(sizes) <= chunk_rows
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == max(1, -(-rows // chunk_rows))


def test_no_rows_make_one_empty_chunk():
    assert [chunk.rows for chunk in cut(0, 100)] == [0]


@given(st.integers(0, 10**6))
def test_a_manifest_survives_being_written(rows):
    manifest = Manifest(
        "snapshots/a/b.parquet",
        rows,
        {"distance": rows, "fare": "12.50", "none": None},
        cut(rows, 999),
        {"sides": [1, 2]},
    )
    assert Manifest.from_json(manifest.to_json()) == manifest

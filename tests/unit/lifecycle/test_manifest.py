from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import VersionChanged
from octavo.lifecycle.manifest import Manifest, cut


@given(st.integers(0, 10**7), st.integers(10**3, 10**6))
def test_every_row_is_in_one_chunk_in_order(rows, chunk_rows):
    chunks = cut(rows, chunk_rows)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert chunks[0].first_row == 0
    assert all(a.first_row + a.rows == b.first_row for a, b in pairwise(chunks))
    assert chunks[-1].first_row + chunks[-1].rows == rows


@given(st.integers(0, 10**7), st.integers(10**3, 10**6))
def test_there_are_as_few_chunks_as_possible_of_nearly_equal_size(rows, chunk_rows):
    sizes = [chunk.rows for chunk in cut(rows, chunk_rows)]
    assert max(sizes) <= chunk_rows
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == max(1, -(-rows // chunk_rows))


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=5), st.integers(1, 1000), st.integers(1, 60))
def test_a_chunk_holds_rows_of_one_section_and_ends_at_the_end_of_a_unit(sections, chunk_rows, unit):
    chunks = cut(sum(sections), chunk_rows, unit, sections)
    ends = list(accumulate(sections))
    for chunk in chunks:
        end = chunk.first_row + chunk.rows
        section_end = next(each for each in ends if each >= end and (each > chunk.first_row or not chunk.rows))
        assert end == section_end or (end - (section_end - sections[ends.index(section_end)])) % unit == 0
        assert chunk.rows <= max(chunk_rows, unit)
    assert sum(chunk.rows for chunk in chunks) == sum(sections)
    assert all(a.first_row + a.rows == b.first_row for a, b in pairwise(chunks))


def test_sections_that_do_not_add_up_to_the_rows_are_refused():
    with pytest.raises(ValueError, match="sections of 5 rows in all do not make 6 rows"):
        cut(6, 100, sections=[2, 3])


def test_zero_rows_yield_one_empty_chunk():
    assert [chunk.rows for chunk in cut(0, 100)] == [0]


@given(st.integers(0, 10**6))
def test_a_manifest_is_read_as_it_was_written(rows):
    manifest = Manifest(
        "snapshots/a/b.parquet",
        rows,
        {"distance": rows, "fare": "12.50", "none": None},
        cut(rows, 999),
        {"sides": [1, 2]},
    )
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_a_manifest_that_another_version_wrote_is_refused_before_its_form_is_read():
    with pytest.raises(VersionChanged, match="Submit the request again"):
        Manifest.from_json(b'{"version": "old", "of_another_form": 1}', "new")
    with pytest.raises(VersionChanged):
        Manifest.from_json(b'{"of_another_form": 1}', "new")  # written before manifests had versions

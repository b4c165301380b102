"""Part planning: every byte once, in order, within S3's rules (scaled down; compose is run against moto elsewhere)."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from octavo.pipeline.checksum import joined_crc32
from octavo.storage.parts import Literal, Stored, Upload, plan_parts

SMALLEST = 5
OBJECTS = {f"object{n}": bytes((n * 37 + i) % 251 for i in range(80)) for n in range(4)}


@st.composite
def stored(draw):
    key = draw(st.sampled_from(sorted(OBJECTS)))
    start = draw(st.integers(0, 80))
    return Stored(key, start, draw(st.integers(start, 80)))


pieces_lists = st.lists(st.binary(max_size=23).map(Literal) | stored(), max_size=12)


def content(piece):
    return piece.data if isinstance(piece, Literal) else OBJECTS[piece.key][piece.start : piece.stop]


def sent(part):
    return b"".join(map(content, part.pieces)) if isinstance(part, Upload) else content(part)


@given(pieces_lists, st.integers(SMALLEST, 60))
def test_the_parts_hold_every_byte_once_and_in_order(pieces, largest):
    parts = plan_parts(pieces, SMALLEST, largest)
    assert b"".join(map(sent, parts)) == b"".join(map(content, pieces))


@given(pieces_lists, st.integers(SMALLEST, 60))
def test_every_part_except_the_last_has_a_size_that_s3_accepts(pieces, largest):
    sizes = [len(sent(part)) for part in plan_parts(pieces, SMALLEST, largest)]
    assert all(SMALLEST <= size <= largest for size in sizes[:-1])
    assert all(0 < size <= largest for size in sizes[-1:])


@given(pieces_lists)
def test_only_as_much_is_read_as_small_parts_need(pieces):
    read = [part for part in plan_parts(pieces, SMALLEST, 60) if isinstance(part, Upload)]
    assert all(sum(piece.size for piece in part.pieces) < 2 * SMALLEST for part in read)


def test_what_would_be_too_small_to_copy_is_read_at_once():
    segments = [Stored(f"object{n}", 0, 7) for n in range(3)]
    parts = list(plan_parts([Literal(b"ab"), *segments], SMALLEST, 60))
    assert parts == [Upload((Literal(b"ab"), segments[0])), *segments[1:]]


def test_large_segments_after_a_head_are_copied_except_their_first_bytes():
    parts = list(plan_parts([Literal(b"ab"), Stored("object0", 0, 50), Stored("object1", 0, 50)], SMALLEST, 60))
    assert parts == [
        Upload((Literal(b"ab"), Stored("object0", 0, 3))),
        Stored("object0", 3, 50),
        Stored("object1", 0, 50),
    ]


def test_no_bytes_yield_no_parts():
    assert list(plan_parts([Literal(b""), Stored("object0", 7, 7)])) == []


@given(st.lists(st.binary(max_size=50)))
def test_the_joined_crc_is_the_crc_of_the_whole(blocks):
    assert joined_crc32((zlib.crc32(block), len(block)) for block in blocks) == zlib.crc32(b"".join(blocks))

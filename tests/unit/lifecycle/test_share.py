from hypothesis import given
from hypothesis import strategies as st

from octavo.lifecycle.share import for_large_reports, is_small, share

capacities = st.integers(1, 10_000)
chunk_counts = st.integers(1, 20_000)


@st.composite
def running(draw):
    """Return a capacity, and the shares of reports that took theirs one after the other while some others ended."""
    capacity = draw(capacities)
    held = []
    for chunks, ended in draw(st.lists(st.tuples(chunk_counts, st.booleans()), max_size=40)):
        if not is_small(capacity, chunks) and (taken := share(capacity, held, chunks)):
            held.append(taken)
        if ended and held:
            held.pop(draw(st.integers(0, len(held) - 1)))
    return capacity, held


@given(running())
def test_large_reports_never_hold_more_than_their_part_of_the_capacity(running):
    capacity, held = running
    assert sum(held) <= for_large_reports(capacity) <= capacity


@given(running(), chunk_counts)
def test_a_share_is_useful_and_not_larger_than_the_report(running, chunks):
    capacity, held = running
    taken = share(capacity, held, chunks)
    assert 0 <= taken <= chunks
    if taken and not is_small(capacity, chunks):
        assert taken >= min(chunks, for_large_reports(capacity) // 8, for_large_reports(capacity))


@given(running())
def test_a_small_report_never_waits(running):
    capacity, held = running
    for chunks in {1, max(1, capacity // 20)}:
        assert is_small(capacity, chunks)
        assert share(capacity, held, chunks) == chunks


@given(capacities, chunk_counts)
def test_a_report_that_is_alone_never_waits_and_leaves_room_for_another(capacity, chunks):
    first = share(capacity, [], chunks)
    assert first > 0
    if for_large_reports(capacity) > 1:
        assert share(capacity, [first], chunks) > 0


@given(capacities, chunk_counts)
def test_a_large_report_waits_at_most_until_the_others_have_ended(capacity, chunks):
    held = []
    while taken := share(capacity, held, 20_000):
        held.append(taken)
        if is_small(capacity, 20_000):
            break
    while held and not share(capacity, held, chunks):
        held.pop()
    assert share(capacity, held, chunks) > 0


def test_the_shares_of_the_example_are_those_of_the_description():
    held = []
    for expected in (80, 53, 27, 0):
        assert share(200, held, 1_600) == expected
        held.append(expected)
    assert share(200, held, 10) == 10


def test_a_new_account_renders_six_large_reports_at_a_time_and_every_small_one():
    held = []
    while taken := share(8, held, 160):
        held.append(taken)
    assert held == [3, 2, 1]
    assert share(8, held, 1) == 1

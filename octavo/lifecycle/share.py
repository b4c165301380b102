"""How many chunks of a report may be rendered at the same time, so that the reports share the capacity fairly. Pure.

The capacity is the number of chunks of all reports together. A fifth of it is for small reports, which never wait. The
large ones divide the rest: each takes a share when its rendering starts, keeps it until its last chunk is rendered, and
leaves room for those that come later. When there is no room, a large report waits:

    reports that hold a share        the share of the next one, of a capacity of 200
    none                             80     a half of 160
    one, with 80                     53     a third
    two, with 133                    27     what is left
    three, with 160                  0      it waits until one of them has ended

A share cannot be changed while a report is rendered. Without waiting, the shares of many reports that come one after
the other would add up to several times the capacity, and none of their chunks would leave room for a small report.
"""

from __future__ import annotations

from collections.abc import Collection

# A large report gets at least its part of this many. Fewer would wait for each other, more would all be slow.
LARGE_REPORTS = 8


def for_large_reports(capacity: int) -> int:
    """Return how much of the capacity large reports may hold together."""
    return max(1, capacity * 4 // 5)


def is_small(capacity: int, chunks: int) -> bool:
    """Return whether a report of so many chunks never waits: a twentieth of the capacity, and always one chunk."""
    return chunks <= max(1, capacity // 20)


def share(capacity: int, held: Collection[int], chunks: int) -> int:
    """Return how many chunks of a report may be rendered at once, or 0 if it must wait.

    `held` are the shares of the large reports that are being rendered; `chunks` is the number of the report's chunks.
    """
    if is_small(capacity, chunks):
        return chunks
    room = for_large_reports(capacity)
    least = max(1, room // LARGE_REPORTS)
    fair = max(least, room // (len(held) + 2))
    possible = min(fair, room - sum(held), chunks)
    return possible if possible >= min(least, chunks) else 0

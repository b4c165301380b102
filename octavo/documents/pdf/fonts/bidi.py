"""The order of right-to-left text: the Unicode Bidirectional Algorithm (UAX #9).

`levels` returns the embedding level of each character; odd levels run from right to left. `visual` then puts the runs
of a line in the order in which they are displayed. The names of the rules (P2, X1 … L2) are those of the standard.
Shaping mirrors brackets (L4).

The direction of the paragraph is that of its first strong character (P2, P3), as in most programs that show tables.
"""
# ruff: noqa: RUF001  (brackets that look like others are meant)

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol, TypeVar
from unicodedata import bidirectional, normalize

# A text without any of these characters runs from left to right and needs no ordering.
NEEDED = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)

DEEPEST = 125  # max_depth, BD2
STRONG = {"L": 0, "R": 1, "AL": 1}
EMBEDDINGS = {"RLE": 1, "LRE": 0, "RLO": 1, "LRO": 0}
OVERRIDES = {"RLO": "R", "LRO": "L"}
ISOLATES = {"RLI", "LRI", "FSI"}
REMOVED = {"RLE", "LRE", "RLO", "LRO", "PDF", "BN"}  # X9
NEUTRAL = {"B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"}
TRAILING = {"WS", "FSI", "LRI", "RLI", "PDI"} | REMOVED  # L1
PAIRS = (  # opening and closing brackets that form pairs (the property Bidi_Paired_Bracket)
    "()[]{}༺༻༼༽᚛᚜⁅⁆⁽⁾₍₎⌈⌉⌊⌋❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫"
    "⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⧘⧙⧚⧛⧼⧽⸢⸣⸤⸥⸦⸧⸨⸩〈〉《》「」『』【】〔〕〖〗〘〙"
    "〚〛﹙﹚﹛﹜﹝﹞（）［］｛｝｟｠｢｣"
)
CLOSING = dict(zip(PAIRS[::2], PAIRS[1::2], strict=True))


def levels(text: str) -> list[int]:
    """Return the embedding level of each character of a line. Characters that X9 removes get a neighbour's level."""
    classes = [bidirectional(character) or "L" for character in text]
    base = _first_strong(classes) or 0
    explicit = _Explicit(classes, base)
    resolved, kinds = explicit.levels, explicit.kinds
    for sequence in list(_isolating_runs(classes, resolved, base)):  # a list, because the loop changes `resolved`
        for resolve in (_marks_and_numbers, _separators, _terminators, _latin_numbers):
            resolve(sequence, kinds)
        _brackets(sequence, kinds, text)
        _neutral(sequence, kinds)
        _implicit(sequence, kinds, resolved)
    _whitespace(classes, resolved, base)
    return resolved


class _Levelled(Protocol):
    @property
    def level(self) -> int: ...


Run = TypeVar("Run", bound=_Levelled)


def visual(runs: Sequence[Run]) -> list[Run]:
    """Return the runs in the order in which they are displayed on the line, from the left (L2)."""
    ordered = list(runs)
    highest = max((run.level for run in runs), default=0)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(ordered):
            stop = start
            while stop < len(ordered) and ordered[stop].level >= level:
                stop += 1
            ordered[start:stop] = ordered[start:stop][::-1]
            start = max(stop, start + 1)
    return ordered


def _first_strong(classes: Sequence[str]) -> int | None:
    """Return the direction of the first strong character outside isolates (P2, P3)."""
    depth = 0
    for kind in classes:
        if kind in ISOLATES:
            depth += 1
        elif kind == "PDI":
            depth = max(0, depth - 1)
        elif depth == 0 and kind in STRONG:
            return STRONG[kind]
    return None


def _directions_inside(classes: Sequence[str]) -> list[int | None]:
    """Return for each character the direction of the first strong character after it, within the same isolate.

    Isolates inside that isolate are skipped. The text is read from its end, so that each character is read once.
    """
    directions: list[int | None] = [None] * len(classes)
    following: int | None = None  # the direction after this place, up to the end of its isolate
    outside: list[int | None] = []  # the directions after the isolates that this place is in
    for index in range(len(classes) - 1, -1, -1):
        directions[index] = following
        kind = classes[index]
        if kind == "PDI":
            outside.append(following)
            following = None
        elif kind in ISOLATES:
            following = outside.pop() if outside else None
        elif kind in STRONG:
            following = STRONG[kind]
    return directions


@dataclass(frozen=True)
class _Status:
    level: int
    override: str | None
    isolate: bool


class _Explicit:
    """Applies embeddings, overrides and isolates (X1 to X8).

    `levels` are the levels of the characters, and `kinds` are their classes after overrides.
    """

    def __init__(self, classes: Sequence[str], base: int) -> None:
        self.levels: list[int] = []
        self.kinds = list(classes)
        self._base = base
        self._inside = _directions_inside(classes) if "FSI" in classes else []
        self._stack = [_Status(base, None, False)]
        self._isolates = self._overflowing_isolates = self._overflowing_embeddings = 0
        for index, kind in enumerate(classes):
            if kind in EMBEDDINGS or kind in ISOLATES:
                self._open(index, kind)
                continue
            if kind == "PDI":
                self._close_isolate()
            elif kind == "PDF":
                self._close_embedding()
            self._place(index, kind)

    def _place(self, index: int, kind: str) -> None:
        """Give a character the current level and the current override (X6)."""
        status = self._stack[-1]
        self.levels.append(self._base if kind == "B" else status.level)
        if status.override and kind not in {"B", "BN", "PDF", *EMBEDDINGS}:
            self.kinds[index] = status.override

    def _open(self, index: int, kind: str) -> None:
        """Begin an embedding, an override or an isolate (X2 to X5c). The character itself is still outside."""
        self._place(index, kind)
        isolate = kind in ISOLATES
        odd = EMBEDDINGS.get(kind, kind == "RLI")
        if kind == "FSI":
            odd = self._inside[index] == 1
        next_level = self._stack[-1].level + 1
        level = next_level + (next_level % 2 != odd)
        if level <= DEEPEST and not self._overflowing_isolates and not self._overflowing_embeddings:
            self._isolates += isolate
            self._stack.append(_Status(level, OVERRIDES.get(kind), isolate))
        elif isolate:
            self._overflowing_isolates += 1
        elif not self._overflowing_isolates:
            self._overflowing_embeddings += 1

    def _close_isolate(self) -> None:
        """End an isolate, and the embeddings inside it that have not ended (X6a)."""
        if self._overflowing_isolates:
            self._overflowing_isolates -= 1
        elif self._isolates:
            self._overflowing_embeddings = 0
            while not self._stack[-1].isolate:
                self._stack.pop()
            self._stack.pop()
            self._isolates -= 1

    def _close_embedding(self) -> None:
        """End an embedding or override (X7)."""
        if self._overflowing_isolates:
            return
        if self._overflowing_embeddings:
            self._overflowing_embeddings -= 1
        elif not self._stack[-1].isolate and len(self._stack) > 1:
            self._stack.pop()


@dataclass
class _Sequence:
    """An isolating run sequence (BD13): the indices of its characters, and the directions around it (X10)."""

    level: int
    indices: list[int] = field(default_factory=list)
    before: str = "L"
    after: str = "L"


def _isolating_runs(classes: Sequence[str], levels: Sequence[int], base: int) -> Iterator[_Sequence]:
    kept = [index for index, kind in enumerate(classes) if kind not in REMOVED]
    runs: list[list[int]] = []
    for index in kept:
        if runs and levels[runs[-1][-1]] == levels[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    matches = _matching_pdis(classes)
    by_first = {run[0]: run for run in runs}
    position = {index: place for place, index in enumerate(kept)}
    continued = set(matches.values())
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in continued:
            continue
        sequence = _Sequence(levels[run[0]], list(run))
        while (pdi := matches.get(sequence.indices[-1])) is not None and pdi in by_first:
            sequence.indices += by_first[pdi]
        first, last = position[sequence.indices[0]], position[sequence.indices[-1]]
        earlier = levels[kept[first - 1]] if first else base
        unmatched = classes[sequence.indices[-1]] in ISOLATES
        later = levels[kept[last + 1]] if last + 1 < len(kept) and not unmatched else base
        sequence.before = "LR"[max(sequence.level, earlier) % 2]
        sequence.after = "LR"[max(sequence.level, later) % 2]
        yield sequence


def _matching_pdis(classes: Sequence[str]) -> dict[int, int]:
    matches, stack = {}, []
    for index, kind in enumerate(classes):
        if kind in ISOLATES:
            stack.append(index)
        elif kind == "PDI" and stack:
            matches[stack.pop()] = index
        elif kind == "B":
            stack.clear()
    return matches


def _marks_and_numbers(sequence: _Sequence, kinds: list[str]) -> None:
    """Give marks the class of their base, and numbers after Arabic letters the class AN (W1 to W3)."""
    previous = strong = sequence.before
    for index in sequence.indices:
        kind = kinds[index]
        if kind == "NSM":
            kind = "ON" if previous in ISOLATES or previous == "PDI" else previous
        previous = kind
        if kind in STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kind = "AN"
        kinds[index] = kind
    for index in sequence.indices:
        if kinds[index] == "AL":
            kinds[index] = "R"


def _separators(sequence: _Sequence, kinds: list[str]) -> None:
    """Make a separator between numbers part of the number (W4)."""
    indices = sequence.indices
    for left, index, right in zip(indices, indices[1:], indices[2:], strict=False):
        around = {kinds[left], kinds[right]}
        if around == {"EN"} and kinds[index] in {"ES", "CS"}:
            kinds[index] = "EN"
        elif around == {"AN"} and kinds[index] == "CS":
            kinds[index] = "AN"


def _terminators(sequence: _Sequence, kinds: list[str]) -> None:
    """Make currency and per cent signs beside a number part of it, and other signs and separators neutral (W5, W6)."""
    indices = sequence.indices
    for group in _stretches(indices, kinds, {"ET"}):
        beside = {kinds[indices[place]] for place in (group.start - 1, group.stop) if 0 <= place < len(indices)}
        for index in indices[group]:
            kinds[index] = "EN" if "EN" in beside else "ON"
    for index in indices:
        if kinds[index] in {"ES", "CS"}:
            kinds[index] = "ON"


def _latin_numbers(sequence: _Sequence, kinds: list[str]) -> None:
    """Make numbers part of the left-to-right text before them (W7)."""
    strong = sequence.before
    for index in sequence.indices:
        if kinds[index] in {"L", "R"}:
            strong = kinds[index]
        elif kinds[index] == "EN" and strong == "L":
            kinds[index] = "L"


def _stretches(indices: Sequence[int], kinds: Sequence[str], wanted: set[str]) -> list[slice]:
    """Return the stretches of consecutive characters of these classes, each as long as possible."""
    found: list[slice] = []
    for place, index in enumerate(indices):
        if kinds[index] in wanted:
            start = found.pop().start if found and found[-1].stop == place else place
            found.append(slice(start, place + 1))
    return found


DIRECTIONS = {"L": "L", "R": "R", "EN": "R", "AN": "R"}  # the direction of a class, for the neutrals beside it


def _brackets(sequence: _Sequence, kinds: list[str], text: str) -> None:
    """Give both brackets of a pair the same direction (N0)."""
    pairs = _bracket_pairs(sequence, kinds, text)
    if not pairs:
        return
    indices, embedding = sequence.indices, "LR"[sequence.level % 2]
    counts = {  # how many characters of a direction precede each place. Pairs inside a pair are resolved after it.
        direction: list(accumulate((DIRECTIONS.get(kinds[index]) == direction for index in indices), initial=0))
        for direction in "LR"
    }
    for opening, closing in pairs:
        inside = {direction for direction, count in counts.items() if count[closing] > count[opening + 1]}
        if embedding in inside:
            chosen = embedding
        elif inside:
            before = (DIRECTIONS.get(kinds[indices[place]]) for place in range(opening - 1, -1, -1))
            context = next((direction for direction in before if direction), sequence.before)
            chosen = context if context in inside else embedding
        else:
            continue
        for bracket in (opening, closing):
            kinds[indices[bracket]] = chosen
            for place in range(bracket + 1, len(indices)):
                if bidirectional(text[indices[place]]) != "NSM":
                    break
                kinds[indices[place]] = chosen


def _bracket_pairs(sequence: _Sequence, kinds: list[str], text: str) -> list[tuple[int, int]]:
    """Return the places of matching brackets (BD16), by opening bracket."""
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for place, index in enumerate(sequence.indices):
        if kinds[index] != "ON":
            continue
        character = normalize("NFC", text[index])
        if character in CLOSING:
            if len(stack) == 63:
                break
            stack.append((CLOSING[character], place))
        elif (match := next((n for n in range(len(stack) - 1, -1, -1) if stack[n][0] == character), None)) is not None:
            pairs.append((stack[match][1], place))
            del stack[match:]
    return sorted(pairs)


def _neutral(sequence: _Sequence, kinds: list[str]) -> None:
    """Give neutrals the direction on both sides if it is the same, otherwise that of the embedding (N1, N2)."""
    indices = sequence.indices
    for group in _stretches(indices, kinds, NEUTRAL):
        left = DIRECTIONS.get(kinds[indices[group.start - 1]]) if group.start else sequence.before
        right = DIRECTIONS.get(kinds[indices[group.stop]]) if group.stop < len(indices) else sequence.after
        for index in indices[group]:
            kinds[index] = left if left and left == right else "LR"[sequence.level % 2]


def _implicit(sequence: _Sequence, kinds: Sequence[str], levels: list[int]) -> None:
    """Compute the levels from the resolved classes (I1, I2)."""
    odd = sequence.level % 2
    for index in sequence.indices:
        kind = kinds[index]
        if odd:
            levels[index] = sequence.level + (kind != "R")
        else:
            levels[index] = sequence.level + {"L": 0, "R": 1}.get(kind, 2)


def _whitespace(classes: Sequence[str], levels: list[int], base: int) -> None:
    """Give separators, the white space before them and the white space at the end the base level (L1).

    Before that, characters that X9 removed get the level of the character before them.
    """
    for index, kind in enumerate(classes):
        if kind in REMOVED:
            levels[index] = levels[index - 1] if index else base
    trailing = True
    for index in range(len(classes) - 1, -1, -1):
        if classes[index] in {"B", "S"}:
            trailing = True
        elif classes[index] not in TRAILING:
            trailing = False
        if trailing:
            levels[index] = base

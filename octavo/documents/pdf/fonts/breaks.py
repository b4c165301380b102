"""Find where a line of text may break, and the graphemes of a text: what readers perceive as one character.

Line breaks follow UAX #14 and graphemes follow UAX #29, as far as tables need them. A line may break after spaces,
hyphens, dashes and slashes, at soft hyphens and zero-width spaces, and between ideographs, but not before closing
punctuation. Thai, Lao, Khmer and Burmese have no spaces between words, and a dictionary would be needed to find the
words: text in these languages breaks only at spaces.

Positions are indices into the text: at position `i`, `text[:i]` ends a line and `text[i:]` begins the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from unicodedata import category, combining

ZWJ = "\u200d"
VIRAMA = 9  # the canonical combining class of signs that join two consonants
JOINING = "\u200c\u200d"  # the zero-width non-joiner and joiner belong to the character before them
SKIN_TONES = "\U0001f3fb-\U0001f3ff"
REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+")  # two of these letters are a flag
LEADING_JAMO, VOWEL_JAMO, TRAILING_JAMO = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff"
SYLLABLE = re.compile(
    f"[{LEADING_JAMO}]+[{VOWEL_JAMO}]|[{LEADING_JAMO}]{{2}}|[{VOWEL_JAMO}\uac00-\ud7a3][{VOWEL_JAMO}{TRAILING_JAMO}]"
    f"|[{TRAILING_JAMO}]{{2}}|[{LEADING_JAMO}][\uac00-\ud7a3]"
)
JAMO = re.compile(f"[{LEADING_JAMO}{VOWEL_JAMO}{TRAILING_JAMO}]")
EXTENDING = re.compile(f"[{JOINING}{SKIN_TONES}\uff9e\uff9f]")
PREPENDED = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]")  # Arabic signs that enclose a number

SPACES = " \t\u1680\u2000-\u2006\u2008-\u200a\u200b\u205f\u3000"  # with the zero-width space
NO_BREAK = "\u00a0\u2007\u2011\u202f\u2060\ufeff"
DASHES = "\u00ad\u058a\u2010\u2012\u2013"  # with the soft hyphen
EM_DASH = "\u2014"
QUOTES = "'\""  # they can be opening or closing
IDEOGRAPHS = (  # and characters that break like them: kana, Hangul, full-width letters, emoji
    "\u2e80-\u2fff\u3041-\u3096\u309f\u30a1-\u30fa\u30ff-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    "\uff21-\uff3a\uff41-\uff5a\uff66-\uff9d\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
OPENING = r"(\[{\u00a1\u00bf\u2018\u201a\u201c\u201e\u2039\u00ab" + (
    "\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u301d\uff08\uff3b\uff5b\uff5f\uff62"
)
WIDE_CLOSING = "\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u30fb\uff01\uff09\uff0c\uff0e\uff1f"
CLOSING = (
    r")\]}!?,.:;%\u2019\u201d\u203a\u00bb\u2026"
    + WIDE_CLOSING
    + (
        "\u3005\u3015\u3017\u3019\u301b\u301c\u301e\u301f\u303b\u309b-\u309e\u30a0\u30fc-\u30fe"
        "\uff05\uff1a\uff1b\uff3d\uff5d\uff60\uff61\uff63-\uff65\uff70"
    )
)
SMALL_KANA = (
    "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3"
    "\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\u31f0-\u31ff\uff67-\uff6f"
)
LETTER = r"[^\W\d_]"
LETTER_OR_DIGIT = r"[^\W_]"

ENDS_NO_LINE = SPACES + OPENING + NO_BREAK
STARTS_NO_LINE = SPACES + CLOSING + SMALL_KANA + NO_BREAK
BEHIND_SPACE = (f"[{SPACES}]", f"[^{SPACES}]")
BEHIND_HYPHEN = (f"{LETTER_OR_DIGIT}[-/]", LETTER)  # before a digit, it can be part of a number or a date
RULES = (  # a line may break between a text that ends with the first pattern and one that begins with the second
    BEHIND_SPACE,
    BEHIND_HYPHEN,
    (f"[^{SPACES}][{DASHES}]", f"[^{DASHES}{STARTS_NO_LINE}]"),
    (EM_DASH, f"[^{EM_DASH}{STARTS_NO_LINE}]"),
    (f"[^{EM_DASH}{ENDS_NO_LINE}]", EM_DASH),
    (f"[{IDEOGRAPHS}]", f"[^-/{DASHES}{EM_DASH}{QUOTES}{STARTS_NO_LINE}]"),
    (f"[^{QUOTES}{ENDS_NO_LINE}]", f"(?![{STARTS_NO_LINE}])[{IDEOGRAPHS}]"),
    (f"[{WIDE_CLOSING}]", f"[^{STARTS_NO_LINE}]"),
)


def _pattern(*rules: tuple[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?<={before})(?={after})" for before, after in rules))


BREAK_IN_ASCII = _pattern(BEHIND_SPACE, BEHIND_HYPHEN)
BREAK = _pattern(*RULES)
# A line may break between any two of these kanji and kana. The rules are therefore not tried inside a run of them.
FREE_KANA = "".join(
    kana for kana in map(chr, range(0x3042, 0x30FB)) if re.match(f"(?![{STARTS_NO_LINE}])[{IDEOGRAPHS}]", kana)
)
FREE = re.compile(f"[{FREE_KANA}\u3400-\u4dbf\u4e00-\u9fff]{{2,}}")


def breaks(text: str) -> list[int]:
    """Return the positions at which a line may begin, in ascending order. Spaces stay at the end of the line before."""
    if text.isascii():
        return [match.start() for match in BREAK_IN_ASCII.finditer(text)]
    found: list[int] = []
    stop = 0
    others = FREE.sub("", text)
    for run in FREE.finditer(text) if len(others) < len(text) else ():
        found += [match.start() for match in BREAK.finditer(text, stop, run.start() + 1)]
        found += range(run.start() + 1, run.end())
        stop = run.end()
    found += [match.start() for match in BREAK.finditer(text, stop)]
    if not any(_joining(others)):
        return found
    between = set(_between(text, _joining(text)))
    return [position for position in found if position in between]


def graphemes(text: str) -> list[int]:
    """Return the positions between graphemes, in ascending order. A word that is too long for a line is cut there."""
    joining = () if text.isascii() else _joining(text)
    return _between(text, joining) if any(joining) else list(range(1, len(text)))


def _between(text: str, joining: Sequence[bool]) -> list[int]:
    """Return the positions between graphemes of a text in which some characters are `joining`."""
    positions = [
        index
        for index in range(1, len(text))
        if not (joining[index] or joining[index - 1]) or not _continues(text[index - 1], text[index])
    ]
    between_flags = [index for flags in REGIONAL.finditer(text) for index in range(flags.start() + 2, flags.end(), 2)]
    return sorted(positions + between_flags) if between_flags else positions


def joins(character: str) -> bool:
    """Return whether a character can form a grapheme with the character before or after it.

    A grapheme of several characters contains at least one such character. Letters, for example, are not.
    """
    return _JOINS[character]


def _joining(text: str) -> list[bool]:
    return [_JOINS[character] for character in text]


class _Joins(dict[str, bool]):
    """The results of `joins` by character. Each is determined when it is first needed."""

    def __missing__(self, character: str) -> bool:
        found = self[character] = category(character)[0] == "M" or any(
            pattern.match(character) for pattern in (EXTENDING, PREPENDED, REGIONAL, JAMO)
        )
        return found


_JOINS = _Joins()


@lru_cache(maxsize=1 << 14)
def _continues(before: str, character: str) -> bool:
    """Return whether a character belongs to the grapheme of the one before it. Of two flag letters, the second does."""
    if character < "\u0300":
        return False
    if category(character)[0] == "M" or EXTENDING.match(character) or PREPENDED.match(before):
        return True
    if combining(before) == VIRAMA and category(character) == "Lo":  # a conjunct, as in Devanagari
        return True
    if before == ZWJ:  # it joins emoji; in other scripts it only affects the letter before it
        return character >= "\u2190"
    if REGIONAL.match(character):
        return REGIONAL.match(before) is not None
    return SYLLABLE.fullmatch(before + character) is not None

"""Where a text may be cut: between graphemes (what a reader takes for one character), and where a line may break.

Both follow Unicode's rules, UAX #29 and UAX #14, as far as tables need: text is broken behind spaces, hyphens, dashes
and slashes, at soft hyphens and zero-width spaces, and between ideographs, but not before their closing punctuation.
Languages written without spaces whose words only a dictionary tells (Thai, Lao, Khmer, Burmese) break at spaces alone.
Positions are indices into the text: at `i`, `text[:i]` ends a line and `text[i:]` begins the next.
"""

from __future__ import annotations

import re
from unicodedata import category, combining

ZWJ = "\u200d"
VIRAMA = 9  # the canonical combining class of the signs that join consonants
JOINING = "\u200c\u200d"  # the zero-width non-joiner and joiner belong to what is before them
SKIN_TONES = "\U0001f3fb-\U0001f3ff"
REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
LEADING_JAMO, VOWEL_JAMO, TRAILING_JAMO = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff"
SYLLABLE = re.compile(
    f"[{LEADING_JAMO}]+[{VOWEL_JAMO}]|[{LEADING_JAMO}]{{2}}|[{VOWEL_JAMO}\uac00-\ud7a3][{VOWEL_JAMO}{TRAILING_JAMO}]"
    f"|[{TRAILING_JAMO}]{{2}}|[{LEADING_JAMO}][\uac00-\ud7a3]"
)
EXTENDING = re.compile(f"[{JOINING}{SKIN_TONES}\uff9e\uff9f]")
PREPENDED = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]")  # Arabic signs that enclose the next number

# A line may break after these, as long as the next character is no space …
AFTER_SPACE = re.compile("(?<=[ \t])(?=[^ \t])")
# … and, between letters, after these. A digit behind a hyphen or a slash may make a number or a date of it.
AFTER_HYPHEN = re.compile(r"(?<=[^\W_]-)(?=[^\W\d_])|(?<=[^\W_]/)(?=[^\W\d_])")

SPACES = " \t\u1680\u2000-\u2006\u2008-\u200a\u200b\u205f\u3000"  # U+2007, U+00A0 and U+202F don't break
DASHES = "\u00ad\u058a\u2010\u2012\u2013"  # and the soft hyphen
IDEOGRAPHS = "\u2e80-\u2fff\u3041-\u3096\u309f\u30a1-\u30fa\u30ff-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff21-\uff3a\uff41-\uff5a\uff66-\uff9d\U00020000-\U0003fffd\U0001f300-\U0001faff"  # noqa: E501
OPENING = "(\\[{\u00a1\u00bf\u2018\u201a\u201c\u201e\u2039\u00ab\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u301d\uff08\uff3b\uff5b\uff5f\uff62"  # noqa: E501
CLOSING = ")\\]}!?,.:;%\u2019\u201d\u203a\u00bb\u2026\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b-\u301c\u301e\u301f\u303b\u309b-\u309e\u30a0\u30fb-\u30fe\uff01\uff05\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\uff60\uff61\uff63-\uff65\uff70"  # noqa: E501
WIDE_CLOSING = "\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u30fb\uff01\uff09\uff0c\uff0e\uff1f"
SMALL_KANA = "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\u31f0-\u31ff\uff67-\uff6f"  # noqa: E501
NO_BREAK = "\u00a0\u2007\u2011\u202f\u2060\ufeff"
BREAK = re.compile(
    f"(?<=[{SPACES}])(?=[^{SPACES}])"
    r"|(?<=[^\W_]-)(?=[^\W\d_])|(?<=[^\W_]/)(?=[^\W\d_])"
    f"|(?<=[{DASHES}])(?=[^{DASHES}{SPACES}{CLOSING}{NO_BREAK}])(?<!^.)"
    f"|(?<=\u2014)(?=[^\u2014{SPACES}{CLOSING}{NO_BREAK}])|(?<=[^\u2014{SPACES}{OPENING}{NO_BREAK}])(?=\u2014)"
    f"|(?<=[{IDEOGRAPHS}{CLOSING}])(?=[{IDEOGRAPHS}])(?=[^{SMALL_KANA}{CLOSING}])(?<![!-/:-@])"
    f"|(?<=[{IDEOGRAPHS}])(?=[^{SPACES}{CLOSING}{SMALL_KANA}{NO_BREAK}{DASHES}\u2014\\-/'\"])"
    f"|(?<=[^{SPACES}{OPENING}{NO_BREAK}'\"])(?=[{IDEOGRAPHS}])(?=[^{SMALL_KANA}{CLOSING}])"
    f"|(?<=[{WIDE_CLOSING}])(?=[^{SPACES}{CLOSING}{SMALL_KANA}{NO_BREAK}])",
)


def breaks(text: str) -> list[int]:
    """Return the positions before which a line may begin, ascending. Spaces stay at the end of the line before."""
    if text.isascii():
        found = [match.start() for match in AFTER_SPACE.finditer(text)]
        if "-" in text or "/" in text:
            found = sorted({*found, *(match.start() for match in AFTER_HYPHEN.finditer(text))})
        return found
    return [
        match.start() for match in BREAK.finditer(text) if match.start() > 0 and not _continues(text, match.start())
    ]


def graphemes(text: str) -> list[int]:
    """Return the positions between graphemes, ascending: where a word that is too long for a line may be cut."""
    if text.isascii():
        return list(range(1, len(text)))
    return [index for index in range(1, len(text)) if not _continues(text, index)]


def _continues(text: str, index: int) -> bool:
    """Tell whether the character at `index` belongs to the one before it."""
    before, character = text[index - 1], text[index]
    if character < "\u0300":
        return before == "\r" and character == "\n"
    if before in "\r\n":
        return False
    if category(character)[0] == "M" or EXTENDING.match(character) or PREPENDED.match(before):
        return True
    if combining(before) == VIRAMA and category(character) == "Lo":  # a conjunct, as in Devanagari
        return True
    if (
        before == ZWJ
    ):  # a family, a flag: emoji joined to one; of other text, only what precedes a joiner is bound to it
        return character >= "\u2190"
    if REGIONAL.match(character):
        first = index
        while first > 0 and REGIONAL.match(text[first - 1]):
            first -= 1
        return (index - first) % 2 == 1
    return SYLLABLE.fullmatch(text, index - 1, index + 1) is not None

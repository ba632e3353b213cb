"""Spells Chinese names, so that they are found by pinyin and by initials. The only place that knows ``pypinyin``."""

from __future__ import annotations

import re
from functools import cache

from engine.store.name_readings import COMMON, COMPOUND_SURNAMES, SURNAMES

# A name with many ambiguous characters is found by its likeliest spellings, not by every combination.
MOST_SPELLINGS = 8

_CHINESE = re.compile("[〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")
_COMPOUND_LENGTHS = tuple(sorted({len(signs) for signs in COMPOUND_SURNAMES}, reverse=True))

# The ways to read one part of a name, the likeliest first: spelling and initials.
_Readings = tuple[tuple[str, str], ...]


def has_chinese(text: str) -> bool:
    """Whether a text holds Chinese characters."""
    return not text.isascii() and _CHINESE.search(text) is not None


def spell(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the spellings of a name without tones ("zhangxiulan") and its initials ("zxl"), the likeliest first.

    Both are empty for a name without Chinese characters. ``name`` is folded, see :func:`engine.store.identity.fold`;
    Latin letters and digits in it are kept, everything else is left out. A surname is read as a surname first, any
    other reading that a name may have comes after it, and ü is spelled v and u.
    """
    if not has_chinese(name):
        return (), ()
    variants = [(0, "", "")]
    for readings in _parts("".join(sign for sign in name if sign.isalnum())):
        if len(readings) == 1:
            ((spelling, initial),) = readings
            variants = [(cost, before + spelling, first + initial) for cost, before, first in variants]
            continue
        combined = [
            (cost + rarity, before + spelling, first + initial)
            for cost, before, first in variants
            for rarity, (spelling, initial) in enumerate(readings)
        ]
        variants = sorted(combined, key=lambda variant: variant[0])[:MOST_SPELLINGS]
    return tuple(dict.fromkeys(one[1] for one in variants)), tuple(dict.fromkeys(one[2] for one in variants))


def _parts(signs: str) -> list[_Readings]:
    """Return the readings of each part: a surname of several characters is one part, every other sign is its own."""
    for length in _COMPOUND_LENGTHS:
        head = signs[:length]
        if head in COMPOUND_SURNAMES:
            return [_compound(head), *map(_readings, signs[length:])]
    return [_surname(signs[0]), *map(_readings, signs[1:])]


@cache
def _compound(head: str) -> _Readings:
    """Return a compound surname, then its characters read one by one: 单于 may also be Yu of the family Shan."""
    apart = [_surname(head[0])[0][0], *(_readings(sign)[0][0] for sign in head[1:])]
    ways = (COMPOUND_SURNAMES[head], apart)
    return tuple(("".join(way), "".join(syllable[0] for syllable in way)) for way in ways)


@cache
def _surname(sign: str) -> _Readings:
    return _with_initials((*SURNAMES.get(sign, ()), *_spellings(sign)))


@cache
def _readings(sign: str) -> _Readings:
    return _with_initials(_spellings(sign))


def _with_initials(spellings: tuple[str, ...]) -> _Readings:
    return tuple((spelling, spelling[0]) for spelling in dict.fromkeys(spellings))


def _spellings(sign: str) -> tuple[str, ...]:
    if not _CHINESE.match(sign):
        return (sign,)
    found = [*_dictionary_reading(sign), *COMMON.get(sign, ())]
    return tuple(way for one in found for way in ((one, one.replace("v", "u")) if "v" in one else (one,)))


def _dictionary_reading(sign: str) -> tuple[str, ...]:
    # Imported for the first Chinese name alone: it takes a quarter of a second.
    from pypinyin import Style, pinyin  # noqa: PLC0415 - see above

    first = str(pinyin(sign, style=Style.NORMAL)[0][0])
    return (first,) if first.isascii() and first.isalpha() else (sign,)

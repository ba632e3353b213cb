"""Which characters the shipped fonts can print, and what is printed for those they cannot.

Text is brought to composed form first. White space of any kind becomes one ordinary space. A character that no
shipped font has, a control character and a mark that turns the writing direction become □ (U+25A1), and the page says
in its small print which code each stands for. Nothing here raises, and no other font is ever asked.
"""

from __future__ import annotations

import dataclasses
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import BugError
from engine.resources import resources_folder

UNKNOWN = "\u25a1"
NO_BREAK = "\u00a0"
TEXT_FONTS = (
    ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
)
_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Code points of a font as sorted, half-open ranges."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __contains__(self, code: int) -> bool:
        position = bisect_right(self.starts, code) - 1
        return position >= 0 and code < self.ends[position]


@dataclass(frozen=True, slots=True)
class Printable:
    """A text with what cannot be printed replaced, and the codes that were."""

    text: str
    unknown: tuple[int, ...]


@cache
def text_coverages() -> tuple[Coverage, ...]:
    """Return what each family of the pages can print, in both weights."""
    folder = resources_folder() / "fonts"
    return tuple(
        _of_both(read_coverage(folder / regular), read_coverage(folder / bold)) for regular, bold in TEXT_FONTS
    )


def printable(text: str, coverages: tuple[Coverage, ...] | None = None) -> Printable:
    """Return a text as it can be printed."""
    fonts = text_coverages() if coverages is None else coverages
    if text.isascii() and text.isprintable():
        return Printable(text, ())
    composed = unicodedata.normalize("NFC", text)
    if coverages is None and "  " not in composed and all(map(_stands_alone, set(composed))):
        return Printable(composed, ())
    found: list[str] = []
    unknown: list[int] = []
    for cluster in _clusters(composed):
        if cluster == " ":
            found += [] if found and found[-1] == " " else [" "]
        # A letter and its marks must come from one font, or the marks would be set beside it.
        elif any(all(_prints(sign, font) for sign in cluster) for font in fonts):
            found.append(cluster)
        else:
            for position, sign in enumerate(cluster):
                known = position == 0 and any(_prints(sign, font) for font in fonts)
                found.append(sign if known else UNKNOWN)
                unknown += [] if known else [ord(sign)]
    return Printable("".join(found), tuple(dict.fromkeys(unknown)))


@lru_cache(maxsize=32_768)  # signs, never texts: nothing of a patient stays here
def _stands_alone(sign: str) -> bool:
    """Whether the families of the pages print this sign as it is, whatever stands beside it: nearly every one."""
    if sign in (" ", NO_BREAK):
        return sign == " " or any(_prints(sign, font) for font in text_coverages())
    dropped = any(ord(sign) in selectors for selectors in _VARIATION_SELECTORS)
    white_or_mark = unicodedata.category(sign)[0] in "ZM"
    return not dropped and not white_or_mark and any(_prints(sign, font) for font in text_coverages())


def _prints(sign: str, font: Coverage) -> bool:
    # Control and format characters are shown as unknown and never obeyed, even where a font has a glyph for them.
    return ord(sign) in font and not unicodedata.category(sign).startswith("C")


def make_printable(node: Node) -> tuple[Node, tuple[int, ...]]:
    """Return a frozen dataclass with every text inside it printable, and the codes that were replaced."""
    unknown: list[int] = []
    cleaned: Node = _clean(node, unknown)
    return cleaned, tuple(dict.fromkeys(unknown))


def _clean(node: Any, unknown: list[int]) -> Any:
    if type(node) is str:
        result = printable(node)
        unknown += result.unknown
        return result.text
    if isinstance(node, tuple):
        return tuple(_clean(item, unknown) for item in node)
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        names = [field.name for field in dataclasses.fields(node)]
        return dataclasses.replace(node, **{name: _clean(getattr(node, name), unknown) for name in names})
    return node


def _clusters(text: str) -> Iterator[str]:
    """Yield each sign with its combining marks; any white space as one space; selectors of variants are dropped."""
    cluster = ""
    for sign in text:
        if any(ord(sign) in selectors for selectors in _VARIATION_SELECTORS):
            continue
        category = unicodedata.category(sign)
        if category.startswith("M") and cluster and cluster != " ":
            cluster += sign
            continue
        if cluster:
            yield cluster
        white = sign in "\t\n\v\f\r\x85" or (category.startswith("Z") and sign != NO_BREAK)
        cluster = " " if white else sign
    if cluster:
        yield cluster


def _of_both(first: Coverage, second: Coverage) -> Coverage:
    if first == second:
        return first
    both = [code for start, end in zip(first.starts, first.ends, strict=True) for code in range(start, end)]
    return _ranges(sorted(code for code in both if code in second))


def _ranges(codes: list[int]) -> Coverage:
    starts: list[int] = []
    ends: list[int] = []
    for code in codes:
        if ends and ends[-1] == code:
            ends[-1] += 1
        else:
            starts.append(code)
            ends.append(code + 1)
    return Coverage(tuple(starts), tuple(ends))


def read_coverage(font: Path) -> Coverage:
    """Return the code points for which a TrueType font has a glyph (``cmap`` of format 12, the full Unicode table).

    Source: OpenType specification, "cmap - Character to Glyph Index Mapping Table".

    Raises:
        BugError: ``font_unreadable`` when the file is no font of that kind; the installation is damaged.
    """
    try:
        table = _table(font, b"cmap")
        (count,) = struct.unpack_from(">H", table, 2)
        for position in range(count):
            platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * position)
            if (platform, encoding) in ((3, 10), (0, 4), (0, 6)):
                return _groups(table[offset:])
    except (OSError, struct.error) as error:
        raise BugError("font_unreadable") from error
    raise BugError("font_unreadable")


def _table(font: Path, wanted: bytes) -> bytes:
    with font.open("rb") as file:
        (count,) = struct.unpack(">4xH6x", file.read(12))
        directory = file.read(16 * count)
        for tag, _, offset, length in struct.iter_unpack(">4sIII", directory):
            if tag == wanted:
                file.seek(offset)
                return file.read(length)
    raise BugError("font_unreadable")


def _groups(subtable: bytes) -> Coverage:
    kind, count = struct.unpack(">H10xI", subtable[:16])
    if kind != 12:
        raise BugError("font_unreadable")
    codes: list[int] = []
    for start, end, glyph in struct.iter_unpack(">III", subtable[16 : 16 + 12 * count]):
        codes += range(start if glyph else start + 1, end + 1)  # glyph 0 is the box for "no such character"
    return _ranges(codes)

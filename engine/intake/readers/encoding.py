"""In which encoding a text file is written: byte-order mark, strict UTF-8, then the most plausible of the others.

GB18030 accepts nearly every Western text and garbles it without a word, and the Western code page accepts every
Chinese text. So what counts is how plausible the decoded text is: common characters, letters in words, known headers.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.intake.readers.contents import Contents
from engine.intake.readers.text_signs import looks_binary
from engine.intake.tables import RejectedFile, RejectReason

CHUNK = 1 << 20
SAMPLE = 1 << 18
LEAST_PLAUSIBLE = {"gb18030": 0.7, "big5": 0.8, "cp1252": 0.6}
MOST_DAMAGED = 0.02  # share of broken characters in a text that is still read, after asking
MOST_NUL_SHARE = 0.2
ENOUGH_CHARACTERS = 20
MOST_KANA = 0.2
FIRST_IDEOGRAPH_ROW = 0xB0
LAST_KOREAN_ROW = 0xC8
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", None),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
)
# Signs that Western texts use beside letters.
_WESTERN_SIGNS = frozenset("°ºªµ·±²³€–—‘’“”…¿¡«»½¼¾§×\u00a0")
_NEVER_IN_WORDS = frozenset("³²±¿¡«»½¼¾§€")
_ABOVE_ASCII = 0x80
_DIGITS = frozenset(b"0123456789")
Score = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to open a text file: the codec, its name for people, the byte order where there is one.

    ``lost_signs`` counts broken characters; they are read as replacement signs.
    """

    codec: str
    name: str
    byte_order: str | None = None
    lost_signs: int = 0


def detect_encoding(contents: Contents, known_headers: Score) -> Encoding:
    """Return the encoding of a text file.

    Args:
        contents: the bytes.
        known_headers: tells how many known column words a decoded beginning holds.

    Raises:
        RejectedFile: ``not_a_table`` when the bytes are no text or in no encoding we know.
    """
    with contents.open() as file:
        head = file.read(SAMPLE)
    for mark, name, order in MARKS:
        if head.startswith(mark):
            if not decodes(contents, name):
                raise RejectedFile(RejectReason.NOT_A_TABLE, "unknown_encoding")
            return Encoding(name, name, order)
    if order := _unmarked_utf16(head):
        return Encoding(order, "utf-16", order)
    if decodes(contents, "utf-8"):
        _refuse_binary(head.decode("utf-8", "ignore"))
        return Encoding("utf-8", "utf-8")
    _refuse_binary(head.decode("latin-1"))
    return (
        _damaged(contents, "utf-8")
        or _most_plausible(contents, head, known_headers)
        or _damaged(contents, "gb18030")
        or _give_up()
    )


def _give_up() -> Encoding:
    raise RejectedFile(RejectReason.NOT_A_TABLE, "unknown_encoding")


def _damaged(contents: Contents, codec: str) -> Encoding | None:
    """Accept an encoding in which only very few characters are broken, as after a copy that was cut off."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    broken = above = 0
    with contents.open() as file:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk, final=len(chunk) < CHUNK)
            broken += text.count("\ufffd")
            above += sum(1 for sign in text if sign >= "\x80")
    return Encoding(codec, codec, None, broken) if 0 < broken <= above * MOST_DAMAGED else None


def _most_plausible(contents: Contents, head: bytes, known_headers: Score) -> Encoding | None:
    """Return the encoding under which the beginning looks most like text of its language and holds known headers."""
    best: tuple[float, str] | None = None
    for codec, plausible in _PLAUSIBLE.items():
        if decodes(contents, codec):
            share = plausible(head)
            score = share + known_headers(head.decode(codec, "ignore"))  # the sample may end inside a character
            # The first of equals wins: the order of the import rules.
            if share >= LEAST_PLAUSIBLE[codec] and (best is None or score > best[0]):
                best = (score, codec)
    return Encoding(best[1], best[1]) if best else None


def _refuse_binary(text: str) -> None:
    if looks_binary(text):
        raise RejectedFile(RejectReason.NOT_A_TABLE, "binary")


def decodes(contents: Contents, codec: str) -> bool:
    """Whether all bytes are text in an encoding."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        with contents.open() as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _unmarked_utf16(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: Western text then has NUL in every other byte."""
    if len(head) < 4 or head.count(0) / len(head) < MOST_NUL_SHARE:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


def _characters(data: bytes) -> Iterator[tuple[int, int, bool]]:
    """Give the two-byte characters of the Chinese encodings, and whether each stands among letters of Latin words.

    Of the four bytes of the rarer characters of GB18030 the first two are given; the second is a digit.
    """
    position, end, before = 0, len(data) - 1, b""
    while position < end:
        if data[position] < _ABOVE_ASCII:
            before = data[position : position + 1]
            position += 1
            continue
        after = data[position + 2 : position + 3]
        yield data[position], data[position + 1], before.isalpha() or after.isalpha()
        before = b""  # the second byte may look like a letter and is none
        position += 4 if _is_four_bytes(data[position : position + 4]) else 2


def _is_four_bytes(data: bytes) -> bool:
    return len(data) == 4 and data[1] in _DIGITS and data[2] > _ABOVE_ASCII and data[3] in _DIGITS


def _share(fits: Iterable[bool]) -> float:
    found = list(fits)
    return sum(found) / len(found) if found else 0.0


def _plausible_gb(data: bytes) -> float:
    """Return the share of characters that are among the common ones of GB2312, or its signs.

    Common characters: rows 0xB0 to 0xD7 (level 1, 3,755 characters of daily use), second byte from 0xA1. Korean
    (EUC-KR) stays below row 0xC9, where a third of Chinese text lies; Japanese (EUC-JP) is full of kana (0xA4, 0xA5).
    No other encoding writes a character in four bytes with digits among them, as GB18030 does with Western letters.
    """
    found = list(_characters(data))
    if len(found) >= ENOUGH_CHARACTERS and not any(trail in _DIGITS for _, trail, _ in found):
        kana = _share(lead in {0xA4, 0xA5} for lead, _, _ in found)
        ideographs = [lead for lead, _, _ in found if lead >= FIRST_IDEOGRAPH_ROW]
        if kana > MOST_KANA or (len(ideographs) >= ENOUGH_CHARACTERS and max(ideographs) <= LAST_KOREAN_ROW):
            return 0.0
    return _share(
        trail in _DIGITS or (trail >= 0xA1 and (0xA1 <= lead <= 0xA9 or (0xB0 <= lead <= 0xD7 and not in_word)))
        for lead, trail, in_word in found
    )


def _plausible_big5(data: bytes) -> float:
    """Return the share of characters that are among the frequent ones of Big5 (rows 0xA4 to 0xC6), or its signs.

    In a good third of Big5 text the second byte is below 0x80; in the Japanese EUC-JP it never is.
    """
    found = list(_characters(data))
    if len(found) >= ENOUGH_CHARACTERS and not any(trail < _ABOVE_ASCII for _, trail, _ in found):
        return 0.0
    return _share(
        (0x40 <= trail <= 0x7E or 0xA1 <= trail <= 0xFE)
        and (0xA1 <= lead <= 0xA3 or (0xA4 <= lead <= 0xC6 and not in_word))
        for lead, trail, in_word in found
    )


def _plausible_western(data: bytes) -> float:
    """Return the share of signs above ASCII that sit as accents do: single letters within a word, or known signs."""
    text = data.decode("cp1252", "ignore")
    above, fitting = 0, 0
    for position, sign in enumerate(text):
        if sign < "\x80":
            continue
        above += 1
        before = text[position - 1 : position]
        after = text[position + 1 : position + 2]
        in_word = sign.isalpha() and (_plain_letter(before) or _plain_letter(after))
        crowded = before >= "\x80" and after >= "\x80"
        # A sign between two letters is a letter of another code page.
        beside = sign in _WESTERN_SIGNS and not (
            _plain_letter(before) and _plain_letter(after) and sign in _NEVER_IN_WORDS
        )
        fitting += (in_word or beside) and not crowded
    return fitting / above if above else 0.0


_PLAUSIBLE: Mapping[str, Callable[[bytes], float]] = {
    "gb18030": _plausible_gb,
    "cp1252": _plausible_western,
    "big5": _plausible_big5,
}


def _plain_letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()

"""HL7 v2 as text: which letters it is written in, where segments, fields and components begin, what escapes mean.

Own code rather than a library: what is hard here are the character sets, which the libraries leave to their callers.
Source: HL7 v2.5.1, chapter 2 (2.5 message construction, 2.7 escape sequences, table 0211 character sets).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from engine.intake.tables import RejectedFile, RejectReason

LONGEST_SEGMENT = 1 << 20  # signs
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
ENVELOPES = frozenset({"FHS", "BHS", "BTS", "FTS"})
_HEADS = ("MSH", "FHS", "BHS")
_CODECS = {  # by their names in table 0211 and as senders write them, without spaces and dashes
    "ASCII": "ascii",
    "ISOIR6": "ascii",
    "UNICODE": "utf-8",  # the standard says UTF-16 here, senders mean UTF-8; a mark at the start decides
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "UNICODEUTF16": "utf-16",
    "UNICODEUTF32": "utf-32",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "GB231280": "gb18030",
    "CNS116431992": "big5",
    "BIG5": "big5",
    "KSX1001": "euc_kr",
    "EUCKR": "euc_kr",
    "ISOIR13": "shift_jis",
    "ISOIR14": "shift_jis",
    "SHIFTJIS": "shift_jis",
    "ISOIR87": "iso2022_jp_2",
    "ISOIR159": "iso2022_jp_2",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
}
_WESTERN = frozenset({"ascii", "cp1252"})
# Western letters with accents also decode as Chinese, but then stand within words of other letters.
_TOUCHING = re.compile(r"[A-Za-z][\u3400-\u9fff\ue000-\uf8ff]|[\u3400-\u9fff\ue000-\uf8ff][A-Za-z]")
_GUESSES = ("utf-8", "gb18030", "cp1252")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WRAP = "\x0b\x1c"  # what a message is wrapped in when it comes over a line (MLLP)
_ENDS = re.compile(r"[\r\n\x1c]+|\x0b(?=MSH|FHS|BHS)")
_ISO_8859 = re.compile(r"(?:ISO)?8859/?(\d{1,2})")


def starts_as_hl7(text: str) -> bool:
    """Whether a text begins as a message or a batch does."""
    start = text.lstrip(f"\ufeff \t\r\n{_WRAP}")
    return start.startswith(_HEADS) and len(start) > 8 and not start[3].isalnum() and not start[3].isspace()


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the codec it was read with: the mark at its start, MSH-18, or the strictest fit.

    Many senders leave the name of a western set in MSH-18 whatever they write: whole UTF-8 beyond ASCII is that.

    Raises:
        RejectedFile: no codec fits.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), codec
    start = data.lstrip(b"\0\x0b\r\n")[:6]
    if start[1::2] == b"\0\0\0":  # every other byte is nothing: two bytes a sign, and no mark
        declared: tuple[str, ...] = ("utf-16-be" if data.startswith(b"\0") else "utf-16-le",)
    else:
        declared = tuple(_declared(data))
    guesses = (*_rather(data, declared), *declared, *_GUESSES)
    for codec in guesses:
        try:
            text = data.decode(codec, "strict")
        except (UnicodeError, LookupError):
            continue
        if codec != "gb18030" or codec in declared or not _TOUCHING.search(text):
            return text, codec
    raise RejectedFile(RejectReason.DAMAGED_FILE, "unknown_encoding")


def _rather(data: bytes, declared: Sequence[str]) -> Iterator[str]:
    """Yield the codecs that bytes speak for although another was named."""
    if data.isascii() or any(codec.startswith("utf") for codec in declared):
        return
    plain = all(codec in _WESTERN for codec in declared)
    if plain or all(codec.startswith("iso8859") for codec in declared):
        yield "utf-8"
    else:
        with suppress(UnicodeError):
            if all(sign >= "\u2e80" for sign in data.decode("utf-8", "strict") if sign > "\x7f"):
                yield "utf-8"  # Chinese of another set is not whole UTF-8 and all Chinese by accident
    runs = re.findall(rb"[\x80-\xff]+", data)
    if declared and plain and all(len(run) % 2 == 0 for run in runs):  # letters with accents do not come in pairs
        with suppress(UnicodeError):
            b"".join(runs).decode("gb2312")
            yield "gb18030"


def _declared(data: bytes) -> Iterator[str]:
    """Yield the codecs of the character sets that the first header names; a later one extends the first."""
    found = re.search(rb"MSH.([^\r\n]{1,4096})", data)
    if found is None:
        return
    separator = found[0][3:4]
    fields = found[0].split(separator)
    named = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""
    for name in reversed(re.split(r"[~\\^]", re.sub(r"[\s_-]", "", named.upper()))):
        number = _ISO_8859.fullmatch(name)
        if number:
            # Western senders name 8859/1 and write the signs of Windows, a superset.
            yield "cp1252" if number[1] == "1" else f"iso8859-{number[1]}"
        elif name in _CODECS:
            yield _CODECS[name]


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that divide a message, as its header declares them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    part: str = "&"

    @classmethod
    def of_header(cls, line: str) -> Signs:
        """Read the signs of an MSH, FHS or BHS segment."""
        given = line[4:].split(line[3], 1)[0]
        standard = "^~\\&"
        signs = [given[place] if place < len(given) else standard[place] for place in range(4)]
        return cls(line[3], *signs)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: ``name`` and its fields, numbered as in the standard. ``place`` counts segments of the file."""

    place: int
    name: str
    fields: tuple[str, ...]
    signs: Signs
    too_long: bool = False

    def raw(self, number: int) -> str:
        """Return a field as written."""
        return self.fields[number] if number < len(self.fields) else ""

    def repeats(self, number: int) -> list[str]:
        """Return the repetitions of a field that hold anything."""
        return [part for part in self.raw(number).split(self.signs.repetition) if part]

    def first(self, number: int, component: int = 1) -> str:
        """Return a component of the first repetition of a field, read."""
        return self.component(self.raw(number).split(self.signs.repetition)[0], component)

    def component(self, repetition: str, number: int) -> str:
        """Return a component of a repetition, read; of its parts the first."""
        parts = repetition.split(self.signs.component)
        found = parts[number - 1] if number <= len(parts) else ""
        return unescaped(found.split(self.signs.part)[0], self.signs).strip()


def segments(text: str) -> Iterator[Segment]:
    """Yield the segments of a file, in order.

    A line that is no segment is what a stray line break cut off, and is put back. A header declares the signs of what
    follows.
    """
    signs = Signs()
    for place, line in enumerate(_joined(text), 1):
        if line[:3] in _HEADS and len(line) > 3:
            signs = Signs.of_header(line)
        too_long = len(line) > LONGEST_SEGMENT
        parts = (line[:LONGEST_SEGMENT] if too_long else line).split(signs.field)
        if line[:3] in _HEADS:
            parts.insert(1, signs.field)  # the sign itself is the first field
        yield Segment(place, line[:3], tuple(parts), signs, too_long)


def _joined(text: str) -> Iterator[str]:
    waiting: list[str] = []
    sign = "|"
    for written in _lines(text):
        plain = written.lstrip()
        moved = SEGMENT.match(plain) and plain[3:4] == sign  # by whoever copied it
        line = plain if moved else written
        if line[:3] in _HEADS and len(line) > 3:
            sign = line[3]
        if SEGMENT.match(line) and (len(line) == 3 or not line[3].isalnum()):
            if waiting:
                yield "\n".join(waiting)
            waiting = [line]
        elif waiting:
            waiting.append(line)
    if waiting:
        yield "\n".join(waiting)


def _lines(text: str) -> Iterator[str]:
    for line in _ENDS.split(text.replace("\0", "")):
        plain = line.lstrip("\ufeff").strip(_WRAP)
        if plain.strip():
            yield plain


_ESCAPES = re.compile(r"(?P<name>[FSTREHN]|X[0-9A-Fa-f]+|\.[a-z]{2}[^\\]*|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4,6}|Z[^\\]*)")


def unescaped(text: str, signs: Signs) -> str:
    """Return a text with its escape sequences read; one that is none of the standard's stays as written."""
    if signs.escape not in text:
        return text
    parts = text.split(signs.escape)
    out = [parts[0]]
    place = 1
    while place < len(parts):
        meaning = _meaning(parts[place], signs) if place + 1 < len(parts) else None
        if meaning is None:
            out.append(signs.escape + parts[place])
            place += 1
        else:
            out += [meaning, parts[place + 1]]
            place += 2
    return "".join(out)


def _meaning(name: str, signs: Signs) -> str | None:
    if not _ESCAPES.fullmatch(name):
        return None
    named = {"F": signs.field, "S": signs.component, "T": signs.part, "R": signs.repetition, "E": signs.escape}
    if name in named:
        return named[name]
    if name[0] == "X":
        return _hex(name[1:])
    if name[0] == ".":
        return "\n" if name[1:3] in {"br", "sp", "ce"} else ""
    return ""  # highlighting, and the local sets of single texts


def _hex(digits: str) -> str | None:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    if data in {b"\r", b"\n", b"\r\n"}:
        return "\n"
    for codec in _GUESSES:
        try:
            return data.decode(codec)
        except UnicodeError:
            continue
    return None


def codes_in(segment: Segment, number: int) -> Sequence[tuple[str, str, str]]:
    """Return (system, code, display) of the first repetition of a coded field (CE, CWE): the code and its alternate."""
    repetition = segment.raw(number).split(segment.signs.repetition)[0]
    found = [tuple(segment.component(repetition, at + part) for part in range(3)) for at in (1, 4)]
    return [(system, code, display) for code, display, system in found if code]

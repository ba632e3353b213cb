"""HL7 v2 as text: which letters it is written in, where segments, fields and components begin, what escapes mean.

Own code rather than a library: what is hard here are the character sets, which the libraries leave to their callers.
Source: HL7 v2.5.1, chapter 2 (2.5 message construction, 2.7 escape sequences, table 0211 character sets).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.intake.tables import RejectedFile, RejectReason

LONGEST_SEGMENT = 1 << 20  # signs
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
ENVELOPES = frozenset({"FHS", "BHS", "BTS", "FTS"})
_HEADS = ("MSH", "FHS", "BHS")
_CODECS = {
    "ASCII": "ascii",
    "UNICODE": "utf-8",  # the standard says UTF-16 here, senders mean UTF-8; a mark at the start decides
    "UNICODE UTF-8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "GB 18030-2000": "gb18030",
    "CNS 11643-1992": "big5",
    "BIG-5": "big5",
    "KS X 1001": "euc_kr",
    "ISO IR6": "ascii",
    "ISO IR14": "shift_jis",
    "ISO IR13": "shift_jis",
    "ISO IR87": "iso2022_jp_2",
    "ISO IR159": "iso2022_jp_2",
}
_LOOSE = {  # as senders write them
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "GB2312": "gbk",
    "BIG5": "big5",
    "SHIFT_JIS": "shift_jis",
    "ISO-8859-1": "cp1252",
}
# Western letters with accents also decode as Chinese, but then stand within words of other letters.
_TOUCHING = re.compile(r"[A-Za-z][\u3400-\u9fff\ue000-\uf8ff]|[\u3400-\u9fff\ue000-\uf8ff][A-Za-z]")
_GUESSES = ("utf-8", "gb18030", "cp1252")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WRAP = "\x0b\x1c"  # what a message is wrapped in when it comes over a line (MLLP)
_ISO_8859 = re.compile(r"8859/(\d{1,2})")


def starts_as_hl7(text: str) -> bool:
    """Whether a text begins as a message or a batch does."""
    start = text.lstrip(f"\ufeff \t\r\n{_WRAP}")
    return start.startswith(_HEADS) and len(start) > 8 and not start[3].isalnum() and not start[3].isspace()


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and the codec it was read with: the mark at its start, MSH-18, or the strictest fit.

    Raises:
        RejectedFile: no codec fits.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), codec
    for codec in (*_declared(data), *_GUESSES):
        try:
            text = data.decode(codec, "strict")
        except (UnicodeError, LookupError):
            continue
        if codec != "gb18030" or codec in _declared(data) or not _TOUCHING.search(text):
            return text, codec
    raise RejectedFile(RejectReason.DAMAGED_FILE, "unknown_encoding")


def _declared(data: bytes) -> Iterator[str]:
    """Yield the codecs of the character sets that the first header names; a later one extends the first."""
    found = re.search(rb"MSH.([^\r\n]{1,4096})", data)
    if found is None:
        return
    separator = found[0][3:4]
    fields = found[0].split(separator)
    named = fields[17].decode("ascii", "replace") if len(fields) > 17 else ""
    for name in reversed([part.strip().upper() for part in re.split(r"[~\\]", named) if part.strip()]):
        number = _ISO_8859.fullmatch(name)
        if number:
            # Western senders name 8859/1 and write the signs of Windows, a superset.
            yield "cp1252" if number[1] == "1" else f"iso8859-{number[1]}"
        elif name in _CODECS or name in _LOOSE:
            yield _CODECS.get(name) or _LOOSE[name]


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
    for line in _lines(text):
        if SEGMENT.match(line) and (len(line) == 3 or not line[3].isalnum()):
            if waiting:
                yield "\n".join(waiting)
            waiting = [line]
        elif waiting:
            waiting.append(line)
    if waiting:
        yield "\n".join(waiting)


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\r\n]+", text.replace("\0", "")):
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

"""What one column header says: field, unit, reading, side, visit, meaning of codes, order of dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from engine.fields import Kind, Scope
from engine.intake.lexicon import BESIDE_FIELDS, EVIDENCE, PAIR, HeaderWord, Lexicon, load_lexicon
from engine.intake.text import fold, has_cjk, header_key, word_key
from engine.intake.units import read_unit, unit_for

JOIN = " / "  # between the rows of a header that has two
_BRACKETS = re.compile(r"[(\[{<【〔「]((?:[^()\[\]{}<>【】〔〕「」]|\([^()]*\))*)[)\]}>】〕」]")
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+|[^\u3040-\u30ff\u3400-\u9fff]+")
_WORD_GAPS = re.compile(r"[\s_,;:：]+")
_NUMBER_SIGN = re.compile(r"\s*#$")
_BETWEEN = re.compile(r"\s*[-–—/]\s*")
_BEFORE_UNIT = re.compile(r"(?: (?:in|en|em)|[-–—/])$", re.IGNORECASE)
_ATTACHED_UNIT = re.compile(
    r"^(.*[\u3040-\u30ff\u3400-\u9fff])\s*[-/,:：]?\s*([A-Za-z%/μ°·.^0-9*]+|(?<![公市])斤|市斤|公斤|千克|厘米|(?<!厘)米)$"
)
_LEGEND = re.compile(r"(\d+)\s*[=:：.、\-－]?\s*([^\d\s,;，；/、|]+(?: [^\d\s,;，；/、|]+)*)")
_CHINESE_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_VISIT = re.compile(
    r"第\s*([一二三四五六\d])\s*次\s*(?:随访|就诊|访视|体检|复诊|隨訪)|(?:随访|就诊|访视|visit|visita|visite)\s*#?\s*(\d)\b|\bv(\d)\b"
    r"|\b(\d)(?:st|nd|rd|th)\s+visit",
    re.IGNORECASE,
)
_READING = re.compile(
    r"第\s*([一二三四五六\d])\s*次(?:测量|读数)?|\b(\d)(?:st|nd|rd|th)(?:\s+reading)?\b|(?:reading\s*)?#?\s*(\d{1,2})$|([一二三四五六])$",
    re.IGNORECASE,
)
_LOST = re.compile(r"\ufffd|(?<=\w)\?(?=\w)")
_DATE_PARTS = {"d": "D", "j": "D", "t": "D", "日": "D", "m": "M", "月": "M", "y": "Y", "a": "Y", "年": "Y"}
# One thing over another ("a/b"), not two languages.
_RATIO = re.compile(r"[a-z\u00c0-\u024f]/[a-z\u00c0-\u024f]", re.IGNORECASE)
_MOST_STEPS = 4


@dataclass(frozen=True, slots=True)
class HeaderReading:
    """What a header says. ``target`` is a field of the dictionary, one of BESIDE_FIELDS, evidence, or None.

    ``unit`` is the UCUM code where the header names one. ``legend`` maps codes to words ("1" -> "never").
    ``offered`` targets are only proposed; ``earlier`` columns hold values of an earlier visit and are left out.
    """

    target: str | None = None
    strong: bool = False
    unit: str | None = None
    reading: int | None = None
    side: str | None = None
    visit: int | None = None
    legend: Mapping[str, str] = field(default_factory=dict)
    date_order: str | None = None
    offered: bool = False
    earlier: bool = False


NOTHING = HeaderReading()
_LONGEST = 500  # signs of a header, spaces counted once; the words of longer ones would be tried for minutes


@lru_cache(maxsize=4096)
def read_header(text: str, unit_hint: str | None = None) -> HeaderReading:
    """Return what a header says; ``unit_hint`` is what a row of units below it holds."""
    if len(text) > _LONGEST and len(text := " ".join(text.split())) > _LONGEST:
        return NOTHING
    lexicon = load_lexicon()
    reading = _read(text, lexicon) if JOIN not in text else NOTHING
    if JOIN in text:
        group, _, name = text.rpartition(JOIN)
        reading = _read(f"{group} {name}", lexicon)
        if reading.target is None:
            reading = replace(_read(name, lexicon), visit=reading.visit)
    hinted = read_unit(unit_hint, lexicon.units) if unit_hint else None
    if hinted and reading.unit is None and _knows(reading.target, hinted, lexicon):
        reading = replace(reading, unit=hinted)
    if reading.target in lexicon.headers.offered and fold(text).casefold() != reading.target:
        reading = replace(reading, offered=True)
    return reading


def _read(text: str, lexicon: Lexicon) -> HeaderReading:
    """Read one header text: brackets first, then the name in all its forms."""
    folded = _NUMBER_SIGN.sub(" number", fold(text).strip("*:： \t"))
    inside = [content.strip() for content in _BRACKETS.findall(folded)]
    outside = " ".join(_BRACKETS.sub(" ", folded).split())
    visit, outside = _take_number(_VISIT, outside)
    asides = [content for content in inside if content]
    extra = [content for content in asides if read_unit(content, lexicon.units) is None]
    # Brackets may be part of a field's own label.
    exact = _with_last_sign(_search(folded, lexicon, NOTHING, _MOST_STEPS), folded, lexicon) if inside else NOTHING
    for found, left in (
        (_with_legend_behind(outside, lexicon), ()),
        (exact, ()),
        (_joined(outside, extra, lexicon), ()),
        (_read_name(outside, lexicon), extra),
        *((_read_name(name, lexicon), (outside,)) for name in extra),
        (_read_name(folded, lexicon) if inside else NOTHING, ()),  # they may be part of a unit: ml/(min·1.73m2)
    ):
        known = found.target is not None or found.earlier
        if known and not any(_is_contrary(text, lexicon) for text in left):
            return _with_asides(replace(found, visit=visit), asides, lexicon)
    return replace(NOTHING, visit=visit)


def _with_legend_behind(name: str, lexicon: Lexicon) -> HeaderReading:
    """Read "Gender: 1-Male 2-Female": the meaning of codes without brackets around it."""
    codes = list(_LEGEND.finditer(name))
    found = _read_name(name[: codes[0].start()].strip(" :,-/"), lexicon) if len(codes) > 1 else NOTHING
    if found.target not in lexicon.dictionary:
        return NOTHING
    if lexicon.dictionary[str(found.target)].kind not in {Kind.CATEGORY, Kind.BOOLEAN}:
        return NOTHING
    return replace(found, legend={code.group(1): code.group(2) for code in codes})


def _joined(outside: str, extra: list[str], lexicon: Lexicon) -> HeaderReading:
    """Read what stood in brackets as part of the name: "BP (systolic)", "Glucose (fasting) mg/dL"."""
    if not extra:
        return NOTHING
    inside = " ".join(extra)
    found = _whole(f"{outside} {inside}", lexicon)
    if found.target is not None:
        return found
    for rest, unit_text in _unit_splits(outside):
        unit = read_unit(unit_text, lexicon.units)
        found = _whole(f"{rest} {inside}", lexicon) if unit else NOTHING
        if unit and _knows(found.target, unit, lexicon):
            return replace(found, unit=unit)
    return NOTHING


def _is_contrary(text: str, lexicon: Lexicon) -> bool:
    """Whether a text beside a known word says that it is something else: "Creatinine (urine)", "TC/HDL ratio"."""
    padded = f" {word_key(text)} ".replace("/", " ")
    return any((word if has_cjk(word) else f" {word} ") in padded for word in lexicon.headers.contrary)


def _with_asides(found: HeaderReading, asides: list[str], lexicon: Lexicon) -> HeaderReading:
    """Add what brackets say: unit, meaning of codes, order of dates."""
    for aside in asides:
        unit = read_unit(aside, lexicon.units)
        if unit is not None and _knows(found.target, unit, lexicon):
            found = replace(found, unit=unit)
        elif order := _date_order(aside):
            found = replace(found, date_order=order)
        elif len(legend := dict(_LEGEND.findall(aside))) > 1:
            found = replace(found, legend=legend)
    return found


def _date_order(text: str) -> str | None:
    """Return DMY, MDY or YMD when the text is a date format such as dd/mm/yyyy."""
    letters = [sign for sign in word_key(text) if sign.isalpha()]
    if not letters or any(letter not in _DATE_PARTS for letter in letters):
        return None
    order = "".join(dict.fromkeys(_DATE_PARTS[letter] for letter in letters))
    return order if order in {"DMY", "MDY", "YMD"} else None


def _knows(target: str | None, unit: str, lexicon: Lexicon) -> bool:
    """Whether the field behind a target can arrive in a unit."""
    name = "sbp_mmhg" if target == PAIR else target
    return name is not None and name in lexicon.dictionary and unit_for(lexicon.dictionary[name], unit) is not None


def _read_name(name: str, lexicon: Lexicon) -> HeaderReading:
    """Read a header without brackets: whole, with a unit at its end, in two languages, with lost letters."""
    if not name:
        return NOTHING
    for attempt in (_whole, _with_unit_at_end, _in_pieces, _with_lost_letters):
        found = attempt(name, lexicon)
        if found.target is not None or found.earlier:
            return found
    return NOTHING


def _whole(name: str, lexicon: Lexicon) -> HeaderReading:
    return _with_last_sign(_search(name, lexicon, HeaderReading(), 0), name, lexicon)


def _with_last_sign(found: HeaderReading, name: str, lexicon: Lexicon) -> HeaderReading:
    """Take a sign at the end for the unit: "HbA1c %". Signs do not count in a name."""
    if found.target is None or found.unit is not None or name[-1].isalnum():
        return found
    unit = read_unit(name[-1], lexicon.units)
    return replace(found, unit=unit) if unit is not None and _knows(found.target, unit, lexicon) else found


def _search(name: str, lexicon: Lexicon, known: HeaderReading, steps: int) -> HeaderReading:
    """Look a name up; then again without each word that may stand around it."""
    if word := lexicon.headers.by_key.get(header_key(name)):
        return _reading_of(name, word, lexicon, known)
    if steps == _MOST_STEPS:
        return NOTHING
    for shorter, said in _shortened(word_key(name), lexicon, known):
        found = _search(shorter, lexicon, said, steps + 1)
        if found.target is not None or found.earlier:
            return found
    return NOTHING


def _reading_of(name: str, word: HeaderWord, lexicon: Lexicon, known: HeaderReading) -> HeaderReading:
    if known.earlier:
        return HeaderReading(earlier=True)
    if known.reading is not None and not _can_repeat(word.target, lexicon):
        return NOTHING if known.reading > 1 else HeaderReading(word.target, word.strong)
    unit = None
    if word.target in lexicon.dictionary and header_key(name) == header_key(word.target):
        unit = lexicon.dictionary[word.target].unit  # our own field names end in their unit
    return HeaderReading(word.target, word.strong, unit, known.reading, known.side)


def _can_repeat(target: str, lexicon: Lexicon) -> bool:
    """Whether several readings of a target at one visit make sense."""
    if target in BESIDE_FIELDS or target.startswith(EVIDENCE):
        return target == PAIR
    known = lexicon.dictionary[target]
    return known.scope is Scope.VISIT and known.kind in {Kind.NUMBER, Kind.DATE}


def _shortened(name: str, lexicon: Lexicon, known: HeaderReading) -> Iterator[tuple[str, HeaderReading]]:
    """Give the name without one surrounding word each, with what that word says."""
    words = lexicon.headers
    if known.reading is None:
        number, rest = _take_number(_READING, name)
        if number is not None and rest:
            yield rest, replace(known, reading=number)
    yield from ((rest, known) for rest in _without_start(name, words.prefixes))
    yield from ((rest, known) for rest in _without_end(name, words.suffixes))
    if known.side is None:
        for word, side in words.sides_before.items():
            yield from ((rest, replace(known, side=side)) for rest in _without_start(name, (word,)))
        for word, side in words.sides_behind.items():
            yield from ((rest, replace(known, side=side)) for rest in _without_end(name, (word,)))
    if not known.earlier:
        yield from ((rest, replace(known, earlier=True)) for rest in _without_start(name, words.earlier))


def _without_start(name: str, words: tuple[str, ...]) -> Iterator[str]:
    if name.startswith(words):
        yield from (name[len(word) :].strip() for word in words if name.startswith(word) and len(name) > len(word))


def _without_end(name: str, words: tuple[str, ...]) -> Iterator[str]:
    if name.endswith(words):
        yield from (name[: -len(word)].strip() for word in words if name.endswith(word) and len(name) > len(word))


def _take_number(pattern: re.Pattern[str], text: str) -> tuple[int | None, str]:
    """Take a numbered word out of a text; return the number and the rest."""
    match = pattern.search(text)
    if match is None:
        return None, text
    written = next(group for group in match.groups() if group)
    number = _CHINESE_NUMBERS.get(written) or int(written)
    rest = f"{text[: match.start()]} {text[match.end() :]}".strip(" /-_")
    return number, " ".join(rest.split())


def _with_unit_at_end(name: str, lexicon: Lexicon) -> HeaderReading:
    """Read "weight kg", "chol_mg_dl", "体重/kg": a unit that the rest of the name knows."""
    for rest, unit_text in _unit_splits(name):
        unit = read_unit(unit_text, lexicon.units)
        if unit is None:
            continue
        found = _whole(rest, lexicon)
        if found.target is None:
            found = _in_pieces(rest, lexicon)
        if _knows(found.target, unit, lexicon):
            return replace(found, unit=unit)
    return NOTHING


def _unit_splits(name: str) -> Iterator[tuple[str, str]]:
    words = _WORD_GAPS.split(name)
    for count in (4, 3, 2, 1):
        if len(words) > count:
            rest, tail = _BEFORE_UNIT.sub("", " ".join(words[:-count])).strip(), words[-count:]
            yield rest, "".join(tail)
            yield rest, "/".join(tail)
    if match := _ATTACHED_UNIT.match(name):
        yield match.group(1), match.group(2)
    for match in _BETWEEN.finditer(name):
        yield name[: match.start()], name[match.end() :]


def _in_pieces(name: str, lexicon: Lexicon) -> HeaderReading:
    """Read a header in two languages, or with a group title before it: all parts that are known must agree."""
    pieces = [piece.strip(" /|-_·,:：?？") for part in re.split(r"[/|\n]", name) for piece in _PIECES.findall(part)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < 2:
        return NOTHING
    readings, unit, strange = [], None, ""
    for piece in pieces:
        found = _whole(piece, lexicon)
        if found.target is None and not has_cjk(piece):
            found = _with_unit_at_end(piece, lexicon)
        code = read_unit(piece, lexicon.units)
        if found.target is not None:
            readings.append(found)
        elif code is not None:
            unit = code
        else:
            strange += f" {piece}"
    targets = {found.target for found in readings}
    if len(targets) != 1 or (strange and targets <= {"name", "patient_id"}):
        return NOTHING  # the parts disagree, or a stranger's name and number would be taken
    if _is_contrary(strange, lexicon) or (strange and _RATIO.search(name)):
        return NOTHING
    best = max(readings, key=lambda found: (found.unit is not None, found.strong))
    best = replace(best, strong=any(found.strong for found in readings))
    if unit is not None and best.unit is None and _knows(best.target, unit, lexicon):
        best = replace(best, unit=unit)
    return best


def _with_lost_letters(name: str, lexicon: Lexicon) -> HeaderReading:
    """Read a header some letters of which were lost to "?" or the replacement sign on the way."""
    if not _LOST.search(name):
        return NOTHING
    parts = [header_key(part) for part in _LOST.split(name)]
    pattern = re.compile(".".join(re.escape(part) for part in parts))
    words = [word for key, word in lexicon.headers.by_key.items() if pattern.fullmatch(key)]
    targets = {word.target for word in words}
    return HeaderReading(targets.pop(), strong=False) if len(targets) == 1 else NOTHING

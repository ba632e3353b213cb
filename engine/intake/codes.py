"""Coded columns: sex, yes and no, smoking and other lists, as words, letters or numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.domain.record import Value
from engine.fields import Field, Kind
from engine.intake.lexicon import Lexicon
from engine.intake.tables import CellKind
from engine.intake.text import fold, has_cjk, header_key, word_key

_NUMBER = re.compile(r"^-?\d+(?:\.0+)?$")
_MARKS = re.compile(r"^\(?\d+\s*[.、:=)\-]*\s*|[♂♀√✓✔]+")
_SPANISH_SEX = frozenset({"sexo", "genero"})
LEAST_SHARE = 0.05  # a strange word in fewer rows than this is a slip, not a code
LEAST_ROWS = 3
MOST_STRANGE = 20


@dataclass(frozen=True, slots=True)
class CodedCells:
    """What the different cells of a coded column mean.

    ``values`` holds the value of every cell that is settled (None: empty), by position; ``doubtful`` those whose
    meaning must be asked, with the usual meaning where there is one; every other cell is unreadable.
    """

    values: Mapping[int, Value | None]
    doubtful: Mapping[int, Value | None] = field(default_factory=dict)


def read_codes(
    wanted: Field,
    cells: Sequence[str],
    kinds: Sequence[int],
    counts: Sequence[int],
    lexicon: Lexicon,
    legend: Mapping[str, str],
    header: str,
) -> CodedCells:
    """Read the different cells of a coded column.

    Args:
        wanted: the field; its categories or true and false are the values.
        cells: different cells as written.
        kinds: their ``CellKind``.
        counts: in how many rows each stands.
        lexicon: words.
        legend: what the header says of codes ("1" -> "never").
        header: the header, which may tell the language.
    """
    keys = {
        position: code_key(cell)
        for position, (cell, kind) in enumerate(zip(cells, kinds, strict=True))
        if kind not in {CellKind.ERROR, CellKind.TOO_LONG, CellKind.DATE}
    }
    values: dict[int, Value | None] = {}
    usual: dict[int, Value | None] = {}
    said = {position: word_key(legend.get(key, "")) or key for position, key in keys.items()}
    meaning = _meaning_of(wanted, set(said.values()), lexicon, header)
    for position, key in keys.items():
        word = said[position]
        if word not in meaning.settled and word not in meaning.usual:
            word = _without_marks(word)
        if word in meaning.settled:  # a column's own answer words come before the missing words
            values[position] = meaning.settled[word]
        elif not key or (fold(cells[position]).casefold() in lexicon.words.missing and word not in meaning.usual):
            values[position] = None
        elif word in meaning.usual:
            usual[position] = meaning.usual[word]
    strange = [position for position in keys if position not in values and position not in usual]
    filled = sum(count for position, count in enumerate(counts) if values.get(position, "") is not None)
    often = [position for position in strange if counts[position] >= max(LEAST_ROWS, LEAST_SHARE * filled)]
    if len(strange) <= MOST_STRANGE and often:
        usual.update(dict.fromkeys(often))
    return CodedCells(values, usual)


def _without_marks(word: str) -> str:
    """Return a word without the number of its code and without signs that only underline it: "1.男", "女♀", "有√"."""
    return _MARKS.sub("", word).strip() or word


def code_key(text: str) -> str:
    """Return the key of a code: a word without case, accents and signs, a number without decimals."""
    folded = fold(text)
    if _NUMBER.match(folded):
        return str(int(float(folded)))
    return word_key(folded) or folded


def parse_answer(wanted: Field, word: object) -> Value | None:
    """Read what a person answered for one code: a category, true or false; raise ValueError for anything else."""
    if word is None or word == "":
        return None
    if wanted.kind is Kind.BOOLEAN:
        if isinstance(word, bool):
            return word
        if str(word).casefold() in {"true", "false"}:
            return str(word).casefold() == "true"
    elif isinstance(word, str) and word in wanted.category_codes:
        return word
    raise ValueError("no code of this field")


@dataclass(frozen=True, slots=True)
class _Meaning:
    settled: Mapping[str, Value]
    usual: Mapping[str, Value | None]


def _meaning_of(wanted: Field, keys: set[str], lexicon: Lexicon, header: str) -> _Meaning:
    """Return what words mean in a column of this field that holds these words."""
    words = lexicon.words
    if wanted.name == "sex":
        return _sex_meaning(keys, lexicon, header)
    if wanted.name == "smoker":
        numbers = _numbers(keys, words.smoker_numbers)
        return _Meaning(words.smoker, {**words.smoker_doubtful, **numbers})
    if wanted.kind is Kind.BOOLEAN:
        usual: dict[str, Value | None] = {"2": False, "1": True} if "2" in keys else dict(words.boolean_doubtful)
        if "+" in keys:
            usual["-"] = False  # elsewhere a dash is an empty cell
        return _Meaning({**words.boolean, **_own_names(wanted, keys, lexicon)}, usual)
    own = {word_key(category.value): category.value for category in wanted.categories}
    for category in wanted.categories:
        for label in category.labels.values():
            own.setdefault(word_key(label), category.value)
    return _Meaning(own, {})


def _own_names(wanted: Field, keys: set[str], lexicon: Lexicon) -> Mapping[str, bool]:
    """Return the cells that say what the column asks: "T2DM" under "Diabetes" means yes."""
    named = {key: lexicon.headers.by_key.get(header_key(key)) for key in keys if key and not key.isdigit()}
    return {key: True for key, word in named.items() if word is not None and word.target == wanted.name}


def _numbers(keys: set[str], tables: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Return the usual meaning of the numbers in a column."""
    numbers = {key for key in keys if key.isdigit()}
    if not numbers:
        return {}
    if "two" in tables and numbers <= {"0", "1"}:
        return tables["two"]
    return tables["from_zero" if "0" in numbers else "from_one"]


def _sex_meaning(keys: set[str], lexicon: Lexicon, header: str) -> _Meaning:
    words = lexicon.words
    letters = {key.upper() for key in keys if len(key) == 1 and key.isalpha() and key.isascii()}
    rows = [row for row in words.sex_letters if letters <= row.letters]
    settled: dict[str, Value] = dict(words.sex)
    usual: dict[str, Value | None] = dict(_numbers(keys, words.sex_numbers))
    for letter in letters:
        codes = {row.codes[letter] for row in rows}
        if letters <= {"F", "M"} and not (letters == {"M"} and _is_spanish(header)):
            settled[letter.lower()] = letter  # the commonest pair
        elif len(codes) == 1:
            settled[letter.lower()] = codes.pop()
        else:
            settled.pop(letter.lower(), None)
            usual[letter.lower()] = words.sex_letters_doubtful.get(letter)
    return _Meaning(settled, usual)


def _is_spanish(header: str) -> bool:
    return not has_cjk(header) and word_key(header) in _SPANISH_SEX

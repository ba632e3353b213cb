"""The words intake knows, loaded from ``resources/intake`` once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.fields import Dictionary, Scope, load_dictionary
from engine.intake.devices.stamps import Months, month_key
from engine.intake.text import fold, has_cjk, header_key, word_key
from engine.resources import resources_folder

PAIR = "sbp_mmhg+dbp_mmhg"
EVIDENCE = "evidence:"
# Targets beside the fields of the dictionary. Those of the first line are read into fields; the others only steer.
BESIDE_FIELDS = frozenset(
    {PAIR, "resident_id", "birth_year", "given_name", "family_name", "visit_time", "lab_test", "lab_result", "lab_unit"}
)


@dataclass(frozen=True, slots=True)
class HeaderWord:
    """What one column word means: a field or other target; weak words give way to strong ones."""

    target: str
    strong: bool


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """Column words by key (``header_key``), and the words around them.

    Words that may stand before a name end in a space unless they are Chinese, those behind it begin with one.
    ``contrary`` words left over beside a known one say that it is something else.
    """

    by_key: Mapping[str, HeaderWord]
    offered: frozenset[str]
    evidence_too: Mapping[str, str]
    prefixes: tuple[str, ...]
    suffixes: tuple[str, ...]
    earlier: tuple[str, ...]
    contrary: tuple[str, ...]
    sides_before: Mapping[str, str]
    sides_behind: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Band:
    """Where two units of one field part: below ``low`` lower, from ``high`` on upper, between nobody can tell."""

    lower: str
    low: float
    upper: str
    high: float


@dataclass(frozen=True, slots=True)
class UnitWords:
    """Unit spellings by key, the plain name of each UCUM code, bands, and fields whose unit need not be written."""

    by_key: Mapping[str, str]
    names: Mapping[str, str]
    bands: Mapping[str, Band]
    fixed_fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class SexLetters:
    """Letters of one language that mean something only together: with H beside it, M is mujer."""

    letters: frozenset[str]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ValueWords:
    """Words that stand for values. Keys are ``word_key`` forms; ``missing`` and signs are folded and caseless."""

    missing: frozenset[str]
    missing_names: frozenset[str]
    qualifiers: tuple[tuple[str, str], ...]
    negative: frozenset[str]
    positive: frozenset[str]
    flags: frozenset[str]
    sex: Mapping[str, str]
    sex_letters: tuple[SexLetters, ...]
    sex_letters_doubtful: Mapping[str, str]
    boolean: Mapping[str, bool]
    boolean_doubtful: Mapping[str, bool]
    smoker: Mapping[str, str]
    smoker_doubtful: Mapping[str, str]
    smoker_numbers: Mapping[str, Mapping[str, str]]
    sex_numbers: Mapping[str, Mapping[str, str]]
    totals: frozenset[str]
    months: Mapping[str, int]
    weekdays: frozenset[str]
    date_fillers: frozenset[str]
    eras: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything intake knows about words."""

    dictionary: Dictionary
    headers: HeaderWords
    units: UnitWords
    words: ValueWords


@cache
def load_lexicon() -> Lexicon:
    """Return the words that ship with the program."""
    dictionary = load_dictionary()
    return Lexicon(
        dictionary, _headers(_load("headers"), dictionary), _units(_load("units")), _value_words(_load("words"))
    )


def unit_key(text: str) -> str:
    """Return the key under which a unit is looked up."""
    folded = fold(text).casefold().replace("μ", "u").replace("°", "deg")
    return "".join(sign for sign in folded if sign not in " .·[]()_^*\u00a0")


def _load(name: str) -> Any:
    return json.loads((resources_folder() / "intake" / f"{name}.json").read_text(encoding="utf-8"))


def _headers(document: Mapping[str, Any], dictionary: Dictionary) -> HeaderWords:
    by_key: dict[str, HeaderWord] = {}
    # Field names first, then the lists, then labels: an earlier word is never changed by a later one.
    for field in dictionary.fields.values():
        if field.scope is not Scope.SETTING:
            by_key.setdefault(header_key(field.name), HeaderWord(field.name, strong=True))
    for strength in ("strong", "weak"):
        for target, words in document["targets"].items():
            for word in words.get(strength, ()):
                by_key.setdefault(header_key(word), HeaderWord(target, strength == "strong"))
    for field in dictionary.fields.values():
        if field.scope is not Scope.SETTING:
            for label in field.labels.values():
                by_key.setdefault(header_key(label), HeaderWord(field.name, strong=True))
    return HeaderWords(
        by_key=by_key,
        offered=frozenset(document["offered"]),
        evidence_too=document["evidence_too"],
        prefixes=_longest_first(_before(word) for word in document["prefixes"]),
        suffixes=_longest_first(_behind(word) for word in document["suffixes"]),
        earlier=_longest_first(_before(word) for word in document["earlier"]),
        contrary=tuple(word_key(word) for word in document["contrary"]),
        sides_before={_before(word): side for side, words in document["sides"].items() for word in words},
        sides_behind={_behind(word): side for side, words in document["sides"].items() for word in words},
    )


def _before(word: str) -> str:
    return word_key(word) if has_cjk(word) else f"{word_key(word)} "


def _behind(word: str) -> str:
    return word_key(word) if has_cjk(word) else f" {word_key(word)}"


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words), key=lambda word: (-len(word), word)))


def _units(document: Mapping[str, Any]) -> UnitWords:
    by_key: dict[str, str] = {}
    for code, unit in document["units"].items():
        for word in unit["words"]:
            by_key.setdefault(unit_key(word), code)
    for code in document["units"]:
        by_key.setdefault(unit_key(code), code)
    bands = {field: Band(**band) for field, band in document["bands"].items() if field != "remark"}
    names = {code: unit["name"] for code, unit in document["units"].items()}
    return UnitWords(by_key, names, bands, frozenset(document["whole_file_fixed"]["fields"]))


def _value_words(document: Mapping[str, Any]) -> ValueWords:
    qualifiers = [(fold(word).casefold(), sign) for sign, words in document["qualifiers"].items() for word in words]
    return ValueWords(
        missing=_folded(document["missing"]),
        missing_names=_folded(document["missing_names"]),
        qualifiers=tuple(sorted(set(qualifiers), key=lambda pair: -len(pair[0]))),
        negative=_folded(document["negative"]),
        positive=_folded(document["positive"]),
        flags=_folded(document["flags"]),
        sex=_by_word(document["sex"]),
        sex_letters=tuple(SexLetters(frozenset(row["letters"]), row["codes"]) for row in document["sex_letters"]),
        sex_letters_doubtful=document["sex_letters_doubtful"],
        boolean=_truths(document["boolean"]),
        boolean_doubtful=_truths(document["boolean_doubtful"]),
        smoker=_by_word(document["smoker"]),
        smoker_doubtful=_by_word(document["smoker_doubtful"]),
        smoker_numbers=document["smoker_numbers"],
        sex_numbers=document["sex_numbers"],
        totals=frozenset(word_key(word) for word in document["totals"]),
        months={word_key(word): number for number, words in enumerate(document["months"], 1) for word in words},
        weekdays=frozenset(word_key(word) for word in document["weekdays"]),
        date_fillers=frozenset(word_key(word) for word in document["date_fillers"]),
        eras=document["eras"],
    )


def _folded(words: Sequence[str]) -> frozenset[str]:
    return frozenset(fold(word).casefold() for word in words)


def _by_word(table: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    return {word_key(word): code for code, words in table.items() for word in words}


def _truths(table: Mapping[str, Sequence[str]]) -> Mapping[str, bool]:
    return {word_key(word): truth == "true" for truth, words in table.items() for word in words}


@cache
def load_months() -> Months:
    """Return the names of months by language."""
    languages = _load("months")["languages"]
    return Months(
        [
            {month_key(word): number for number, words in enumerate(months, 1) for word in words}
            for months in languages.values()
        ]
    )

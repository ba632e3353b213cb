"""Columns that know the outcome already: a model trained on them looks perfect and fails on the next person.

Leakage is the commonest reason why published models do not hold (Kapoor S, Narayanan A. Patterns 2023;4:100804,
doi:10.1016/j.patter.2023.100804). What a column tells alone is measured without flattery: everybody's value is read
from a table of rates made without the half they are in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import numpy as np

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.learning.columns import Column, Kind
from engine.learning.judgement.ranked import Ranked, auroc
from engine.resources import resources_folder

COPY_AUROC = 0.98
MISSING_AUROC = 0.85
AGREEING_AUROC = 0.8  # with a name that says the same
_FEWEST = 10  # with and without the outcome; below, anything may tell them apart by chance
_EXPECTED = 20  # of the other outcome, where a value or a gap goes with one outcome alone
_ALMOST = 0.005
_BEYOND_CHANCE = 3.5  # standard errors: many columns are looked at
_BINS = 12
_HISTORY = frozenset(
    {"history", "prior", "previous", "since", "family", "ago", "father", "mother", "parent", "parents", "paternal"}
    | {"maternal", "sibling", "siblings", "brother", "sister", "spouse", "relative", "relatives"}
)
_CHINESE_HISTORY = ("史", "父", "母", "家族", "兄弟", "姐妹")


class Weight(StrEnum):
    """What a finding does: leave the column out, or ask a person; ``learning.weight.<weight>``."""

    LEAVE_OUT = "leave_out"
    ASK = "ask"
    KNOW = "know"


class Code(StrEnum):
    """What was found; the sentence is ``learning.finding.<code>``."""

    COPY = "copy"
    MISSING_TELLS = "missing_tells"
    MISSING_DIFFERS = "missing_differs"
    VALUE_TELLS = "value_tells"
    NAME_AFTER = "name_after"
    NAME_DECISION = "name_decision"
    NAME_COLLECTION = "name_collection"
    NAME_LIKE_OUTCOME = "name_like_outcome"
    LATER_TWIN = "later_twin"
    DATE_AFTER = "date_after"
    CONSTANT = "constant"
    IDENTIFIER = "identifier"
    DATE = "date"
    LONG_TEXT = "long_text"
    UNREADABLE = "unreadable"
    STRAY = "stray"
    MOSTLY_MISSING = "mostly_missing"
    DUPLICATES = "duplicates"
    CONTRADICTIONS = "contradictions"
    NO_OUTCOME = "no_outcome"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a column, or in the rows (``column`` empty), with the evidence as named numbers."""

    code: Code
    column: str
    weight: Weight
    details: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The key of what is said of it."""
        return f"learning.finding.{self.code}"


def leaks(
    columns: Sequence[Column],
    outcome: str,
    event: BoolArray,
    outcome_day: FloatArray | None,
    *,
    names: bool = True,
) -> list[Finding]:
    """Return what in the columns may know the outcome.

    Args:
        columns: the table without the outcome.
        outcome: the name of the outcome column.
        event: who had it.
        outcome_day: on which day (``datetime.date.toordinal``), NaN where there was none; None: days are not known.
        names: whether names of columns are read too; where it is known what each holds, they tell nothing more.
    """
    latest = _later_twins([column.name for column in columns])
    found = []
    for column in columns:
        if column.kind in (Kind.IDENTIFIER, Kind.CONSTANT):
            continue
        found += [*_figures(column, event), *(_names(column, outcome, event, latest) if names else ())]
        if column.kind is Kind.DATE and outcome_day is not None:
            found += _after(column, outcome_day)
    return found


def tells(column: Column, event: BoolArray) -> float:
    """Return the AUROC of the column alone, missing values being a value of their own; 0.5 tells nothing."""
    group = _groups(column)
    half = np.arange(len(event)) % 2
    rate = np.empty(len(event))
    for each in (0, 1):
        others = half != each
        count = np.bincount(group[others], minlength=group.max() + 1)
        events = np.bincount(group[others], weights=event[others], minlength=group.max() + 1)
        share = float(event[others].mean())
        rate[half == each] = ((events + share) / (count + 1))[group[half == each]]
    found = max(_area(rate[half == each], event[half == each]) for each in (0, 1))
    known = ~column.missing
    if column.kind in (Kind.NUMBER, Kind.DATE) and _enough(event[known]):
        order = _area(column.values[known], event[known])
        found = max(found, known.mean() * max(order, 1 - order) + (1 - known.mean()) * 0.5)
    return float(found)


def _area(values: FloatArray, event: BoolArray) -> float:
    area = float(auroc(Ranked(values), event, np.ones((1, len(event))))[0])
    return 0.5 if np.isnan(area) else area


def _groups(column: Column) -> IntArray:
    """Return for each row its group of values: a level, a bin of equal numbers of people, or 0 for missing."""
    values = column.values
    known = values[~column.missing]
    if column.kind in (Kind.NUMBER, Kind.DATE) and len(np.unique(known)) > _BINS:
        edges = np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS))
        return np.where(column.missing, 0, 1 + np.searchsorted(edges, np.nan_to_num(values), side="right"))
    _, place = np.unique(np.where(column.missing, np.inf, values), return_inverse=True)
    return np.where(column.missing, 0, 1 + place).astype(np.int64)


def _figures(column: Column, event: BoolArray) -> list[Finding]:
    if not _enough(event):
        return []
    area = tells(column, event)
    found = []
    if area >= COPY_AUROC:
        found.append(Finding(Code.COPY, column.name, Weight.LEAVE_OUT, {"auroc": round(area, 3)}))
    return found + _missing(column, event) + ([] if found else _value(column, event, area))


def _missing(column: Column, event: BoolArray) -> list[Finding]:
    absent = column.missing
    if not absent.any() or absent.all():
        return []
    area = 0.5 + abs(float(absent[event].mean()) - float(absent[~event].mean())) / 2
    details = {
        "filled": int((~absent).sum()),
        "filled_events": int(event[~absent].sum()),
        "empty": int(absent.sum()),
        "empty_events": int(event[absent].sum()),
    }
    pure = any(_one_outcome(event[side], event) for side in (absent, ~absent))
    if area >= MISSING_AUROC or pure:
        return [Finding(Code.MISSING_TELLS, column.name, Weight.LEAVE_OUT, details)]
    if _differs(absent, event):
        return [Finding(Code.MISSING_DIFFERS, column.name, Weight.KNOW, details)]
    return []


def _differs(absent: BoolArray, event: BoolArray) -> bool:
    """Tell whether the outcome is twice as common, or half, where a value is missing, beyond chance."""
    with_gap, without = float(event[absent].mean()), float(event[~absent].mean())
    overall = float(event.mean())
    error = np.sqrt(overall * (1 - overall) * (1 / absent.sum() + 1 / (~absent).sum()))
    twice = max(with_gap, without) >= 2 * min(with_gap, without)
    return bool(twice and abs(with_gap - without) > _BEYOND_CHANCE * error)


def _value(column: Column, event: BoolArray, area: float) -> list[Finding]:
    """Find a value, or an end of the numbers, that goes with one outcome alone."""
    group = _groups(column)
    for each in np.unique(group[group > 0]):
        mine = group == each
        if _one_outcome(event[mine], event):
            details = {"people": int(mine.sum()), "events": int(event[mine].sum()), "auroc": round(area, 3)}
            return [Finding(Code.VALUE_TELLS, column.name, Weight.ASK, details)]
    return []


def _one_outcome(mine: BoolArray, event: BoolArray) -> bool:
    """Tell whether practically all of some people have one outcome though many of the other were to be expected."""
    share, overall = float(mine.mean()), float(event.mean())
    lacking = overall if share <= _ALMOST else 1 - overall if share >= 1 - _ALMOST else 0.0
    return lacking * len(mine) >= _EXPECTED


def _enough(event: BoolArray) -> bool:
    return min(int(event.sum()), int((~event).sum())) >= _FEWEST


def _after(column: Column, outcome_day: FloatArray) -> list[Finding]:
    later = int((column.values > outcome_day).sum())
    details = {"rows": later}
    return [Finding(Code.DATE_AFTER, column.name, Weight.LEAVE_OUT, details)] if later else []


@dataclass(frozen=True, slots=True)
class _Words:
    words: frozenset[str]
    alone: frozenset[str]
    chinese: tuple[str, ...]
    sure: frozenset[str]


@cache
def _words() -> Mapping[Code, _Words]:
    document = json.loads((resources_folder() / "learning" / "names.json").read_text(encoding="utf-8"))
    codes = {Code.NAME_AFTER: "after", Code.NAME_DECISION: "decision", Code.NAME_COLLECTION: "collection"}
    return {
        code: _Words(
            frozenset(document[key]["words"]),
            frozenset(document[key]["alone"]),
            tuple(document[key]["chinese"]),
            frozenset(document[key].get("sure", ())),
        )
        for code, key in codes.items()
    }


def _names(column: Column, outcome: str, event: BoolArray, latest: Mapping[str, str]) -> list[Finding]:
    code, details = _code_of(column.name, outcome, latest)
    if code is None:
        return []
    agrees = _enough(event) and (tells(column, event) >= AGREEING_AUROC or bool(_value(column, event, 0.5)))
    sure = code in _words() and details["word"] in _words()[code].sure
    weight = Weight.LEAVE_OUT if sure or (agrees and code is not Code.NAME_COLLECTION) else Weight.ASK
    return [Finding(code, column.name, weight, details)]


def _code_of(name: str, outcome: str, latest: Mapping[str, str]) -> tuple[Code | None, dict[str, str | int | float]]:
    parts = _parts(name)
    if parts & _HISTORY or any(word in name for word in _CHINESE_HISTORY):
        return None, {}
    for code, words in _words().items():
        hit = (parts & words.words) or ({name.casefold()} & words.alone) or {w for w in words.chinese if w in name}
        if hit:
            return code, {"word": min(hit & words.sure or hit)}
    stems = {part for part in _parts(outcome) if len(part) >= 3}
    alike = {part for part in stems if part in parts or (len(part) >= 4 and part in name.casefold())}
    if alike:
        return Code.NAME_LIKE_OUTCOME, {"word": max(alike, key=len)}
    return (Code.LATER_TWIN, {"earlier": latest[name]}) if name in latest else (None, {})


def _parts(name: str) -> set[str]:
    """Return the parts of a name; single signs and figures are none, but ``hba1c`` is one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    whole = {part.casefold() for part in re.split(r"[^0-9A-Za-z]+", spaced)}
    bare = {piece for part in whole for piece in re.split(r"\d+", part)}
    joined = {"followup"} if {"follow", "up"} <= whole else set()
    return joined | {part for part in whole | bare if len(part) >= 2 and not part.isdigit()}


def _later_twins(names: Sequence[str]) -> dict[str, str]:
    """Return the columns whose name bears a later year than that of a twin: ``price82`` beside ``price71``.

    Once a year is known to be late, every name that ends with it is.
    """
    years: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        found = re.fullmatch(r"(.*?[A-Za-z_])((?:19|20)?\d{2})", name)
        if found:
            years.setdefault(found.group(1), []).append((int(found.group(2)) % 100, name))
    late = {max(twins)[0]: min(twins)[1] for twins in years.values() if len(twins) > 1}
    if not late:
        return {}
    return {
        name: earlier for year, earlier in late.items() for name in names if re.search(rf"(?<!\d){year:02d}$", name)
    }

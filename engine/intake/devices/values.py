"""The values of a part: numbers, ends of a sensor's range, units, and questions about units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import BoolArray, FloatArray, IntArray
from engine.domain.problems import Reason
from engine.domain.record import Conversion
from engine.domain.series import ABSENT, QUALIFIERS
from engine.fields import Field, Unit
from engine.intake.devices.raw import RawColumn, RawPart, Role
from engine.intake.lexicon import Band, Lexicon
from engine.intake.number_columns import FEW, LEAST_CELLS, MOST, PER_VALUE, bars, evidence, plausible_share
from engine.intake.numbers import read_number
from engine.intake.questions import LEAVE_OUT, AnswerValue, Interview, Question, QuestionKind, choice
from engine.intake.tables import CellKind
from engine.intake.units import known_units, read_unit, unit_for, unit_name

_PLAIN = re.compile(r"\d{1,9}(?:\.(\d{1,9}))?")
_MOST_DECIMALS = 12
_LARGEST = 10**15  # a whole number is exact as a float below 2**53


@dataclass(frozen=True, slots=True)
class Number:
    """One cell: ``written / 10 ** decimals`` in ``unit`` (None: none in the cell), with its sign."""

    written: int = 0
    decimals: int = ABSENT
    unit: str | None = None
    qualifier: int = 0
    fault: Reason | None = None

    @property
    def value(self) -> float:
        """The number as written."""
        return float(self.written / 10**self.decimals)


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one field, by reading; ``filled`` where anything is written, ``faults`` where it is no value.

    ``units`` are positions in ``conversions``; ``method`` is that of the column.
    """

    field: str
    method: str | None
    filled: BoolArray
    faults: NDArray[np.object_]
    written: IntArray
    decimals: NDArray[np.int8]
    units: NDArray[np.int8]
    qualifiers: NDArray[np.int8]


class Conversions:
    """Every conversion of a file once."""

    def __init__(self) -> None:
        self._places: dict[Conversion, int] = {}

    def place(self, known: Field, unit: Unit) -> int:
        """Return the position of a conversion."""
        conversion = Conversion(unit.code, str(known.unit), unit.factor, unit.offset)
        return self._places.setdefault(conversion, len(self._places))

    @property
    def all(self) -> tuple[Conversion, ...]:
        """The conversions, by position."""
        return tuple(self._places)


def read_values(part: RawPart, interview: Interview, lexicon: Lexicon, conversions: Conversions) -> list[Values]:
    """Read the columns of values of a part; a column that a person leaves out is not there."""
    columns = part.of(Role.VALUE)
    cells = [[_number(text, column.limits, lexicon) for text in column.cells] for column in columns]
    found = []
    units = _units(columns, cells, interview, lexicon)
    for column, numbers, unit in zip(columns, cells, units, strict=True):
        if unit is not None:
            known = lexicon.dictionary[str(column.field)]
            found.append(_values(column, [_settled(one, known, unit, conversions) for one in numbers]))
    return found


def _number(text: str, limits: Mapping[str, tuple[float, str]], lexicon: Lexicon) -> Number:
    if plain := _PLAIN.fullmatch(text):
        return Number(int(text.replace(".", "")), len(plain[1] or ""))
    if limit := limits.get(text.strip().casefold()):
        return _exact(limit[0], None, limit[1])
    cell = read_number(text, CellKind.TEXT, lexicon)
    if cell.value is None:
        return Number(fault=Reason.UNREADABLE_VALUE) if cell.fault or cell.qualifier else Number()
    return _exact(cell.value, cell.unit, cell.qualifier or "")


def _exact(value: float, unit: str | None, qualifier: str) -> Number:
    decimals = -int(Decimal(repr(value)).normalize().as_tuple().exponent)
    decimals = min(max(decimals, 0), _MOST_DECIMALS)
    written = round(value * 10**decimals) if abs(value) < _LARGEST else 0
    if qualifier not in QUALIFIERS or (not 0 < abs(written) < _LARGEST and value != 0):
        return Number(fault=Reason.UNREADABLE_VALUE)
    return Number(written, decimals, unit, QUALIFIERS.index(qualifier))


@dataclass(frozen=True, slots=True)
class _Unit:
    """The unit of numbers that name none: one for all, or by their size."""

    code: str | None
    band: Band | None = None


def _units(
    columns: Sequence[RawColumn], cells: Sequence[Sequence[Number]], interview: Interview, lexicon: Lexicon
) -> list[_Unit | None]:
    """Decide the unit of each column; columns of one field that claim the same unit are decided together."""
    groups: dict[tuple[str, str | None], list[int]] = {}
    for position, column in enumerate(columns):
        groups.setdefault((str(column.field), column.unit), []).append(position)
    found: list[_Unit | None] = [None] * len(columns)
    for (name, unit), members in groups.items():
        bare = np.concatenate([_bare(columns[at], cells[at]) for at in members])
        decided = _unit(columns[members[0]], lexicon.dictionary[name], unit, bare, interview, lexicon)
        for at in members:
            found[at] = decided
    return found


def _bare(column: RawColumn, numbers: Sequence[Number]) -> FloatArray:
    """Return the numbers without a unit of their own, each as often as it stands in the file."""
    plain = [one.fault is None and one.decimals != ABSENT and one.unit is None for one in numbers]
    values = np.array([one.value if fits else np.nan for one, fits in zip(numbers, plain, strict=True)] or [np.nan])
    found = values[column.codes] if column.codes.size else np.empty(0)
    return np.asarray(found[~np.isnan(found)], dtype=np.float64)


def _unit(
    column: RawColumn, known: Field, unit: str | None, bare: FloatArray, interview: Interview, lexicon: Lexicon
) -> _Unit | None:
    choices = known_units(known)
    if column.unit_source in {"fixed", "record"} or len(choices) < 2 or not len(bare):
        return _Unit(unit or known.unit)
    if unit is None:
        return _ask_unit(column, known, bare, interview, lexicon)
    shares = {code: plausible_share(known, one, bare) for code in choices if (one := unit_for(known, code))}
    claimed = unit_for(known, unit)
    best = max(shares, key=lambda code: shares[code])
    fits = claimed is None or plausible_share(known, claimed, bare) > FEW or shares[best] < MOST
    if fits or best == unit or len(bare) < LEAST_CELLS:
        return _Unit(unit)
    return _ask(QuestionKind.UNIT_CONFLICT, column, known, best, bare, interview, lexicon)


def _ask_unit(
    column: RawColumn, known: Field, bare: FloatArray, interview: Interview, lexicon: Lexicon
) -> _Unit | None:
    if known.name in lexicon.units.fixed_fields:
        return _Unit(known.unit)
    if known.name in lexicon.units.bands:
        return _ask(QuestionKind.UNIT, column, known, PER_VALUE, bare, interview, lexicon)
    shares = {code: plausible_share(known, one, bare) for code in known_units(known) if (one := unit_for(known, code))}
    best = max(shares, key=lambda code: shares[code])
    return _ask(QuestionKind.UNIT, column, known, best, bare, interview, lexicon)


def _ask(
    kind: QuestionKind,
    column: RawColumn,
    known: Field,
    guess: str,
    bare: FloatArray,
    interview: Interview,
    lexicon: Lexicon,
) -> _Unit | None:
    names = {unit_name(code, lexicon.units): code for code in known_units(known)}
    band = lexicon.units.bands.get(known.name)
    options = (*((PER_VALUE,) if guess == PER_VALUE else ()), *names, LEAVE_OUT)
    shown = " / ".join(names) if guess == PER_VALUE else unit_name(guess, lexicon.units)
    question = Question(
        f"{kind}:{column.header}",
        kind,
        (column.header,),
        options,
        guess if guess == PER_VALUE else shown,
        {**evidence(bare), "guess": shown},
        bars=bars(bare),
    )

    def read(answer: AnswerValue) -> str:
        code = read_unit(answer, lexicon.units) if isinstance(answer, str) else None
        if code is not None and unit_for(known, code) is not None:
            return code
        chosen = choice(answer, options)
        return names.get(chosen, chosen)

    decided = interview.ask(question, read)
    if decided == LEAVE_OUT:
        return None
    return _Unit(None, band) if decided == PER_VALUE else _Unit(decided)


@dataclass(frozen=True, slots=True)
class _Settled:
    number: Number
    fault: Reason | None
    unit: int


def _settled(number: Number, known: Field, chosen: _Unit, conversions: Conversions) -> _Settled:
    """Give a number its unit."""
    if number.fault is not None or number.decimals == ABSENT:
        return _Settled(number, number.fault, 0)
    code = number.unit or (chosen.code if chosen.band is None else _by_band(number.value, chosen.band))
    if code is None:
        return _Settled(number, Reason.AMBIGUOUS_UNIT, 0)
    unit = unit_for(known, code)
    if unit is None:
        return _Settled(number, Reason.UNREADABLE_VALUE, 0)  # a unit that this field cannot have
    return _Settled(number, None, conversions.place(known, unit))


def _by_band(value: float, band: Band) -> str | None:
    if value < band.low:
        return band.lower
    return band.upper if value >= band.high else None


def _values(column: RawColumn, settled: Sequence[_Settled]) -> Values:
    codes = column.codes
    of = [one.number for one in settled] or [Number()]
    filled = np.array([one.decimals != ABSENT or one.fault is not None for one in of], dtype=np.bool_)
    faults = np.array([one.fault for one in settled] or [None], dtype=np.object_)
    broken = np.array([one.fault is not None for one in settled] or [False], dtype=np.bool_)
    decimals = np.array([one.decimals for one in of], dtype=np.int8)
    return Values(
        str(column.field),
        column.method,
        filled[codes],
        faults[codes],
        np.array([one.written for one in of], dtype=np.int64)[codes],
        np.where(broken, ABSENT, decimals).astype(np.int8)[codes],
        np.array([one.unit for one in settled] or [0], dtype=np.int8)[codes],
        np.array([one.qualifier for one in of], dtype=np.int8)[codes],
    )

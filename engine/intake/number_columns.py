"""Columns of numbers: which unit, which conversion, which cells cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.problems import Reason
from engine.domain.record import Conversion
from engine.fields import Field, Unit
from engine.intake.field_columns import ColumnMap, FieldColumn, Reading
from engine.intake.lexicon import PAIR, Band, Lexicon
from engine.intake.mapping import Role
from engine.intake.numbers import NumberCell, in_feet, read_feet, read_number, read_pair
from engine.intake.questions import LEAVE_OUT, AnswerValue, Interview, Question, QuestionKind, choice
from engine.intake.tables import Column
from engine.intake.units import known_units, read_unit, unit_for, unit_name

MOST = 0.8  # of the cells: what nearly every row shows is about the column, not about the row
FEW = 0.2
LEAST_CELLS = 5
MIXED_SHARE = 0.03
MIXED_CELLS = 2
PER_VALUE = "per_value"
BARS = 13


@dataclass(frozen=True, slots=True)
class Context:
    """What every column of a file is read with.

    ``decimal`` is the decimal sign that the file proves, ``date_system`` the year from which its day numbers count,
    ``short_years_first`` the separators of dates that begin with a year of two digits.
    """

    lexicon: Lexicon
    interview: Interview
    today: date
    decimal: str | None = None
    date_system: int = 1900
    short_years_first: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Choice:
    """The unit of a column: one for all cells that name none, or decided for each by a band."""

    unit: str | None
    source: str
    band: Band | None = None


def read_numbers(role: Role, column: Column, context: Context) -> Reading | None:
    """Read a column of one number field; None when a person wants it left out."""
    known = context.lexicon.dictionary[str(role.target)]
    feet = in_feet(role.said.unit)
    cells = [
        (read_feet(text, kind, context.lexicon) if feet else read_number(text, kind, context.lexicon, context.decimal))
        for text, kind in zip(column.cells, column.kinds.tolist(), strict=True)
    ]
    chosen = _unit_of_column(role, known, cells, _counts(column), context)
    if chosen is None:
        return None
    field_column = _convert(known, column, cells, chosen, role)
    return Reading((field_column,), _map_line(role, known, cells, chosen, context))


def read_pressures(role: Role, column: Column, context: Context) -> Reading:
    """Read a column with both pressures in one cell."""
    lexicon = context.lexicon
    pairs = [read_pair(text, kind, lexicon) for text, kind in zip(column.cells, column.kinds.tolist(), strict=True)]
    columns = []
    for name, cells in (("sbp_mmhg", [pair.upper for pair in pairs]), ("dbp_mmhg", [pair.lower for pair in pairs])):
        known = lexicon.dictionary[name]
        chosen = _Choice(role.said.unit or known.unit, "fixed")
        columns.append(_convert(known, column, cells, chosen, role))
    known = lexicon.dictionary["sbp_mmhg"]
    line = _map_line(role, known, [], _Choice(known.unit, "fixed"), context)
    return Reading(tuple(columns), replace(line, field=PAIR))


def _counts(column: Column) -> list[int]:
    counts: list[int] = np.bincount(column.codes, minlength=len(column.cells)).tolist()
    return counts


def _unit_of_column(
    role: Role, known: Field, cells: Sequence[NumberCell], counts: Sequence[int], context: Context
) -> _Choice | None:
    """Decide the unit of the cells that name none; None when the column is to be left out."""
    units, lexicon = known_units(known), context.lexicon
    bare = _bare_values(cells, counts)
    in_cells = any(cell.unit for cell in cells) and not len(bare)
    if len(units) < 2:
        return _Choice(known.unit, "cell" if in_cells else "fixed")
    fixed = known.name in lexicon.units.fixed_fields
    written = role.said.unit if unit_for(known, role.said.unit) else None
    if in_cells and written is None:
        return _Choice(known.unit, "cell")
    if written is not None or fixed:
        source = "fixed" if fixed and written in {None, known.unit} else "header"
        return _believed(role, known, str(written or known.unit), source, bare, context)
    if not len(bare):
        return _Choice(known.unit, "answer")  # an empty column asks nothing
    return _ask_unit(role, known, bare, context)


def _bare_values(cells: Sequence[NumberCell], counts: Sequence[int]) -> FloatArray:
    """Return the numbers without a unit of their own, each as often as it stands in the file."""
    pairs = [(cell.value, count) for cell, count in zip(cells, counts, strict=True) if not cell.unit]
    pairs = [(value, count) for value, count in pairs if value is not None]
    values = np.array([value for value, _ in pairs], dtype=np.float64)
    return np.repeat(values, [count for _, count in pairs])


def plausible_share(known: Field, unit: Unit, values: FloatArray) -> float:
    """Return the share of numbers that are plausible for a field when they are in this unit."""
    if not len(values):
        return 0.0
    converted = values * unit.factor + unit.offset
    low = -np.inf if known.plausible_min is None else known.plausible_min
    high = np.inf if known.plausible_max is None else known.plausible_max
    return float(np.mean((converted >= low) & (converted <= high)))


def _shares(known: Field, values: FloatArray) -> dict[str, float]:
    units = {code: unit_for(known, code) for code in known_units(known)}
    return {code: plausible_share(known, unit, values) for code, unit in units.items() if unit is not None}


def _believed(
    role: Role,
    known: Field,
    written: str,
    source: str,
    bare: FloatArray,
    context: Context,
) -> _Choice | None:
    """Believe the unit of the header, unless the whole column contradicts it and fits another."""
    unit = unit_for(known, written)
    shares = _shares(known, bare)
    best = max(shares, key=lambda code: shares[code])
    contradicted = unit is not None and plausible_share(known, unit, bare) <= FEW and shares[best] >= MOST
    if not contradicted or best == written or len(bare) < LEAST_CELLS:
        return _Choice(written, source)
    return _ask(QuestionKind.UNIT_CONFLICT, role, known, best, bare, context, also=(written,))


def _ask_unit(role: Role, known: Field, bare: FloatArray, context: Context) -> _Choice | None:
    band = context.lexicon.units.bands.get(known.name)
    if band is not None:
        below, above = int(np.sum(bare < band.low)), int(np.sum(bare >= band.high))
        if min(below, above) >= max(MIXED_CELLS, MIXED_SHARE * len(bare)):
            return _ask_mixed(role, known, band, (below, above), bare, context)
    shares = _shares(known, bare)
    guess = max(shares, key=lambda code: shares[code])
    return _ask(QuestionKind.UNIT, role, known, guess, bare, context)


def _ask(
    kind: QuestionKind,
    role: Role,
    known: Field,
    guess: str,
    bare: FloatArray,
    context: Context,
    also: tuple[str, ...] = (),
) -> _Choice | None:
    words = context.lexicon.units
    codes = tuple(dict.fromkeys((*known_units(known), *also)))
    options = tuple(unit_name(code, words) for code in codes)
    question = Question(
        f"{kind}:{role.name}",
        kind,
        (role.header,),
        (*options, LEAVE_OUT),
        unit_name(guess, words),
        {**evidence(bare), "guess": unit_name(guess, words)},
        bars=bars(bare),
    )
    by_name = dict(zip(options, codes, strict=True))
    code = context.interview.ask(question, lambda answer: _read_unit_answer(answer, known, by_name, context.lexicon))
    return None if code == LEAVE_OUT else _Choice(code, "answer")


def _read_unit_answer(answer: AnswerValue, known: Field, by_name: Mapping[str, str], lexicon: Lexicon) -> str:
    """Read a unit a person named, in any spelling, or that the column is to be left out."""
    if answer == LEAVE_OUT:
        return LEAVE_OUT
    code = read_unit(answer, lexicon.units) if isinstance(answer, str) else None
    if code is None or unit_for(known, code) is None:
        return by_name[choice(answer, tuple(by_name))]
    return code


def _ask_mixed(
    role: Role,
    known: Field,
    band: Band,
    found: tuple[int, int],
    bare: FloatArray,
    context: Context,
) -> _Choice | None:
    words = context.lexicon.units
    names = (unit_name(band.lower, words), unit_name(band.upper, words))
    by_name = dict(zip(names, (band.lower, band.upper), strict=True))
    question = Question(
        f"{QuestionKind.MIXED_UNITS}:{role.name}",
        QuestionKind.MIXED_UNITS,
        (role.header,),
        (PER_VALUE, *names, LEAVE_OUT),
        PER_VALUE,
        {**evidence(bare), "lower": names[0], "upper": names[1], "below": found[0], "above": found[1]},
        bars=bars(bare),
    )

    def read(answer: AnswerValue) -> str:
        is_own = isinstance(answer, str) and answer in {PER_VALUE, LEAVE_OUT}
        return str(answer) if is_own else _read_unit_answer(answer, known, by_name, context.lexicon)

    decided = context.interview.ask(question, read)
    if decided == LEAVE_OUT:
        return None
    return _Choice(known.unit, "mixed", band) if decided == PER_VALUE else _Choice(decided, "answer")


def evidence(values: FloatArray) -> dict[str, float | int]:
    """Return what speaks for a guess: how many numbers, lowest, middle, highest."""
    return {
        "count": len(values),
        "low": float(values.min()),
        "middle": float(np.median(values)),
        "high": float(values.max()),
    }


def bars(values: FloatArray) -> tuple[int, ...]:
    """Return how many numbers lie in each of equal parts from the lowest to the highest; none where all are equal."""
    width = float(values.max()) - float(values.min())
    if not 0 < width < np.inf:
        return ()
    counts, _ = np.histogram(values, bins=BARS)
    return tuple(counts.tolist())


def _convert(known: Field, column: Column, cells: Sequence[NumberCell], chosen: _Choice, role: Role) -> FieldColumn:
    """Convert the cells to the canonical unit."""
    values: list[float | None] = []
    faults: dict[int, Reason] = {}
    conversions: dict[int, Conversion] = {}
    shared = _conversion(known, chosen.unit)
    for position, cell in enumerate(cells):
        values.append(None)
        if cell.fault:
            faults[position] = Reason.UNREADABLE_VALUE
            continue
        if cell.value is None:
            continue
        code = cell.unit or _by_band(cell.value, chosen)
        unit = unit_for(known, code) if code is not None else None
        if code is None and known.unit is not None:
            faults[position] = Reason.AMBIGUOUS_UNIT
        elif code is not None and unit is None:
            faults[position] = Reason.UNREADABLE_VALUE  # a unit that this field cannot have
        else:
            values[position] = cell.value if unit is None else cell.value * unit.factor + unit.offset
            own = _conversion(known, code)
            if own is not None and own != shared:
                conversions[position] = own
            elif own is None and shared is not None and known.unit is not None:
                conversions[position] = Conversion(known.unit, known.unit, 1.0)
    return FieldColumn(
        field=known.name,
        codes=column.codes,
        values=tuple(values),
        texts=column.cells,
        faults=faults,
        qualifiers={position: cell.qualifier for position, cell in enumerate(cells) if cell.qualifier},
        conversion=shared,
        cell_conversions=conversions,
        header=role.header,
        index=role.index,
        reading=role.reading,
        side=role.side,
        rule=role.rule,
    )


def _by_band(value: float, chosen: _Choice) -> str | None:
    """Return the unit of a number without one; None where the bands overlap."""
    if chosen.band is None:
        return chosen.unit
    if value < chosen.band.low:
        return chosen.band.lower
    return chosen.band.upper if value >= chosen.band.high else None


def _conversion(known: Field, code: str | None) -> Conversion | None:
    """Return the conversion from a unit, or None when it is the canonical one."""
    unit = unit_for(known, code)
    if unit is None or known.unit is None or unit.code == known.unit:
        return None
    return Conversion(unit.code, known.unit, unit.factor, unit.offset)


def _map_line(role: Role, known: Field, cells: Sequence[NumberCell], chosen: _Choice, context: Context) -> ColumnMap:
    words = context.lexicon.units
    units = known_units(known)
    found = {cell.unit for cell in cells if cell.unit} if chosen.source == "cell" else set()
    codes = sorted(found, key=lambda code: (units.index(code) if code in units else len(units), code))
    shown = tuple(codes) or ((chosen.unit,) if chosen.unit else ())
    return ColumnMap(
        index=role.index,
        header=role.header,
        field=known.name,
        unit=chosen.unit if len(shown) < 2 else None,
        unit_names=tuple(unit_name(code, words) for code in shown),
        unit_source=chosen.source,
        decimal="," if context.decimal == "," else None,
        reading=role.reading if role.rule else None,
        visit=role.visit,
        rule=role.rule,
    )

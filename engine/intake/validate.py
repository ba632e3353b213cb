"""From what cells mean to rows that may be stored: limits, pairs, dates, identity. Every problem of a row at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.problems import Problem, Reason
from engine.fields import Dictionary, Field, Kind
from engine.intake.field_columns import BY_RESIDENT_ID, FieldColumn

SMALLEST_PULSE_PRESSURE = 10.0  # mmHg; less is implausible, none at all impossible
IDENTITY = ("patient_id", "name")
PRESSURES = (
    ("sbp_mmhg", "dbp_mmhg"),
    ("home_sbp_mmhg", "home_dbp_mmhg"),
    ("abpm24_sbp_mmhg", "abpm24_dbp_mmhg"),
)
_SLACK = 1e-9

RowProblems = Mapping[int, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class RowChecks:
    """What is checked of rows beside their cells.

    ``bad_shape`` marks rows with too many or too few cells; nothing else is said of them, for their cells may have
    slipped. ``confirmed`` are fields of which a person has confirmed an implausible value (typed entries).
    """

    count: int
    bad_shape: BoolArray
    needs_identity: bool = True
    needs_visit_date: bool = True
    confirmed: frozenset[str] = frozenset()


def check_rows(columns: Sequence[FieldColumn], checks: RowChecks, dictionary: Dictionary) -> RowProblems:
    """Return the problems of every row that has any, in the order of the columns.

    An implausible value is named only in rows where nothing is impossible. Limits are those of the dictionary and
    include their ends.
    """
    found = _Findings(checks)
    for column in columns:
        if column.field in dictionary or column.field == "birth_year":
            _check_cells(column, found, dictionary)
    _check_pairs(columns, found, dictionary)
    _check_dates(columns, found)
    _check_resident_numbers(columns, found)
    if checks.needs_visit_date:
        _check_visit_date(columns, found, checks.count)
    if checks.needs_identity:
        _check_identity(columns, found, checks.count)
    return found.result()


class _Findings:
    """Collects problems by row."""

    def __init__(self, checks: RowChecks) -> None:
        self._checks = checks
        self._rows: dict[int, list[Problem]] = defaultdict(list)

    def add(self, rows: BoolArray, problem: Problem) -> None:
        """Add the same problem to rows."""
        if self._is_confirmed(problem):
            return
        for row in np.flatnonzero(rows).tolist():
            self._rows[row].append(problem)

    def add_cells(self, column: FieldColumn, problems: Mapping[int, Problem]) -> None:
        """Add a problem to the rows of each cell."""
        marks = np.zeros(len(column.values), dtype=np.bool_)
        marks[list(problems)] = True
        for row in np.flatnonzero(marks[column.codes]).tolist():
            problem = problems[int(column.codes[row])]
            if problem not in self._rows[row] and not self._is_confirmed(problem):
                self._rows[row].append(problem)

    def _is_confirmed(self, problem: Problem) -> bool:
        return problem.can_confirm and set(problem.fields) <= self._checks.confirmed

    def result(self) -> RowProblems:
        bad = np.flatnonzero(self._checks.bad_shape).tolist()
        for row in bad:
            self._rows[row] = [Problem(Reason.BAD_ROW_SHAPE, ())]
        return {row: _told(problems) for row, problems in sorted(self._rows.items()) if problems}


def _told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Leave out what is merely implausible beside something impossible, and the same problem twice."""
    listed = list(dict.fromkeys(problems))
    if any(problem.reason is Reason.IMPOSSIBLE_VALUE for problem in listed):
        listed = [problem for problem in listed if problem.reason is not Reason.IMPLAUSIBLE_VALUE]
    return tuple(listed)


def _check_cells(column: FieldColumn, found: _Findings, dictionary: Dictionary) -> None:
    """Check every different cell once: its own fault, then the limits of the field."""
    name = "birth_date" if column.field == "birth_year" else column.field
    problems = {position: Problem(fault, (name,), column.texts[position]) for position, fault in column.faults.items()}
    known = dictionary[name]
    if known.kind is Kind.NUMBER and column.field == known.name:
        numbers = column.numbers()
        hard, soft = outside(known, numbers)
        for position in np.flatnonzero(hard | soft).tolist():
            problems[position] = limit_problem(known, column.texts[position], impossible=bool(hard[position]))
    if problems:
        found.add_cells(column, problems)


def outside(known: Field, numbers: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Return which canonical numbers are impossible, and which of the others are implausible; NaN is neither."""
    return _beyond(numbers, known.hard_min, known.hard_max), _beyond(
        numbers, known.plausible_min, known.plausible_max
    ) & ~_beyond(numbers, known.hard_min, known.hard_max)


def outside_one(known: Field, value: float) -> Reason | None:
    """Return what is wrong with one canonical number by the limits of its field."""
    if _is_beyond(value, known.hard_min, known.hard_max):
        return Reason.IMPOSSIBLE_VALUE
    return Reason.IMPLAUSIBLE_VALUE if _is_beyond(value, known.plausible_min, known.plausible_max) else None


def _is_beyond(value: float, low: float | None, high: float | None) -> bool:
    slack = _SLACK * max(abs(value), _SLACK)
    return (low is not None and value < low - slack) or (high is not None and value > high + slack)


def _beyond(numbers: FloatArray, low: float | None, high: float | None) -> BoolArray:
    slack = _SLACK * np.maximum(np.abs(numbers), _SLACK)
    result = np.zeros(len(numbers), dtype=np.bool_)
    if low is not None:
        result |= numbers < low - slack
    if high is not None:
        result |= numbers > high + slack
    return result


def limit_problem(known: Field, text: str, impossible: bool) -> Problem:
    """Return the problem of a value outside the limits of its field, with those limits."""
    if impossible:
        return Problem(Reason.IMPOSSIBLE_VALUE, (known.name,), text, known.hard_min, known.hard_max, known.unit)
    return Problem(Reason.IMPLAUSIBLE_VALUE, (known.name,), text, known.plausible_min, known.plausible_max, known.unit)


def _check_pairs(columns: Sequence[FieldColumn], found: _Findings, dictionary: Dictionary) -> None:
    """Check that systolic is above diastolic, reading by reading; only where both are possible by themselves."""
    for upper_name, lower_name in PRESSURES:
        lower = {column.reading: column for column in columns if column.field == lower_name}
        for upper in columns:
            if upper.field == upper_name and upper.reading in lower:
                _check_pair(upper, lower[upper.reading], found, dictionary)


def _check_pair(upper: FieldColumn, lower: FieldColumn, found: _Findings, dictionary: Dictionary) -> None:
    high, low = _possible(upper, dictionary), _possible(lower, dictionary)
    with np.errstate(invalid="ignore"):
        crossed = high <= low
        close = (high > low) & (high - low < SMALLEST_PULSE_PRESSURE)
    # Of two single values in cells of their own, the one that is implausible by itself is the wrong one.
    own_cells = upper.index != lower.index and upper.rule is None
    odd_high = outside(dictionary[upper.field], high)[1] & own_cells
    odd_low = outside(dictionary[lower.field], low)[1] & own_cells
    both = (upper.field, lower.field)
    found.add(crossed & odd_low & ~odd_high, Problem(Reason.IMPOSSIBLE_VALUE, (lower.field,)))
    found.add(crossed & odd_high & ~odd_low, Problem(Reason.IMPOSSIBLE_VALUE, (upper.field,)))
    found.add(crossed & (odd_high == odd_low), Problem(Reason.IMPOSSIBLE_VALUE, both))
    found.add(close, Problem(Reason.IMPLAUSIBLE_VALUE, both, low=SMALLEST_PULSE_PRESSURE))


def _possible(column: FieldColumn, dictionary: Dictionary) -> FloatArray:
    """Return the numbers of a column by row; NaN where absent or impossible by itself."""
    numbers = column.numbers()
    numbers[outside(dictionary[column.field], numbers)[0]] = np.nan
    return numbers[column.codes]


def _dates(columns: Sequence[FieldColumn], field: str) -> list[FloatArray]:
    """Return the date columns of a field as day numbers by row; NaN where there is none."""
    found = []
    for column in columns:
        if column.field == field:
            days = np.array(["NaT" if value is None else str(value) for value in column.values], dtype="datetime64[D]")
            numbers = days.astype(np.float64)
            numbers[np.isnat(days)] = np.nan
            found.append(numbers[column.codes])
    return found


def _check_dates(columns: Sequence[FieldColumn], found: _Findings) -> None:
    """Check that nobody visits before birth."""
    for births in _dates(columns, "birth_date"):
        for visits in _dates(columns, "visit_date"):
            with np.errstate(invalid="ignore"):
                before = visits < births
            found.add(before, Problem(Reason.IMPOSSIBLE_VALUE, ("visit_date", "birth_date")))


def _check_resident_numbers(columns: Sequence[FieldColumn], found: _Findings) -> None:
    """Check that birth date and sex are those that the resident number says; nobody can tell which of them is wrong."""
    for said in columns:
        name = said.field.removeprefix(BY_RESIDENT_ID)
        if name == said.field:
            continue
        faults = {position: Problem(fault, (name,), said.texts[position]) for position, fault in said.faults.items()}
        if faults:
            found.add_cells(said, faults)
        for own in columns:
            if own.field == name:
                found.add(_contradicts(own, said), Problem(Reason.IMPOSSIBLE_VALUE, (name, "patient_id")))


def _contradicts(own: FieldColumn, said: FieldColumn) -> BoolArray:
    """Return by row whether both hold something, and neither begins with the other: a date may lack its day."""
    pairs = np.stack([own.codes, said.codes], axis=1)
    different, places = np.unique(pairs, axis=0, return_inverse=True)
    marks = np.zeros(len(different), dtype=np.bool_)
    for position, (here, there) in enumerate(different.tolist()):
        first, second = own.values[here], said.values[there]
        if first is not None and second is not None:
            marks[position] = not str(second).startswith(str(first))
    result: BoolArray = marks[places.reshape(-1)]
    return result


def _check_visit_date(columns: Sequence[FieldColumn], found: _Findings, count: int) -> None:
    """A row without a day is no visit."""
    filled = np.zeros(count, dtype=np.bool_)
    for column in columns:
        if column.field == "visit_date":
            filled |= column.filled()
    found.add(~filled, Problem(Reason.UNREADABLE_VALUE, ("visit_date",), ""))


def _check_identity(columns: Sequence[FieldColumn], found: _Findings, count: int) -> None:
    filled = np.zeros(count, dtype=np.bool_)
    for column in columns:
        if column.field in IDENTITY:
            filled |= column.filled()
    found.add(~filled, Problem(Reason.MISSING_IDENTITY, IDENTITY))

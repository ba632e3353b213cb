"""Limits, pairs, dates, identity: at both ends of every limit, every problem of a row at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.problems import Problem, Reason
from engine.domain.record import Value
from engine.fields import Kind, load_dictionary
from engine.intake.field_columns import FieldColumn
from engine.intake.validate import RowChecks, check_rows

DICTIONARY = load_dictionary()
NUMBERS = [field for field in DICTIONARY.fields.values() if field.kind is Kind.NUMBER and field.hard_min is not None]
WHO: Mapping[str, Sequence[Value | None]] = {"patient_id": ["P1"], "visit_date": ["2024-01-01"]}


def column(field: str, values: Sequence[Value | None], reading: int = 1, index: int = 0) -> FieldColumn:
    texts = tuple("" if value is None else str(value) for value in values)
    codes = np.arange(len(values), dtype=np.int32)
    return FieldColumn(field, codes, tuple(values), texts, reading=reading, index=index)


def check(
    fields: Mapping[str, Sequence[Value | None]], confirmed: frozenset[str] = frozenset()
) -> dict[int, list[tuple[Reason, tuple[str, ...]]]]:
    columns = [column(field, values, index=place) for place, (field, values) in enumerate(fields.items())]
    count = len(next(iter(fields.values())))
    checks = RowChecks(count, np.zeros(count, dtype=np.bool_), confirmed=confirmed)
    found = check_rows(columns, checks, DICTIONARY)
    return {row: [(problem.reason, problem.fields) for problem in problems] for row, problems in found.items()}


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_limits_include_their_ends_and_refuse_what_lies_beyond(field) -> None:  # type: ignore[no-untyped-def]  # a Field
    def of(value: float) -> list[tuple[Reason, tuple[str, ...]]]:
        return check({**WHO, field.name: [value]}).get(0, [])

    impossible = [(Reason.IMPOSSIBLE_VALUE, (field.name,))]
    implausible = [(Reason.IMPLAUSIBLE_VALUE, (field.name,))]
    for limit, outward in ((field.hard_min, -math.inf), (field.hard_max, math.inf)):
        assert of(limit) in ([], implausible)
        beside = limit + math.copysign(max(abs(limit), 1.0) * 1e-6, outward)
        assert of(beside) == impossible
    for limit, outward in ((field.plausible_min, -math.inf), (field.plausible_max, math.inf)):
        assert of(limit) == []
        if limit not in {field.hard_min, field.hard_max}:
            assert of(limit + math.copysign(max(abs(limit), 1.0) * 1e-6, outward)) == implausible


def test_a_value_a_billionth_beside_a_limit_is_on_it() -> None:
    assert check({**WHO, "total_cholesterol_mmol_l": [30 * (1 + 1e-12)]}).get(0, [])[0][0] is Reason.IMPLAUSIBLE_VALUE
    assert check({**WHO, "total_cholesterol_mmol_l": [13 * (1 + 1e-12)]}) == {}


@pytest.mark.parametrize(
    ("systolic", "diastolic", "expected"),
    [
        (120, 80, []),
        (90, 80, []),
        (89.9, 80, [(Reason.IMPLAUSIBLE_VALUE, ("sbp_mmhg", "dbp_mmhg"))]),
        (80, 80, [(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg", "dbp_mmhg"))]),
        (82, 128, [(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg", "dbp_mmhg"))]),
        (109, 182, [(Reason.IMPOSSIBLE_VALUE, ("dbp_mmhg",))]),
        (60, 65, [(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg",))]),
        (12, 80, [(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg",))]),
        (12, 8, [(Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg",)), (Reason.IMPOSSIBLE_VALUE, ("dbp_mmhg",))]),
        (120, None, []),
        (None, 80, []),
    ],
)
def test_systolic_is_above_diastolic(
    systolic: float | None, diastolic: float | None, expected: list[tuple[Reason, tuple[str, ...]]]
) -> None:
    assert check({**WHO, "sbp_mmhg": [systolic], "dbp_mmhg": [diastolic]}).get(0, []) == expected


def test_pairs_are_compared_reading_by_reading() -> None:
    columns = [
        column("patient_id", ["P1"]),
        column("visit_date", ["2024-01-01"]),
        column("sbp_mmhg", [140.0], reading=1, index=2),
        column("dbp_mmhg", [90.0], reading=1, index=3),
        column("sbp_mmhg", [95.0], reading=2, index=4),
        column("dbp_mmhg", [100.0], reading=2, index=5),
    ]
    found = check_rows(columns, RowChecks(1, np.zeros(1, dtype=np.bool_)), DICTIONARY)
    assert [problem.fields for problem in found[0]] == [("sbp_mmhg", "dbp_mmhg")]


def test_nobody_visits_before_birth_and_a_birth_known_to_the_year_counts_from_its_first_day() -> None:
    found = check(
        {
            "patient_id": ["P1", "P2", "P3"],
            "birth_date": ["1986-06-15", "1986-06-15", "1986"],
            "visit_date": ["1986-06-14", "1986-06-15", "1985-12-31"],
        }
    )
    assert found == {row: [(Reason.IMPOSSIBLE_VALUE, ("visit_date", "birth_date"))] for row in (0, 2)}


def test_a_row_needs_a_number_or_a_name_and_a_day() -> None:
    found = check(
        {"patient_id": ["P1", None, None], "name": [None, "Ann", None], "visit_date": ["2024-01-01", None, None]}
    )
    assert found == {
        1: [(Reason.UNREADABLE_VALUE, ("visit_date",))],
        2: [(Reason.UNREADABLE_VALUE, ("visit_date",)), (Reason.MISSING_IDENTITY, ("patient_id", "name"))],
    }


def test_what_is_implausible_is_not_named_beside_what_is_impossible() -> None:
    both = check({**WHO, "height_cm": [95.0], "weight_kg": [0.7]})
    assert both == {0: [(Reason.IMPOSSIBLE_VALUE, ("weight_kg",))]}
    assert check({**WHO, "height_cm": [95.0], "weight_kg": [290.0]}) == {
        0: [(Reason.IMPLAUSIBLE_VALUE, ("height_cm",)), (Reason.IMPLAUSIBLE_VALUE, ("weight_kg",))]
    }


def test_a_person_may_confirm_what_is_implausible_but_not_what_is_impossible() -> None:
    fields = {**WHO, "height_cm": [95.0], "weight_kg": [0.7]}
    assert check(fields, frozenset({"height_cm", "weight_kg"})) == {0: [(Reason.IMPOSSIBLE_VALUE, ("weight_kg",))]}
    assert check({**WHO, "height_cm": [95.0]}, frozenset({"height_cm"})) == {}


def test_of_a_row_whose_cells_may_have_slipped_nothing_else_is_said() -> None:
    columns = [column("patient_id", [None]), column("sbp_mmhg", [1.0])]
    found = check_rows(columns, RowChecks(1, np.ones(1, dtype=np.bool_)), DICTIONARY)
    assert found == {0: (Problem(Reason.BAD_ROW_SHAPE, ()),)}


def test_a_problem_tells_what_was_written_and_the_limits() -> None:
    columns = [column("patient_id", ["P1"]), column("visit_date", ["2024-01-01"]), column("sbp_mmhg", [1320.0])]
    problem = check_rows(columns, RowChecks(1, np.zeros(1, dtype=np.bool_)), DICTIONARY)[0][0]
    assert (problem.text, problem.low, problem.high, problem.unit) == ("1320.0", 50, 300, "mm[Hg]")


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "patient_id": st.sampled_from([None, "P1"]),
                "visit_date": st.sampled_from([None, "2024-01-01", "1950-01-01"]),
                "birth_date": st.sampled_from([None, "1960-01-01", "1960-05", "1990"]),
                "sbp_mmhg": st.none() | st.floats(0, 400),
                "dbp_mmhg": st.none() | st.floats(0, 400),
                "hba1c_percent": st.none() | st.floats(0, 40),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_row_passes_only_if_every_rule_holds(rows: list[dict[str, Value | None]]) -> None:
    found = check({name: [row[name] for row in rows] for name in rows[0]})
    for position, row in enumerate(rows):
        assert (position in found) == breaks_a_rule(row), row


def breaks_a_rule(row: Mapping[str, Value | None]) -> bool:
    """The rules written out once more, for one row."""
    if row["patient_id"] is None or row["visit_date"] is None:
        return True
    for name in ("sbp_mmhg", "dbp_mmhg", "hba1c_percent"):
        field, value = DICTIONARY[name], row[name]
        low, high = field.plausible_min, field.plausible_max
        if isinstance(value, float) and low is not None and high is not None:
            slack = 1e-9 * max(abs(value), 1e-9)
            if value < low - slack or value > high + slack:
                return True
    systolic, diastolic = row["sbp_mmhg"], row["dbp_mmhg"]
    if isinstance(systolic, float) and isinstance(diastolic, float) and systolic - diastolic < 10:
        return True
    birth = row["birth_date"]
    first = {None: "", "1960-05": "1960-05-01", "1990": "1990-01-01"}.get(str(birth) if birth else None, str(birth))
    return bool(birth) and str(row["visit_date"]) < first

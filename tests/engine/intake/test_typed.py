"""One typed visit: the same limits as a file, all problems at once."""

from __future__ import annotations

import pytest

from engine.domain.problems import Reason
from engine.domain.record import SourceKind
from engine.errors import BugError
from engine.fields import Kind, Scope, load_dictionary
from engine.intake.typed import TypedValue, TypedVisit, validate_typed, written_in
from tests.engine.intake.plans import CLOCK

DAY = TypedValue("visit_date", "2024-03-05")


def values(visit: TypedVisit) -> dict[tuple[str, int], object]:
    assert visit.entries is not None, visit.problems
    return {(column.field, column.reading): column.values[0] for column in visit.entries.columns}


def reasons(*typed: TypedValue, **more: object) -> list[tuple[Reason, tuple[str, ...]]]:
    visit = validate_typed([DAY, *typed], CLOCK, **more)  # type: ignore[arg-type]  # options of the call
    assert visit.entries is None
    return [(problem.reason, problem.fields) for problem in visit.problems]


def test_a_visit_becomes_entries_with_units_readings_and_originals() -> None:
    visit = validate_typed(
        [
            DAY,
            TypedValue("sbp_mmhg", "140"),
            TypedValue("sbp_mmhg", "138", reading=2),
            TypedValue("dbp_mmhg", "90"),
            TypedValue("total_cholesterol_mmol_l", "200", "mg/dL"),
            TypedValue("hba1c_percent", "48 mmol/mol"),
            TypedValue("uacr_mg_g", "<3"),
            TypedValue("smoker", "never"),
            TypedValue("diabetes", "true"),
            TypedValue("birth_date", "1960"),
            TypedValue("notes", " walks\r\nevery day "),
            TypedValue("weight_kg", ""),
        ],
        CLOCK,
        "nurse",
    )
    found = values(visit)
    assert found == {
        ("visit_date", 1): "2024-03-05",
        ("sbp_mmhg", 1): 140.0,
        ("sbp_mmhg", 2): 138.0,
        ("dbp_mmhg", 1): 90.0,
        ("total_cholesterol_mmol_l", 1): pytest.approx(200 / 38.67),
        ("hba1c_percent", 1): pytest.approx(48 * 0.09148 + 2.152),
        ("uacr_mg_g", 1): 3.0,
        ("smoker", 1): "never",
        ("diabetes", 1): True,
        ("birth_date", 1): "1960",
        ("notes", 1): "walks\nevery day",
    }
    assert visit.entries is not None
    assert (visit.entries.source.kind, visit.entries.source.actor) == (SourceKind.TYPED, "nurse")
    columns = {column.field: column for column in visit.entries.columns}
    assert columns["total_cholesterol_mmol_l"].texts == ["200"]
    assert columns["total_cholesterol_mmol_l"].conversion is not None
    assert columns["total_cholesterol_mmol_l"].conversion.unit_from == "mg/dL"
    assert columns["uacr_mg_g"].qualifiers == {0: "<"}


def test_all_problems_come_at_once() -> None:
    assert reasons(
        TypedValue("sbp_mmhg", "1400"),
        TypedValue("dbp_mmhg", "x"),
        TypedValue("smoker", "sometimes"),
        TypedValue("birth_date", "03/04/1960"),
        TypedValue("next_visit_date", "soon"),
        needs_identity=True,
    ) == [
        (Reason.IMPOSSIBLE_VALUE, ("sbp_mmhg",)),
        (Reason.UNREADABLE_VALUE, ("dbp_mmhg",)),
        (Reason.UNREADABLE_VALUE, ("smoker",)),
        (Reason.AMBIGUOUS_DATE, ("birth_date",)),
        (Reason.UNREADABLE_VALUE, ("next_visit_date",)),
        (Reason.MISSING_IDENTITY, ("patient_id", "name")),
    ]


def test_an_implausible_value_can_be_confirmed_an_impossible_one_cannot() -> None:
    tall = TypedValue("height_cm", "95")
    assert reasons(tall) == [(Reason.IMPLAUSIBLE_VALUE, ("height_cm",))]
    assert validate_typed([DAY, tall], CLOCK, confirmed=frozenset({"height_cm"})).problems == ()
    pair = (TypedValue("sbp_mmhg", "136"), TypedValue("dbp_mmhg", "132"))
    assert reasons(*pair) == [(Reason.IMPLAUSIBLE_VALUE, ("sbp_mmhg", "dbp_mmhg"))]
    assert validate_typed([DAY, *pair], CLOCK, confirmed=frozenset({"sbp_mmhg", "dbp_mmhg"})).problems == ()
    assert reasons(TypedValue("height_cm", "1700"), confirmed=frozenset({"height_cm"}))


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("visit_date", "2026-11-23", Reason.FUTURE_DATE),
        ("visit_date", "", Reason.UNREADABLE_VALUE),
        ("birth_date", "2090", Reason.FUTURE_DATE),
        ("birth_date", "1899-12-31", Reason.IMPOSSIBLE_VALUE),
        ("birth_date", "31/31/1960", Reason.UNREADABLE_VALUE),
        ("visit_date", "2024-03", Reason.UNREADABLE_VALUE),
    ],
)
def test_days_that_cannot_be_are_told(field: str, text: str, reason: Reason) -> None:
    typed = [TypedValue(field, text)] if field == "visit_date" else [DAY, TypedValue(field, text)]
    assert [problem.reason for problem in validate_typed(typed, CLOCK).problems] == [reason]


@pytest.mark.parametrize("text", ["1960", "1960-05", "1960-05-06", "1960年5月6日"])
def test_a_birth_date_may_be_known_to_the_year_or_month(text: str) -> None:
    assert values(validate_typed([DAY, TypedValue("birth_date", text)], CLOCK))[("birth_date", 1)] in {
        "1960",
        "1960-05",
        "1960-05-06",
    }


def test_a_box_without_field_or_unit_is_our_fault() -> None:
    for typed in (TypedValue("nonsense", "1"), TypedValue("sbp_mmhg", "120", "mg/dL")):
        with pytest.raises(BugError):
            validate_typed([DAY, typed], CLOCK)
    with pytest.raises(BugError):
        written_in("sbp_mmhg", 120.0, "mg/dL")


def test_a_number_survives_the_switch_of_its_unit() -> None:
    for field in load_dictionary().fields.values():
        if field.kind is not Kind.NUMBER or field.scope is Scope.SETTING or field.plausible_max is None:
            continue
        value = round(((field.plausible_min or 0) + field.plausible_max) / 2, 3)
        for unit in field.alternatives:
            text = written_in(field.name, value, unit.code)
            typed = validate_typed([DAY, TypedValue(field.name, text, unit.code)], CLOCK)
            assert values(typed)[(field.name, 1)] == pytest.approx(value, rel=1e-9), (field.name, unit.code)

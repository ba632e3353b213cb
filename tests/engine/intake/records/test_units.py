"""Units as laboratories write them: read as what they mean, or not at all."""

from __future__ import annotations

import pytest

from engine.intake.records.units import unit_of


@pytest.mark.parametrize(
    "written",
    ["mL/min/1.73", "mL/min/1.73m2", "mL/min/1.73 m^2", "mL/min/{1.73_m2}", "ml/min/1,73m2", "mL/min/(1.73 sq m)"],
)
def test_the_area_of_a_rate_is_never_divided_by(written: str) -> None:
    found = unit_of("egfr_ml_min_173", written)
    assert found is not None
    assert (found.factor, found.offset) == (1, 0)


@pytest.mark.parametrize(
    ("field", "written", "factor"),
    [
        ("hba1c_percent", "%{HbA1c}", 1),
        ("hba1c_percent", "% total", 1),
        ("inr", "{INR}", 1),
        ("uacr_mg_g", "mg/g{creat}", 1),
        ("uacr_mg_g", "mcg/mg", 1),
        ("platelets_10e9_l", "K/mcL", 1),
        ("platelets_10e9_l", "10*3/mcL", 1),
        ("sodium_mmol_l", "mEq/L", 1),
        ("potassium_mmol_l", "meq/l", 1),
        ("bicarbonate_mmol_l", "MEQ/L", 1),
    ],
)
def test_annotations_and_habits_are_read(field: str, written: str, factor: float) -> None:
    found = unit_of(field, written)
    assert found is not None
    assert found.factor == pytest.approx(factor)


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("calcium_mmol_l", "meq/L"),  # two charges
        ("hba1c_percent", "g/dL"),
        ("hba1c_percent", "{HbA1c}"),
        ("glucose_mmol_l", "{x}"),
        ("glucose_mmol_l", "furlongs"),
        ("temperature_c", "K"),
    ],
)
def test_what_may_mean_something_else_is_not(field: str, written: str) -> None:
    assert unit_of(field, written) is None

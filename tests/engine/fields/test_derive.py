"""Derived fields: only where a value is absent and every part is there, and never rounded."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.batch import Batch, FloatArray
from engine.domain.dates import completed_years
from engine.fields import derive, load_dictionary

DICTIONARY = load_dictionary()
NAN = np.nan


def batch(**columns: list[float]) -> Batch:
    rows = len(next(iter(columns.values())))
    return Batch(rows, {name: np.array(values, dtype=np.float64) for name, values in columns.items()})


def derived(field: str, **columns: list[float]) -> FloatArray:
    return derive(batch(**columns), DICTIONARY).batch.column(field)


def test_body_mass_index_is_derived_unrounded() -> None:
    assert derived("bmi_kg_m2", weight_kg=[70], height_cm=[163])[0] == 70 / (163 / 100) ** 2


def test_an_entered_value_wins() -> None:
    people = batch(weight_kg=[70, 70], height_cm=[163, 163], bmi_kg_m2=[31, NAN])
    result = derive(people, DICTIONARY)
    assert np.array_equal(result.batch.column("bmi_kg_m2"), [31, 70 / 1.63**2])
    assert np.array_equal(result.where["bmi_kg_m2"], [False, True])


def test_an_entered_value_that_cannot_be_read_is_not_replaced() -> None:
    people = batch(weight_kg=[70], height_cm=[163], bmi_kg_m2=[np.inf])
    result = derive(people, DICTIONARY)
    assert np.isinf(result.batch.column("bmi_kg_m2")[0])
    assert not result.where


def test_every_part_must_be_present() -> None:
    result = derive(batch(weight_kg=[70, NAN, 70], height_cm=[NAN, 163, np.inf]), DICTIONARY)
    assert np.isnan(result.batch.column("bmi_kg_m2")).all()
    assert not result.where
    assert np.isnan(derived("bmi_kg_m2", weight_kg=[70])[0])


@pytest.mark.parametrize(("weight_kg", "height_cm"), [(1000.0, 240.0), (80.0, 1.7)])
def test_a_part_outside_its_hard_limits_gives_an_invalid_value_not_a_plausible_one(
    weight_kg: float, height_cm: float
) -> None:
    result = derive(batch(weight_kg=[weight_kg], height_cm=[height_cm]), DICTIONARY)
    assert np.isinf(result.batch.column("bmi_kg_m2")[0])
    assert not result.where


def test_cholesterol_and_smoking_fields_follow_from_their_parts() -> None:
    people = batch(total_cholesterol_mmol_l=[5.4], hdl_mmol_l=[1.2], sbp_mmhg=[142], dbp_mmhg=[91])
    filled = derive(people, DICTIONARY).batch
    assert filled.column("non_hdl_mmol_l")[0] == 5.4 - 1.2
    assert filled.column("total_hdl_ratio")[0] == 5.4 / 1.2
    assert filled.column("pulse_pressure_mmhg")[0] == 51
    assert derived("pack_years", cigarettes_per_day_average=[15], smoking_duration_years=[30])[0] == 15 / 20 * 30


@pytest.mark.parametrize(
    ("birth", "visit", "age"),
    [
        (date(1960, 2, 29), date(2023, 2, 28), 62),
        (date(1960, 2, 29), date(2023, 3, 1), 63),
        (date(1960, 2, 29), date(2024, 2, 29), 64),
        (date(1960, 7, 15), date(2024, 7, 14), 63),
        (date(1960, 7, 15), date(2024, 7, 15), 64),
        (date(1960, 1, 1), date(2024, 1, 1), 64),
        (date(2024, 1, 1), date(2024, 1, 1), 0),
    ],
)
def test_age_is_completed_years(birth: date, visit: date, age: int) -> None:
    assert derived("age", birth_date=[birth.toordinal()], visit_date=[visit.toordinal()])[0] == age


@given(st.lists(st.tuples(st.dates(), st.dates()), min_size=1, max_size=20))
def test_ages_agree_with_the_calendar(pairs: list[tuple[date, date]]) -> None:
    births = [float(birth.toordinal()) for birth, _ in pairs]
    visits = [float(visit.toordinal()) for _, visit in pairs]
    wanted = [completed_years(birth, visit) for birth, visit in pairs]
    found = derived("age", birth_date=births, visit_date=visits)

    assert np.array_equal(found, wanted)


def test_a_day_that_no_calendar_has_gives_no_age() -> None:
    assert np.isnan(derived("age", birth_date=[0, -5, 1e9, NAN], visit_date=[738000] * 4)).all()


def test_a_region_follows_from_the_country_and_an_open_one_stays_open() -> None:
    countries = DICTIONARY["country_iso3"]
    people = batch(country_iso3=[countries.encode("CHN"), countries.encode("GBR"), NAN, np.inf])
    regions = derive(people, DICTIONARY).batch.column("gbd_region")
    assert [DICTIONARY["gbd_region"].decode(region) for region in regions] == [
        "east_asia",
        "western_europe",
        None,
        None,
    ]


def test_only_what_is_asked_for_is_derived_with_what_it_needs() -> None:
    people = batch(weight_kg=[70], height_cm=[163], sbp_mmhg=[142], dbp_mmhg=[91])
    result = derive(people, DICTIONARY, only=["bmi_kg_m2", "sex"])
    assert set(result.where) == {"bmi_kg_m2"}
    assert "pulse_pressure_mmhg" not in result.batch.columns


def test_nothing_derivable_leaves_the_batch_as_it_is() -> None:
    people = batch(sbp_mmhg=[142])
    assert derive(people, DICTIONARY).batch.columns.keys() == people.columns.keys()


def test_every_rule_of_the_dictionary_is_of_a_kind_that_has_a_home() -> None:
    kinds = {field.derivation.kind for field in DICTIONARY.fields.values() if field.derivation}
    assert kinds <= {"expression", "date_difference", "lookup", "equation", "format"}

"""Readings that cannot wait: at the edges, with values missing, and only while they are fresh."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.domain.record import Value
from engine.fields import Kind, load_dictionary
from engine.fields.urgent import find_urgent, load_urgent_readings
from engine.wording import LANGUAGES, load_wording

DICTIONARY = load_dictionary()


def told(known: Mapping[str, Value], days_before: Mapping[str, int] | None = None) -> list[str]:
    columns = {name: np.array([DICTIONARY[name].encode(value)]) for name, value in known.items()}
    return [reading.id for reading, _ in find_urgent(Batch(1, columns), DICTIONARY, days_before)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"sbp_mmhg": 179.0, "dbp_mmhg": 109.0}, []),
        ({"sbp_mmhg": 179.0, "dbp_mmhg": 110.0}, ["pressure_very_high"]),
        ({"sbp_mmhg": 179.0, "dbp_mmhg": 119.0}, ["pressure_very_high"]),
        ({"sbp_mmhg": 179.0, "dbp_mmhg": 120.0}, ["pressure_crisis"]),
        ({"sbp_mmhg": 180.0, "dbp_mmhg": 80.0}, ["pressure_crisis"]),
        ({"sbp_mmhg": 180.0}, ["pressure_crisis"]),
        ({"dbp_mmhg": 110.0}, ["pressure_very_high"]),
        ({"sbp_mmhg": 160.0, "dbp_mmhg": 90.0, "pregnant": True}, ["pressure_in_pregnancy"]),
        ({"sbp_mmhg": 160.0, "dbp_mmhg": 90.0, "pregnant": False}, []),
        ({"sbp_mmhg": 159.0, "dbp_mmhg": 109.0, "pregnant": True}, []),
        ({"sbp_mmhg": 190.0, "pregnant": True}, ["pressure_in_pregnancy"]),
        ({"sbp_mmhg": 90.0, "age": 15.9}, []),
        ({"sbp_mmhg": 90.0, "age": 16.0}, ["pressure_low"]),
        ({"sbp_mmhg": 91.0, "age": 40.0}, []),
        ({"fasting_glucose_mmol_l": 2.99}, ["glucose_very_low"]),
        ({"fasting_glucose_mmol_l": 3.0}, ["glucose_low"]),
        ({"fasting_glucose_mmol_l": 3.9}, ["glucose_low"]),
        ({"fasting_glucose_mmol_l": 3.95}, []),
        ({"random_glucose_mmol_l": 3.9}, []),
        ({"glucose_mmol_l": 16.69}, []),
        ({"glucose_mmol_l": 16.7}, ["glucose_very_high"]),
        ({"spo2_percent": 92.0}, []),
        ({"spo2_percent": 91.0}, ["saturation_low"]),
        ({"spo2_percent": 91.0, "spo2_scale": "2"}, []),
        ({"spo2_percent": 83.0, "spo2_scale": "2"}, ["saturation_low"]),
        ({"respiratory_rate_per_min": 24.0}, []),
        ({"respiratory_rate_per_min": 25.0}, ["breathing"]),
        ({"respiratory_rate_per_min": 8.0}, ["breathing"]),
        ({"pulse_bpm": 130.0}, []),
        ({"pulse_bpm": 131.0}, ["pulse"]),
        ({"pulse_bpm": 131.0, "age": 2.0}, []),
        ({"temperature_c": 35.0}, ["temperature_low"]),
        ({"temperature_c": 35.1}, []),
        ({"consciousness_alert": False}, ["not_alert"]),
        ({"consciousness_alert": True}, []),
        ({"potassium_mmol_l": 5.9}, []),
        ({"potassium_mmol_l": 6.0}, ["potassium_high"]),
        ({"potassium_mmol_l": 2.5}, ["potassium_low"]),
        ({"potassium_mmol_l": 2.6}, []),
        ({"sodium_mmol_l": 120.0}, ["sodium"]),
        ({"sodium_mmol_l": 160.0}, ["sodium"]),
        ({"sodium_mmol_l": 121.0}, []),
        ({"egfr_ml_min_173": 15.0}, []),
        ({"egfr_ml_min_173": 14.9}, ["kidney_failure"]),
        ({"egfr_ml_min_173": 14.9, "on_dialysis_or_transplant": True}, []),
        ({"egfr_ml_min_173": 14.9, "creatinine_umol_l": 400.0}, ["kidney_failure"]),
        ({"creatinine_umol_l": 353.0}, []),
        ({"creatinine_umol_l": 354.0}, ["creatinine_very_high"]),
        ({"sbp_mmhg": 185.0, "potassium_mmol_l": 6.4}, ["pressure_crisis", "potassium_high"]),
        ({}, []),
    ],
)
def test_at_the_edges(known: Mapping[str, Value], expected: list[str]) -> None:
    assert told(known) == expected


def test_values_that_are_none_and_columns_of_many_people() -> None:
    columns = {"sbp_mmhg": [np.nan, 200.0, 120.0, np.inf], "dbp_mmhg": [130.0, np.nan, 70.0, np.inf]}
    people = Batch(4, {name: np.array(column) for name, column in columns.items()})
    ((reading, where),) = find_urgent(people, DICTIONARY)
    assert reading.id == "pressure_crisis"
    assert where.tolist() == [True, True, False, False]


def test_an_old_reading_raises_nothing_and_what_is_known_of_the_person_has_no_day() -> None:
    assert told({"sbp_mmhg": 190.0}, {"sbp_mmhg": 1}) == []
    assert told({"potassium_mmol_l": 6.5}, {"potassium_mmol_l": 7}) == ["potassium_high"]
    assert told({"potassium_mmol_l": 6.5}, {"potassium_mmol_l": 8}) == []
    treated: Mapping[str, Value] = {"egfr_ml_min_173": 9.0, "on_dialysis_or_transplant": True}
    assert told(treated, {"on_dialysis_or_transplant": 900}) == []
    # An old fasting glucose says nothing; today's random one does.
    mixed: Mapping[str, Value] = {"fasting_glucose_mmol_l": 2.5, "random_glucose_mmol_l": 20.0}
    assert told(mixed, {"fasting_glucose_mmol_l": 20}) == ["glucose_very_high"]


def test_every_reading_has_its_sentence_its_source_with_a_year_and_known_fields() -> None:
    for reading in load_urgent_readings():
        assert set(reading.readings) <= reading.when.names
        assert all(DICTIONARY[name].kind is not Kind.TEXT for name in reading.when.names)
        assert f"missing({reading.readings[0]})" not in reading.when.text
        for language in LANGUAGES:
            assert re.search(r"20\d\d", reading.sources[language])
            assert reading.sources[language] in load_wording(language).say(
                f"urgent.{reading.id}", source=reading.sources[language]
            )
    assert len({reading.id for reading in load_urgent_readings()}) == len(load_urgent_readings())

"""What raises and lowers a number, on any pack, from the manifest alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from engine.domain.assessment import Driver
from engine.domain.batch import Batch
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.explain import explain, headline
from engine.risk.predictor import Predictor

MakePack = Callable[..., Pack]
People = Callable[..., Batch]


def score(predictor: Predictor, batch: Batch, output: str = "risk_10y") -> float:
    return float(predictor.predict(batch).outputs[output][0])


def test_each_driver_is_the_same_person_with_that_input_alone_at_its_reference(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    (why,) = explain(predictor, people(smoker), dictionary)
    assert why is not None
    assert (why.pack_id, why.output, why.method) == ("toy", "risk_10y", "one_at_a_time")
    assert why.value == score(predictor, people(smoker))
    assert [(d.field, d.value, d.reference) for d in why.drivers] == [
        ("smoker", "current", "never"),
        ("sbp_mmhg", 160.0, 120.0),
    ] or [(d.field, d.value, d.reference) for d in why.drivers] == [
        ("sbp_mmhg", 160.0, 120.0),
        ("smoker", "current", "never"),
    ]
    for driver in why.drivers:
        changed = people({**smoker, driver.field: driver.reference})
        assert driver.output_with_reference == score(predictor, changed)
    effects = [abs(driver.effect(why.value)) for driver in why.drivers]
    assert effects == sorted(effects, reverse=True)
    assert why.all_reference == score(
        predictor, people({**smoker, "smoker": "never", "sbp_mmhg": 120.0, "bmi_kg_m2": 23.0})
    )


def test_improving_leaves_values_better_than_their_reference_alone(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    low_pressure = {**smoker, "sbp_mmhg": 105.0}
    (why,) = explain(predictor, people(low_pressure), dictionary)
    assert why is not None
    assert [driver.effect(why.value) < 0 for driver in why.drivers if driver.field == "sbp_mmhg"] == [True]
    assert why.improved == score(predictor, people({**low_pressure, "smoker": "never"}))
    assert why.improved < why.value
    assert why.all_reference is not None
    assert why.improved < why.all_reference


def test_what_cannot_be_changed_explains_but_does_not_improve(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    fixed = Predictor(make_pack({"references.smoker.changeable": False}), dictionary)
    (why,) = explain(fixed, people(smoker), dictionary)
    assert why is not None
    assert {driver.field: driver.changeable for driver in why.drivers}["smoker"] is False
    assert why.improved == score(fixed, people({**smoker, "sbp_mmhg": 120.0}))


def test_inputs_that_are_absent_or_at_their_reference_are_no_drivers(
    predictor: Predictor, dictionary: Dictionary, people: People, toy_person: Mapping[str, Any]
) -> None:
    at_best = {**toy_person, "sbp_mmhg": 120.0, "smoker": "never", "bmi_kg_m2": None}
    (why,) = explain(predictor, people(at_best), dictionary)
    assert why is not None
    assert why.drivers == ()
    assert why.all_reference == why.improved == why.value


def test_an_input_that_does_not_move_the_output_is_no_driver(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    (ten_years,) = explain(predictor, people(smoker), dictionary, "risk_10y")
    (failure,) = explain(predictor, people(smoker), dictionary, "hf_10y")
    assert ten_years is not None
    assert failure is not None
    assert "bmi_kg_m2" not in [driver.field for driver in ten_years.drivers]
    assert "bmi_kg_m2" in [driver.field for driver in failure.drivers]


def test_derived_inputs_are_drivers_too(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    tall = {**smoker, "bmi_kg_m2": None, "height_cm": 170.0, "weight_kg": 90.0}
    (why,) = explain(predictor, people(tall), dictionary, "hf_10y")
    assert why is not None
    driver = next(driver for driver in why.drivers if driver.field == "bmi_kg_m2")
    assert driver.value == pytest.approx(90 / 1.7**2, rel=1e-15)
    assert driver.output_with_reference == score(predictor, people({**smoker, "bmi_kg_m2": 23.0}), "hf_10y")


def test_a_refused_person_and_a_refused_change_have_no_number(
    make_pack: MakePack, dictionary: Dictionary, people: People, smoker: dict[str, Any], predictor: Predictor
) -> None:
    assert explain(predictor, people({**smoker, "age": 85.0}), dictionary) == (None,)
    # A pack for smokers only: at "never" it refuses, so smoking is no driver and there is no all-good person.
    picky = Predictor(make_pack({"inputs.4.allowed": ["current"]}), dictionary)
    (why,) = explain(picky, people(smoker), dictionary)
    assert why is not None
    assert [driver.field for driver in why.drivers] == ["sbp_mmhg"]
    assert why.all_reference is None
    assert why.improved == score(picky, people({**smoker, "sbp_mmhg": 120.0}))


def test_many_people_are_explained_as_each_alone(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    random = np.random.default_rng(2)
    crowd = [
        {**smoker, "age": float(random.uniform(35, 85)), "sbp_mmhg": float(random.integers(80, 240))} for _ in range(40)
    ]
    together = explain(predictor, people(*crowd), dictionary)
    assert together == tuple(explain(predictor, people(person), dictionary)[0] for person in crowd)
    assert None in together


def test_without_a_headline_the_first_number_leads(make_pack: MakePack) -> None:
    pack = make_pack({"headline_output": None})
    assert headline(pack.manifest) == "risk_10y"
    assert headline(make_pack({"headline_output": "hf_10y"}).manifest) == "hf_10y"


def test_a_pack_without_numbers_has_nothing_to_explain(make_pack: MakePack, dictionary: Dictionary) -> None:
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    document["outputs"] = [
        {**output, "kind": "category", "categories": ["a", "b"], "diagnostic": False} for output in document["outputs"]
    ]
    document.update(headline_output=None, bands=[])
    predictor = Predictor(make_pack(document=document), dictionary)
    assert headline(predictor.pack.manifest) is None
    assert explain(predictor, Batch(2, {}), dictionary) == (None, None)
    assert explain(predictor, Batch(2, {}), dictionary, "risk_10y") == (None, None)


def test_the_effect_of_a_driver_is_what_the_value_adds() -> None:
    assert Driver("sbp_mmhg", 160.0, 120.0, 0.08).effect(0.1) == pytest.approx(0.02)


def test_contributions_make_up_the_difference_from_the_reference_person(
    predictor: Predictor, dictionary: Dictionary, people: People, smoker: dict[str, Any]
) -> None:
    refused, why = explain(predictor, people({**smoker, "age": 85.0}, smoker), dictionary)
    assert refused is None
    assert why is not None
    assert why.all_reference is not None
    amounts = {each.fields[0]: each.amount for each in why.contributions}
    assert sum(amounts.values()) == pytest.approx(why.value - why.all_reference, abs=1e-12)
    assert amounts["bmi_kg_m2"] == 0
    # Alone, each seems to do more than beside the other: what they do together is shared out once.
    alone = {driver.field: driver.effect(why.value) for driver in why.drivers}
    assert all(0 < amounts[field] < alone[field] for field in ("smoker", "sbp_mmhg"))

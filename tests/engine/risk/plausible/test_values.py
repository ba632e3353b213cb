"""Plausible values: the closest group that the table holds speaks, and where none holds a field there is nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from engine.domain.batch import Batch
from engine.fields import load_dictionary
from engine.resources import resources_folder
from engine.risk.plausible import (
    LEVELS,
    PlausibleValues,
    Source,
    Stratum,
    clinic_values,
    load_plausible_values,
    strata_of,
)

DICTIONARY = load_dictionary()
SHIPPED = load_plausible_values(DICTIONARY)
NAN = float("nan")


def people(**columns: Sequence[float | str]) -> Batch:
    made = {}
    for name, values in columns.items():
        cells = [DICTIONARY[name].encode(value) if isinstance(value, str) else value for value in values]
        made[name] = np.array(cells, dtype=np.float64)
    return Batch(len(next(iter(made.values()))), made)


def crowd(rows: int, seed: int = 4) -> Batch:
    random = np.random.default_rng(seed)
    return Batch(
        rows,
        {
            "age": random.uniform(20, 95, rows),
            "sex": random.integers(0, 2, rows).astype(np.float64),
            "diabetes": (random.random(rows) < 0.2).astype(np.float64),
            "uacr_mg_g": random.lognormal(2, 1, rows),
        },
    )


def test_every_group_says_where_it_comes_from_and_how_many_people_it_is() -> None:
    document = json.loads((resources_folder() / "plausible" / "values.json").read_text(encoding="utf-8"))
    assert tuple(document["levels"]) == LEVELS
    assert set(SHIPPED.fields) == set(document["fields"])
    for name in SHIPPED.fields:
        for stratum in SHIPPED.strata(name):
            assert stratum.n >= document["fewest"]
            assert SHIPPED.sources[stratum.source].text.keys() == {"en", "zh"}
            if stratum.shares is None:
                assert list(stratum.quantiles) == sorted(stratum.quantiles)
                low, high = DICTIONARY[name].hard_min, DICTIONARY[name].hard_max
                assert low is not None
                assert high is not None
                assert low <= stratum.quantiles[0] < stratum.quantiles[-1] <= high
            else:
                assert sum(stratum.shares.values()) == pytest.approx(1, abs=2e-4)


def test_age_sex_and_diabetes_choose_the_group() -> None:
    points = SHIPPED.points(
        "bmi_kg_m2", people(age=[45.5, 45, 45, 79.9], sex=["M", "F", "F", "M"], diabetes=[0, 0, 1, NAN])
    )
    chosen = [points.strata[position] for position in points.stratum]
    assert [(each.sex, each.diabetes, each.ages) for each in chosen] == [
        ("M", False, (40, 50)),
        ("F", False, (40, 50)),
        ("F", True, (40, None)),  # too few women with diabetes in one decade
        ("M", None, (70, 80)),
    ]
    assert [each.source for each in chosen] == ["nhanes_2017", "nhanes_2017", "nhanes_2003", "nhanes_2003"]
    assert (np.diff(points.values, axis=1) > 0).all()


def test_who_shares_diabetes_is_closer_than_who_shares_the_decade() -> None:
    (stratum,) = (
        points.strata[points.stratum[0]]
        for points in [SHIPPED.points("sbp_mmhg", people(age=[52], sex=["M"], diabetes=[1]))]
    )
    assert (stratum.diabetes, stratum.source) == (True, "nhanes_2003")


def test_a_long_term_sugar_value_is_never_taken_from_people_without_diabetes() -> None:
    points = SHIPPED.points("hba1c_percent", people(age=[55, 55, 55], sex=["M"] * 3, diabetes=[0, 1, NAN]))
    assert (points.stratum >= 0).tolist() == [True, False, False]
    assert np.isnan(points.values[1:]).all()


def test_children_and_people_without_age_have_no_group() -> None:
    points = SHIPPED.points("bmi_kg_m2", people(age=[12, NAN], sex=["M", "M"]))
    assert (points.stratum < 0).all()


def test_a_field_that_no_table_holds_has_no_values() -> None:
    points = SHIPPED.points("uacr_mg_g", people(age=[55], sex=["M"]))
    assert "uacr_mg_g" not in SHIPPED
    assert np.isnan(points.values).all()


def test_shares_of_codes_stand_in_the_order_of_the_dictionary() -> None:
    points = SHIPPED.points("smoker", people(age=[45], sex=["F"], diabetes=[0]))
    assert points.values[0].tolist() == [0, 1, 2]
    assert points.weights[0].sum() == pytest.approx(1, abs=1e-3)
    stratum = points.strata[points.stratum[0]]
    assert stratum.shares is not None
    assert points.weights[0, DICTIONARY["smoker"].category_codes.index("never")] == stratum.shares["never"]


def test_a_clinic_speaks_where_two_hundred_of_its_people_have_the_field() -> None:
    source = Source("clinic", "clinic", {"en": "This clinic", "zh": "本诊所"})
    assert "uacr_mg_g" not in clinic_values(crowd(199), ["uacr_mg_g"], DICTIONARY, source)
    own = clinic_values(crowd(2000), ["uacr_mg_g", "hdl_mmol_l"], DICTIONARY, source)
    assert set(own.fields) == {"uacr_mg_g"}
    both = SHIPPED.beside(own)
    points = both.points("uacr_mg_g", people(age=[55], sex=["M"], diabetes=[0]))
    assert both.sources[points.strata[points.stratum[0]].source].kind == "clinic"
    assert both.strata("bmi_kg_m2") == SHIPPED.strata("bmi_kg_m2")


def test_a_group_is_never_made_of_fewer_people_than_stated() -> None:
    made = strata_of(crowd(900), "uacr_mg_g", DICTIONARY, "here", None)
    assert made
    assert all(each.n >= 100 for each in made)
    assert (20, None) in {each.ages for each in made}


def test_values_beyond_the_limits_of_a_field_are_left_out() -> None:
    batch = crowd(1000)
    wild = batch.with_columns({"uacr_mg_g": np.where(np.arange(1000) % 2 == 0, 1e9, batch.column("uacr_mg_g"))})
    everybody = [each for each in strata_of(wild, "uacr_mg_g", DICTIONARY, "here", None) if each.ages == (20, None)]
    assert max(each.quantiles[-1] for each in everybody) < 1000


def test_the_first_table_speaks_where_two_hold_a_field() -> None:
    mine = PlausibleValues(
        {"mine": Source("mine", "published", {"en": "A paper", "zh": "论文"})},
        {"bmi_kg_m2": [Stratum("mine", None, None, (20, None), 500, (18, 22, 25, 28, 35))]},
        DICTIONARY,
    )
    points = mine.beside(SHIPPED).points("bmi_kg_m2", people(age=[45], sex=["M"]))
    assert points.values[0].tolist() == [18, 22, 25, 28, 35]

"""What goes out of a clinic without who people are: held against pandas, and against a list of what may go out."""

from __future__ import annotations

import json
import math
import re
import secrets
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.batch import Batch, FloatArray
from engine.errors import UsageError
from engine.fields import Kind, Scope, load_dictionary
from engine.population import (
    Column,
    Deidentified,
    Treatment,
    deidentify,
    draw_pseudonyms,
    load_rules,
    prepare,
    report_document,
    shown,
    tightened,
)

DICTIONARY = load_dictionary()
RULES = load_rules()
KNOWN = ("age", "visit_year", "sex")


def cells(column: Column) -> list[str]:
    return ["" if code < 0 else column.texts[code] for code in column.codes.tolist()]


def table(found: Deidentified) -> pd.DataFrame:
    return pd.DataFrame({column.name: cells(column) for column in found.columns})


def people(count: int, seed: int = 1, **columns: FloatArray) -> Batch:
    """Draw people as a clinic has them, ages to 104 among them."""
    chance = np.random.default_rng(seed)
    days = chance.integers(date(2019, 1, 1).toordinal(), date(2026, 1, 1).toordinal(), count).astype(float)
    drawn = {
        "age": chance.integers(18, 105, count).astype(float),
        "visit_date": days,
        "sex": chance.integers(0, 2, count).astype(float),
        "sbp_mmhg": chance.normal(135, 20, count).round(),
        "smoker": chance.integers(0, 3, count).astype(float),
        "diabetes": (chance.random(count) < 0.1).astype(float),
        "smoking_quit_years": chance.integers(0, 70, count).astype(float),
        "diabetes_diagnosis_age_years": chance.integers(20, 100, count).astype(float),
    }
    return Batch(count, {**drawn, **columns})


def of(batch: Batch, k: int = 11) -> Deidentified:
    ids = [f"person-{place}" for place in range(batch.rows)]
    return deidentify(prepare(ids, batch, np.full(batch.rows, np.nan)), DICTIONARY, replace(RULES, k=k))


# --- the list -------------------------------------------------------------------------------------------------------


def test_every_field_of_the_dictionary_has_its_line_and_no_other_has() -> None:
    assert RULES.treatments.keys() == DICTIONARY.fields.keys()
    assert all(RULES.reasons.values())


def test_texts_and_dates_never_go_out_nor_do_a_clinics_places() -> None:
    out = {name for name, treatment in RULES.treatments.items() if treatment is not Treatment.DROP}
    kinds = {name: DICTIONARY[name].kind for name in out}
    assert {name for name, kind in kinds.items() if kind in (Kind.TEXT, Kind.DATE)} == {"visit_date"}
    assert RULES.treatments["visit_date"] is Treatment.YEAR
    settings_out = {name for name in out if DICTIONARY[name].scope is Scope.SETTING}
    assert settings_out == {"ast_uln_u_l", "alt_uln_u_l"}
    assert not out & {"apoe_e4_carrier", "townsend_score", "sdi_decile", "projection_end_age_years"}
    for name, kind in kinds.items():
        assert (RULES.treatments[name] is Treatment.CODE) == (kind in (Kind.CATEGORY, Kind.BOOLEAN)), name


def test_a_field_in_no_list_does_not_go_out() -> None:
    found = of(people(400, somebody_elses_field=np.arange(400.0)))
    assert "somebody_elses_field" not in table(found)
    assert ("somebody_elses_field", "unknown") in {(each.field, each.why.value) for each in found.left_out_columns}


# --- people ---------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 400), k=st.integers(2, 15), seed=st.integers(0, 1000))
def test_whatever_comes_each_person_is_one_of_k_and_nothing_rare_is_left(count: int, k: int, seed: int) -> None:
    found = of(people(count, seed), k)
    out = table(found)
    assert len(out) == len(found.people)
    if out.empty:
        return
    known = [name for name in KNOWN if name in out]
    assert set(found.known) == set(known)
    assert out.groupby(known).size().min() >= k
    ages = [text for text in out["age"] if text]
    assert all(int(re.split(r" to |\+", text)[-2 if text.endswith("+") else -1]) <= 90 for text in ages)
    for name in (each.name for each in found.columns if each.name not in known):
        column = out[name][out[name] != ""]
        if DICTIONARY[name].kind is Kind.NUMBER:
            numbers = column.str.rstrip("+").astype(float)
            assert (numbers == numbers.max()).sum() >= k, name
            assert (numbers == numbers.min()).sum() >= k, name
        else:
            assert column.value_counts().min() >= k, name


@pytest.mark.parametrize("count", [60, 500, 5_000])
def test_the_classes_are_those_that_pandas_counts(count: int) -> None:
    batch = people(count, seed=7)
    found = of(batch)
    age, year = batch.column("age"), [date.fromordinal(int(day)).year for day in batch.column("visit_date")]
    for loss in found.tried:
        width, years = loss.step.age_years, loss.step.visit_years
        frame = pd.DataFrame({"age": np.where(age > 89, 90, age // width * width), "sex": batch.column("sex")})
        if years:
            frame["year"] = np.array(year) // years
        sizes = frame.groupby(list(frame)).size()
        assert sorted(loss.sizes.tolist()) == sorted(sizes.tolist())
        assert loss.left_out == sizes[sizes < 11].sum()
    shares = [loss.left_out / count for loss in found.tried]
    assert found.taken is (found.tried[-1] if shares[-1] <= 0.05 else min(found.tried, key=lambda each: each.left_out))
    assert all(share > 0.05 for share in shares[:-1])
    assert len(found.people) == count - found.taken.left_out


def test_who_is_over_89_is_in_one_group_and_nothing_tells_how_much_over() -> None:
    count = 1_000
    age = np.where(np.arange(count) < 100, 90.0 + np.arange(count) % 15, 60.0)
    batch = people(count, age=age, smoking_quit_years=np.where(age > 89, 75.0, 10.0))
    batch = batch.with_columns({"diabetes_diagnosis_age_years": np.where(age > 89, age, 50.0)})
    out = table(of(batch))
    old = out[out["age"] == "90+"]
    assert len(old) > 50
    assert set(old["smoking_quit_years"]) == {""}
    assert set(old["diabetes_diagnosis_age_years"]) == {"90+"}
    assert not re.search(r"\b(9[1-9]|10[0-9])\b", out[["age", "diabetes_diagnosis_age_years"]].to_csv(index=False))


def test_an_age_that_was_typed_too_low_does_not_hide_one_over_89() -> None:
    batch = people(200, age=np.full(200, 45.0))
    derived = np.where(np.arange(200) < 50, 95.0, 45.0)
    found = deidentify(prepare([str(each) for each in range(200)], batch, derived), DICTIONARY, replace(RULES, k=2))
    assert (table(found)["age"] == "90+").sum() >= 40


def test_a_code_that_few_have_is_left_empty_or_takes_its_column_with_it() -> None:
    base = people(600)
    rare = np.where(np.arange(600) < 3, 1.0, 0.0)
    hidden = rare.copy()
    hidden[100:200] = np.nan  # the three are among a hundred empty cells
    found = of(base.with_columns({"copd": rare, "migraine": hidden, "sle": np.full(600, np.nan)}))
    out = table(found)
    assert "copd" not in out
    assert set(out["migraine"]) == {"", "false"}
    gone = {each.field: each.why.value for each in found.left_out_columns}
    assert gone["copd"] == "few"


def test_an_extreme_value_is_given_as_one_that_others_have() -> None:
    pressures = people(600).column("sbp_mmhg").copy()
    pressures[:2] = (299.0, 51.0)
    found = of(people(600, sbp_mmhg=pressures))
    column = next(each for each in found.columns if each.name == "sbp_mmhg")
    out = table(found)["sbp_mmhg"].astype(float)
    assert (out.max(), out.min()) == (column.high, column.low)
    assert out.max() < 200


def test_too_few_people_give_nothing() -> None:
    assert of(people(10)).people == []
    assert of(people(0)).people == []


def test_values_that_are_none_of_the_field_are_empty_cells() -> None:
    odd = people(300, sbp_mmhg=np.where(np.arange(300) % 2, np.inf, 120.0), smoker=np.where(np.arange(300) % 2, 7.0, 1))
    out = table(of(odd))
    assert set(out["sbp_mmhg"]) == {"", "120"}
    assert set(out["smoker"]) <= {"", DICTIONARY["smoker"].category_codes[1]}


# --- the clinic's own policy ----------------------------------------------------------------------------------------


def test_a_policy_only_ever_leaves_more_out() -> None:
    strict = tightened(RULES, 20, {"drop": ["sbp_mmhg"], "known_to_others": ["smoker", "name"]})
    assert (strict.k, strict.treatment("sbp_mmhg"), strict.treatment("name")) == (20, Treatment.DROP, Treatment.DROP)
    batch = people(4_000)
    found = deidentify(prepare([str(each) for each in range(4_000)], batch, batch.column("age")), DICTIONARY, strict)
    out = table(found)
    assert "sbp_mmhg" not in out
    assert out.groupby([*found.known]).size().min() >= 20
    assert "smoker" in found.known


@pytest.mark.parametrize(
    "policy", [{"keep": ["name"]}, {"drop": "name"}, {"drop": ["nothing"]}, {"known_to_others": ["sbp_mmhg"]}]
)
def test_a_policy_that_is_not_understood_is_refused(policy: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="deidentify_policy"):
        tightened(RULES, None, policy)


def test_nobody_is_hidden_alone() -> None:
    with pytest.raises(UsageError, match="deidentify_k"):
        tightened(RULES, 1)


# --- the report -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "as_shown"), [(0, 0), (1, "1-10"), (10, "1-10"), (11, 11), (5_000, 5_000)])
def test_small_counts_are_not_shown(count: int, as_shown: object) -> None:
    assert shown(count, 10) == as_shown


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 300), k=st.integers(2, 15), refused=st.integers(0, 12), seed=st.integers(0, 500))
def test_no_report_shows_or_gives_away_a_count_of_one_to_ten(count: int, k: int, refused: int, seed: int) -> None:
    found = of(people(count, seed), k)
    report = report_document(found, refused)
    json.dumps(report)
    counts = [report[name] for name in ("people", "people_left_out", "people_who_refused", "smallest_class")]
    counts += [report["people_in_all"]] if report["people_in_all"] is not None else []
    counts += [step[name] for step in report["steps"] for name in ("smallest_class", "people_below_k")]
    counts += [line["people"] for line in report["class_sizes"]]
    assert all(each in {"1-10", 0} or each > 10 for each in counts)
    if 1 <= found.taken.left_out <= 10:
        assert (report["people_in_all"], report["share_left_out"]) == (None, None)
        assert all(step["share_below_k"] is None for step in report["steps"])


# --- pseudonyms -----------------------------------------------------------------------------------------------------


def test_pseudonyms_are_drawn_anew_unless_they_are_known() -> None:
    ids = [f"person-{place}" for place in range(2_000)]
    one, two = draw_pseudonyms(ids, secrets.token_bytes), draw_pseudonyms(ids, secrets.token_bytes)
    assert len(set(one.values())) == 2_000
    assert not set(one.values()) & set(two.values())
    again = draw_pseudonyms([*ids, "new"], secrets.token_bytes, one)
    assert {each: again[each] for each in ids} == one
    assert again["new"] not in one.values()


def test_a_pseudonym_that_somebody_has_is_drawn_again() -> None:
    drawn = iter([b"\0" * 6, b"\0" * 6, b"\1" * 6])
    found = draw_pseudonyms(["a", "b"], lambda size: next(drawn))
    assert found == {"a": "P" + "00" * 6, "b": "P" + "01" * 6}
    assert math.log2(16**12) == 48

"""The code lists of the record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import fields_by_loinc, icd10_category, load_codes
from engine.fields import load_dictionary
from engine.resources import resources_folder

CODES = load_codes()


@pytest.mark.shared
def test_the_shipped_lists_are_the_reference(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "guideline_variables.json").read_text(encoding="utf-8"))
    shipped = json.loads((resources_folder() / "codes" / "record_codes.json").read_text(encoding="utf-8"))
    lists = {name: entries for name, entries in reference["vocabularies"].items() if isinstance(entries, list)}
    assert shipped["vocabularies"] == lists


def test_every_term_has_a_name_in_both_languages() -> None:
    for terms in (
        CODES.conditions,
        CODES.medicine_classes,
        CODES.ingredients,
        CODES.checks,
        CODES.check_results,
        CODES.check_statuses,
        CODES.certainties,
        CODES.relatives,
    ):
        assert terms
        for code, term in terms.items():
            assert term.code == code
            assert term.label("en").strip()
            assert term.label("zh").strip()


def test_classes_and_fields_that_are_named_exist() -> None:
    for medicine_class in CODES.medicine_classes.values():
        assert set(medicine_class.parents) <= CODES.medicine_classes.keys()
    for ingredient in CODES.ingredients.values():
        assert ingredient.classes
        assert set(ingredient.classes) <= CODES.medicine_classes.keys()
    for check in CODES.checks.values():
        assert all(field in load_dictionary() for field in check.fields)


def test_a_class_counts_for_every_class_above_it() -> None:
    assert CODES.counts_for(["arni"]) == {"arni", "arb", "raas_inhibitor", "bp_lowering"}
    assert CODES.counts_for([]) == frozenset()
    with pytest.raises(KeyError):
        CODES.counts_for(["no_such_class"])


@given(st.sets(st.sampled_from(sorted(CODES.medicine_classes))))
def test_counting_upwards_is_closed_and_loses_nothing(classes: set[str]) -> None:
    above = CODES.counts_for(classes)
    assert classes <= above
    assert CODES.counts_for(above) == above


def test_a_fixed_combination_counts_for_each_part() -> None:
    assert CODES.ingredients["amlodipine/valsartan"].parts == ("amlodipine", "valsartan")
    assert set(CODES.ingredients["amlodipine/valsartan"].classes) == {"ccb", "arb"}
    # listed as an ingredient of one class only, and still a combination
    assert set(CODES.ingredients["triamterene/hydrochlorothiazide"].classes) == {"k_sparing", "thiazide"}
    # what the list of combinations says is complete
    assert CODES.ingredients["sacubitril/valsartan"].classes == ("arni",)


@pytest.mark.parametrize(
    ("written", "category"),
    [
        ("I21", "I21"),
        (" i21.4 ", "I21"),
        ("E1165", "E11"),
        ("M80.08XA", "M80"),
        ("B18.1+", "B18"),
        ("", None),
        ("I2", None),
        ("heart", None),
        ("I21.4.1", None),
        ("121", None),
    ],
)
def test_an_icd10_code_is_read_as_written(written: str, category: str | None) -> None:
    assert icd10_category(written) == category


@given(st.text(max_size=12))
def test_any_text_is_an_icd10_code_or_none(text: str) -> None:
    category = icd10_category(text)
    assert category is None or (len(category) == 3 and category.isascii())


def test_a_wider_icd10_code_suggests_and_never_proves() -> None:
    assert CODES.condition_proven_by("I10") == "hypertension"
    assert "myocardial_infarction" in CODES.conditions_suggested_by("I25.2")
    assert CODES.condition_proven_by("I25.2") is None
    assert CODES.condition_proven_by("Z95.1") is None
    assert CODES.condition_proven_by("A00") is None
    assert CODES.conditions_suggested_by("not a code") == ()
    for condition in CODES.conditions.values():
        for code in condition.icd10:
            proven = CODES.condition_proven_by(code)
            assert proven == (None if condition.icd10_wider else condition.code)


def test_a_list_of_icd10_codes_is_never_wider_without_a_code() -> None:
    assert all(condition.icd10 for condition in CODES.conditions.values() if condition.icd10_wider)


def test_only_verified_loinc_codes_are_offered() -> None:
    offered = fields_by_loinc()
    fields = load_dictionary().fields.values()
    assert offered["14647-2"] == "total_cholesterol_mmol_l"
    assert set(offered.values()) == {field.name for field in fields if field.loinc and field.loinc_verified}
    assert any(field.loinc and not field.loinc_verified for field in fields)

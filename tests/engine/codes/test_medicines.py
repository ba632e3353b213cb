"""Medicines in text as people write it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.codes import Ingredient, RecognisedMedicine, load_codes, recognise_medicine

CODES = load_codes()
NOTHING: tuple[str | None, set[str]] = (None, set())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("ingredient", CODES.ingredients.values(), ids=lambda each: each.code)
def test_every_listed_name_is_recognised(ingredient: Ingredient, language: str) -> None:
    found = recognise_medicine(ingredient.label(language))
    assert found.ingredient == ingredient.code
    assert set(found.classes) == set(ingredient.classes)


@pytest.mark.parametrize(
    ("text", "ingredient", "classes", "dose"),
    [
        ("Amlodipine 5mg", "amlodipine", {"ccb"}, "5mg"),
        ("Hydrochlorothiazide 12.5 mg", "hydrochlorothiazide", {"thiazide"}, "12.5 mg"),
        ("  ASPIRIN (75mg) ", "aspirin", {"aspirin"}, "75mg"),
        ("lercanidipine once daily", "lercanidipine", {"ccb"}, "once daily"),
        ("Ａｍｌｏｄｉｐｉｎｅ ５ｍｇ", "amlodipine", {"ccb"}, "５ｍｇ"),
        ("ATORVASTATIN20MG", "atorvastatin", {"statin"}, "20MG"),
        ("5 mg amlodipine od", "amlodipine", {"ccb"}, "5 mg"),
        ("Insulin  glargine 10 units nocte", "insulin glargine", {"insulin"}, "10 units nocte"),
        ("缬沙坦氨氯地平片 80mg", "amlodipine/valsartan", {"ccb", "arb"}, "80mg"),
        ("左氨氯地平 每日一次", "levamlodipine", {"ccb"}, "每日一次"),
        ("苯磺酸左旋氨氯地平片2.5mg", "levamlodipine", {"ccb"}, "2.5mg"),
        ("盐酸二甲双胍缓释片0.5g 每日两次", "metformin", {"metformin"}, "0.5g 每日两次"),
        ("阿托伐他汀钙片２０ｍｇ", "atorvastatin", {"statin"}, "２０ｍｇ"),
        ("硫酸氢氯吡格雷片 75mg", "clopidogrel", {"antiplatelet"}, "75mg"),
        ("艾司奥美拉唑镁肠溶片", "esomeprazole", {"ppi"}, None),
        ("复方盐酸阿米洛利片", "amiloride/hydrochlorothiazide", {"k_sparing", "thiazide"}, None),
        ("布地奈德福莫特罗吸入粉雾剂", "budesonide/formoterol", {"ics", "long_acting_bronchodilator"}, None),
        ("Omega-3 acid ethyl esters 1 g", "omega-3 acid ethyl esters", {"omega3"}, "1 g"),
        ("glyburide 5 mg", "glibenclamide", {"sulfonylurea"}, "5 mg"),
    ],
)
def test_text_as_written_gives_ingredient_classes_and_dose(
    text: str, ingredient: str, classes: set[str], dose: str | None
) -> None:
    found = recognise_medicine(text)
    assert (found.ingredient, set(found.classes), found.dose_text) == (ingredient, classes, dose)


@pytest.mark.parametrize(
    "text",
    [
        "amlodipine/valsartan",
        "Valsartan-Amlodipine",
        "Amlodipine + Valsartan 5/80",
        "Valsartan 80 and amlodipine 5",
        "氨氯地平缬沙坦片",
        "氨氯地平5mg、缬沙坦80mg",
    ],
)
def test_a_fixed_combination_is_known_in_any_order_and_hand(text: str) -> None:
    found = recognise_medicine(text)
    assert found.ingredient == "amlodipine/valsartan"
    assert set(found.parts) == {"amlodipine", "valsartan"}
    assert set(found.classes) == {"ccb", "arb"}


def test_parts_without_a_combination_of_their_own_are_kept_together() -> None:
    found = recognise_medicine("metformin 500 mg and glipizide 5 mg")
    assert found.parts == ("metformin", "glipizide")
    assert set(found.classes) == {"metformin", "sulfonylurea"}
    assert found.dose_text == "500 mg and glipizide 5 mg"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "None",
        "无",
        "vitamin B12",
        "亚叶酸钙",  # holds folic acid's name and is another medicine
        "双肼屈嗪",
        "nystatin",
        "amlodipines",
        "xamlodipine",
        "停用阿司匹林",
        "阿司匹林过敏",
        "stopped metformin",
        "not taking aspirin",
        "hydrocortisone cream 1%",
        "地塞米松滴眼液",
        "budesonide nasal spray",
        "budesonide",  # inhaled or not is open
        "bromocriptine 2.5 mg",  # for diabetes or not is open
        "amlodipine " * 50,  # a note, not a medicine
    ],
)
def test_what_is_not_certain_is_not_recognised(text: str) -> None:
    found = recognise_medicine(text)
    assert (found.ingredient, set(found.classes)) == NOTHING


def test_a_word_that_settles_the_open_question_counts() -> None:
    assert recognise_medicine("Budesonide inhaler 200 mcg").classes == ("ics",)
    assert recognise_medicine("布地奈德气雾剂").classes == ("ics",)
    assert recognise_medicine("Bromocriptine for diabetes").classes == ("glucose_lowering",)


@pytest.mark.parametrize(
    ("text", "medicine_class"), [("Insulin", "insulin"), ("胰岛素 10单位", "insulin"), ("降压药", "bp_lowering")]
)
def test_a_whole_class_is_known_without_an_ingredient(text: str, medicine_class: str) -> None:
    found = recognise_medicine(text)
    assert (found.ingredient, found.classes) == (None, (medicine_class,))


def test_a_number_within_a_word_is_no_dose() -> None:
    assert recognise_medicine("Vitamin B12 1000 mcg").dose_text == "1000 mcg"
    assert recognise_medicine("Vitamin B12").dose_text is None


@given(st.text(max_size=80))
def test_any_text_is_read_and_the_dose_stands_in_it(text: str) -> None:
    found = recognise_medicine(text)
    assert found.dose_text is None or found.dose_text in text
    assert set(found.classes) <= CODES.medicine_classes.keys()


names = st.sampled_from([label for each in CODES.ingredients.values() for label in each.labels.values()])


@given(names, st.sampled_from([" 5 mg", " 每日一次", "(10mg)", " ５０ｍｇ od", ", 1 tablet"]))
def test_a_dose_behind_a_name_changes_nothing_but_the_dose(name: str, dose: str) -> None:
    alone = recognise_medicine(name)
    found = recognise_medicine(name + dose)
    assert found.dose_text is not None
    assert RecognisedMedicine(found.ingredient, found.parts, found.classes) == alone


@given(names)
def test_case_and_width_do_not_matter(name: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name.upper())
    assert recognise_medicine(wide) == recognise_medicine(name)


def test_a_text_made_to_take_long_does_not() -> None:
    recognise_medicine("aspirin")  # the word lists are read once
    started = time.perf_counter()
    recognise_medicine("每日" * 240 + "氨氯地平" + "口服液" * 5 + "谢")
    assert time.perf_counter() - started < 1


@pytest.mark.shared
def test_medicines_of_the_guideline_cases_are_recognised(shared: Path) -> None:
    cases = json.loads((shared / "reference" / "guideline_cases.json").read_text(encoding="utf-8"))["cases"]
    by_name = {label: each.code for each in CODES.ingredients.values() for label in each.labels.values()}
    medicines = [medicine for case in cases for medicine in case.get("medicines", [])]
    assert medicines
    for medicine in medicines:
        assert recognise_medicine(medicine["text"]).ingredient == by_name[medicine["ingredient"]]

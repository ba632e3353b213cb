"""The fictional people of the practice clinic who were followed for years: what a model could find in them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from engine.domain.studio import StudioQuestion
from engine.errors import UsageError
from engine.fields import Kind, load_dictionary
from engine.fields.canonical import read_cell
from engine.learning.gate import Answer
from engine.learning.judgement.ranked import Ranked, auroc
from engine.store.people import count_people
from engine.workflows.clinics import ClinicRequest, create, open_clinic
from engine.workflows.practice_years import (
    HEADS,
    PEOPLE,
    add_practice_years,
    has_practice_years,
    log_hazard,
    practice_rows,
)
from engine.workflows.studio_rows import read_record, table_of_clinic
from engine.workflows.train_table import look_at_table
from tests.engine.workflows.followed_clinic import CLOCK, PASSPHRASE

PREDICTORS = ("age", "sex", "bmi_kg_m2", "fasting_glucose_mmol_l", "on_bp_treatment")


def test_the_people_are_the_same_in_every_language_but_for_their_names() -> None:
    english, chinese = list(practice_rows("en")), list(practice_rows("zh"))
    assert [(row[0], *row[2:]) for row in english] == [(row[0], *row[2:]) for row in chinese]
    names = {row[0]: row[1] for row in english}
    assert len(names) == len(set(names.values())) == PEOPLE
    assert len({row[1] for row in chinese}) == PEOPLE
    assert english == list(practice_rows("en"))


def test_every_cell_is_a_plausible_value_of_its_field() -> None:
    dictionary = load_dictionary()
    for row in practice_rows("en"):
        for name, cell in zip(HEADS, row, strict=True):
            field = dictionary[name]
            value = read_cell(field, cell) if field.kind is not Kind.TEXT else 0.0
            assert np.isnan(value) or np.isfinite(value), name
            if field.kind is Kind.NUMBER and cell and field.plausible_min is not None:
                assert field.plausible_min <= value <= (field.plausible_max or np.inf), (name, cell)


def test_who_is_told_to_be_at_risk_is_who_falls_ill() -> None:
    people = defaultdict(list)
    for row in practice_rows("en"):
        people[row[0]].append(dict(zip(HEADS, row, strict=True)))
    told, ill = [], []
    for visits in people.values():
        first = visits[0]
        if first["diabetes"] == "true" or len(visits) < 3 or not all(first[name] for name in HEADS):
            continue
        age = (date.fromisoformat(first["visit_date"]) - date.fromisoformat(first["birth_date"])).days / 365.25
        bmi = float(first["weight_kg"]) / (float(first["height_cm"]) / 100) ** 2
        glucose = float(first["fasting_glucose_mmol_l"])
        told.append(log_hazard(age, bmi, glucose, treated=first["on_bp_treatment"] == "true"))
        ill.append(any(visit["diabetes"] == "true" for visit in visits))
    area = auroc(Ranked(np.array(told)), np.array(ill), np.ones((1, len(told))))[0]
    assert 0.65 < area < 0.9


def test_in_a_practice_clinic_they_are_enough_for_a_small_model_and_too_few_for_a_large_one(tmp_path: Path) -> None:
    create(ClinicRequest(tmp_path / "clinic", "Millbrook", "GBR", practice=True), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        assert not has_practice_years(clinic)
        added = add_practice_years(clinic, "en")
        assert (added.people, count_people(clinic.vault), has_practice_years(clinic)) == (PEOPLE, PEOPLE, True)
        record = read_record(clinic)
        few = StudioQuestion("diabetes", horizon_years=5.0, predictors=PREDICTORS)
        answers = {}
        for question in (few, StudioQuestion("diabetes", horizon_years=5.0)):
            table = table_of_clinic(clinic, question, record)
            looked = look_at_table(table.cells, table.wish)
            answers[len(question.predictors)] = looked.answer
            assert [each.code for each in looked.findings if each.weight != "know"] == []
        assert answers == {len(PREDICTORS): Answer.TRAIN, 0: Answer.RECALIBRATE}
        with pytest.raises(UsageError, match="practice_years_there"):
            add_practice_years(clinic, "en")


def test_no_clinic_of_real_people_gets_them(tmp_path: Path) -> None:
    create(ClinicRequest(tmp_path / "clinic", "Maple Lane", "GBR"), PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        with pytest.raises(UsageError, match="practice_only"):
            add_practice_years(clinic, "en")
        assert count_people(clinic.vault) == 0

"""Conditions, medicines, allergies, relatives, checks, answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from engine.domain.dates import PartialDate
from engine.domain.entries import IdentifiedEntries
from engine.domain.record import (
    Allergy,
    Answer,
    Certainty,
    Check,
    CheckStatus,
    Condition,
    Medicine,
    Origin,
    Record,
    Relative,
    Severity,
    SourceKind,
)
from engine.errors import BugError, UsageError
from engine.store import (
    Vault,
    add_item,
    apply_entries,
    confirm_list,
    edit_item,
    end_item,
    item_history,
    load_patient,
    load_record,
    move_visit,
)

Sheet = Callable[..., IdentifiedEntries]
HERE = Origin(SourceKind.TYPED, datetime(2025, 6, 30, 9, 0, tzinfo=UTC), "Ada Okafor")
CONDITION = Condition("", "stroke", Certainty.SUSPECTED, HERE, PartialDate(2019), PartialDate(2020, 2, 3), "left arm")
MEDICINE = Medicine(
    "", "amlodipine 5mg od", HERE, "amlodipine", ("ccb", "bp_lowering"), "5 mg", PartialDate(2021, 4), None
)
ALLERGY = Allergy("", "penicillin", Severity.SEVERE, Certainty.CONFIRMED, HERE, "penicillins", "rash")
RELATIVE = Relative("", "mother", "diabetes", HERE, 61, False)
CHECK = Check("", "foot_exam", CheckStatus.REFUSED, HERE, PartialDate(2024, 1, 2), None)
ANSWER = Answer("", "chest_pain", True, date(2024, 1, 2), HERE)
EMPTY = (
    Condition("", "gout", Certainty.CONFIRMED, HERE),
    Medicine("", "white tablet", HERE),
    Allergy("", "nuts", Severity.UNKNOWN, Certainty.REFUTED, HERE),
    Relative("", "father", "stroke", HERE),
    Check("", "retina", CheckStatus.NEVER, HERE),
    Answer("", "weight", 71.5, date(2024, 1, 2), HERE),
    Answer("", "words", "true", date(2024, 1, 2), HERE),
)
ITEMS = (CONDITION, MEDICINE, ALLERGY, RELATIVE, CHECK, ANSWER)


@pytest.fixture
def clinic_with_ann(vault: Vault, sheet: Sheet) -> Vault:
    rows = [
        {"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 140.0},
        {"person": "bo", "visit_date": "2024-01-02"},
    ]
    apply_entries(vault, sheet(rows), actor="user-1")
    return vault


def items(record: Record) -> tuple[object, ...]:
    lists = (record.conditions, record.medicines, record.allergies, record.relatives, record.checks, record.answers)
    return tuple(item for entries in lists for item in entries)


@pytest.mark.parametrize("item", [*ITEMS, *EMPTY], ids=lambda item: type(item).__name__)
def test_an_entry_reads_back_as_it_was_with_its_origin(
    clinic_with_ann: Vault, item: Condition | Medicine | Allergy | Relative | Check | Answer
) -> None:
    id_ = add_item(clinic_with_ann, "ann", item, "user-1")
    assert items(load_record(clinic_with_ann, "ann")) == (replace(item, id=id_),)
    assert items(load_record(clinic_with_ann, "bo")) == ()


def test_an_edit_keeps_the_earlier_state(clinic_with_ann: Vault) -> None:
    id_ = add_item(clinic_with_ann, "ann", CONDITION, "user-1")
    confirmed = replace(CONDITION, id=id_, certainty=Certainty.CONFIRMED, note=None)
    edit_item(clinic_with_ann, confirmed, "user-1")
    assert load_record(clinic_with_ann, "ann").conditions == (confirmed,)
    assert item_history(clinic_with_ann, Condition, id_) == (replace(CONDITION, id=id_), confirmed)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: type(item).__name__)
def test_an_ended_entry_is_off_the_list_and_in_the_history(
    clinic_with_ann: Vault, item: Condition | Medicine | Allergy | Relative | Check | Answer
) -> None:
    id_ = add_item(clinic_with_ann, "ann", item, "user-1")
    end_item(clinic_with_ann, type(item), id_, "user-1")
    assert items(load_record(clinic_with_ann, "ann")) == ()
    assert item_history(clinic_with_ann, type(item), id_) == (replace(item, id=id_),)
    with pytest.raises(UsageError, match="item_unknown"):
        end_item(clinic_with_ann, type(item), id_, "user-1")
    with pytest.raises(UsageError, match="item_unknown"):
        edit_item(clinic_with_ann, replace(item, id=id_), "user-1")


def test_an_answer_makes_its_visit_and_moves_with_it(clinic_with_ann: Vault) -> None:
    add_item(clinic_with_ann, "ann", ANSWER, "user-1")
    add_item(clinic_with_ann, "ann", replace(ANSWER, visit_date=date(2024, 9, 9)), "user-1")
    record = load_record(clinic_with_ann, "ann")
    assert [visit.visit_date for visit in record.visits] == [date(2024, 1, 2), date(2024, 9, 9)]
    move_visit(clinic_with_ann, record.visits[1].id, "user-1", to_person_id="bo")
    assert [a.visit_date for a in load_record(clinic_with_ann, "ann").answers] == [date(2024, 1, 2)]
    assert [a.visit_date for a in load_record(clinic_with_ann, "bo").answers] == [date(2024, 9, 9)]


def test_a_list_is_confirmed_even_if_empty(clinic_with_ann: Vault) -> None:
    confirm_list(clinic_with_ann, "ann", "medicines", date(2024, 1, 2), "user-1")
    confirm_list(clinic_with_ann, "ann", "allergies", date(2024, 1, 3), "user-1")
    confirm_list(clinic_with_ann, "ann", "medicines", date(2024, 5, 5), "user-1")
    assert load_patient(clinic_with_ann, "ann").lists_confirmed == {
        "medicines": date(2024, 5, 5),
        "allergies": date(2024, 1, 3),
    }
    with pytest.raises(BugError, match="list_unknown"):
        confirm_list(clinic_with_ann, "ann", "relatives", date(2024, 1, 2), "user-1")


def test_each_change_is_in_the_log_under_the_person(clinic_with_ann: Vault) -> None:
    id_ = add_item(clinic_with_ann, "ann", ANSWER, "user-1")
    edit_item(clinic_with_ann, replace(ANSWER, id=id_, value=False), "user-1")
    end_item(clinic_with_ann, Answer, id_, "user-1")
    rows = clinic_with_ann._database.rows("SELECT action, subjects FROM audit ORDER BY seq DESC LIMIT 3")
    assert rows == [(f"answer.{word}", '["ann"]') for word in ("end", "edit", "add")]


def test_nobody_unknown_gets_an_entry(clinic_with_ann: Vault) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        add_item(clinic_with_ann, "nobody", CONDITION, "user-1")

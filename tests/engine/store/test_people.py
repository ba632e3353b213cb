"""Finding people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.dates import PartialDate
from engine.domain.entries import IdentifiedEntries, KnownPerson
from engine.domain.record import Value
from engine.errors import UsageError
from engine.store import (
    Vault,
    apply_entries,
    confirm_list,
    count_people,
    find_patients,
    known_people,
    load_patient,
    load_patients,
    merge_people,
    people_numbered,
)
from engine.store.identity import fold, search_text

Sheet = Callable[..., IdentifiedEntries]
PEOPLE: list[dict[str, Value | None]] = [
    {"person": "a", "patient_id": "P10", "name": "Žofie Nováková", "phone": "07700 900123"},
    {"person": "b", "patient_id": "P1", "name": "王建国", "phone": "138-0013-8000"},
    {"person": "c", "patient_id": "Q7", "name": "Đặng Thị Nova", "phone": None},
    {"person": "d", "patient_id": None, "name": "Ann P10 Nova", "phone": "５５５"},
]


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    apply_entries(vault, sheet([row | {"visit_date": "2024-01-02"} for row in PEOPLE]), actor="user-1")
    return vault


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "abcd"),
        ("   ", "abcd"),
        ("novakova", "a"),
        ("NOVÁK", "a"),
        ("zofie", "a"),
        ("dang nova", "c"),
        ("nova dang", "c"),
        ("国", "b"),
        ("建国", "b"),
        ("王", "b"),
        ("李", ""),
        ("P1", "bda"),  # the number itself first, then by name
        ("p10", "ad"),
        ("07700900", "a"),
        ("07700 900", "a"),
        ("13800138", "b"),
        ("555", "d"),
        ("nova", "dca"),  # none begins with it, so by name
        ("ann", "d"),
        ("q7", "c"),
        ("%", ""),
        ("_", ""),
        ("'; DROP TABLE patient;--", ""),
    ],
)
def test_people_are_found_by_number_name_and_phone(people: Vault, query: str, found: str) -> None:
    assert "".join(patient.id for patient in find_patients(people, query)) == found


def test_a_limit_cuts_the_list_and_keeps_the_best(people: Vault) -> None:
    assert [patient.id for patient in find_patients(people, "p1", limit=1)] == ["b"]
    assert len(find_patients(people, limit=3)) == 3


def test_a_merged_record_is_found_as_the_one_it_went_into(people: Vault) -> None:
    merge_people(people, "a", "b", "user-1")
    assert [patient.id for patient in find_patients(people, "建国")] == ["a"]
    assert [patient.id for patient in find_patients(people)] == ["a", "c", "d"]
    assert [patient.id for patient in find_patients(people, limit=2)] == ["a", "c"]
    assert people_numbered(people, "P1") == ("a",)
    assert count_people(people) == 3
    assert load_patient(people, "b").id == "a"


def test_numbers_may_be_nobodys_or_several_peoples(people: Vault, sheet: Sheet) -> None:
    assert people_numbered(people, "P2") == ()
    assert people_numbered(people, " P1 ") == ("b",)
    row = {"person": "e", "visit_date": "2024-01-02", "patient_id": "P1"}
    apply_entries(people, sheet([row]), actor="user-1")
    assert people_numbered(people, "P1") == ("b", "e")


def test_import_is_told_who_is_known(people: Vault) -> None:
    assert known_people(people)[0] == KnownPerson("a", "P10", "Žofie Nováková", None, None, "07700 900123", root="a")
    assert len(known_people(people)) == 4


def test_a_patient_has_everything_that_is_known_of_them(vault: Vault, sheet: Sheet) -> None:
    row = {
        "person": "a",
        "visit_date": "2024-01-02",
        "birth_date": "1950-03",
        "sex": "F",
        "address": "1 Mill Lane",
        "village": "Lower Mill",
        "room": "12",
        "consent_date": "2024-01-01",
    }
    apply_entries(vault, sheet([row]), actor="user-1")
    confirm_list(vault, "a", "medicines", date(2024, 1, 2), "user-1")
    patient = load_patient(vault, "a")
    assert (patient.birth_date, patient.sex, patient.address) == (PartialDate(1950, 3), "F", "1 Mill Lane")
    assert (patient.village, patient.room, patient.consent_date) == ("Lower Mill", "12", date(2024, 1, 1))
    assert patient.lists_confirmed == {"medicines": date(2024, 1, 2)}


def test_patients_come_in_the_order_asked_for(people: Vault) -> None:
    assert [patient.id for patient in load_patients(people, ["d", "a", "d"])] == ["d", "a", "d"]


def test_somebody_unknown_is_refused(people: Vault) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        load_patient(people, "nobody")


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="0123456789 -+()", max_size=20))
def test_a_phone_is_found_by_its_digits_alone(phone: str) -> None:
    digits = "".join(sign for sign in phone if sign.isdigit())
    assert digits in search_text({"phone": phone})

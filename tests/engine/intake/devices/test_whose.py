"""Whose a file is: names, birth dates and numbers that nearly fit never attach anything by themselves."""

from __future__ import annotations

import pytest

from engine.domain.entries import KnownPerson
from engine.errors import InputError
from engine.intake.devices.raw import PersonHint, Trust
from engine.intake.devices.whose import Agreement, Whose, agreement, possible_days, same_name

ANN = KnownPerson("ann", "P1", "Ann Ó Briain", "1960-02-03", "F")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Ann Ó Briain", "BRIAIN, Ann O", True),
        ("Ann Ó Briain", "O BRIAIN ann", True),
        ("Müller, Jörg", "Jorg Muller", True),
        ("はた", "ばだ", False),
        ("ハン", "バン", False),
        ("नीता", "नीति", False),
        ("สมชาย", "สมชัย", False),
        ("章云舒", "章云舒", True),
        ("---", "...", False),
        ("", "", False),
    ],
)
def test_signs_that_are_letters_are_not_taken_for_accents(first: str, second: str, same: bool) -> None:
    assert same_name(first, second) is same


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1960-02-03", {"1960-02-03"}),
        ("1960-02-03T00:00:00", {"1960-02-03"}),
        ("1960/02/03", {"1960-02-03"}),
        ("19600203", {"1960-02-03"}),
        ("1960年2月3日", {"1960-02-03"}),
        ("3 Feb 1960", {"1960-02-03"}),
        ("03/02/1960", {"1960-02-03", "1960-03-02"}),
        ("23/02/1960", {"1960-02-23"}),
        ("03/02/60", set()),
        ("unknown", set()),
    ],
)
def test_a_birth_date_is_read_in_every_form(text: str, days: set[str]) -> None:
    assert possible_days(text) == days


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("1960-02-03", Agreement.SAME),
        ("03/02/1960", Agreement.SAME),
        ("3 Feb 1961", Agreement.OTHER),
        ("1961/02/03", Agreement.OTHER),
        ("04/02/1960", Agreement.OTHER),
        ("03/02/61", Agreement.SILENT),
    ],
)
def test_a_namesake_of_another_day_is_somebody_else(born: str, expected: Agreement) -> None:
    assert agreement([PersonHint("line 2", Trust.PATIENT, ANN.name, born)], ANN) is expected


def test_every_place_that_names_somebody_must_fit() -> None:
    hints = [PersonHint("line 1", Trust.PATIENT, ANN.name), PersonHint("column 成员", Trust.PATIENT, "Bo")]
    assert agreement(hints, ANN) is Agreement.OTHER
    ways = [PersonHint("header", Trust.PATIENT, name) for name in ("Briain An", ANN.name)]
    assert agreement(ways, ANN) is Agreement.SAME


def test_a_number_that_two_people_have_names_nobody() -> None:
    twin = KnownPerson("bo", "P1", "Bo", None, None)
    with pytest.raises(InputError) as raised:
        Whose((ANN, twin), "P1")
    assert raised.value.code == "patient_several"
    merged = KnownPerson("bo", "P1", "Ann", None, None, root="ann")
    assert Whose((ANN, merged), "P1").answers(()) == {"whose_readings": "ann"}

"""Who people are, as files tell it."""

from __future__ import annotations

import pytest

from engine.domain.entries import Counts, IdentifiedEntries
from engine.domain.record import SourceKind
from engine.errors import BugError
from engine.store import (
    Vault,
    apply_entries,
    edit_identity,
    load_patient,
    people_numbered,
)
from tests.engine.store.entering import ANN, Dump, Sheet, new, store


def test_the_latest_visit_date_says_who_a_person_is(vault: Vault, sheet: Sheet) -> None:
    rows = [
        ANN | {"phone": "2", "visit_date": "2024-02-02"},
        ANN | {"phone": "1"},
        ANN | {"phone": None, "visit_date": "2024-03-03"},
    ]
    store(vault, sheet, rows)
    assert load_patient(vault, "ann").phone == "2"


def test_an_older_file_does_not_take_a_newer_phone_away(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN | {"phone": "new", "visit_date": "2024-05-05"}])
    store(vault, sheet, [ANN | {"phone": "old"}])
    assert load_patient(vault, "ann").phone == "new"
    store(vault, sheet, [ANN | {"phone": "old", "visit_date": "2024-06-06"}])
    assert load_patient(vault, "ann").phone == "old"


def test_a_value_given_again_later_outlives_one_given_in_between(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN | {"phone": "1"}, ANN | {"phone": "1", "visit_date": "2024-05-05"}])
    store(vault, sheet, [ANN | {"phone": "2", "visit_date": "2024-03-03"}])
    assert load_patient(vault, "ann").phone == "1"


def test_two_values_on_one_day_the_later_row_counts(vault: Vault, sheet: Sheet) -> None:
    counts = store(vault, sheet, [ANN | {"phone": "1"}, ANN | {"phone": "2"}])
    assert counts == Counts(rows_read=2, rows_new=1, rows_updated=1)
    assert load_patient(vault, "ann").phone == "2"


def test_a_file_does_not_bring_back_a_name_that_was_corrected(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN | {"name": "An OBrien"}])
    edit_identity(vault, "ann", {"name": "Ann O'Brien"}, "user-1")
    store(vault, sheet, [ANN | {"name": "An OBrien", "visit_date": "2025-07-07"}])
    assert load_patient(vault, "ann").name == "Ann O'Brien"
    store(vault, sheet, [ANN | {"name": "An OBrien", "visit_date": "2025-08-08"}], kind=SourceKind.TYPED)
    assert load_patient(vault, "ann").name == "An OBrien"


def test_known_and_new_people_in_one_file(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    rows = [ANN | {"visit_date": "2024-02-02"}, ANN | {"person": "bo", "patient_id": "P2", "name": None}]
    assert store(vault, sheet, rows) == new(2)
    assert people_numbered(vault, "P1") == ("ann",)
    assert people_numbered(vault, "P2") == ("bo",)
    assert load_patient(vault, "bo").name is None


def test_a_person_who_should_be_stored_and_is_not_is_our_bug(vault: Vault, sheet: Sheet, dump: Dump) -> None:
    entries = sheet([ANN])
    strange = IdentifiedEntries(entries.entries, entries.person_ids, frozenset(), entries.visit_dates)
    before = dump(vault)
    with pytest.raises(BugError, match="person_unknown"):
        apply_entries(vault, strange, actor="user-1")
    assert dump(vault) == before

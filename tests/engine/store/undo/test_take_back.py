"""Taking an import back: exactly what it did goes, what it replaced comes back, what people did since stays."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.domain.record import Condition, SourceKind
from engine.domain.undo import ConflictKind
from engine.errors import UsageError
from engine.store import (
    Vault,
    add_item,
    apply_entries,
    count_people,
    edit_identity,
    imports,
    known_people,
    load_patient,
    load_record,
    move_visit,
    remove_value,
    undo_import,
    value_history,
    waiting_rows,
)
from engine.store.history import person_history
from tests.engine.store.entering import ANN, Dump, Sheet, store, values

LATER = {**ANN, "visit_date": "2024-03-01", "sbp_mmhg": 150.0}


def latest(vault: Vault) -> str:
    return imports(vault)[0].id


def undo(vault: Vault, import_id: str | None = None, **more: Any) -> Any:
    return undo_import(vault, import_id or latest(vault), "user-1", **more)


def test_whom_only_the_file_brought_goes_with_it(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN, LATER])
    done = undo(vault)
    assert (done.counts.people_gone, done.counts.visits_gone, done.counts.values_gone) == (1, 2, 2)
    assert done.conflicts == ()
    assert count_people(vault) == 0
    assert known_people(vault) == ()


def test_the_same_file_can_be_imported_again(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    undo(vault)
    counts = store(vault, sheet, [{**ANN, "person": "ann-again"}])
    assert counts.rows_new == 1
    assert values(vault, "ann-again") == {"2024-01-02": {"sbp_mmhg": [140.0]}}


def test_a_value_that_was_replaced_comes_back_with_its_own_source(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN], file_name="first.csv")
    store(vault, sheet, [{**ANN, "sbp_mmhg": 190.0}], file_name="second.csv")
    done = undo(vault)
    assert (done.counts.values_back, done.counts.values_gone, done.counts.people_gone) == (1, 0, 0)
    (visit,) = load_record(vault, "ann").visits
    (value,) = visit.measurements
    assert (value.value, value.origin.file_name) == (140.0, "first.csv")
    told = [(entry.action.value, entry.old, entry.new) for entry in person_history(vault, "ann") if entry.reading]
    assert told == [("changed", 190.0, 140.0), ("changed", 140.0, 190.0), ("entered", None, 140.0)]
    assert [past.measurement.value for past in value_history(vault, visit.id, "sbp_mmhg")] == [140.0, 190.0]


def test_what_was_typed_over_the_file_stays_and_is_told(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    store(vault, sheet, [{"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 131.0}], kind=SourceKind.TYPED)
    done = undo(vault)
    assert values(vault) == {"2024-01-02": {"sbp_mmhg": [131.0]}}
    kinds = {(conflict.kind, conflict.field) for conflict in done.conflicts}
    assert (ConflictKind.VALUE, "sbp_mmhg") in kinds
    assert (ConflictKind.PERSON, None) in kinds
    assert load_patient(vault, "ann").name == "Ann Ó Briain"  # who stays keeps a name
    assert done.conflicts[0].number == "P1"
    assert {conflict.visit_date for conflict in done.conflicts} == {date(2024, 1, 2), None}


def test_a_value_that_a_later_file_says_too_is_that_files(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN], file_name="first.csv")
    first = latest(vault)
    store(vault, sheet, [{**ANN, "hdl_mmol_l": 1.2}], file_name="second.csv")
    done = undo(vault, first)
    assert (done.counts.values_moved, done.counts.values_gone, done.counts.people_gone) == (1, 0, 0)
    (visit,) = load_record(vault, "ann").visits
    found = {value.field: (value.value, value.origin.file_name) for value in visit.measurements}
    assert found == {"sbp_mmhg": (140.0, "second.csv"), "hdl_mmol_l": (1.2, "second.csv")}
    assert load_patient(vault, "ann").patient_id == "P1"


def test_a_row_that_a_later_file_repeats_is_that_files(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN], file_name="first.csv")
    first = latest(vault)
    assert store(vault, sheet, [LATER, ANN], file_name="second.csv").rows_repeated == 1
    second = latest(vault)
    undo(vault, first)
    found = {str(visit.visit_date): visit.measurements[0].origin for visit in load_record(vault, "ann").visits}
    assert {day: (origin.file_name, origin.row) for day, origin in found.items()} == {
        "2024-01-02": ("second.csv", 3),
        "2024-03-01": ("second.csv", 2),
    }
    assert store(vault, sheet, [ANN]).rows_repeated == 1
    undo(vault, second)
    assert values(vault) == {"2024-01-02": {"sbp_mmhg": [140.0]}}  # the third file still says it
    undo(vault)
    assert count_people(vault) == 0


def test_a_name_goes_back_to_the_one_before(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    store(vault, sheet, [{**LATER, "name": "Someone Else", "phone": "0123"}])
    assert load_patient(vault, "ann").name == "Someone Else"
    assert undo(vault).counts.people_corrected == 1
    assert (load_patient(vault, "ann").name, load_patient(vault, "ann").phone) == ("Ann Ó Briain", None)


def test_a_name_put_right_by_hand_stays(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    store(vault, sheet, [{**LATER, "name": "Anne"}])
    edit_identity(vault, "ann", {"name": "Ann O'Brien"}, "user-1")
    done = undo(vault)
    assert load_patient(vault, "ann").name == "Ann O'Brien"
    assert [(conflict.kind, conflict.field) for conflict in done.conflicts] == [(ConflictKind.IDENTITY, "name")]


def test_a_value_taken_out_by_hand_stays_out(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    store(vault, sheet, [{**ANN, "sbp_mmhg": 190.0, "hdl_mmol_l": 1.0}])
    (visit,) = load_record(vault, "ann").visits
    remove_value(vault, visit.id, "sbp_mmhg", 1, "user-1")
    undo(vault)
    assert values(vault) == {"2024-01-02": {}}


def test_a_visit_that_was_moved_goes_with_its_values(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN, LATER])
    (visit, _) = load_record(vault, "ann").visits
    move_visit(vault, visit.id, "user-1", to_date=date(2023, 1, 1))
    undo(vault)
    assert count_people(vault) == 0


def test_whoever_has_an_entry_of_a_list_by_hand_stays(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    add_item(vault, "ann", Condition(id="", code="hypertension", certainty="confirmed", origin=None), "user-1")  # type: ignore[arg-type]  # the origin is the store's to give
    done = undo(vault)
    assert (done.counts.people_gone, done.counts.visits_gone) == (0, 1)
    assert [conflict.kind for conflict in done.conflicts] == [ConflictKind.PERSON]
    assert load_patient(vault, "ann").patient_id == "P1"


def test_looking_changes_nothing(vault: Vault, sheet: Sheet, dump: Dump) -> None:
    store(vault, sheet, [ANN, LATER])
    before = dump(vault)
    looked = undo(vault, rehearse=True)
    assert not looked.done
    assert dump(vault) == before
    assert undo(vault).counts == looked.counts


def test_an_import_is_taken_back_once(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN])
    undo(vault)
    for import_id, code in ((latest(vault), "import_undone"), ("nothing", "import_unknown")):
        with pytest.raises(UsageError) as caught:
            undo(vault, import_id)
        assert caught.value.code == code


def test_rows_that_wait_go_and_come_again_with_the_file(vault: Vault, sheet: Sheet) -> None:
    from engine.domain.entries import ParkedRow

    parked = [ParkedRow(row=3, problems=(), cells=(("a", "b"),))]
    apply_entries(vault, sheet([ANN]), actor="user-1", parked=parked)
    first = latest(vault)
    apply_entries(vault, sheet([LATER]), actor="user-1", parked=parked)
    undo(vault, first)
    (waiting,) = waiting_rows(vault)
    assert waiting.import_id == latest(vault)
    assert undo(vault).counts.rows_waiting == 1
    assert waiting_rows(vault) == ()
    apply_entries(vault, sheet([{**ANN, "person": "ann-2"}]), actor="user-1", parked=parked)
    assert len(waiting_rows(vault)) == 1

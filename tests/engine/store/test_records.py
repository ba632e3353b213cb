"""One person's whole record, and the history of single values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.domain.record import Answer, Certainty, Condition, Origin, SourceKind
from engine.errors import UsageError
from engine.store import (
    Vault,
    add_item,
    apply_entries,
    load_record,
    load_records,
    merge_people,
    remove_value,
    value_history,
)

Sheet = Callable[..., IdentifiedEntries]
HERE = Origin(SourceKind.TYPED, datetime(2025, 6, 30, 9, 0, tzinfo=UTC), "Ada Okafor")
ANN = {"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 140.0}


def test_visits_come_oldest_first(vault: Vault, sheet: Sheet) -> None:
    rows = [ANN | {"visit_date": day} for day in ("2024-03-01", "2023-01-01", "2024-01-02")]
    apply_entries(vault, sheet(rows), actor="user-1")
    days = [visit.visit_date for visit in load_record(vault, "ann").visits]
    assert days == [date(2023, 1, 1), date(2024, 1, 2), date(2024, 3, 1)]


def test_a_record_holds_nobody_elses_values(vault: Vault, sheet: Sheet) -> None:
    rows = [{**ANN, "person": f"p{n}", "sbp_mmhg": float(n)} for n in range(1, 50)]
    apply_entries(vault, sheet(rows), actor="user-1")
    for n in (1, 25, 49):
        (visit,) = load_record(vault, f"p{n}").visits
        assert [m.value for m in visit.measurements] == [float(n)]


def test_many_records_are_the_same_as_one_by_one(vault: Vault, sheet: Sheet) -> None:
    people = [f"p{n}" for n in range(450)]
    rows = [{**ANN, "person": person, "visit_date": day} for person in people for day in ("2024-05-05", "2024-01-02")]
    apply_entries(vault, sheet(rows), actor="user-1")
    for person in people[::50]:
        add_item(vault, person, Condition("", "gout", Certainty.CONFIRMED, HERE), "user-1")
        add_item(vault, person, Answer("", "pain", True, date(2024, 1, 2), HERE), "user-1")
    merge_people(vault, "p0", "p449", "user-1")
    asked = [*reversed(people), "p7", "p7"]
    assert list(load_records(vault, asked)) == [load_record(vault, person) for person in asked]
    assert len(load_record(vault, "p449").visits) == 4
    with pytest.raises(UsageError, match="person_unknown"):
        list(load_records(vault, ["p1", "nobody"]))


def test_ids_of_measurements_stay_when_values_change(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([ANN]), actor="user-1")
    before = load_record(vault, "ann").visits[0].measurements[0].id
    apply_entries(vault, sheet([{**ANN, "sbp_mmhg": 120.0}], kind=SourceKind.TYPED), actor="user-1")
    after = load_record(vault, "ann").visits[0].measurements[0]
    assert (after.id, after.value) == (before, 120.0)


def test_the_history_of_a_value_tells_each_state_and_who_ended_it(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet([{**ANN, "sbp_mmhg#2": 150.0}]), actor="user-1")
    apply_entries(vault, sheet([{**ANN, "sbp_mmhg": 120.0}], kind=SourceKind.TYPED), actor="user-1")
    visit = load_record(vault, "ann").visits[0].id
    remove_value(vault, visit, "sbp_mmhg", 2, "user-1")
    seen = [
        (past.measurement.value, past.measurement.reading, past.measurement.origin.kind, past.ended_by)
        for past in value_history(vault, visit, "sbp_mmhg")
    ]
    assert seen == [(140.0, 1, SourceKind.IMPORTED, "Ada Okafor"), (150.0, 2, SourceKind.IMPORTED, "Ada Okafor")]
    assert value_history(vault, visit, "dbp_mmhg") == ()


def test_somebody_unknown_has_no_record(vault: Vault) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        load_record(vault, "nobody")

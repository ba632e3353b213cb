"""Visits corrected: moved, removed, single values taken out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.errors import InputError, UsageError
from engine.store import (
    Vault,
    apply_entries,
    load_record,
    merge_people,
    move_visit,
    remove_value,
    remove_visit,
    visit_moves,
)

Sheet = Callable[..., IdentifiedEntries]


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    rows = [
        {"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 140.0, "sbp_mmhg#2": 150.0},
        {"person": "ann", "visit_date": "2024-02-02", "sbp_mmhg": 145.0},
        {"person": "bo", "visit_date": "2024-02-02", "sbp_mmhg": 110.0},
    ]
    apply_entries(vault, sheet(rows), actor="user-1")
    return vault


def days(vault: Vault, person: str) -> dict[str, list[object]]:
    return {
        visit.visit_date.isoformat(): [measurement.value for measurement in visit.measurements]
        for visit in load_record(vault, person).visits
    }


def test_a_visit_moves_with_its_values_and_remembers_where_it_was(people: Vault) -> None:
    visit = load_record(people, "ann").visits[0].id
    move_visit(people, visit, "user-1", to_date=date(2024, 1, 12))
    move_visit(people, visit, "user-1", to_person_id="bo", to_date=date(2024, 1, 22))
    assert days(people, "ann") == {"2024-02-02": [145.0]}
    assert days(people, "bo") == {"2024-01-22": [140.0, 150.0], "2024-02-02": [110.0]}
    seen = [
        (m.from_person_id, m.from_date.day, m.to_person_id, m.to_date.day, m.actor) for m in visit_moves(people, visit)
    ]
    assert seen == [("ann", 2, "ann", 12, "Ada Okafor"), ("ann", 12, "bo", 22, "Ada Okafor")]
    assert people._database.one("SELECT subjects FROM audit ORDER BY seq DESC LIMIT 1") == ('["ann", "bo"]',)


def test_a_visit_does_not_move_onto_another(people: Vault) -> None:
    visit = load_record(people, "ann").visits[0].id
    with pytest.raises(InputError, match="visit_day_taken"):
        move_visit(people, visit, "user-1", to_date=date(2024, 2, 2))
    with pytest.raises(InputError, match="visit_day_taken"):
        move_visit(people, visit, "user-1", to_date=date(2024, 2, 2), to_person_id="bo")
    merge_people(people, "ann", "bo", "user-1")
    move_visit(people, visit, "user-1", to_date=date(2024, 1, 2))  # where it is
    assert len(days(people, "ann")["2024-01-02"]) == 2


def test_a_removed_visit_is_gone_and_its_day_is_free(people: Vault) -> None:
    first, second = (visit.id for visit in load_record(people, "ann").visits)
    remove_visit(people, second, "user-1")
    assert days(people, "ann") == {"2024-01-02": [140.0, 150.0]}
    move_visit(people, first, "user-1", to_date=date(2024, 2, 2))
    for act in (lambda: remove_visit(people, second, "user-1"), lambda: visit_moves(people, second)):
        with pytest.raises(UsageError, match="visit_unknown"):
            act()


def test_one_reading_is_taken_out(people: Vault) -> None:
    visit = load_record(people, "ann").visits[0].id
    remove_value(people, visit, "sbp_mmhg", 1, "user-1")
    assert days(people, "ann")["2024-01-02"] == [150.0]
    for field, reading in (("sbp_mmhg", 1), ("dbp_mmhg", 1), ("sbp_mmhg", 3)):
        with pytest.raises(UsageError, match="value_unknown"):
            remove_value(people, visit, field, reading, "user-1")


def test_the_new_day_takes_entries_and_the_old_day_is_free(people: Vault, sheet: Sheet) -> None:
    visit = load_record(people, "ann").visits[0].id
    move_visit(people, visit, "user-1", to_date=date(2024, 1, 12))
    rows = [
        {"person": "ann", "visit_date": "2024-01-12", "dbp_mmhg": 80.0},
        {"person": "ann", "visit_date": "2024-01-02", "sbp_mmhg": 99.0},
    ]
    counts = apply_entries(people, sheet(rows), actor="user-1")
    assert (counts.rows_updated, counts.rows_new) == (1, 1)
    assert days(people, "ann")["2024-01-12"] == [140.0, 150.0, 80.0]
    assert days(people, "ann")["2024-01-02"] == [99.0]

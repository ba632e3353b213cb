"""Who a person is, corrected; two records made one and taken apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from engine.domain.entries import IdentifiedEntries
from engine.domain.record import Certainty, Condition, Origin, SourceKind
from engine.errors import BugError, UsageError
from engine.store import (
    Vault,
    add_item,
    apply_entries,
    edit_identity,
    edit_item,
    find_patients,
    identity_history,
    known_people,
    load_patient,
    load_record,
    merge_people,
    merges_of,
    move_visit,
    unmerge_people,
)

Sheet = Callable[..., IdentifiedEntries]
Dump = Callable[[Vault], dict[str, list[tuple[object, ...]]]]
ANN = {"person": "ann", "visit_date": "2024-01-02", "patient_id": "P1", "name": "Ann", "sbp_mmhg": 140.0}
ANNE = {"person": "anne", "visit_date": "2024-02-02", "patient_id": "P2", "name": "Anne", "sbp_mmhg": 120.0}


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    apply_entries(vault, sheet([{**ANN, "phone": None}, {**ANNE, "phone": "55"}]), actor="user-1")
    return vault


def visit_days(vault: Vault, person: str) -> list[str]:
    return [visit.visit_date.isoformat() for visit in load_record(vault, person).visits]


class TestIdentity:
    def test_a_corrected_name_counts_and_is_found(self, people: Vault) -> None:
        edit_identity(people, "ann", {"name": "Anna Žitná", "phone": "77"}, "user-1")
        assert (load_patient(people, "ann").name, load_patient(people, "ann").phone) == ("Anna Žitná", "77")
        assert [patient.id for patient in find_patients(people, "zitna")] == ["ann"]

    def test_the_history_keeps_every_value(self, people: Vault) -> None:
        edit_identity(people, "ann", {"name": "Anna"}, "user-1")
        edit_identity(people, "ann", {"name": None}, "user-1")
        edit_identity(people, "ann", {"name": "Ann"}, "user-1")
        seen = [(one.value, one.counts) for one in identity_history(people, "ann") if one.field == "name"]
        assert seen == [("Anna", False), ("Ann", True)]
        first = identity_history(people, "ann")[0]
        assert (first.field, first.value, first.first_on, first.actor) == (
            "patient_id",
            "P1",
            date(2024, 1, 2),
            "Ada Okafor",
        )

    def test_a_value_can_be_taken_away(self, people: Vault) -> None:
        edit_identity(people, "anne", {"phone": None}, "user-1")
        assert load_patient(people, "anne").phone is None

    def test_a_field_of_a_visit_is_no_identity(self, people: Vault) -> None:
        with pytest.raises(BugError, match="identity_field"):
            edit_identity(people, "ann", {"sbp_mmhg": "140"}, "user-1")


class TestMerging:
    def test_merged_records_are_shown_as_one(self, people: Vault) -> None:
        merge_people(people, "ann", "anne", "user-1")
        for person in ("ann", "anne"):
            assert visit_days(people, person) == ["2024-01-02", "2024-02-02"]
            patient = load_patient(people, person)
            assert (patient.id, patient.patient_id, patient.name, patient.phone) == ("ann", "P1", "Ann", "55")
        (merge,) = merges_of(people, "anne")
        assert (merge.survivor_id, merge.absorbed_id, merge.actor) == ("ann", "anne", "Ada Okafor")

    def test_taking_apart_restores_both_exactly(self, people: Vault, dump: Dump) -> None:
        before = dump(people)
        records = {person: load_record(people, person) for person in ("ann", "anne")}
        unmerge_people(people, merge_people(people, "ann", "anne", "user-1"), "user-1")
        after = dump(people)
        assert [(row[2], row[3]) for row in after.pop("merge")] == [(1, 2)]  # that it happened is kept
        before.pop("merge")
        assert after == before
        assert {person: load_record(people, person) for person in ("ann", "anne")} == records

    def test_what_was_edited_in_between_stays_with_its_record(self, people: Vault, sheet: Sheet) -> None:
        here = Origin(SourceKind.TYPED, datetime(2025, 6, 30, 9, 0, tzinfo=UTC), "Ada Okafor")
        condition = Condition("", "gout", Certainty.SUSPECTED, here)
        gout = add_item(people, "anne", condition, "user-1")
        merge = merge_people(people, "ann", "anne", "user-1")
        move_visit(people, load_record(people, "ann").visits[1].id, "user-1", to_date=date(2024, 3, 3))
        edit_item(people, Condition(gout, "gout", Certainty.CONFIRMED, here), "user-1")
        rows = [{**ANN, "visit_date": "2024-04-04"}, {**ANNE, "visit_date": "2024-05-05"}]
        apply_entries(people, sheet(rows), actor="user-1")
        assert visit_days(people, "ann") == ["2024-01-02", "2024-03-03", "2024-04-04", "2024-05-05"]
        unmerge_people(people, merge, "user-1")
        assert visit_days(people, "ann") == ["2024-01-02", "2024-04-04"]
        assert visit_days(people, "anne") == ["2024-03-03", "2024-05-05"]
        assert load_record(people, "ann").conditions == ()
        assert load_record(people, "anne").conditions[0].certainty is Certainty.CONFIRMED
        assert load_patient(people, "ann").patient_id == "P1"
        assert load_patient(people, "anne").patient_id == "P2"

    def test_rows_of_both_numbers_are_repeated_before_during_and_after(self, people: Vault, sheet: Sheet) -> None:
        rows = [{**ANN, "phone": None}, {**ANNE, "phone": "55"}]
        merge = merge_people(people, "ann", "anne", "user-1")
        assert apply_entries(people, sheet(rows), actor="user-1").rows_repeated == 2
        unmerge_people(people, merge, "user-1")
        assert apply_entries(people, sheet(rows), actor="user-1").rows_repeated == 2

    def test_one_day_of_both_numbers_is_one_visit_while_merged(self, people: Vault, sheet: Sheet) -> None:
        merge_people(people, "ann", "anne", "user-1")
        row = {**ANNE, "visit_date": "2024-01-02", "dbp_mmhg": 80.0, "sbp_mmhg": None}
        assert apply_entries(people, sheet([row]), actor="user-1").rows_updated == 1
        assert visit_days(people, "ann") == ["2024-01-02", "2024-02-02"]

    def test_both_numbers_stay_known_to_import(self, people: Vault) -> None:
        merge_people(people, "ann", "anne", "user-1")
        assert [(one.id, one.patient_id) for one in known_people(people)] == [("ann", "P1"), ("anne", "P2")]

    def test_chains_come_apart_in_any_order(self, people: Vault, sheet: Sheet) -> None:
        apply_entries(
            people, sheet([{**ANN, "person": "al", "patient_id": "P3", "visit_date": "2024-09-09"}]), actor="user-1"
        )
        first = merge_people(people, "ann", "anne", "user-1")
        second = merge_people(people, "al", "ann", "user-1")
        assert visit_days(people, "anne") == ["2024-01-02", "2024-02-02", "2024-09-09"]
        assert len(merges_of(people, "al")) == 2
        unmerge_people(people, first, "user-1")
        assert visit_days(people, "anne") == ["2024-02-02"]
        assert visit_days(people, "ann") == ["2024-01-02", "2024-09-09"]
        unmerge_people(people, second, "user-1")
        assert visit_days(people, "ann") == ["2024-01-02"]

    def test_what_cannot_be_merged_is_refused(self, people: Vault) -> None:
        with pytest.raises(UsageError, match="merge_same"):
            merge_people(people, "ann", "ann", "user-1")
        merge = merge_people(people, "ann", "anne", "user-1")
        with pytest.raises(UsageError, match="merge_same"):
            merge_people(people, "anne", "ann", "user-1")
        unmerge_people(people, merge, "user-1")
        with pytest.raises(UsageError, match="merge_unknown"):
            unmerge_people(people, merge, "user-1")
        merge_people(people, "anne", "ann", "user-1")
        assert load_patient(people, "ann").id == "anne"

"""Every visit as a row of canonical columns."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.entries import IdentifiedEntries
from engine.domain.record import Value
from engine.store import Vault, apply_entries, export_visits, merge_people

Sheet = Callable[..., IdentifiedEntries]
ROWS: list[dict[str, Value | None]] = [
    {"person": "b", "visit_date": "2024-02-02", "patient_id": "P2", "sbp_mmhg": 120.0, "zeta.score": 1.5},
    {"person": "a", "visit_date": "2024-03-03", "patient_id": "P1", "name": "New name", "smoker": "never"},
    {"person": "a", "visit_date": "2024-01-01", "name": "Old name", "sbp_mmhg": 140.0, "sbp_mmhg#2": 141.0},
    {"person": "b", "visit_date": "2023-02-02", "diabetes": False, "smoker": "current", "notes": "=1+1"},
]


def test_rows_are_visits_and_columns_are_canonical(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet(ROWS), actor="user-1")
    table = export_visits(vault)
    assert table.fields == (
        *("patient_id", "name", "visit_date", "sbp_mmhg", "smoker", "diabetes", "notes", "zeta.score"),
    )
    assert [dict(zip(table.fields, row, strict=True)) for row in table.rows] == [
        dict.fromkeys(table.fields) | row
        for row in (
            {"patient_id": "P2", "visit_date": "2023-02-02", "smoker": "current", "diabetes": False, "notes": "=1+1"},
            {"patient_id": "P2", "visit_date": "2024-02-02", "sbp_mmhg": 120.0, "zeta.score": 1.5},
            {"patient_id": "P1", "name": "New name", "visit_date": "2024-01-01", "sbp_mmhg": 140.5},
            {"patient_id": "P1", "name": "New name", "visit_date": "2024-03-03", "smoker": "never"},
        )
    ]


def test_a_qualifier_without_a_value_is_an_empty_cell(vault: Vault, sheet: Sheet) -> None:
    row = {"person": "a", "visit_date": "2024-01-01", "uacr_mg_g": None, "sbp_mmhg": 140.0}
    apply_entries(vault, sheet([row], columns={"uacr_mg_g": {"qualifiers": {0: "negative"}}}), actor="user-1")
    table = export_visits(vault)
    assert dict(zip(table.fields, next(table.rows), strict=True)) == {
        "visit_date": "2024-01-01",
        "sbp_mmhg": 140.0,
        "uacr_mg_g": None,
    }


def test_merged_people_are_exported_as_one(vault: Vault, sheet: Sheet) -> None:
    apply_entries(vault, sheet(ROWS), actor="user-1")
    merge_people(vault, "b", "a", "user-1")
    table = export_visits(vault)
    rows = [dict(zip(table.fields, row, strict=True)) for row in table.rows]
    assert [row["visit_date"] for row in rows] == ["2023-02-02", "2024-01-01", "2024-02-02", "2024-03-03"]
    assert {(row["patient_id"], row["name"]) for row in rows} == {("P2", "New name")}


def test_more_visits_than_are_read_at_once(vault: Vault, sheet: Sheet) -> None:
    rows = [{"person": f"p{n}", "visit_date": "2024-01-01", "sbp_mmhg": float(n)} for n in range(11_000)]
    apply_entries(vault, sheet(rows), actor="user-1")
    assert [row[-1] for row in export_visits(vault).rows] == [float(n) for n in range(11_000)]


def test_an_empty_clinic_exports_no_rows(vault: Vault) -> None:
    assert list(export_visits(vault).rows) == []

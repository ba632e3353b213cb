"""The first schema: what must hold in the database itself, whatever the program does."""

from __future__ import annotations

import pytest

from engine.errors import BugError
from engine.store import Vault
from engine.store.schema import MIGRATIONS

TABLES = {
    *("answer", "allergy", "assessment", "assessment_head", "assessment_range"),
    *("assessment_result", "attribute", "audit", "change", "clinic_pack", "consent", "erasure", "unscrubbed"),
    *("condition", "conversion", "draft", "field", "health_check", "import", "import_column", "import_row"),
    *(
        "measurement",
        "measurement_past",
        "medicine",
        "merge",
        "migration",
        "parked_row",
        "patient",
        "relative",
        "report",
        "seal",
        "setting",
    ),
    *("store", "user", "visit", "visit_move", "series_block", "kept_items"),
    *("row_again", "parked_again", "measurement_again", "identity_given", "item_again", "kept_again", "series_again"),
    *("attached", "blob", "blob_key"),
    *("model", "model_stage", "model_prediction", "model_verdict", "kept_pack"),
}


def test_every_table_is_there(vault: Vault) -> None:
    rows = vault._database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    assert {row[0] for row in rows} == TABLES
    assert vault._database.rows("PRAGMA user_version") == [(MIGRATIONS[-1].version,)]
    assert vault._database.rows("PRAGMA application_id") == [(0x4C4E5452,)]


@pytest.mark.untied
def test_the_view_shows_the_parts_of_a_measurement_key(vault: Vault) -> None:
    with vault.scratch() as database:
        database.run("INSERT INTO measurement(key, number, change) VALUES (?, 1.5, 1)", (77 << 24 | 1234 << 8 | 5,))
    assert vault._database.rows("SELECT visit, field, reading, number FROM measured") == [(77, 1234, 5, 1.5)]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO store VALUES (2, 'x', 'y')",
        "INSERT INTO visit(id, patient, day, change) VALUES ('v', 999, 1, 1)",
        "INSERT INTO condition(id, patient, code, certainty, change) VALUES ('c', 999, 'x', 'y', 1)",
        "INSERT INTO setting(name, value, change) VALUES ('clinic.name', '1', 1)",
        "INSERT INTO setting(name, value, change) VALUES ('x', '1', 999)",
        "INSERT INTO parked_row(import, row, digest, problems, cells, state) VALUES (1, 1, 'd', '', '', 'odd')",
        "UPDATE audit SET detail = '{}'",
        "DELETE FROM audit",
    ],
)
def test_what_must_not_be_is_refused(vault: Vault, sql: str) -> None:
    with pytest.raises(BugError, match="store_statement"), vault.scratch() as database:
        database.run(sql)

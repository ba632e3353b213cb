"""Schema 8: what other systems sent and is kept as it came.

``kept_item`` holds one row for each thing that a file said of a person and that has no place here, was refused, or
became an entry of a list (``item``, its id there). ``lines`` is JSON: [[place, day, value, unit], ...]. What a file of
the same person says again adds no row.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE kept_item(
        key INTEGER PRIMARY KEY, patient INTEGER NOT NULL REFERENCES patient(key),
        import INTEGER NOT NULL REFERENCES import(key),
        kind TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('stored', 'unmapped', 'refused')), why TEXT,
        system TEXT NOT NULL, code TEXT NOT NULL, display TEXT NOT NULL, lines TEXT NOT NULL, item TEXT,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX kept_item_patient ON kept_item(patient)",
    "CREATE INDEX kept_item_import ON kept_item(import)",
)

MIGRATION = Migration(8, "kept_items", _STATEMENTS)

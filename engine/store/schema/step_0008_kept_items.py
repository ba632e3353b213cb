"""Schema 8: what other systems sent and is kept as it came.

``kept_items`` holds one row for each file that said something of a person which has no place here, was refused, or
became an entry of a list. ``content`` is canonical JSON, a list of [kind, state, why, system, code, display, [[place,
day, value, unit], ...], id of the entry in a list]; one row a file, since a file says hundreds of such things. What a
later file says again adds nothing.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE kept_items(
        key INTEGER PRIMARY KEY, patient INTEGER NOT NULL REFERENCES patient(key),
        import INTEGER NOT NULL REFERENCES import(key), content TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX kept_items_patient ON kept_items(patient)",
)

MIGRATION = Migration(8, "kept_items", _STATEMENTS)

"""Schema 3: the packs of a clinic.

``clinic_pack`` holds one row per state of a pack: an edit ends the row and adds one, as in lists. The row pins the
digest of a folder that lies beside the store, since a graph holds no patient data and may be large. A pack that ships
has a row only where the clinic took it out of use.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE clinic_pack(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
        origin TEXT NOT NULL CHECK (origin IN ('shipped', 'made_here', 'signed', 'foreign')),
        parent TEXT, parent_version TEXT, parent_digest TEXT, added_by TEXT NOT NULL, added_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('on', 'off', 'withdrawn')), since TEXT NOT NULL, reason TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE UNIQUE INDEX clinic_pack_current ON clinic_pack(id) WHERE ended IS NULL",
)

MIGRATION = Migration(3, "clinic_packs", _STATEMENTS)

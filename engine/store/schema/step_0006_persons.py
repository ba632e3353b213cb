"""Schema 6: what a person agreed to, and who was erased.

* ``consent`` holds one row per answer of a person to one question: an edit ends the row and adds one, as in lists.
* ``erasure`` holds of an erased person their random ids, who decided and why, and a digest of what was removed under a
  key that stands on the proof alone: the store itself cannot be asked whether it once held something.
* ``seal.digest`` stands in for the leaves of a part that held some of an erased person; ``erasure.seals`` names these
  parts, so that nobody can empty another.
* ``unscrubbed`` says that pages were not rewritten yet after an erasure.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE consent(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, patient INTEGER NOT NULL REFERENCES patient(key),
        kind TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('given', 'refused', 'withdrawn')),
        day TEXT NOT NULL, way TEXT NOT NULL CHECK (way IN ('signed', 'spoken')), guardian TEXT, notice TEXT NOT NULL,
        note TEXT, change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX consent_patient ON consent(patient)",
    """CREATE TABLE erasure(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, persons TEXT NOT NULL, reason TEXT NOT NULL, retention TEXT NOT NULL,
        basis TEXT, counts TEXT NOT NULL, digest TEXT NOT NULL, notice TEXT NOT NULL, seals TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    *(
        f"CREATE TRIGGER erasure_no_{action} BEFORE {action} ON erasure"
        " BEGIN SELECT RAISE(ABORT, 'erasures are kept'); END"
        for action in ("UPDATE", "DELETE")
    ),
    "CREATE TABLE unscrubbed(erasure TEXT PRIMARY KEY) WITHOUT ROWID",
    "ALTER TABLE seal ADD COLUMN digest BLOB",
)

MIGRATION = Migration(6, "persons", _STATEMENTS)

"""Schema 5: the audit becomes a signed chain, and rows of the record are tied to it.

* ``audit`` gains what a signed entry holds. Entries from before stay as they are; the first signed one binds them when
  the store is next opened, because a step of the schema has nobody who could sign.
* ``seal`` keeps the digests of the rows that a change wrote (see ``engine.store.audit.seals``).
* ``store.epoch`` rises when work goes on from an older state on purpose: a backup that was restored.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    *(f"ALTER TABLE audit ADD COLUMN {column}" for column in ("form INTEGER", "roles TEXT", "state TEXT", "key TEXT")),
    "ALTER TABLE store ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1",
    """CREATE TABLE seal(
        key INTEGER PRIMARY KEY, change INTEGER NOT NULL REFERENCES change(key), unit INTEGER NOT NULL,
        leaves BLOB NOT NULL
    )""",
    *(
        f"CREATE TRIGGER seal_no_{action} BEFORE {action} ON seal BEGIN SELECT RAISE(ABORT, 'seals are kept'); END"
        for action in ("UPDATE", "DELETE")
    ),
)

MIGRATION = Migration(5, "audit", _STATEMENTS)

"""Schema 10: files attached to people.

``blob`` holds one row for each sealed file beside the database (``engine.store.blobs``): its name, under which key, and
what it must be, sealed (``size``, ``sha256``) and opened (``plain_size``, ``plain_sha256``). ``blob_key`` holds keys:
what comes after a change of the data key is sealed under another. ``attached`` says whose a file is: a file that was
taken off has ``ended`` and ``reason``, and stays.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE blob_key(
        key INTEGER PRIMARY KEY, secret BLOB NOT NULL, change INTEGER NOT NULL REFERENCES change(key)
    )""",
    """CREATE TABLE blob(
        key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, secret INTEGER NOT NULL REFERENCES blob_key(key),
        size INTEGER NOT NULL, sha256 TEXT NOT NULL, plain_size INTEGER NOT NULL, plain_sha256 TEXT NOT NULL UNIQUE,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    """CREATE TABLE attached(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, patient INTEGER NOT NULL REFERENCES patient(key),
        blob INTEGER NOT NULL REFERENCES blob(key), kind TEXT NOT NULL, name TEXT NOT NULL, day TEXT NOT NULL,
        facts TEXT NOT NULL, left_out TEXT NOT NULL, came_sha256 TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key), reason TEXT
    )""",
    "CREATE INDEX attached_patient ON attached(patient)",
    "CREATE INDEX attached_blob ON attached(blob)",
)

MIGRATION = Migration(10, "attached", _STATEMENTS)

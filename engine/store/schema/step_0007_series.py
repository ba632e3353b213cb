"""Schema 7: series of devices.

``series_block`` holds up to some thousand readings of one person, one measure, one method and one device, all of one
import, packed as columns (``engine.store.series_blocks``): a sensor of glucose writes a hundred thousand readings a
year, and a row for each would be most of the store. ``first_at`` and ``last_at`` are instants in seconds, of readings
without a zone wall clocks. A block is never changed; one that was taken back has ``ended``.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE series_block(
        key INTEGER PRIMARY KEY, patient INTEGER NOT NULL REFERENCES patient(key),
        import INTEGER NOT NULL REFERENCES import(key), measure TEXT NOT NULL, format TEXT NOT NULL,
        method TEXT, device TEXT, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
        readings INTEGER NOT NULL CHECK (readings > 0), sha256 TEXT NOT NULL, content BLOB NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX series_block_patient ON series_block(patient, measure, first_at)",
    "CREATE INDEX series_block_import ON series_block(import)",
)

MIGRATION = Migration(7, "series", _STATEMENTS)

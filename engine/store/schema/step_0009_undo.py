"""Schema 9: what lets one import be taken back, whatever came after it.

``import.ended`` is the change that took an import back; ``kept_items.ended`` the one that took back what it kept.
The tables hold what a file said that was there already. It changes nothing when it arrives, but it is why something
stays when the file that said it first is taken back:

* ``row_again``: rows that were stored before, exactly so (``import_row``); ``parked_again``: rows that wait already.
* ``measurement_again``: values that a visit has already, of rows that say something else besides.
* ``identity_given``: all that was ever said of who a person is, by change, from the second change on that says
  something (then with what the first one said). ``content`` is JSON: [field, value, first day, last day, row, text as
  written] by a file, [field, value or null, day] by hand.
* ``item_again``: what a file says of an entry of a list that is there; ``cells`` are those of its table, as JSON.
* ``kept_again``: 8-byte digests of lines that are kept already; ``series_again``: which readings of a block (bits).
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    "ALTER TABLE import ADD COLUMN ended INTEGER REFERENCES change(key)",
    "ALTER TABLE kept_items ADD COLUMN ended INTEGER REFERENCES change(key)",
    """CREATE TABLE row_again(
        patient INTEGER NOT NULL, day INTEGER NOT NULL, digest INTEGER NOT NULL, import INTEGER NOT NULL,
        row INTEGER NOT NULL, PRIMARY KEY (patient, day, digest, import)
    ) WITHOUT ROWID""",
    """CREATE TABLE parked_again(
        parked INTEGER NOT NULL REFERENCES parked_row(key), import INTEGER NOT NULL REFERENCES import(key),
        row INTEGER NOT NULL, PRIMARY KEY (parked, import)
    ) WITHOUT ROWID""",
    """CREATE TABLE measurement_again(
        key INTEGER NOT NULL, change INTEGER NOT NULL, row INTEGER NOT NULL, number REAL, text TEXT, written TEXT,
        qualifier TEXT, conversion INTEGER, PRIMARY KEY (key, change, row)
    ) WITHOUT ROWID""",
    """CREATE TABLE identity_given(
        patient INTEGER NOT NULL, change INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (patient, change)
    ) WITHOUT ROWID""",
    """CREATE TABLE item_again(
        id TEXT NOT NULL, change INTEGER NOT NULL, patient INTEGER NOT NULL, list TEXT NOT NULL, cells TEXT NOT NULL,
        PRIMARY KEY (id, change)
    ) WITHOUT ROWID""",
    "CREATE INDEX item_again_patient ON item_again(patient)",
    """CREATE TABLE kept_again(
        patient INTEGER NOT NULL, import INTEGER NOT NULL, digests BLOB NOT NULL, PRIMARY KEY (patient, import)
    ) WITHOUT ROWID""",
    """CREATE TABLE series_again(
        block INTEGER NOT NULL REFERENCES series_block(key), import INTEGER NOT NULL REFERENCES import(key),
        marks BLOB NOT NULL, PRIMARY KEY (block, import)
    ) WITHOUT ROWID""",
)

MIGRATION = Migration(9, "undo", _STATEMENTS)

"""Schema 2: what the list of people shows and is searched by.

* ``patient.search`` gains the spellings and initials of Chinese names. It follows from number, name and phone, so it is
  made anew by the rule that holds now, whatever it was.
* ``assessment_head`` repeats of each assessment what a list of people shows. The assessment itself lies in pages that a
  list must not read: a hundred thousand of them are half a gigabyte, their heads are a few megabytes.
"""

from __future__ import annotations

from engine.store.assessment_heads import INSERT_HEAD, head_of_content
from engine.store.database import Database
from engine.store.identity import search_text
from engine.store.schema.step import Migration

_CHUNK = 2_000

_STATEMENTS = (
    # ``missing``: the fields for which packs refused, as "pack:field,field pack:field"; null where a number leads.
    """CREATE TABLE assessment_head(
        assessment INTEGER PRIMARY KEY REFERENCES assessment(key), patient INTEGER NOT NULL REFERENCES patient(key),
        visit INTEGER NOT NULL REFERENCES visit(key), day INTEGER NOT NULL, pack TEXT, output TEXT, number REAL,
        band TEXT, missing TEXT
    )""",
    "CREATE INDEX assessment_head_patient ON assessment_head(patient)",
    *(
        f"CREATE TRIGGER assessment_head_no_{action} BEFORE {action} ON assessment_head"
        " BEGIN SELECT RAISE(ABORT, 'assessment_head is immutable'); END"
        for action in ("UPDATE", "DELETE")
    ),
)


def _fill(database: Database) -> None:
    _fill_search(database)
    _fill_heads(database)


def _fill_search(database: Database) -> None:
    last = 0
    # A name with as many bytes as signs is plain Latin and has no spelling.
    sql = (
        "SELECT key, patient_id, name, phone FROM patient"
        " WHERE key > ? AND length(CAST(name AS BLOB)) > length(name) ORDER BY key LIMIT ?"
    )
    while people := database.rows(sql, (last, _CHUNK)):
        found = [
            (search_text({"patient_id": number, "name": name, "phone": phone}), key)
            for key, number, name, phone in people
        ]
        database.many("UPDATE patient SET search = ? WHERE key = ?", found)
        last = int(people[-1][0])


def _fill_heads(database: Database) -> None:
    last = 0
    sql = "SELECT key, patient, visit, day, sha256, content FROM assessment WHERE key > ? ORDER BY key LIMIT ?"
    while rows := database.rows(sql, (last, _CHUNK)):
        heads = [(*row[:4], *head_of_content(*row[4:])) for row in rows]
        database.many(INSERT_HEAD, heads)
        last = int(rows[-1][0])


MIGRATION = Migration(2, "people_list", _STATEMENTS, _fill)

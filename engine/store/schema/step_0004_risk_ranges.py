"""Schema 4: what a list shows of people whose number could only be told as a range.

``assessment_range`` repeats, of assessments without a leading number, the outputs of their ranges; most people have a
number and no line here.
"""

from __future__ import annotations

from engine.store.assessment_heads import INSERT_RANGE, ranges_of_content
from engine.store.database import Database
from engine.store.schema.step import Migration

_CHUNK = 2_000

_STATEMENTS = (
    """CREATE TABLE assessment_range(
        assessment INTEGER NOT NULL REFERENCES assessment(key), pack TEXT NOT NULL, output TEXT NOT NULL,
        low REAL NOT NULL, typical REAL NOT NULL, high REAL NOT NULL, PRIMARY KEY (assessment, pack, output)
    ) WITHOUT ROWID""",
    *(
        f"CREATE TRIGGER assessment_range_no_{action} BEFORE {action} ON assessment_range"
        " BEGIN SELECT RAISE(ABORT, 'assessment_range is immutable'); END"
        for action in ("UPDATE", "DELETE")
    ),
)


def _fill(database: Database) -> None:
    last = 0
    sql = "SELECT key, sha256, content FROM assessment WHERE headline_pack IS NULL AND key > ? ORDER BY key LIMIT ?"
    while rows := database.rows(sql, (last, _CHUNK)):
        database.many(INSERT_RANGE, ((key, *line) for key, *stored in rows for line in ranges_of_content(*stored)))
        last = int(rows[-1][0])


MIGRATION = Migration(4, "risk_ranges", _STATEMENTS, _fill)

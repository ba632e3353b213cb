"""Schema 1: the record from the first day.

How it is laid out, and why:

* ``change`` is the stamp of everything: one row per transaction, with who, when and what. A row that was written in
  change c holds ``change = c``; a row that no longer counts holds the change that ended it in ``ended``. Nothing that
  a person entered is deleted.
* ``measurement`` holds one row per current value. Its key packs visit, field and reading into one integer
  (``visit << 24 | field << 8 | reading``, see ``engine.store.values``), so values of a visit lie side by side and an
  import appends at the end: half the time and a third of the size of a table with those three columns and an index.
  The view ``measured`` shows the parts. A value that was corrected or removed moves to ``measurement_past``.
  No foreign keys here: the one bulk path writes it, and they would cost a third of the import.
* ``attribute`` holds each distinct value that was ever given for a patient-level field, with the first and last visit
  date on which it was given; ``patient`` repeats the current ones for lists and search.
* ``import_row`` remembers, for a person and day as they stood in the file, the digest of every row stored: the same
  row again changes nothing, even when the visit was moved or a value corrected since.
* Merging two records moves nothing: ``patient.root`` names the record under which a person is shown.
* Days are numbers of ``date.toordinal``; moments are ISO texts in UTC; partial dates are texts as far as known.
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE store(
        one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, created_at TEXT NOT NULL
    )""",
    """CREATE TABLE change(
        key INTEGER PRIMARY KEY, moment TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL
    )""",
    # The last three columns wait for the signed hash chain.
    """CREATE TABLE audit(
        seq INTEGER PRIMARY KEY AUTOINCREMENT, moment TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
        change INTEGER REFERENCES change(key), subjects TEXT NOT NULL, detail TEXT NOT NULL,
        previous_hash TEXT, entry_hash TEXT, signature TEXT
    )""",
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    """CREATE TABLE user(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX user_id ON user(id)",
    """CREATE TABLE setting(
        key INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE UNIQUE INDEX setting_current ON setting(name) WHERE ended IS NULL",
    # Imports: what a whole file or a whole column shares stands here once.
    """CREATE TABLE import(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, received_at TEXT NOT NULL,
        file_name TEXT, file_sha256 TEXT, sheet TEXT,
        rows_read INTEGER NOT NULL, rows_new INTEGER NOT NULL, rows_updated INTEGER NOT NULL,
        rows_repeated INTEGER NOT NULL, rows_parked INTEGER NOT NULL, rows_rejected INTEGER NOT NULL,
        change INTEGER NOT NULL UNIQUE REFERENCES change(key)
    )""",
    """CREATE TABLE conversion(
        key INTEGER PRIMARY KEY, unit_from TEXT NOT NULL, unit_to TEXT NOT NULL, factor REAL NOT NULL,
        shift REAL NOT NULL, UNIQUE (unit_from, unit_to, factor, shift)
    )""",
    # ``texts``: canonical value -> text as written, where the whole column writes each value in one way.
    """CREATE TABLE import_column(
        import INTEGER NOT NULL REFERENCES import(key), field INTEGER NOT NULL REFERENCES field(key),
        reading INTEGER NOT NULL, header TEXT, position INTEGER, conversion INTEGER REFERENCES conversion(key),
        rule TEXT, set_for_file INTEGER NOT NULL, texts TEXT, PRIMARY KEY (import, field, reading)
    ) WITHOUT ROWID""",
    """CREATE TABLE import_row(
        patient INTEGER NOT NULL, day INTEGER NOT NULL, digest INTEGER NOT NULL,
        visit INTEGER NOT NULL, import INTEGER NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (patient, day, digest)
    ) WITHOUT ROWID""",
    """CREATE TABLE parked_row(
        key INTEGER PRIMARY KEY, import INTEGER NOT NULL REFERENCES import(key), row INTEGER NOT NULL,
        visit_group INTEGER, digest TEXT NOT NULL, problems TEXT NOT NULL, cells TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'stored', 'rejected')),
        decided INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX parked_row_digest ON parked_row(digest)",
    "CREATE INDEX parked_row_waiting ON parked_row(import, row) WHERE state = 'waiting'",
    # People and their visits.
    "CREATE TABLE field(key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE patient(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, root INTEGER NOT NULL REFERENCES patient(key),
        search TEXT NOT NULL, patient_id TEXT, name TEXT, birth_date TEXT, sex TEXT, phone TEXT, address TEXT,
        village TEXT, room TEXT, consent_date TEXT, medicines_confirmed_date TEXT, conditions_confirmed_date TEXT,
        allergies_confirmed_date TEXT, checks_confirmed_date TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX patient_number ON patient(patient_id)",
    "CREATE INDEX patient_root ON patient(root) WHERE root <> key",
    """CREATE TABLE attribute(
        patient INTEGER NOT NULL, field INTEGER NOT NULL, value TEXT NOT NULL,
        first_on INTEGER NOT NULL, last_on INTEGER NOT NULL, row INTEGER NOT NULL,
        change INTEGER NOT NULL, last_change INTEGER NOT NULL, written TEXT, ended INTEGER,
        PRIMARY KEY (patient, field, value)
    ) WITHOUT ROWID""",
    """CREATE TABLE visit(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, patient INTEGER NOT NULL REFERENCES patient(key),
        day INTEGER NOT NULL, row INTEGER, change INTEGER NOT NULL, written TEXT,
        ended INTEGER REFERENCES change(key)
    )""",
    "CREATE INDEX visit_patient ON visit(patient, day)",
    """CREATE TABLE visit_move(
        key INTEGER PRIMARY KEY, visit INTEGER NOT NULL REFERENCES visit(key),
        from_patient INTEGER NOT NULL REFERENCES patient(key), from_day INTEGER NOT NULL,
        to_patient INTEGER NOT NULL REFERENCES patient(key), to_day INTEGER NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX visit_move_visit ON visit_move(visit)",
    """CREATE TABLE merge(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, survivor INTEGER NOT NULL REFERENCES patient(key),
        absorbed INTEGER NOT NULL REFERENCES patient(key), change INTEGER NOT NULL REFERENCES change(key),
        ended INTEGER REFERENCES change(key)
    )""",
    "CREATE UNIQUE INDEX merge_current ON merge(absorbed) WHERE ended IS NULL",
    # Values.
    """CREATE TABLE measurement(
        key INTEGER PRIMARY KEY, number REAL, text TEXT, row INTEGER, change INTEGER NOT NULL,
        written TEXT, qualifier TEXT, conversion INTEGER
    )""",
    """CREATE TABLE measurement_past(
        past INTEGER PRIMARY KEY, key INTEGER NOT NULL, number REAL, text TEXT, row INTEGER, change INTEGER NOT NULL,
        written TEXT, qualifier TEXT, conversion INTEGER, ended INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX measurement_past_key ON measurement_past(key)",
    """CREATE VIEW measured AS SELECT key, key >> 24 AS visit, (key >> 8) & 65535 AS field, key & 255 AS reading,
        number, text, row, change, written, qualifier, conversion FROM measurement""",
    # Lists: an edit ends the row and adds one with the same id.
    """CREATE TABLE condition(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, patient INTEGER NOT NULL REFERENCES patient(key),
        code TEXT NOT NULL, certainty TEXT NOT NULL, onset TEXT, end_date TEXT, note TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    """CREATE TABLE medicine(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, patient INTEGER NOT NULL REFERENCES patient(key),
        text TEXT NOT NULL, ingredient TEXT, classes TEXT NOT NULL, dose_text TEXT, start TEXT, stop TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    """CREATE TABLE allergy(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, patient INTEGER NOT NULL REFERENCES patient(key),
        substance TEXT NOT NULL, severity TEXT NOT NULL, certainty TEXT NOT NULL, ingredient_or_class TEXT,
        reaction TEXT, change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    """CREATE TABLE relative(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, patient INTEGER NOT NULL REFERENCES patient(key),
        relation TEXT NOT NULL, condition TEXT NOT NULL, age_at_onset INTEGER, deceased INTEGER,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    """CREATE TABLE health_check(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, patient INTEGER NOT NULL REFERENCES patient(key),
        code TEXT NOT NULL, status TEXT NOT NULL, done_on TEXT, result TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    # An answer belongs to a visit, and moves with it.
    """CREATE TABLE answer(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, visit INTEGER NOT NULL REFERENCES visit(key),
        question TEXT NOT NULL, value TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    *(
        statement
        for table, owner in (
            ("condition", "patient"),
            ("medicine", "patient"),
            ("allergy", "patient"),
            ("relative", "patient"),
            ("health_check", "patient"),
            ("answer", "visit"),
        )
        for statement in (
            f"CREATE INDEX {table}_{owner} ON {table}({owner})",
            f"CREATE UNIQUE INDEX {table}_current ON {table}(id) WHERE ended IS NULL",
        )
    ),
    # Work in hand: the only rows that are overwritten and deleted.
    """CREATE TABLE draft(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, patient TEXT, actor TEXT NOT NULL,
        saved_at TEXT NOT NULL, content TEXT NOT NULL
    )""",
    # Assessments: the whole of it as canonical JSON (zlib), its digest, and what lists ask for.
    """CREATE TABLE assessment(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, patient INTEGER NOT NULL REFERENCES patient(key),
        visit INTEGER NOT NULL REFERENCES visit(key), day INTEGER NOT NULL, made_at TEXT NOT NULL,
        program_version TEXT NOT NULL, headline_pack TEXT, sha256 TEXT NOT NULL, content BLOB NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX assessment_patient ON assessment(patient, day)",
    """CREATE TABLE assessment_result(
        assessment INTEGER NOT NULL REFERENCES assessment(key), pack TEXT NOT NULL, version TEXT NOT NULL,
        digest TEXT NOT NULL, status TEXT NOT NULL, output TEXT, number REAL, category TEXT, band TEXT,
        PRIMARY KEY (assessment, pack)
    ) WITHOUT ROWID""",
    """CREATE TABLE report(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, assessment INTEGER NOT NULL REFERENCES assessment(key),
        kind TEXT NOT NULL, language TEXT NOT NULL, paper TEXT NOT NULL, pages INTEGER NOT NULL,
        sha256 TEXT NOT NULL, made_at TEXT NOT NULL, change INTEGER NOT NULL REFERENCES change(key)
    )""",
    "CREATE INDEX report_assessment ON report(assessment)",
    *(
        f"CREATE TRIGGER {table}_no_{action} BEFORE {action} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        for table in ("assessment", "assessment_result", "report")
        for action in ("UPDATE", "DELETE")
    ),
)

MIGRATION = Migration(1, "initial", _STATEMENTS)

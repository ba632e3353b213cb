"""Schema 11: models that were trained, from draft to retirement, and what they say silently.

``model`` holds one row for each version; its folder lies beside the store, as those of packs do. ``model_stage`` holds
one row for each stage: the next ends the row and adds one. Only an approved version has a row in ``clinic_pack``
too, so no other is among the packs that anything is asked of. ``model_prediction`` is what a version said at a visit
while nobody saw it, ``number`` null where it refused; a row is never changed, and goes only with its person.
``model_verdict`` is what outcomes said of a version on a day: counts and figures of many people, none of one.
``kept_pack`` names the sealed file that holds the folder of a pack, for backups (``engine.store.kept_packs``).
"""

from __future__ import annotations

from engine.store.schema.step import Migration

_STATEMENTS = (
    """CREATE TABLE model(
        key INTEGER PRIMARY KEY, id TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
        origin TEXT NOT NULL CHECK (origin IN ('made_here', 'signed', 'foreign')),
        change INTEGER NOT NULL REFERENCES change(key), UNIQUE (id, version)
    )""",
    """CREATE TABLE model_stage(
        key INTEGER PRIMARY KEY, model INTEGER NOT NULL REFERENCES model(key),
        stage TEXT NOT NULL CHECK (stage IN ('draft', 'shadow', 'approved', 'retired')), since TEXT NOT NULL,
        outcome TEXT, threshold REAL, second TEXT, one_signature INTEGER NOT NULL, reason TEXT,
        change INTEGER NOT NULL REFERENCES change(key), ended INTEGER REFERENCES change(key)
    )""",
    "CREATE UNIQUE INDEX model_stage_current ON model_stage(model) WHERE ended IS NULL",
    """CREATE TABLE model_prediction(
        key INTEGER PRIMARY KEY, visit INTEGER NOT NULL REFERENCES visit(key),
        model INTEGER NOT NULL REFERENCES model(key), output TEXT NOT NULL, number REAL, made_at TEXT NOT NULL,
        change INTEGER NOT NULL REFERENCES change(key), UNIQUE (visit, model)
    )""",
    "CREATE INDEX model_prediction_model ON model_prediction(model)",
    *(
        f"CREATE TRIGGER model_prediction_no_{action} BEFORE {action} ON model_prediction"
        " BEGIN SELECT RAISE(ABORT, 'model_prediction is immutable'); END"
        for action in ("UPDATE", "DELETE")
    ),
    """CREATE TABLE model_verdict(
        key INTEGER PRIMARY KEY, model INTEGER NOT NULL REFERENCES model(key), made_at TEXT NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('calibrated', 'unclear', 'do_not_use')),
        reasons TEXT NOT NULL, figures TEXT NOT NULL, change INTEGER NOT NULL REFERENCES change(key)
    )""",
    """CREATE TABLE kept_pack(
        key INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, blob INTEGER NOT NULL UNIQUE REFERENCES blob(key),
        change INTEGER NOT NULL REFERENCES change(key)
    )""",
)

MIGRATION = Migration(11, "models", _STATEMENTS)

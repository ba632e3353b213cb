"""The same operations as somebody writes them who trusts the defaults: plain SQLite, and SQLCipher with a key.

What is usual: files are copied and written in place, a migration is a script, a passphrase is a small file or a new
key for the whole database. Nothing here is weakened on purpose; each line is what the libraries' own first pages show.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from tests.reliability.operations import GOOD, Acknowledge, Operation, Verdict, Words

PLAIN, CIPHER = "sqlite3, defaults", "sqlcipher3, obvious code"
_START, _FILES, _ROWS, _EDITS, _SECRETS, _OLD = 30, 8, 25, 24, 5, 300
_ERRORS = (sqlite3.Error, sqlcipher.Error, OSError, ValueError)
_TABLES = """
CREATE TABLE person(id TEXT PRIMARY KEY, name TEXT);
CREATE TABLE value(person TEXT, day INTEGER, field TEXT, number REAL);
"""
Connect = Callable[[Path, int], Any]


def _plain(path: Path, key: int) -> Any:
    return sqlite3.connect(path)


def _cipher(path: Path, key: int) -> Any:
    connection = sqlcipher.connect(str(path))
    connection.execute("PRAGMA cipher_log_level = NONE")  # damage is what these trials make
    # A raw key, so that no trial waits for a derivation.
    connection.execute(f"PRAGMA key = \"x'{key:064x}'\"")
    return connection


def _prepare(connect: Connect, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with closing(connect(folder / "store.db", 0)) as database:
        database.executescript(_TABLES)
        _insert(database, "start", _START)


def _insert(database: Any, prefix: str, count: int) -> None:
    people = [(f"{prefix}{n}", f"Name {n}") for n in range(count)]
    database.executemany("INSERT INTO person VALUES (?, ?)", people)
    for field in ("sbp", "dbp"):
        database.executemany("INSERT INTO value VALUES (?, 1, ?, 100)", [(person, field) for person, _ in people])
    database.commit()


def _import(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(connect(folder / "store.db", 0)) as database:
        for number in range(_FILES):
            _insert(database, f"file{number}x", _ROWS)
            acknowledge(str(number))


def _edit(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(connect(folder / "store.db", 0)) as database:
        for number in range(_EDITS):
            for field in ("sbp", "dbp"):
                values = (f"start{number % 10}", 500 + number, field, 100 + number)
                database.execute("INSERT INTO value VALUES (?, ?, ?, ?)", values)
            database.commit()
            acknowledge(str(number))


def _judged(connect: Connect, folder: Path, look: Callable[[Any], str | None], key: int = 0) -> Verdict:
    try:
        with closing(connect(folder / "store.db", key)) as database:
            sound = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            fault = look(database)
    except _ERRORS as error:
        return Verdict(f"does not open: {type(error).__name__}", detected=True)
    if sound and fault is None:
        return GOOD
    return Verdict(fault or "damaged", detected=not sound)


def _counts(database: Any, sql: str, *values: object) -> int:
    return int(database.execute(sql, values).fetchone()[0])


def _start(database: Any) -> str | None:
    found = _counts(database, "SELECT count(*) FROM person WHERE id LIKE 'start%'")
    return None if found == _START else "people of the start are missing"


def _judge_import(connect: Connect, folder: Path, done: Words) -> Verdict:
    def look(database: Any) -> str | None:
        for number in range(_FILES):
            ids = f"file{number}x%"
            people = _counts(database, "SELECT count(*) FROM person WHERE id LIKE ?", ids)
            values = _counts(database, "SELECT count(*) FROM value WHERE person LIKE ?", ids)
            if (people, values) not in ((0, 0), (_ROWS, 2 * _ROWS)):
                return "half a file"
            if str(number) in done and not people:
                return "an acknowledged file is missing"
        return _start(database)

    return _judged(connect, folder, look)


def _judge_edit(connect: Connect, folder: Path, done: Words) -> Verdict:
    def look(database: Any) -> str | None:
        for number in range(_EDITS):
            values = _counts(database, "SELECT count(*) FROM value WHERE day = ?", 500 + number)
            if values not in (0, 2):
                return "half a visit"
            if str(number) in done and not values:
                return "an acknowledged visit is missing"
        return _start(database)

    return _judged(connect, folder, look)


# A passphrase: a new key for the database where there is one, and its number in a file in either case.


def _prepare_secret(connect: Connect, folder: Path) -> None:
    _prepare(connect, folder)
    (folder / "secret.json").write_text(json.dumps({"secret": 0}))


def _change_secret(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(connect(folder / "store.db", 0)) as database:
        for number in range(1, _SECRETS + 1):
            if connect is _cipher:
                database.execute(f"PRAGMA rekey = \"x'{number:064x}'\"")
            (folder / "secret.json").write_text(json.dumps({"secret": number}))
            acknowledge(str(number))


def _judge_secret(connect: Connect, folder: Path, done: Words) -> Verdict:
    last = len(done)
    try:
        secret = int(json.loads((folder / "secret.json").read_text())["secret"])
    except (OSError, ValueError, KeyError):
        return Verdict("the file of the secret is gone or halved", detected=True)
    if secret not in (last, last + 1):
        return Verdict("an acknowledged secret is lost", detected=False)
    key = secret if connect is _cipher else 0
    return _judged(connect, folder, _start, key)


# A migration: a script on the live database.


def _prepare_old(connect: Connect, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with closing(connect(folder / "store.db", 0)) as database:
        database.executescript(_TABLES)
        _insert(database, "old", _OLD)


def _migrate(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(connect(folder / "store.db", 0)) as database:
        if _counts(database, "PRAGMA user_version") == 0:
            database.executescript(
                "ALTER TABLE person ADD COLUMN search TEXT; UPDATE person SET search = lower(name);"
                "CREATE TABLE visit(person TEXT, day INTEGER);"
                "INSERT INTO visit SELECT DISTINCT person, day FROM value; PRAGMA user_version = 1;"
            )
    acknowledge("done")


def _judge_migrated(connect: Connect, folder: Path, done: Words) -> Verdict:
    try:
        _migrate(connect, folder, lambda word: None)  # the program starts again
    except _ERRORS as error:
        return Verdict(f"cannot go on: {type(error).__name__}", detected=True)

    def look(database: Any) -> str | None:
        if _counts(database, "SELECT count(*) FROM person WHERE search IS NOT NULL") != _OLD:
            return "half a migration"
        return None if _counts(database, "SELECT count(*) FROM visit") == _OLD else "half a migration"

    return _judged(connect, folder, look)


# A backup: a copy of the file under one name; a restore: a copy back.


def _prepare_backup(connect: Connect, folder: Path) -> None:
    _prepare(connect, folder)
    shutil.copy(folder / "store.db", folder / "backup.db")


def _back_up(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    with closing(connect(folder / "store.db", 0)) as database:
        for number in range(4):
            _insert(database, f"file{number}x", _ROWS)
            shutil.copy(folder / "store.db", folder / "backup.db")
            acknowledge(str(number))


def _judge_backup(connect: Connect, folder: Path, done: Words) -> Verdict:
    copy = folder / "restored"
    copy.mkdir()
    shutil.copy(folder / "backup.db", copy / "store.db")

    def look(database: Any) -> str | None:
        for number in range(4):
            people = _counts(database, "SELECT count(*) FROM person WHERE id LIKE ?", f"file{number}x%")
            if people not in (0, _ROWS):
                return "half a file"
            if str(number) in done and not people:
                return "an acknowledged file is missing"
        return _start(database)

    return _judged(connect, copy, look)


def _prepare_restore(connect: Connect, folder: Path) -> None:
    _prepare(connect, folder)
    shutil.copy(folder / "store.db", folder / "backup.db")
    with closing(connect(folder / "store.db", 0)) as database:
        _insert(database, "later", _ROWS)


def _restore(connect: Connect, folder: Path, acknowledge: Acknowledge) -> None:
    shutil.copy(folder / "backup.db", folder / "store.db")
    acknowledge("restored")


def _judge_restored(connect: Connect, folder: Path, done: Words) -> Verdict:
    def look(database: Any) -> str | None:
        later = _counts(database, "SELECT count(*) FROM person WHERE id LIKE 'later%'")
        if later not in (0, _ROWS) or (done and later):
            return "neither the old state nor the restored one"
        return _start(database)

    return _judged(connect, folder, look)


def _operations(system: str, connect: Connect) -> tuple[Operation, ...]:
    parts = (
        ("import", _prepare, _import, _judge_import),
        ("edit", _prepare, _edit, _judge_edit),
        ("change a passphrase", _prepare_secret, _change_secret, _judge_secret),
        ("migrate", _prepare_old, _migrate, _judge_migrated),
        ("back up", _prepare_backup, _back_up, _judge_backup),
        ("restore", _prepare_restore, _restore, _judge_restored),
    )
    return tuple(
        Operation(name, system, partial(before, connect), partial(act, connect), partial(judge, connect))
        for name, before, act, judge in parts
    )


OPERATIONS = (*_operations(PLAIN, _plain), *_operations(CIPHER, _cipher))

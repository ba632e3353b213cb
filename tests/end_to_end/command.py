"""The command as a person uses it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.__main__ import main
from engine.store.database import Database
from engine.store.folder import ClinicFolder
from engine.store.slot_files import open_slot, readable_slot_files
from engine.store.slots import FLOOR
from engine.wording import load_wording

PASSPHRASE = "correct horse battery staple"

HEADER = "Patient ID,Name,Sex,Date of birth,Phone,Visit date,Systolic BP (mmHg),Diastolic BP (mmHg)\n"
PEOPLE = (
    "Q001,Zebulon Quillfeather,M,1957-03-09,01614960771,2024-01-15,137,83\n"
    "Q002,Philippa Oxenbridge,F,1962-11-23,01614960772,2024-01-16,149,91\n"
    "Q003,Tamsin Harrowgate,F,1949-07-30,01614960773,2024-01-17,126,74\n"
)
# Values of these people that nothing else on a page of errors could be.
SECRETS = re.compile(
    "Quillfeather|Oxenbridge|Harrowgate|Zebulon|Philippa|Tamsin|1957|1962|1949|0161496|Q00[123]|\\b(137|149|126)\\b"
)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def lantern(*words: object) -> Ended:
    """Run the command in this process; arguments as they would be typed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
    assert "Traceback" not in err.getvalue()
    return Ended(code, out.getvalue(), err.getvalue())


def run_process(*words: object, **environment: str) -> Ended:
    """Run the command as its own process, with changes of the environment."""
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(_word, words)],
        capture_output=True,
        env={**os.environ, **environment},
        check=False,
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ended.err
    return ended


def _word(word: object) -> str | bytes:
    return word if isinstance(word, bytes) else str(word)


def says(line: str, key: str, language: str = "en") -> bool:
    """Whether a line is a sentence of the catalogue, whatever its placeholders hold."""
    wording = load_wording(language)
    marks = dict.fromkeys(wording.placeholders(key), "\0")
    pattern = re.escape(wording.say(key, **marks)).replace("\0", ".*")
    return re.fullmatch(pattern, line) is not None


def check_refused(ended: Ended, code: int, key: str, file: str | None = None) -> None:
    """Check that a command ended with a code and with exactly one sentence, which quotes no patient."""
    assert (ended.code, ended.err.count("\n")) == (code, 1), ended
    line = ended.err.removesuffix("\n")
    if file is not None:
        assert line.startswith(f"{file}: "), line
        line = line.removeprefix(f"{file}: ")
    assert says(line, key), (line, key)
    assert not SECRETS.search(ended.err)
    assert "\t" not in line


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: the bytes of files, None for folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def held(folder: Path) -> dict[str, object]:
    """Everything in a folder, of the stores of clinics all rows but those that tell who used the clinic and when."""
    found: dict[str, object] = {}
    for name, content in contents(folder).items():
        path = folder / name
        if path.name == "store.db":
            found[name] = _rows(path.parent)
        elif not path.name.startswith(("store.db-", "anchor-")):
            found[name] = content
    return found


def _rows(clinic: Path) -> dict[str, list[str]]:
    place = ClinicFolder(clinic)
    database = Database.open(
        place.database, open_slot(readable_slot_files(place)[0].file, PASSPHRASE, FLOOR).keys.data_key
    )
    try:
        tables = [name for (name,) in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: sorted(map(repr, database.rows(f"SELECT * FROM {name}")))  # noqa: S608 - our own tables
            for name in tables
            if name not in {"audit", "change", "seal"} and not name.startswith("sqlite_")
        }
    finally:
        database.close()


@dataclass(frozen=True)
class Clinic:
    """A clinic on disk, driven through the command."""

    folder: Path
    passphrase_file: Path

    def run(self, command: str, *words: object) -> Ended:
        return lantern(command, *words, *self.words)

    @property
    def words(self) -> tuple[object, ...]:
        """The words that open this clinic, for a process of its own."""
        return ("--store", self.folder, "--passphrase-file", self.passphrase_file)

    def records(self, into: Path) -> tuple[list[dict[str, str]], Any]:
        """All that is stored of patients: every visit, every person."""
        return self.export(into), self.run("patients").json

    def import_file(self, path: Path, *words: object) -> tuple[Ended, dict[str, Any]]:
        ended = self.run("import", path, "--json", *words)
        return ended, ended.json[0]

    def export(self, into: Path) -> list[dict[str, str]]:
        assert self.run("export", "--output", into).code == 0
        with into.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

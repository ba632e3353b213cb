"""The command as a person uses it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.cli.__main__ import main

PASSPHRASE = "correct horse battery staple"


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


@dataclass(frozen=True)
class Clinic:
    """A clinic on disk, driven through the command."""

    folder: Path
    passphrase_file: Path

    def run(self, command: str, *words: object) -> Ended:
        return lantern(command, *words, "--store", self.folder, "--passphrase-file", self.passphrase_file)

    def import_file(self, path: Path, *words: object) -> tuple[Ended, dict[str, Any]]:
        ended = self.run("import", path, "--json", *words)
        return ended, ended.json[0]

    def export(self, into: Path) -> list[dict[str, str]]:
        assert self.run("export", "--output", into).code == 0
        with into.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

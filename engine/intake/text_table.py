"""A CSV file as columns of text, whatever they are called: what a model is trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError
from engine.intake.canonical_csv import CsvRows


@dataclass(frozen=True, slots=True)
class TextTable:
    """``columns``: the cells under each head, all of length ``rows``. ``sha256``: of the whole file."""

    rows: int
    columns: Mapping[str, Sequence[str]]
    sha256: str


def read_text_table(path: Path, most_rows: int) -> TextTable:
    """Read a file: UTF-8, commas, a header.

    Raises:
        InputError: ``table_too_many_rows``; ``csv_no_head`` for a column without a name; ``csv_other_separator`` where
            something else than commas stands between the columns; as ``CsvRows``.
    """
    with CsvRows(path) as table:
        names = table.header.names
        _check_separator(names)
        if "" in names:
            raise InputError("csv_no_head", column=names.index("") + 1)
        cells: list[list[str]] = [[] for _ in names]
        rows = 0
        shared: dict[str, str] = {}  # cells repeat: each distinct one is held once
        for block in table.rows():
            rows += len(block.texts)
            if rows > most_rows:
                raise InputError("table_too_many_rows", most=most_rows)
            for place, column in enumerate(cells):
                column += [shared.setdefault(cell, cell) for cell in block.cells[place :: len(names)]]
    return TextTable(rows, dict(zip(names, cells, strict=True)), _digest(path))


def _check_separator(names: Sequence[str]) -> None:
    """Refuse a head that is one column only because its names are parted by another sign."""
    signs = [sign for sign in (";", "\t", "|", "；", "，") if len(names) == 1 and sign in names[0]]
    if signs:
        raise InputError("csv_other_separator", sign="Tab" if signs[0] == "\t" else signs[0])


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError("csv_unreadable") from error

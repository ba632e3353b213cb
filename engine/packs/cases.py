"""The reference cases of a pack: people in canonical fields and what the published model gives for them.

CSV, UTF-8, comma, header: canonical fields, ``expected_<output>``, ``expected_<output>_low`` and ``_high`` where models
of other samples stand beside the output, ``expected_band`` (scheme main), ``tolerance``, ``source``. An empty input is
absent; an empty expectation is not checked.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.domain.batch import Batch, FloatArray
from engine.errors import PackError
from engine.fields import Dictionary
from engine.fields.canonical import ColumnReader
from engine.packs.manifest import Manifest, OutputKind
from engine.packs.own_fields import dictionary_with
from engine.packs.pack import Pack

_EXPECTED = "expected_"


@dataclass(frozen=True, slots=True)
class ReferenceCases:
    """People with expected outputs. Arrays have one value a person; NaN and None are not checked."""

    people: Batch
    numbers: Mapping[str, FloatArray]  # output -> expected number
    codes: Mapping[str, tuple[str | None, ...]]  # category output -> expected code
    bands: tuple[str | None, ...]  # code of scheme main
    tolerance: FloatArray  # |result - expected| may be this large
    sources: tuple[str, ...]
    ends: Mapping[tuple[str, str], FloatArray] = field(default_factory=dict)  # (output, "low" or "high")


def read_cases(pack: Pack, dictionary: Dictionary) -> ReferenceCases:
    """Return the reference cases of a pack.

    Raises:
        PackError: ``pack_cases_unreadable`` when the table is no such CSV, names a column nobody knows, or holds a
            cell that is no value of its field.
    """
    return parse_cases(pack.manifest, pack.read_case_table(), dictionary)


def parse_cases(manifest: Manifest, table: bytes, dictionary: Dictionary) -> ReferenceCases:
    """Return the cases in the bytes of a table made for a pack; raises as ``read_cases``."""
    header, rows = _read_table(manifest.id, table)
    columns = {name: tuple(row[position].strip() for row in rows) for position, name in enumerate(header)}
    try:
        return _cases(manifest, columns, len(rows), dictionary_with(manifest.fields, dictionary))
    except (KeyError, ValueError) as error:
        raise PackError("pack_cases_unreadable", pack=manifest.id) from error


def ends_of(manifest: Manifest) -> Mapping[str, tuple[str, str]]:
    """Return the columns for what models of other samples say: column -> output, and "low" or "high"."""
    return {
        f"{_EXPECTED}{output.name}_{end}": (output.name, end)
        for output in manifest.outputs
        if output.stability is not None
        for end in ("low", "high")
    }


def _cases(
    manifest: Manifest, columns: Mapping[str, Sequence[str]], rows: int, dictionary: Dictionary
) -> ReferenceCases:
    kinds = {output.name: output.kind for output in manifest.outputs}
    beside = ends_of(manifest)
    ends: dict[tuple[str, str], FloatArray] = {}
    numbers: dict[str, FloatArray] = {}
    codes: dict[str, tuple[str | None, ...]] = {}
    bands: tuple[str | None, ...] = (None,) * rows
    people: dict[str, FloatArray] = {}
    for name, cells in columns.items():
        if name == f"{_EXPECTED}band":
            bands = _texts(cells)
        elif name.startswith(_EXPECTED):
            output = name.removeprefix(_EXPECTED)
            if name in beside:
                ends[beside[name]] = _numbers(cells)
            elif kinds[output] is OutputKind.CATEGORY:
                codes[output] = _texts(cells)
            else:
                numbers[output] = _numbers(cells)
        elif name not in ("tolerance", "source"):
            people[name] = ColumnReader(dictionary[name]).read(cells)
            if np.isinf(people[name]).any():
                raise ValueError("a cell is no value of its field")
    return ReferenceCases(
        Batch(rows, people), numbers, codes, bands, _numbers(columns["tolerance"]), tuple(columns["source"]), ends
    )


def _read_table(pack: str, table: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        lines = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PackError("pack_cases_unreadable", pack=pack) from error
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    if not header or len(set(header)) != len(header) or any(len(row) != len(header) for row in rows):
        raise PackError("pack_cases_unreadable", pack=pack)
    return header, rows


def _texts(cells: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(cell or None for cell in cells)


def _numbers(cells: Sequence[str]) -> FloatArray:
    return np.array([float(cell) if cell else math.nan for cell in cells], dtype=np.float64)

"""``lantern assess``: scores a CSV file of canonical columns with one pack. Stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from engine.domain.batch import Batch
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.results import REFUSALS, PackRef, Results
from engine.errors import InputError, UsageError
from engine.fields import Dictionary
from engine.intake.canonical_csv import CanonicalCsv
from engine.packs import PackLibrary
from engine.packs.manifest import LicenceState, Manifest, Words
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.workflows.explain_columns import ExplainColumns
from engine.workflows.files import whole_file
from engine.workflows.result_text import BAND, REASONS, STATUS, result_columns


@dataclass(frozen=True, slots=True)
class Extras:
    """What is wanted beyond the outputs: why (``ExplainColumns``), of one output or of the first."""

    explain: bool = False
    explained_output: str | None = None


_NO_EXTRAS = Extras()


class ExtraColumns(Protocol):
    """Columns that are added after the reasons."""

    names: tuple[str, ...]

    def cells(self, batch: Batch, results: Results) -> list[Sequence[str]]:
        """Return the cells of each column for rows that were scored; none needs quoting."""
        ...


@dataclass(frozen=True, slots=True)
class AssessFileSummary:
    """How the rows of a file ended.

    ``reasons`` counts the refused rows by ``field:code``; a row with two reasons counts under both. ``licence_note``
    is there when the pack's licence is unclear: show it, the numbers were given all the same.
    """

    pack: PackRef
    title: Words
    rows: int
    ok: int
    refused: int
    reasons: Mapping[str, int]
    licence_note: str | None


def assess_file(
    pack_id: str,
    input_path: Path,
    output_path: Path,
    library: PackLibrary,
    dictionary: Dictionary,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
    extras: Extras = _NO_EXTRAS,
) -> AssessFileSummary:
    """Write the input's rows with the outputs, band, status and reasons of a pack added to each.

    Columns of the output: those of the input as they were written; each output of the pack by its name; ``band``
    (code of scheme main, empty if none), ``status`` (``ok`` or ``refused``), ``reasons`` (``field:code`` joined by
    ``;``; with ok the notes); then the extra ones. A name that the input already has gets ``<pack>.`` before it. Rows
    keep their order.

    Args:
        pack_id: a pack of the library.
        input_path: CSV, UTF-8, canonical columns (``engine.intake.canonical_csv``).
        output_path: appears only when complete; a file of that name is replaced.
        library: the packs at hand.
        dictionary: the fields.
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.
        extras: what else is to be told of each row.

    Raises:
        UsageError: an output is asked for that the pack does not have.
        PackError: the pack is unknown or cannot be run.
        InputError: the input cannot be read (``CanonicalCsv``); ``output_is_input``, ``output_not_a_file``,
            ``output_unwritable``. No output is left behind.
        Cancelled: when ``cancel`` was set.
    """
    predictor = Predictors(library, dictionary).get(pack_id)
    manifest = predictor.pack.manifest
    added = _extra_columns(extras, predictor, dictionary)
    tally = _Tally()
    with (
        CanonicalCsv(input_path, dictionary, predictor.reads()) as table,
        _output(output_path, input_path) as out,
    ):
        end = table.header.line_end
        names = added_names(manifest, table.header.names, [name for columns in added for name in columns.names])
        out.write((",".join([table.header.text, *names]) + end).encode())
        for block in table.blocks():
            if cancel is not None:
                cancel.check()
            results = predictor.predict(block.batch)
            tally.add(results)
            cells = result_columns(results)
            for columns in added:
                cells += columns.cells(block.batch, results)
            rows = map(",".join, zip(block.texts, *cells, strict=True))
            out.write((end.join(rows) + end).encode())
            progress(table.bytes_read, table.size)
    progress(table.size, table.size)
    return tally.summary(predictor.pack.ref, manifest)


def _extra_columns(extras: Extras, predictor: Predictor, dictionary: Dictionary) -> list[ExtraColumns]:
    if extras.explained_output is not None and not extras.explain:
        raise UsageError("output_without_explain")
    return [ExplainColumns(predictor, dictionary, extras.explained_output)] if extras.explain else []


def added_names(manifest: Manifest, taken: Sequence[str], extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the added columns; one that is taken gets the pack's id before it, again until it is free."""
    used = set(taken)
    names = []
    for name in (*(output.name for output in manifest.outputs), BAND, STATUS, REASONS, *extra):
        free = name
        while free in used:
            free = f"{manifest.id}.{free}"
        used.add(free)
        names.append(free)
    return tuple(names)


@contextmanager
def _output(path: Path, input_path: Path) -> Iterator[BinaryIO]:
    """Open the output, which may not be the input."""
    if _is_same(path, input_path):
        raise InputError("output_is_input")
    with whole_file(path) as file:
        yield file


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False  # one of them is not there


class _Tally:
    """Counts how rows ended, block after block."""

    def __init__(self) -> None:
        self._rows = 0
        self._refused = 0
        self._reasons: Counter[str] = Counter()

    def add(self, results: Results) -> None:
        self._rows += results.rows
        self._refused += int(results.refused.sum())
        for note, where in results.raised.items():
            if note.code in REFUSALS:
                self._reasons[f"{note.subject}:{note.code}"] += int(where.sum())

    def summary(self, pack: PackRef, manifest: Manifest) -> AssessFileSummary:
        unclear = manifest.licence.state is LicenceState.UNCLEAR
        return AssessFileSummary(
            pack=pack,
            title=manifest.title,
            rows=self._rows,
            ok=self._rows - self._refused,
            refused=self._refused,
            reasons=dict(self._reasons.most_common()),
            licence_note=manifest.licence.note if unclear else None,
        )

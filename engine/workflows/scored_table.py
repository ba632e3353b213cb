"""A CSV file of canonical columns in, the same file out with columns that were scored, and how its rows ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.results import REFUSALS, PackRef
from engine.errors import InputError
from engine.fields import Dictionary
from engine.intake.canonical_csv import CanonicalCsv
from engine.packs import Pack
from engine.packs.manifest import LicenceState, Words
from engine.packs.own_fields import table_readers
from engine.workflows.files import whole_file
from engine.workflows.scored_columns import Columns, Scored


@dataclass(frozen=True, slots=True)
class UsedPack:
    """A pack that spoke. ``licence_note`` is there when its licence is unclear: show it."""

    ref: PackRef
    title: Words
    rows: int
    licence_note: str | None


@dataclass(frozen=True, slots=True)
class AssessFileSummary:
    """How the rows of a file ended: with a result, with a range, or refused.

    ``reasons`` counts the refused rows by ``field:code``; a row with two reasons counts under both.
    """

    packs: Sequence[UsedPack]
    rows: int
    ok: int
    ranged: int
    refused: int
    reasons: Mapping[str, int]


def write_scored_table(
    columns: Columns,
    packs: Sequence[Pack],
    prefix: str,
    input_path: Path,
    output_path: Path,
    dictionary: Dictionary,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> AssessFileSummary:
    """Write the input's rows with columns added to each; rows keep their order.

    Args:
        columns: what is added.
        packs: those that may speak in them.
        prefix: stands with a dot before the name of a column that the input already has.
        input_path: CSV, UTF-8, canonical columns (``engine.intake.canonical_csv``).
        output_path: appears only when complete; a file of that name is replaced.
        dictionary: the fields.
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.

    Raises:
        PackError: a pack cannot be run.
        InputError: the input cannot be read (``CanonicalCsv``); ``output_is_input``, ``output_not_a_file``,
            ``output_unwritable``. No output is left behind.
        Cancelled: when ``cancel`` was set.
    """
    tally = _Tally(packs)
    # The columns of a table are a pack's own fields where it is the one asked; of several, each may mean its own.
    own = packs[0].manifest.fields if len(packs) == 1 else ()
    with (
        CanonicalCsv(input_path, dictionary, columns.reads, table_readers(own)) as table,
        _output(output_path, input_path) as out,
    ):
        end = table.header.line_end
        names = added_names(prefix, ",".join(columns.names).split(","), table.header.names)
        out.write((",".join([table.header.text, *names]) + end).encode())
        for block in table.blocks():
            if cancel is not None:
                cancel.check()
            cells = columns.cells(block.batch)
            tally.add(block.batch.rows, cells.scored)
            rows = map(",".join, zip(block.texts, *cells.columns, strict=True))
            out.write((end.join(rows) + end).encode())
            progress(table.bytes_read, table.size)
    progress(table.size, table.size)
    return tally.summary()


def added_names(prefix: str, names: Sequence[str], taken: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the added columns; one that is taken gets the prefix before it, again until it is free."""
    used = set(taken)
    free_names = []
    for name in names:
        free = name
        while free in used:
            free = f"{prefix}.{free}"
        used.add(free)
        free_names.append(free)
    return tuple(free_names)


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

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._packs = packs
        self._by_pack: Counter[str] = Counter()
        self._rows = 0
        self._ok = 0
        self._ranged = 0
        self._reasons: Counter[str] = Counter()

    def add(self, rows: int, scored: Sequence[Scored]) -> None:
        self._rows += rows
        for part in scored:
            refused = part.results.refused if part.ranges is None else part.results.refused & ~part.ranges.where
            self._by_pack[part.pack.manifest.id] += part.results.rows
            self._ok += int((~part.results.refused).sum())
            self._ranged += int((part.results.refused & ~refused).sum())
            for note, where in part.results.raised.items():
                if note.code in REFUSALS and (count := int((where & refused).sum())):
                    self._reasons[f"{note.subject}:{note.code}"] += count

    def summary(self) -> AssessFileSummary:
        used = [pack for pack in self._packs if len(self._packs) == 1 or self._by_pack[pack.manifest.id]]
        return AssessFileSummary(
            packs=tuple(used_pack(pack, self._by_pack[pack.manifest.id]) for pack in used),
            rows=self._rows,
            ok=self._ok,
            ranged=self._ranged,
            refused=self._rows - self._ok - self._ranged,
            reasons=dict(self._reasons.most_common()),
        )


def used_pack(pack: Pack, rows: int) -> UsedPack:
    """Return what is told of a pack that spoke in so many rows."""
    licence = pack.manifest.licence
    return UsedPack(
        pack.ref, pack.manifest.title, rows, licence.note if licence.state is LicenceState.UNCLEAR else None
    )

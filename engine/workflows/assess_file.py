"""``lantern assess`` and ``lantern next-test``: score a CSV file of canonical columns. Store nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.domain.results import REFUSALS, PackRef
from engine.errors import InputError, UsageError
from engine.fields import Dictionary
from engine.intake.canonical_csv import CanonicalCsv
from engine.packs import Pack, PackLibrary
from engine.packs.manifest import LicenceState, Words
from engine.risk.plausible import load_plausible_values
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.workflows.explain_columns import ExplainColumns
from engine.workflows.files import whole_file
from engine.workflows.next_test_columns import NextTestColumns
from engine.workflows.scored_columns import ChosenColumns, Columns, PackColumns, PlacedColumns, Scored
from engine.workflows.tool_choice import USUAL_OUTCOME, Place, tools_for

AUTO = "auto"  # as the id of a pack: the one that speaks for each row


@dataclass(frozen=True, slots=True)
class Extras:
    """What is wanted beyond the numbers of one pack.

    ``explain``: why (``ExplainColumns``), of ``output`` or of the first. ``ranges``: low, typical and high where inputs
    are missing. ``next_test``: instead of numbers, what to find out first. ``country`` (ISO 3166) is taken where a row
    has none. With the pack ``auto``: ``outcome`` and whether packs of unclear licence may speak.
    """

    explain: bool = False
    output: str | None = None
    ranges: bool = False
    next_test: bool = False
    country: str | None = None
    outcome: str | None = None
    with_unclear: bool = False


_NO_EXTRAS = Extras()


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

    Columns of the output: those of the input as they were written; with ``auto`` the ``pack`` that speaks for the row;
    each output by its name; ``band`` (code of scheme main, empty if none), ``status`` (``ok``, ``range`` or
    ``refused``), ``reasons`` (``field:code`` joined by ``;``; with ok the notes); then the extra ones. A name that the
    input already has gets ``<pack>.`` before it. Rows keep their order.

    Args:
        pack_id: a pack of the library, or ``auto``.
        input_path: CSV, UTF-8, canonical columns (``engine.intake.canonical_csv``).
        output_path: appears only when complete; a file of that name is replaced.
        library: the packs at hand.
        dictionary: the fields.
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.
        extras: what else is to be told of each row.

    Raises:
        UsageError: an output, outcome or country that does not exist; extras that do not go together.
        PackError: the pack is unknown or cannot be run.
        InputError: the input cannot be read (``CanonicalCsv``); ``output_is_input``, ``output_not_a_file``,
            ``output_unwritable``. No output is left behind.
        Cancelled: when ``cancel`` was set.
    """
    columns, packs = _columns(pack_id, library, dictionary, extras)
    tally = _Tally(packs)
    with (
        CanonicalCsv(input_path, dictionary, columns.reads) as table,
        _output(output_path, input_path) as out,
    ):
        end = table.header.line_end
        names = added_names(pack_id, ",".join(columns.names).split(","), table.header.names)
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


def _columns(
    pack_id: str, library: PackLibrary, dictionary: Dictionary, extras: Extras
) -> tuple[Columns, Sequence[Pack]]:
    """Return the columns that are wanted, and the packs that may speak in them."""
    _check(pack_id, extras)
    if pack_id != AUTO:
        predictor = Predictors(library, dictionary).get(pack_id)
        columns = _of_pack(predictor, dictionary, extras)
        if extras.country is not None:
            columns = PlacedColumns(columns, Place(extras.country, dictionary))
        return columns, [predictor.pack]
    place = Place(extras.country, dictionary)
    tools = tools_for(extras.outcome or USUAL_OUTCOME, library, dictionary, with_unclear=extras.with_unclear)
    by_pack = {
        pack.manifest.id: _of_pack(tools.predictors.get(pack.manifest.id), dictionary, extras) for pack in tools.packs
    }
    chosen = ChosenColumns(tools, by_pack, ranges=extras.ranges or extras.next_test, ranges_count=extras.next_test)
    return PlacedColumns(chosen, place), tools.packs


def _check(pack_id: str, extras: Extras) -> None:
    if extras.output is not None and not (extras.explain or extras.next_test):
        raise UsageError("output_without_explain")
    if pack_id != AUTO and (extras.outcome is not None or extras.with_unclear):
        raise UsageError("outcome_without_auto")


def _of_pack(predictor: Predictor, dictionary: Dictionary, extras: Extras) -> Columns:
    if extras.next_test:
        return NextTestColumns(predictor, dictionary, load_plausible_values(dictionary), extras.output)
    explain = ExplainColumns(predictor, dictionary, extras.output) if extras.explain else None
    return PackColumns(predictor, dictionary, load_plausible_values(dictionary) if extras.ranges else None, explain)


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
            packs=tuple(_used(pack, self._by_pack[pack.manifest.id]) for pack in used),
            rows=self._rows,
            ok=self._ok,
            ranged=self._ranged,
            refused=self._rows - self._ok - self._ranged,
            reasons=dict(self._reasons.most_common()),
        )


def _used(pack: Pack, rows: int) -> UsedPack:
    licence = pack.manifest.licence
    return UsedPack(
        pack.ref, pack.manifest.title, rows, licence.note if licence.state is LicenceState.UNCLEAR else None
    )

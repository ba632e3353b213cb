"""``lantern assess`` and ``lantern next-test``: score a CSV file of canonical columns. Store nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.packs import Pack, PackLibrary
from engine.packs.own_fields import dictionary_with
from engine.risk.plausible import load_plausible_values
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.workflows.explain_columns import ExplainColumns
from engine.workflows.next_test_columns import NextTestColumns
from engine.workflows.pack_folder import pack_named
from engine.workflows.scored_columns import ChosenColumns, Columns, PackColumns, PlacedColumns
from engine.workflows.scored_table import AssessFileSummary, write_scored_table
from engine.workflows.tool_choice import USUAL_OUTCOME, Place, tools_for

__all__ = ["AUTO", "AssessFileSummary", "Extras", "assess_file"]

AUTO = "auto"  # as the id of a pack: the one that speaks for each row


@dataclass(frozen=True, slots=True)
class Extras:
    """What is wanted beyond the numbers of one pack.

    ``explain``: why (``ExplainColumns``), of ``output`` or of the first. ``ranges``: low, typical and high where inputs
    are missing. ``stability``: low and high by models of other samples. ``next_test``: instead of numbers, what to find
    out first. ``country`` (ISO 3166) is taken where a row has none. With the pack ``auto``: ``outcome`` and whether
    packs of unclear licence may speak.
    """

    explain: bool = False
    output: str | None = None
    ranges: bool = False
    next_test: bool = False
    stability: bool = False
    country: str | None = None
    outcome: str | None = None
    with_unclear: bool = False


_NO_EXTRAS = Extras()


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
    ``refused``), ``reasons`` (``field:code`` joined by ``;``; with ok the notes, and with ``auto`` as ``field:missing``
    what a tool lacked that would have come first); then the extra ones. A name that the input already has gets
    ``<pack>.`` before it. Rows keep their order.

    Args:
        pack_id: a pack of the library, the folder of any other, or ``auto``.
        input_path: CSV, UTF-8, canonical columns (``engine.intake.canonical_csv``).
        output_path: appears only when complete; a file of that name is replaced.
        library: the packs at hand.
        dictionary: the fields.
        progress: told bytes read of bytes in all.
        cancel: stops the work between two blocks; nothing is then left behind.
        extras: what else is to be told of each row.

    Raises:
        UsageError: an output, outcome or country that does not exist; extras that do not go together;
            ``stability_none`` for a pack that carries no models of other samples.
        PackError: the pack is unknown or cannot be run.
        InputError: the input cannot be read (``CanonicalCsv``); ``output_is_input``, ``output_not_a_file``,
            ``output_unwritable``. No output is left behind.
        Cancelled: when ``cancel`` was set.
    """
    pack_id, library = pack_named(pack_id, library)
    if pack_id != AUTO:
        dictionary = dictionary_with(library.get(pack_id).manifest.fields, dictionary)
    columns, packs = _columns(pack_id, library, dictionary, extras)
    return write_scored_table(columns, packs, pack_id, input_path, output_path, dictionary, progress, cancel)


def _columns(
    pack_id: str, library: PackLibrary, dictionary: Dictionary, extras: Extras
) -> tuple[Columns, Sequence[Pack]]:
    """Return the columns that are wanted, and the packs that may speak in them."""
    _check(pack_id, extras)
    if pack_id != AUTO:
        predictor = Predictors(library, dictionary).get(pack_id)
        if extras.stability and not any(each.stability for each in predictor.pack.manifest.outputs):
            raise UsageError("stability_none", pack=pack_id)
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
    plausible = load_plausible_values(dictionary) if extras.ranges else None
    return PackColumns(predictor, dictionary, plausible, explain, stability=extras.stability)

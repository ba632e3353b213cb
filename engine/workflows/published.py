"""What shipped packs tell of the people a model is trained on, so that the two can be held against each other.

Which packs: those whose outcome the record declares to be the same (``resources/recalibration/outcomes.json``); of a
plain table, whose columns mean what their owner says, only a pack that was named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from engine.domain.batch import IntArray
from engine.errors import PackError
from engine.fields import Dictionary
from engine.intake.canonical_csv import batch_of_cells
from engine.learning.judgement.published import PublishedRisk
from engine.packs import Manifest, PackLibrary
from engine.packs.kinds import OutputKind
from engine.packs.manifest import Output
from engine.packs.own_fields import dictionary_with, table_readers
from engine.risk.predictors import Predictors
from engine.risk.recalibration.outcomes import outcome_of
from engine.workflows.train_wish import TrainWish


def published_risks(
    cells: Mapping[str, Sequence[str]],
    rows: IntArray,
    wish: TrainWish,
    dictionary: Dictionary,
    library: PackLibrary | None = None,
) -> tuple[PublishedRisk, ...]:
    """Return what packs tell of the people in these rows of a table; NaN where one refuses or lacks a value.

    Args:
        cells: columns named as fields of the dictionary, or as a pack's own columns are.
        rows: who takes part.
        wish: what is trained: which outcome, within which time, and which pack was named.
        dictionary: the fields.
        library: where packs are; None: those that are shipped.

    Raises:
        PackError: a pack that was named is unknown or cannot be run.
    """
    library = library or PackLibrary.shipped()
    found = []
    for pack_id, output in _candidates(wish, library):
        try:
            found.append(_scored(pack_id, output, cells, rows, library, dictionary))
        except PackError:
            if pack_id == wish.existing:
                raise
    return tuple(found)


def _candidates(wish: TrainWish, library: PackLibrary) -> Iterator[tuple[str, Output]]:
    """Yield the packs of the same outcome with the output that tells it."""
    over_time = wish.record_outcome is not None and wish.horizon_years is not None
    for pack_id in library.ids():
        manifest = library.get(pack_id).manifest
        risks = [each for each in manifest.outputs if each.kind is OutputKind.FRACTION]
        if over_time:
            declared = [(each, outcome_of(manifest, each.name)) for each in risks]
            same = [each for each, outcome in declared if outcome is not None and outcome.id == wish.record_outcome]
        else:
            same = []
        if not same and pack_id == wish.existing:
            same = risks
        if same:
            yield pack_id, min(same, key=lambda each: _distance(each, manifest, wish.horizon_years))


def _distance(output: Output, manifest: Manifest, horizon_years: float | None) -> tuple[float, bool]:
    """Return how far the years of an output are from those asked for; the headline is nearer than others."""
    years = output.horizon_years
    return (
        0.0 if horizon_years is None or years is None else abs(years - horizon_years),
        output.name != manifest.headline_output,
    )


def _scored(
    pack_id: str,
    output: Output,
    cells: Mapping[str, Sequence[str]],
    rows: IntArray,
    library: PackLibrary,
    dictionary: Dictionary,
) -> PublishedRisk:
    manifest = library.get(pack_id).manifest
    known = dictionary_with(manifest.fields, dictionary)
    predictor = Predictors(library, known).get(pack_id)
    batch = batch_of_cells(cells, known, predictor.reads(), table_readers(manifest.fields))
    risk = predictor.predict(batch).outputs[output.name][rows]
    return PublishedRisk(
        pack=pack_id,
        version=manifest.version,
        title=manifest.title,
        horizon_years=output.horizon_years,
        risk=np.where(np.isfinite(risk), risk, np.nan),
    )

"""``lantern evaluate``: a pack against the outcomes in a table, by every figure of the learning studio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.domain.batch import Batch, BoolArray, IntArray
from engine.domain.results import REFUSALS, PackRef, Results
from engine.errors import InputError, PackError
from engine.fields import Dictionary
from engine.fields.plain_cells import number, plain
from engine.intake.canonical_csv import CanonicalCsv
from engine.intake.text_table import TextTable, read_text_table
from engine.learning.follow_up import check_follow_up
from engine.learning.grouping import labels_of_cells
from engine.learning.judgement.groups import observed
from engine.learning.judgement.judge import Judgement, Question, judge
from engine.learning.judgement.people import People
from engine.learning.rows import Asked, outcome_of
from engine.packs import Pack, PackLibrary
from engine.packs.kinds import OutputKind
from engine.packs.own_fields import dictionary_with, table_readers
from engine.risk.predictors import Predictors
from engine.workflows.pack_folder import pack_named
from engine.workflows.train_file import MOST_ROWS
from engine.workflows.train_table import unit_is_said, years_in_unit

_DRAWS = 200


@dataclass(frozen=True, slots=True)
class EvaluateWish:
    """What a person asked for. ``time``: with a risk over years, the column of the time followed (``time_unit``)."""

    outcome: str
    positive: str | None = None
    time: str | None = None
    time_unit: str | None = None
    by: Sequence[str] = ()
    threshold: float | None = None
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out. ``left_out``: people without an outcome, and those the pack refuses, by ``field:code``.

    ``trained_on``: this is the very table that the pack was trained on, so the figures flatter it.
    """

    pack: PackRef
    output: str
    rows: int
    without_outcome: int
    refused: int
    left_out: Mapping[str, int]
    threshold: float
    judgement: Judgement
    trained_on: bool = False


def evaluate_file(
    pack_name: str, input_path: Path, wish: EvaluateWish, library: PackLibrary, dictionary: Dictionary
) -> Evaluation:
    """Return how well a pack tells the outcome in a table, with intervals and by groups.

    Args:
        pack_name: an id, or the folder of a pack.
        input_path: CSV, UTF-8, commas; columns as the pack's fields are called in tables.
        wish: what to compare with.
        library: the packs at hand.
        dictionary: the fields.

    Raises:
        PackError: the pack is unknown or cannot be run; ``learning_no_number``.
        InputError: the table or its outcome cannot be read; ``learning_nobody_scored``, ``learning_follow_up``.
    """
    pack_id, library = pack_named(pack_name, library)
    pack = library.get(pack_id)
    output, horizon = _output(pack)
    training = pack.manifest.training
    table = read_text_table(input_path, MOST_ROWS)
    row, event = outcome_of(table.columns, Asked(wish.outcome, wish.positive, wish.time))
    results = _scored(pack, input_path, library, dictionary_with(pack.manifest.fields, dictionary))
    risk = results.outputs[output][row]
    told = np.isfinite(risk)
    if not told.any():
        reason, count = next(iter(_reasons(results, row).items()), ("-", 0))
        raise InputError("learning_nobody_scored", reason=reason, people=count)
    kept = row[told]
    people = _people(wish, table, kept, event[told], horizon)
    share = observed(people)
    threshold = wish.threshold or min(0.99, max(0.01, round(0.5 if share is None else share.value, 2)))
    groups = {name: _labels(table, name, kept) for name in wish.by}
    question = Question(threshold, groups, seed=wish.seed, times=_DRAWS)
    return Evaluation(
        pack=pack.ref,
        output=output,
        rows=table.rows,
        without_outcome=table.rows - len(row),
        refused=int((~told).sum()),
        left_out=_reasons(results, row[~told]),
        threshold=threshold,
        judgement=judge(people, np.clip(risk[told], 0.0, 1.0), question),
        trained_on=training is not None and training.people.table_sha256 == table.sha256,
    )


def _output(pack: Pack) -> tuple[str, float | None]:
    """Return the main risk of a pack and within how many years it is meant."""
    manifest = pack.manifest
    if manifest.headline_output is not None:
        found = manifest.output(manifest.headline_output)
        if found.kind is OutputKind.FRACTION:
            return found.name, found.horizon_years
    risks = [each for each in manifest.outputs if each.kind is OutputKind.FRACTION]
    if not risks:
        raise PackError("learning_no_number")
    return risks[0].name, risks[0].horizon_years


def _scored(pack: Pack, path: Path, library: PackLibrary, dictionary: Dictionary) -> Results:
    predictor = Predictors(library, dictionary).get(pack.manifest.id)
    with CanonicalCsv(path, dictionary, predictor.reads(), table_readers(pack.manifest.fields)) as table:
        blocks = [block.batch for block in table.blocks()]
    names = blocks[0].columns if blocks else {}
    columns = {name: np.concatenate([block.columns[name] for block in blocks]) for name in names}
    return predictor.predict(Batch(sum(block.rows for block in blocks), columns))


def _people(wish: EvaluateWish, table: TextTable, kept: IntArray, event: BoolArray, horizon: float | None) -> People:
    if wish.time is None or horizon is None:
        return People(event)
    unit = years_in_unit(wish.time, wish.time_unit)
    years = np.array([number(plain(table.columns[wish.time][place])) * unit for place in kept])
    check_follow_up(wish.time, event, years, horizon, kept, said=unit_is_said(wish.time, wish.time_unit))
    return People(event, years, horizon)


def _labels(table: TextTable, name: str, kept: IntArray) -> list[str]:
    if name not in table.columns:
        raise InputError("learning_no_column", column=name)
    return labels_of_cells(name, [table.columns[name][place] for place in kept])


def _reasons(results: Results, rows: IntArray) -> Mapping[str, int]:
    counted: Counter[str] = Counter()
    for note, where in results.raised.items():
        if note.code in REFUSALS and (count := int(where[rows].sum())):
            counted[f"{note.subject}:{note.code}"] += count
    return dict(counted.most_common())

"""``lantern train``: a table with an outcome becomes a pack, or a reason why not yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.domain.batch import FloatArray
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError, PackError, UsageError
from engine.fields import Dictionary
from engine.intake.text_table import TextTable, read_text_table
from engine.learning.gate import Answer
from engine.learning.graph import INPUT
from engine.learning.grouping import labels_of_cells
from engine.learning.pack import About, Made, make_pack
from engine.learning.parity import Run
from engine.learning.plan import ModelKind, Plan
from engine.learning.rows import Asked, Rows, prepare
from engine.learning.study import Study, ready, study
from engine.learning.table import Float32Array
from engine.learning.telling import Sentence, tell_finding, tell_gate
from engine.packs import Manifest, Pack, PackLibrary, PackParts, read_pack
from engine.packs.cases import read_cases
from engine.packs.pack import MANIFEST_FILE
from engine.risk.predictor import Predictor
from engine.risk.recalibration.rules import load_rules
from engine.risk.reproduce import differences
from engine.risk.session import GraphSession
from engine.workflows.files import check_outside_clinics
from engine.workflows.pack_folder import tried_aside

__all__ = ["MOST_ROWS", "ModelKind", "TrainWish", "Training", "train_file", "years_in_unit"]

MOST_ROWS = 200_000
_LONGEST_HORIZON_YEARS = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)
_DAYS, _MONTHS = 365.25, 12.0


@dataclass(frozen=True, slots=True)
class TrainWish:
    """What a person asked for, as they wrote it.

    ``time_unit``: years, months or days; None: by the name of the column. ``by``: columns by which to split the
    figures, predictors or not. ``leave_out``: columns whose groups are left out in turn, such as hospitals; they are
    no predictors. ``existing``: id of a pack of the same outcome, which could be fitted to too few people instead.
    """

    outcome: str
    positive: str | None = None
    horizon_years: float | None = None
    time: str | None = None
    time_unit: str | None = None
    exclude: Collection[str] = ()
    keep: Collection[str] = ()
    by: Sequence[str] = ()
    leave_out: Sequence[str] = ()
    kind: ModelKind = ModelKind.AUTO
    textbook: bool = False
    threshold: float | None = None
    seed: int = 1
    folds: int = 10
    repeats: int = 3
    bootstraps: int = 200
    anyway: bool = False
    existing: str | None = None
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class Training:
    """How it ended. ``pack`` and ``study`` are None where the gate did not let it begin."""

    answer: Answer
    gate: Sequence[Sentence]
    findings: Sequence[tuple[str, Sentence]]
    rows: Rows
    study: Study | None
    pack: Pack | None


def train_file(
    input_path: Path,
    output: Path,
    wish: TrainWish,
    dictionary: Dictionary,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Training:
    """Train a model on a table and write it as a pack.

    The pack's folder appears when everything in it was checked, whole or not at all; a pack that was trained into the
    same folder before is replaced then. Nothing of the rows is written anywhere.

    Args:
        input_path: CSV, UTF-8, commas, one person a row.
        output: the folder of the pack; its name becomes the pack's.
        wish: what to train.
        dictionary: the fields.
        progress: told models trained of models in all.
        cancel: stops the work between two models; nothing is then left behind.

    Raises:
        PackError: ``pack_unknown``.
        UsageError: ``learning_pack_name``, ``learning_horizon_wrong``, ``learning_threshold_wrong``.
        InputError: the table cannot be read or learned from, with a sentence for each reason;
            ``learning_output_taken``, ``output_in_clinic``.
        PackError: ``learning_not_the_same``, ``learning_not_reproduced``, ``pack_unwritable``.
        Cancelled: when ``cancel`` was set.
    """
    _check_wish(output, wish)
    if wish.existing is not None:
        PackLibrary.shipped().get(wish.existing)  # a wrong name is told before anything is read
    table = read_text_table(input_path, MOST_ROWS)
    asked = Asked(wish.outcome, wish.positive, wish.time, None, (*wish.exclude, *wish.leave_out), tuple(wish.keep))
    rows = prepare(table.columns, asked)
    plan = plan_of(wish, table, rows)
    start = ready(rows, plan)
    told = _told(rows)
    gate = tell_gate(start.choice.gate, start.choice.planned)
    answer = start.choice.gate.answer
    if answer is not Answer.TRAIN and not (wish.anyway or wish.textbook):
        return Training(answer, gate, told, rows, None, None)
    found = study(start, plan, progress, cancel)
    cells = {name: [column[place] for place in rows.row] for name, column in table.columns.items()}
    made = Made(output.name, rows, asked, plan, wish.about, cells, table.rows, table.sha256)
    parts = make_pack(found, made, run_graph, dictionary)
    if cancel is not None:
        cancel.check()
    return Training(answer, gate, told, rows, found, write_checked(parts, output, dictionary))


def run_graph(manifest: Manifest, graph: bytes) -> Run:
    """Return what runs the graph of a manifest on raw columns in the order of its inputs.

    It gives the outputs, then low and high of those that models of other samples stand beside.
    """
    session = GraphSession(manifest, graph)
    fields = next(each for each in manifest.graph.inputs if each.tensor == INPUT).fields
    names = [each.name for each in manifest.outputs]

    def run(raw: Float32Array) -> FloatArray:
        columns = {name: raw[:, place].astype(np.float64) for place, name in enumerate(fields)}
        answer = session.run(columns, len(raw), stability=True)
        ends = [end for pair in answer.stability.values() for end in pair]
        return np.stack([*(answer.outputs[name] for name in names), *ends], axis=1)

    return run


def write_checked(parts: PackParts, output: Path, dictionary: Dictionary) -> Pack:
    """Write a pack and have it give its own reference cases; PackError ``learning_not_reproduced`` where it does not.

    The cases are run before anything has the pack's name.
    """
    with tried_aside(parts) as pack:
        cases = read_cases(pack, dictionary)
        results = Predictor(pack, dictionary).predict(cases.people, stability=True)
        if next(differences(cases, results), None) is not None:
            raise PackError("learning_not_reproduced")
    return parts.write(output.parent)


def plan_of(wish: TrainWish, table: TextTable, rows: Rows) -> Plan:
    """Return the plan of a wish for these rows."""

    def labelled(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        for name in names:
            if name not in table.columns:
                raise InputError("learning_no_column", column=name)
        return {name: labels_of_cells(name, [table.columns[name][at] for at in rows.row]) for name in names}

    return Plan(
        kind=wish.kind,
        textbook=wish.textbook,
        horizon_years=wish.horizon_years,
        years_in_unit=years_in_unit(wish.time, wish.time_unit),
        threshold=0.5 if wish.textbook and wish.threshold is None else wish.threshold,
        groups=labelled(wish.by),
        leave_out=labelled(wish.leave_out),
        seed=wish.seed,
        folds=wish.folds,
        repeats=wish.repeats,
        bootstraps=wish.bootstraps,
        anyway=wish.anyway,
        recalibration_events=None if wish.existing is None else load_rules().intercept_events,
    )


def years_in_unit(column: str | None, unit: str | None) -> float:
    """Return how many years one unit of a time column has: as it was said, else as the column is named."""
    name = unit or (column or "").casefold()
    if "day" in name or "天" in name or "日" in name:
        return 1 / _DAYS
    return 1 / _MONTHS if "month" in name or "月" in name else 1.0


def _check_wish(output: Path, wish: TrainWish) -> None:
    if not _NAME.fullmatch(output.name):
        raise UsageError("learning_pack_name")
    if wish.horizon_years is not None and not 0 < wish.horizon_years <= _LONGEST_HORIZON_YEARS:
        raise UsageError("learning_horizon_wrong")
    if wish.threshold is not None and not 0 < wish.threshold < 1:
        raise UsageError("learning_threshold_wrong")
    check_outside_clinics(output)
    if not output.exists():
        return
    try:
        replaceable = (output / MANIFEST_FILE).is_file() and read_pack(output).manifest.training is not None
    except PackError:
        replaceable = False
    if not replaceable:
        raise InputError("learning_output_taken", folder=output.name)


def _told(rows: Rows) -> list[tuple[str, Sentence]]:
    return [(str(each.weight), tell_finding(each)) for each in rows.findings]

"""From the cells of a table to a look at them and to a trained pack: pure functions, whoever sends the cells.

They run in the worker kind ``train`` (``engine.workflows.train_child``).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import FloatArray
from engine.domain.coded import Coded
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError
from engine.fields import Dictionary, Field, Kind
from engine.fields.canonical import read_cell
from engine.learning.follow_up import check_follow_up, tell_follow_up
from engine.learning.graph import INPUT
from engine.learning.grouping import labels_of_cells
from engine.learning.pack import Made, make_pack
from engine.learning.parity import Run
from engine.learning.plan import Plan
from engine.learning.rows import Asked, Rows, prepare
from engine.learning.study import Ready, Study, ready, study
from engine.learning.table import Float32Array
from engine.learning.telling import tell_finding, tell_gate
from engine.packs import Manifest, PackParts
from engine.packs.input_summary import InputSummary, summarise
from engine.packs.own_fields import dictionary_with, table_readers
from engine.risk.recalibration.rules import load_rules
from engine.risk.session import GraphSession
from engine.risk.watch.rules import load_watch_rules
from engine.workflows.published import published_risks
from engine.workflows.train_wish import FoundHere, Gap, Looked, SeenColumn, TrainWish

Cells = Mapping[str, Sequence[str]]
_DAYS, _WEEKS, _MONTHS = 365.25, 365.25 / 7, 12.0
_UNITS = (
    (("day", "天", "日"), 1 / _DAYS),
    (("week", "周"), 1 / _WEEKS),
    (("month", "月"), 1 / _MONTHS),
    (("year", "yr", "年"), 1.0),
)


@dataclass(frozen=True, slots=True)
class TrainedTable:
    """What came out. ``study`` and ``parts`` are None where the gate did not let it begin."""

    looked: Looked
    study: Study | None
    parts: PackParts | None


@dataclass(frozen=True, slots=True)
class _Begun:
    rows: Rows
    asked: Asked
    plan: Plan
    start: Ready
    looked: Looked


def look_at_table(cells: Cells, wish: TrainWish) -> Looked:
    """Return what can be said of the rows before anything is trained; raises InputError as ``train_on_table``."""
    return _begin(cells, wish).looked


def train_on_table(
    name: str,
    cells: Cells,
    sha256: str,
    wish: TrainWish,
    dictionary: Dictionary,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> TrainedTable:
    """Train a model on cells and return the parts of its pack, held against the trained model.

    Args:
        name: id of the pack.
        cells: the columns, all of one length.
        sha256: of the table, as the pack tells it.
        wish: what to train.
        dictionary: the fields.
        progress: told models trained of models in all.
        cancel: stops the work between two models.

    Raises:
        InputError: the cells cannot be learned from, with a sentence for each reason.
        PackError: ``learning_not_the_same``.
        Cancelled: when ``cancel`` was set.
    """
    begun = _begin(cells, wish)
    if not (begun.looked.may_train or wish.anyway or wish.textbook):
        return TrainedTable(begun.looked, None, None)
    plan = replace(begun.plan, published=published_risks(cells, begun.rows.row, wish, dictionary))
    found = study(begun.start, plan, progress, cancel)
    kept = {each: _picked(column, begun.rows) for each, column in cells.items()}
    table_rows = len(cells[wish.outcome])
    made = Made(name, begun.rows, begun.asked, begun.plan, wish.about, kept, table_rows, sha256)
    parts = make_pack(found, made, run_graph, dictionary)
    return TrainedTable(begun.looked, found, _for_later(parts, wish, kept, dictionary))


def _for_later(parts: PackParts, wish: TrainWish, cells: Cells, dictionary: Dictionary) -> PackParts:
    """Return the pack with what it is watched by: how its inputs lay, and what its outcome is called in records."""
    manifest = parts.manifest
    training = manifest.training
    told = None if training is None else replace(training, record_outcome=wish.record_outcome)
    summaries = input_summaries(manifest, cells, dictionary)
    return replace(parts, manifest=replace(manifest, training=told, input_summaries=summaries))


def input_summaries(manifest: Manifest, cells: Cells, dictionary: Dictionary) -> tuple[InputSummary, ...]:
    """Return how each input lay among the people trained on, as later months of a clinic are read.

    The counted letters of a text are left out: that one of them moved tells nobody anything.
    """
    own, fields = {each.name: each for each in manifest.fields}, dictionary_with(manifest.fields, dictionary)
    readers = {name: reader for pairs in table_readers(manifest.fields).values() for name, reader in pairs}
    found = []
    for each in manifest.inputs:
        brought, field = own.get(each.field), fields[each.field]
        if brought is not None and brought.hashed is not None:
            continue
        column = Coded.of(cells[each.field if brought is None else brought.column])
        read = readers[each.field].read if brought is not None else partial(_read, field)
        values = read(list(column.cells))[np.asarray(column.codes)]
        codes = field.kind in (Kind.CATEGORY, Kind.BOOLEAN)
        found.append(summarise(each.field, values, load_watch_rules().bins, codes=codes))
    return tuple(each for each in found if each is not None)


def _read(field: Field, cells: Sequence[str]) -> FloatArray:
    return np.array([read_cell(field, cell) for cell in cells], dtype=np.float64)


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


def plan_of(wish: TrainWish, cells: Cells, rows: Rows) -> Plan:
    """Return the plan of a wish for these rows."""

    def labelled(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        for name in names:
            if name not in cells:
                raise InputError("learning_no_column", column=name)
        return {name: labels_of_cells(name, [cells[name][at] for at in rows.row]) for name in names}

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
        people_a_month=wish.people_a_month,
        smaller=wish.smaller,
    )


def years_in_unit(column: str | None, unit: str | None) -> float:
    """Return how many years one unit of a time column has: as it was said, else as the column is named."""
    name = unit or (column or "").casefold()
    return next((years for signs, years in _UNITS if any(sign in name for sign in signs)), 1.0)


def unit_is_said(column: str, unit: str | None) -> bool:
    """Tell whether the unit of a time column was said, or stands in its name."""
    return unit is not None or any(sign in column.casefold() for signs, _ in _UNITS for sign in signs)


def _begin(cells: Cells, wish: TrainWish) -> _Begun:
    asked = Asked(
        wish.outcome, wish.positive, wish.time, None, (*wish.exclude, *wish.leave_out), wish.keep, wish.of_record
    )
    rows = _followed(prepare(cells, asked), wish)
    plan = plan_of(wish, cells, rows)
    start = ready(rows, plan)
    return _Begun(rows, asked, plan, start, _tell(start, plan, len(cells[wish.outcome])))


def _followed(rows: Rows, wish: TrainWish) -> Rows:
    """Return the rows with how their follow-up was understood, once it can be what somebody says it is."""
    if rows.time is None or wish.time is None:
        return rows
    years = rows.time * years_in_unit(wish.time, wish.time_unit)
    said = wish.of_record or unit_is_said(wish.time, wish.time_unit)
    check_follow_up(wish.time, rows.event, years, wish.horizon_years, rows.row, said=said)
    return rows if wish.of_record else replace(rows, findings=(*rows.findings, tell_follow_up(wish.time, years)))


def _picked(column: Sequence[str], rows: Rows) -> Sequence[str]:
    coded = Coded.of(column)
    return Coded(coded.cells, codes_of(np.asarray(coded.codes)[rows.row]))


def codes_of(numbers: NDArray[np.integer[Any]]) -> Sequence[int]:
    """Return numbers from 0 in four bytes each, as a coded column has them."""
    return array("I", numbers.astype(np.uintc).tobytes())


def _tell(start: Ready, plan: Plan, table_rows: int) -> Looked:
    rows, gate, planned = start.rows, start.choice.gate, start.choice.planned
    missing = rows.missingness
    rate = planned.events / planned.people
    return Looked(
        answer=gate.answer,
        gate=tell_gate(gate, planned),
        findings=tuple(
            FoundHere(str(each.code), each.column, str(each.weight), tell_finding(each)) for each in rows.findings
        ),
        rows=table_rows,
        people=planned.people,
        events=planned.events,
        columns=tuple(SeenColumn(each.name, str(each.kind), missing.share[each.name]) for each in rows.columns),
        complete=missing.complete,
        gaps=tuple(Gap(columns, people) for columns, people in missing.patterns),
        repeated=int(rows.duplicate.sum()),
        kind=str(start.choice.kind),
        parameters=planned.parameters,
        events_per_parameter=gate.events_per_parameter,
        shrinkage=gate.shrinkage,
        needed=gate.people_needed,
        needed_events=None if gate.people_needed is None else math.ceil(gate.people_needed * rate),
        needed_by={} if gate.needed is None else {str(each): people for each, people in gate.needed.items()},
        deciding=None if gate.deciding is None else str(gate.deciding),
        people_more=gate.people_more,
        months_more=gate.months_more,
        most_parameters=gate.most_parameters,
        recalibration_events=plan.recalibration_events,
    )

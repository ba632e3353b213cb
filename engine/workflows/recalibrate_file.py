"""``lantern recalibrate --data``: a pack against the outcomes in a CSV file of canonical columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.domain.recalibration import LeftOut, Recalibration
from engine.errors import InputError
from engine.fields import Dictionary
from engine.fields.dictionary import Field, Kind, Scope
from engine.intake.canonical_csv import CanonicalCsv
from engine.packs import PackLibrary
from engine.risk.predictor import Predictor
from engine.risk.predictors import Predictors
from engine.risk.recalibration.follow_up import FollowUp, within
from engine.risk.recalibration.judge import Followed, judge
from engine.risk.recalibration.outputs import choose_output
from engine.risk.recalibration.pack import make_pack
from engine.risk.recalibration.rules import load_rules
from engine.workflows.files import check_outside_clinics
from engine.workflows.recalibrate_check import check_new_pack
from engine.workflows.tool_choice import Place

EVENT, YEARS = "outcome_event", "outcome_years"
_NO_WORDS = {"en": "", "zh": ""}  # these columns are of the file alone and never shown


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """The rows of a file that count, with who was left out."""

    risk: FloatArray
    years: FloatArray
    event: BoolArray
    left_out: Counter[LeftOut]


def recalibrate_file(
    pack_id: str,
    data: Path,
    out: Path | None,
    library: PackLibrary,
    dictionary: Dictionary,
    output: str | None = None,
    country: str | None = None,
) -> Recalibration:
    """Return how a risk fits the outcomes in a table; where they ask for a change, write the new pack.

    Args:
        pack_id: a pack of the library.
        data: CSV, UTF-8, canonical columns at the first visit, ``outcome_event`` (0 or 1) and, for a risk over years,
            ``outcome_years`` (followed until the event or until last seen).
        out: the folder that gets the pack's folder; None: nothing is written.
        library: the packs at hand.
        dictionary: the fields.
        output: a risk of the pack; None: its main one.
        country: ISO 3166 code for rows that name none.

    Raises:
        PackError: the pack is unknown or cannot be run; ``recalibrate_no_risk``, ``recalibrate_made_before``,
            ``recalibrate_not_reproduced``, ``pack_unwritable``.
        UsageError: ``recalibrate_output``, ``country_unknown``.
        InputError: the table cannot be read (``CanonicalCsv``); ``outcome_column_missing``, ``outcome_cell``;
            ``output_in_clinic``.
    """
    if out is not None:
        check_outside_clinics(out)
    predictors = Predictors(library, dictionary)
    predictor = predictors.get(pack_id)
    chosen = choose_output(predictor.pack.manifest, output)
    place = None if country is None else Place(country, dictionary)
    table = _read(data, predictor, chosen.name, place, dictionary, timed=chosen.horizon_years is not None)
    years, event = table.years, table.event
    if chosen.horizon_years is not None:
        years, event = within(years, event, chosen.horizon_years)
    people = FollowUp(table.risk, years, event, chosen.horizon_years)
    waiting = 0 if chosen.horizon_years is None else int((~event & (years < chosen.horizon_years)).sum())
    rules = load_rules()
    found = judge(
        Followed(people, dict(table.left_out), still_followed=waiting), predictor.pack.ref, chosen.name, rules
    )
    if not found.changed or out is None:
        return found
    parts = make_pack(predictor, found, None, rules, dictionary)
    check_new_pack(parts, predictors, trusted=predictor.pack.trusted)
    return replace(found, made=parts.write(out).ref)


def _read(
    data: Path, predictor: Predictor, output: str, place: Place | None, dictionary: Dictionary, *, timed: bool
) -> OutcomeTable:
    reads = predictor.reads() | (frozenset() if place is None else place.fields)
    wanted = (EVENT, YEARS) if timed else (EVENT,)
    left_out: Counter[LeftOut] = Counter()
    risks, years, events, rows = [np.empty(0)], [np.empty(0)], [np.empty(0, dtype=np.bool_)], 1
    with CanonicalCsv(data, _with_outcomes(dictionary), reads | set(wanted)) as table:
        for column in wanted:
            if column not in table.header.names:
                raise InputError("outcome_column_missing", column=column)
        for block in table.blocks():
            batch = block.batch
            event = batch.column(EVENT)
            followed = batch.column(YEARS) if timed else np.ones(batch.rows)
            _refuse(EVENT, ~np.isnan(event) & (event != 0) & (event != 1), rows)
            _refuse(YEARS, np.isinf(followed) | (followed < 0), rows)
            risk = predictor.predict(batch if place is None else place.fill(batch)).outputs[output]
            no_risk = np.isnan(risk)
            unseen = ~no_risk & (np.isnan(event) | ~(followed > 0))
            counts = ~no_risk & ~unseen
            left_out.update({LeftOut.NO_RISK: int(no_risk.sum()), LeftOut.NOT_FOLLOWED: int(unseen.sum())})
            risks.append(risk[counts])
            years.append(followed[counts])
            events.append(event[counts] == 1)
            rows += batch.rows
    return OutcomeTable(np.concatenate(risks), np.concatenate(years), np.concatenate(events), +left_out)


def _refuse(column: str, bad: BoolArray, rows: int) -> None:
    """Refuse a cell that is no value: a guess would change what is told of everybody. ``rows``: those before."""
    if bad.any():
        raise InputError("outcome_cell", column=column, row=rows + int(np.argmax(bad)) + 1)


def _with_outcomes(dictionary: Dictionary) -> Dictionary:
    """Return the dictionary with the two columns that tell what became of people."""
    own = {
        EVENT: Field(EVENT, Kind.NUMBER, Scope.VISIT, _NO_WORDS, _NO_WORDS),
        YEARS: Field(YEARS, Kind.NUMBER, Scope.VISIT, _NO_WORDS, _NO_WORDS, unit="a"),
    }
    return Dictionary(dictionary.version, {**dictionary.fields, **own})

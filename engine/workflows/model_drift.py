"""The monthly watch over trained models: do their people, alerts and outcomes still look like those before?

Each whole month is looked at once; where it warns, an item waits until somebody has looked (``lantern review``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.models import (
    DriftKind,
    DriftLook,
    InputShift,
    KeptModel,
    ModelLook,
    ModelVerdict,
    Prediction,
    VerdictReason,
)
from engine.domain.recalibration import Estimate
from engine.errors import PackError, UsageError
from engine.fields import Dictionary, Kind
from engine.packs.input_summary import InputSummary, by_field, summarise
from engine.packs.own_fields import dictionary_with
from engine.risk.predictor import Predictor
from engine.risk.snapshot import take_snapshot
from engine.risk.watch.rules import WatchRules, load_watch_rules
from engine.risk.watch.shift import alert_share, alerts_moved, shift
from engine.store import month_looked_at, note_month, predictions_of
from engine.store.backup.meanwhile import NOTHING_ELSE, Meanwhile
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_verdict import judged
from engine.workflows.models import models, predictor_of
from engine.workflows.recalibrate import Recorded, read_recorded_in_parts
from engine.workflows.shadow_run import answer_waiting

PACK, CLINIC, NOTHING = "pack", "clinic", "nothing"
_DAYS_BEFORE = 365  # of the clinic's own visits, where a pack does not tell who it was trained on


@dataclass(frozen=True, slots=True)
class Watch:
    """What a look at all models found; ``faults``: those that cannot be run, by id and version, and why."""

    looks: tuple[DriftLook, ...]
    faults: Mapping[str, PackError]


@dataclass(frozen=True, slots=True)
class _Month:
    first: date
    after: date

    def holds(self, days: IntArray) -> BoolArray:
        return np.asarray((days >= self.first.toordinal()) & (days < self.after.toordinal()))


def last_whole_month(today: date) -> date:
    """Return the first day of the last month that is over."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def parse_month(text: str) -> date:
    """Return the first day of a month written as 2026-10.

    Raises:
        UsageError: ``model_month``.
    """
    try:
        return date.fromisoformat(f"{text.strip()}-01")
    except ValueError as error:
        raise UsageError("model_month") from error


def is_due(clinic: OpenClinic) -> bool:
    """Whether a whole month has passed that some model was not looked at for."""
    month = last_whole_month(clinic.clock.today())
    return any(_wants(clinic, model, month) for model in models(clinic))


def watch(
    clinic: OpenClinic, month: date | None = None, *, only_due: bool = False, meanwhile: Meanwhile = NOTHING_ELSE
) -> Watch:
    """Look at a month (None: the last whole one) of every model that answers, and leave what warns for a review.

    A month that was looked at before leaves no second item. ``only_due``: it is not looked at again at all.
    ``meanwhile``: what else may go on, between the parts of it, and when to stop.

    Raises:
        UsageError: ``model_month`` for one that is not over. Cancelled: as ``meanwhile`` says; no month is noted then.
    """
    chosen = last_whole_month(clinic.clock.today()) if month is None else month.replace(day=1)
    if chosen > last_whole_month(clinic.clock.today()):
        raise UsageError("model_month")
    watched = [each for each in models(clinic) if each.watched and (not only_due or _wants(clinic, each, chosen))]
    if not watched:
        return Watch((), {})
    recorded = read_recorded_in_parts(clinic, meanwhile)
    answer_waiting(clinic, recorded.observations, meanwhile)
    looks, faults = [], {}
    for model in watched:
        try:
            looks.append(_look(clinic, model, chosen, recorded, meanwhile))
        except PackError as error:
            faults[f"{model.ref.id} {model.ref.version}"] = error
            continue
        if _wants(clinic, model, chosen):
            note_month(clinic.vault, model.ref, chosen, looks[-1].warnings, clinic.actor)
    return Watch(tuple(looks), faults)


def _wants(clinic: OpenClinic, model: KeptModel, month: date) -> bool:
    if model.began is None or model.began.astimezone().date().replace(day=1) > month:
        return False
    seen = month_looked_at(clinic.vault, model.ref)
    return seen is None or seen < month


def _look(clinic: OpenClinic, model: KeptModel, month: date, recorded: Recorded, meanwhile: Meanwhile) -> DriftLook:
    """Read what the store holds of a model, then compare beside whatever else goes on."""
    predictor, said = predictor_of(clinic, model), predictions_of(clinic.vault, model.ref)
    return meanwhile.beside(lambda _: _compared(clinic, model, month, recorded, predictor, said))


def _compared(
    clinic: OpenClinic,
    model: KeptModel,
    month: date,
    recorded: Recorded,
    predictor: Predictor,
    told: tuple[Prediction, ...],
) -> DriftLook:
    rules = load_watch_rules()
    whole = _Month(month, (month + timedelta(days=32)).replace(day=1))
    said = {each.visit_id: each for each in told}
    place = {visit: at for at, visit in enumerate(recorded.observations.visit_ids) if visit in said}
    days, at = recorded.observations.visit_day, np.array(sorted(place.values()), dtype=np.int64)
    now = _firsts(recorded, at[whole.holds(days[at])])
    enough = len(now) >= rules.month_people
    against, inputs = _shifts(clinic, model, predictor, recorded, now, rules) if enough else (NOTHING, ())
    alerts, before = _alerts(model, said, recorded, now, at[days[at] < month.toordinal()]) if enough else (None, None)
    found = judged(clinic, model, predictor.pack.manifest, recorded, told)
    return DriftLook(
        model=model.ref,
        month=month,
        people=len(now),
        enough=enough,
        against=against,
        inputs=inputs,
        alerts=alerts,
        alerts_before=before,
        observed_to_expected=_ratio(found),
        warnings=tuple(_warnings(inputs, alerts, before, found, rules)),
    )


def _firsts(recorded: Recorded, visits: IntArray) -> IntArray:
    """Return the first of these visits of each person: visits lie sorted by person, then day."""
    _, firsts = np.unique(recorded.observations.visit_person[visits], return_index=True)
    return visits[firsts]


def _shifts(
    clinic: OpenClinic,
    model: KeptModel,
    predictor: Predictor,
    recorded: Recorded,
    now: IntArray,
    rules: WatchRules,
) -> tuple[str, tuple[InputShift, ...]]:
    """Compare the inputs of the month with those of training, or of the clinic's year before the model began."""
    fields = [each.field for each in predictor.pack.manifest.inputs]
    present = _inputs(clinic, predictor, recorded, now)
    against, then = PACK, by_field(predictor.pack.manifest.input_summaries)
    if not then and model.began is not None:
        first = model.began.astimezone().date().toordinal()
        days = recorded.observations.visit_day
        earlier = _firsts(recorded, np.flatnonzero((days < first) & (days >= first - _DAYS_BEFORE)))
        dictionary = dictionary_with(predictor.pack.manifest.fields, clinic.dictionary)
        against, then = CLINIC, _summaries(fields, _inputs(clinic, predictor, recorded, earlier), dictionary, rules)
    known = [field for field in fields if field in then]
    if not known:
        return NOTHING, ()
    return against, tuple(shift(then[field], _column(present, field), rules, len(known)) for field in known)


def _inputs(clinic: OpenClinic, predictor: Predictor, recorded: Recorded, visits: IntArray) -> Batch:
    settings, fields = clinic.clinic.settings, predictor.reads()
    dictionary = dictionary_with(predictor.pack.manifest.fields, clinic.dictionary)
    batch = take_snapshot(recorded.observations, settings, dictionary, visits, fields).batch
    return predictor.complete(batch) if batch.rows else batch


def _summaries(
    fields: Sequence[str], people: Batch, dictionary: Dictionary, rules: WatchRules
) -> Mapping[str, InputSummary]:
    if people.rows < rules.month_people:
        return {}
    made = [
        summarise(field, _column(people, field), rules.bins, codes=_is_coded(field, dictionary)) for field in fields
    ]
    return by_field([each for each in made if each is not None])


def _is_coded(field: str, dictionary: Dictionary) -> bool:
    return field in dictionary and dictionary[field].kind in (Kind.CATEGORY, Kind.BOOLEAN)


def _column(people: Batch, field: str) -> FloatArray:
    return people.columns[field] if field in people.columns else np.full(people.rows, np.nan)


def _alerts(
    model: KeptModel, said: Mapping[str, Prediction], recorded: Recorded, now: IntArray, earlier: IntArray
) -> tuple[Estimate | None, float | None]:
    """Return the share of people with a risk at or above the threshold, in the month and at all visits before."""
    if model.threshold is None:
        return None, None
    threshold = model.threshold

    def share(visits: IntArray) -> Estimate | None:
        numbers = [said[recorded.observations.visit_ids[int(at)]].number for at in visits]
        known = np.array([number for number in numbers if number is not None], dtype=np.float64)
        return alert_share(known >= threshold)

    before = share(_firsts(recorded, earlier))
    return share(now), None if before is None else before.value


def _ratio(found: ModelLook) -> Estimate | None:
    fit = None if found.figures is None else found.figures.before
    return None if fit is None else fit.observed_to_expected


def _warnings(
    inputs: Sequence[InputShift], alerts: Estimate | None, before: float | None, told: ModelLook, rules: WatchRules
) -> list[DriftKind]:
    found = [DriftKind.INPUTS] if any(each.shifted for each in inputs) else []
    if alerts is not None and before is not None and alerts_moved(alerts, before, rules):
        found.append(DriftKind.ALERTS)
    if VerdictReason.LEVEL in told.reasons:
        found.append(DriftKind.LEVEL)
    if told.verdict is ModelVerdict.DO_NOT_USE:
        found.append(DriftKind.UNFIT)
    return found

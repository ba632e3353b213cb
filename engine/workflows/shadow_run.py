"""What trained models say silently: at each new visit that is assessed, once, kept where no page is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from engine.domain.batch import Batch, IntArray
from engine.domain.models import KeptModel, Prediction
from engine.domain.observations import Observations
from engine.errors import PackError
from engine.risk.predictor import Predictor
from engine.risk.recalibration.outputs import choose_output
from engine.risk.snapshot import take_snapshot
from engine.store import Said, save_predictions, without_prediction
from engine.store.backup.meanwhile import NOTHING_ELSE, Meanwhile
from engine.workflows.clinics import OpenClinic
from engine.workflows.models import is_new, models, predictor_of

_AT_ONCE = 1_000  # visits: between two parts others have their turn


class ShadowRun:
    """One run of all models that answer silently, over people at one visit each."""

    def __init__(self, clinic: OpenClinic, observations: Observations, visits: IntArray, batch: Batch) -> None:
        """``visits``: positions in the observations, one for each row of the batch. Asks nothing yet."""
        self._clinic = clinic
        self._observations = observations
        self._visits = visits
        self._batch = batch
        self._models = tuple(model for model in models(clinic) if model.watched)
        self._predictors: dict[str, Predictor] = {}  # by digest: made when the first row asks, for all of them

    def keep(self, rows: range) -> int:
        """Let the models answer for these rows, where they have not, and keep it; return how many answers are new.

        A model that cannot be run answers nothing and keeps nobody else from anything: ``lantern drift`` tells of it.
        """
        said = [answer for model in self._models if (answer := self._said(model, rows)) is not None]
        return save_predictions(self._clinic.vault, said, self._clinic.actor) if said else 0

    def _said(self, model: KeptModel, rows: range) -> Said | None:
        new = [row for row in rows if is_new(model, self._day(row))]
        ids = {self._observations.visit_ids[self._visit(row)]: row for row in new}
        open_ones = without_prediction(self._clinic.vault, model.ref, ids)
        wanted = [row for visit, row in ids.items() if visit in open_ones]
        return self._asked(model, wanted) if wanted else None

    def _asked(self, model: KeptModel, rows: Sequence[int]) -> Said | None:
        try:
            predictor = self._predictor(model)
            output = choose_output(predictor.pack.manifest).name
            numbers = predictor.predict(self._batch.take(np.array(rows, dtype=np.int64))).outputs[output]
        except PackError:
            return None
        told = [
            Prediction(self._observations.visit_ids[self._visit(row)], None if np.isnan(number) else float(number))
            for row, number in zip(rows, numbers, strict=True)
        ]
        return Said(model.ref, output, told)

    def _predictor(self, model: KeptModel) -> Predictor:
        if model.ref.digest not in self._predictors:
            self._predictors[model.ref.digest] = predictor_of(self._clinic, model)
        return self._predictors[model.ref.digest]

    def _visit(self, row: int) -> int:
        return int(self._visits[row])

    def _day(self, row: int) -> date:
        return date.fromordinal(int(self._observations.visit_day[self._visit(row)]))


def answer_waiting(clinic: OpenClinic, observations: Observations, meanwhile: Meanwhile = NOTHING_ELSE) -> int:
    """Let models answer at new visits that nobody has assessed yet; return how many answers are new.

    An answer that comes late is the one that would have come at once: later visits are never looked at.

    Raises:
        Cancelled: as ``meanwhile`` says; what was answered before is kept.
    """
    began = [model.began.astimezone().date() for model in models(clinic) if model.watched and model.began is not None]
    if not began:
        return 0
    visits = np.flatnonzero(observations.visit_day >= min(began).toordinal())
    if not len(visits):
        return 0
    settings, dictionary = clinic.clinic.settings, clinic.dictionary
    batch = meanwhile.beside(lambda _: take_snapshot(observations, settings, dictionary, visits)).batch
    run, new = ShadowRun(clinic, observations, visits, batch), 0
    for start in range(0, len(visits), _AT_ONCE):
        meanwhile.pause(start, len(visits))
        new += run.keep(range(start, min(start + _AT_ONCE, len(visits))))
    return new

"""What age and sex alone would tell: what every model has to beat."""

from __future__ import annotations

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.judgement.logistic import fit_logistic, probability
from engine.learning.judgement.people import People


def age_and_sex(people: People, age: FloatArray, sex: FloatArray, *, folds: int, seed: int) -> FloatArray:
    """Return each person's risk from a logistic regression on age (years) and sex (0 or 1) fitted without them.

    A missing value counts as the mean; a column in which everybody is the same takes no part. People lost before the
    horizon do not take part in a fit; those whose outcome is known stand for them.
    """
    columns = [column for column in (_standard(values) for values in (age, sex)) if np.ptp(column) > 0]
    design = np.stack([np.ones(people.count), *columns], axis=1)
    fold = np.random.default_rng(seed).permutation(people.count) % folds
    kept = (fold != np.arange(folds)[:, None]).astype(np.float64)
    fitted = fit_logistic(design, people.happened, people.weights(kept))
    risk: FloatArray = probability((design * fitted[fold]).sum(axis=1))
    return risk


def _standard(values: FloatArray) -> FloatArray:
    known = values[np.isfinite(values)]
    centre = float(known.mean()) if len(known) else 0.0
    spread = float(known.std()) if len(known) else 0.0
    filled = np.where(np.isfinite(values), values, centre) - centre
    return filled / spread if spread > 0 else filled

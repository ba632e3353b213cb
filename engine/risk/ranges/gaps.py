"""What each person lacks, and what it could be: rows with the same gaps are worked on together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.ranges import Assumption
from engine.domain.results import REFUSALS, Code, Results
from engine.fields import Derivation, Dictionary, Kind
from engine.fields.derive import derive
from engine.risk.plausible import PlausibleValues, Points
from engine.risk.plausible.strata import AGE, DIABETES, SEX
from engine.risk.predictor import Predictor

GROUPED_BY = (AGE, SEX, DIABETES)
_MIDDLE = 2  # the median among the points of a number


@dataclass(frozen=True, slots=True)
class Gap:
    """An input that some rows lack: what was assumed for it, and the values the input then has, row by row."""

    missing: str
    assumed: str
    is_number: bool
    points: Points  # of the assumed field
    values: FloatArray  # of the missing input, float64[rows, points]

    @property
    def weights(self) -> FloatArray:
        """The share of each point, float64[rows, points]."""
        return self.points.weights

    def take(self, rows: IntArray) -> Gap:
        """Return these rows."""
        return Gap(self.missing, self.assumed, self.is_number, self.points.take(rows), self.values[rows])

    def assumption(self, row: int, dictionary: Dictionary) -> Assumption:
        """Return what was assumed for one person."""
        field, values = dictionary[self.assumed], self.points.values[row]
        order = np.arange(len(values)) if self.is_number else np.argsort(self.points.weights[row], kind="stable")
        places = (order[0], order[_MIDDLE] if self.is_number else order[-1], order[-1])
        low, typical, high = (field.decode(float(values[place])) for place in places)
        if low is None or typical is None or high is None:
            raise ValueError("nothing was assumed here")
        stratum = self.points.strata[int(self.points.stratum[row])]
        return Assumption(
            missing=self.missing,
            field=self.assumed,
            low=low,
            typical=typical,
            high=high,
            source=stratum.source,
            sex=stratum.sex,
            diabetes=stratum.diabetes,
            ages=stratum.ages,
            people=stratum.n,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a batch that lack the same inputs, completed with all that could be derived, and their gaps."""

    rows: IntArray
    people: Batch
    gaps: tuple[Gap, ...]


def groups_with_gaps(
    predictor: Predictor, batch: Batch, results: Results, plausible: PlausibleValues, dictionary: Dictionary
) -> Iterator[Group]:
    """Yield the rows that a pack refuses only because inputs are missing which could have plausible values.

    A row with any other reason against it, or with a gap of which nothing is known, is in no group.
    """
    lacking = {note.subject: where for note, where in results.raised.items() if note.code is Code.MISSING}
    rows = np.flatnonzero(_only_missing(results))
    if not len(rows) or not lacking:
        return
    completed = predictor.complete(batch.take(rows), GROUPED_BY)
    parts = _parts(lacking, dictionary)
    pattern = {f"{name}:{part}": completed.missing(part) for name, rule in parts.items() for part in rule.sources}
    pattern |= {name: where[rows] for name, where in lacking.items()}
    for chosen in _alike(pattern, len(rows)):
        missing = [name for name, where in lacking.items() if where[rows[chosen[0]]]]
        people = completed.take(chosen)
        gaps = [_gap(name, people, plausible, dictionary, parts.get(name)) for name in missing]
        known = np.all([~np.isnan(gap.values).any(axis=1) for gap in gaps], axis=0)
        kept = np.flatnonzero(known)
        if len(kept):
            yield Group(rows[chosen[kept]], people.take(kept), tuple(gap.take(kept) for gap in gaps))


def _only_missing(results: Results) -> BoolArray:
    only = results.refused.copy()
    for note, where in results.raised.items():
        if note.code in REFUSALS and note.code is not Code.MISSING:
            only &= ~where
    return only


def _parts(lacking: Mapping[str, BoolArray], dictionary: Dictionary) -> Mapping[str, Derivation]:
    """Return the missing inputs that follow from others by plain arithmetic."""
    found = {}
    for name in lacking:
        rule = dictionary[name].derivation
        if rule is not None and rule.kind == "expression":
            found[name] = rule
    return found


def _alike(pattern: Mapping[str, BoolArray], rows: int) -> Sequence[IntArray]:
    """Return the rows of every pattern of truths."""
    table = np.packbits(np.stack(list(pattern.values())), axis=0)
    which = np.unique(table, axis=1, return_inverse=True)[1].reshape(rows)
    return [np.flatnonzero(which == each) for each in range(int(which.max()) + 1)]


def _gap(name: str, people: Batch, plausible: PlausibleValues, dictionary: Dictionary, rule: Derivation | None) -> Gap:
    """Return the gap; where all parts but one are known, that one is assumed and the rest follows from it."""
    absent = [part for part in rule.sources if people.missing(part)[0]] if rule is not None else []
    assumed = absent[0] if len(absent) == 1 and absent[0] in plausible else name
    points = plausible.points(assumed, people)
    values = points.values
    if assumed != name:
        filled = (people.with_columns({assumed: np.ascontiguousarray(column)}) for column in values.T)
        values = np.stack([derive(each, dictionary, only=[name]).batch.column(name) for each in filled], axis=1)
    return Gap(name, assumed, dictionary[assumed].kind is Kind.NUMBER, points, values)

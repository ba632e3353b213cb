"""What a pack that was trained says of its training: on whom, how, how well it does, and what was found on the way.

Everything is a number, a code or a name of a column; never a row. ``learning`` writes it, the card is made of it.
Fractions are 0-1; intervals are 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.packs.origin import Words


@dataclass(frozen=True, slots=True)
class Told:
    """A figure by its code (``learning.figure.<name>``) with its interval."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Corrected:
    """A figure as it looks on the people trained on, the optimism in it, and what is left, with its interval."""

    name: str
    apparent: float
    optimism: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in a column (or, without one, in the rows): ``learning.finding.<code>`` with its details."""

    code: str
    column: str
    weight: str
    details: Mapping[str, str | float]


@dataclass(frozen=True, slots=True)
class SizeGate:
    """Whether there were enough people: ``learning.gate.<answer>``. ``needed``: people, None where nothing tells."""

    answer: str
    people: int
    events: int
    parameters: int
    needed: int | None
    deciding: str | None
    more: int | None
    most_parameters: int
    r2: float | None


@dataclass(frozen=True, slots=True)
class People:
    """Who it was trained on. ``table_sha256``: of the file. ``missing``: share of people without a value."""

    table_sha256: str
    rows: int
    people: int
    events: int
    repeated: int
    complete: int
    missing: Mapping[str, float]
    median_followed_years: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Observed risk with its band at told risks."""

    told: tuple[float, ...]
    observed: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean_distance: float


@dataclass(frozen=True, slots=True)
class Benefit:
    """Net benefit per 100 people at thresholds, of the model and of treating everybody."""

    threshold: tuple[float, ...]
    model: tuple[float, ...]
    everybody: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One group of people. ``grey``: too few to tell."""

    column: str
    level: str
    people: int
    events: int
    grey: bool
    told: float
    figures: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class PublishedRival:
    """A published pack that this model was held against, on the people who have a number from both.

    ``ours`` and ``theirs``: figures of each. ``horizon_years``: of the pack; where it is not the model's, only the
    order of people was compared.
    """

    version: str
    title: Words
    people: int
    events: int
    ours: tuple[Told, ...]
    theirs: tuple[Told, ...]
    horizon_years: float | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """Another risk of the same people: each figure of this model less that of the other.

    ``name``: ``card.rival.<name>``, or the id of a pack where it is ``published``. ``net_benefit``: per 100 people.
    """

    name: str
    differences: tuple[Told, ...]
    published: PublishedRival | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """What a column of the design adds to the score, per standard deviation."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How scores were bent: ``learning.calibration.<how>``, and the figures of the same people without that.

    ``slope`` and ``intercept`` are those of a line on the log odds; ``points``: how many a curve has.
    """

    how: str
    before: tuple[Told, ...]
    slope: float | None = None
    intercept: float | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class PointBand:
    """What gives how many points: a band of numbers ``low`` <= x < ``high``, a ``level``, any other, or no value."""

    column: str
    points: int
    low: float | None = None
    high: float | None = None
    level: str | None = None
    other: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class PointTable:
    """A score on paper: the points of each band, and the risk (fraction) at each total from 0 on."""

    bands: tuple[PointBand, ...]
    risks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SmallerModel:
    """A model that was made smaller: ``learning.smaller.<how>``.

    ``bytes``: of the graph; ``inputs``: that it takes; each before and after. ``before``: figures of the full model on
    the people that ``figures`` of the smaller one are of. ``mean_change`` and ``largest_change``: how far a risk moved
    on people that neither had seen; ``largest_difference``: on the rows of the parity gate.
    """

    how: str
    bytes_before: int
    bytes_after: int
    inputs_before: int
    inputs_after: int
    before: tuple[Told, ...]
    mean_change: float
    largest_change: float
    largest_difference: float
    points: PointTable | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """All of it.

    ``kind``: ``learning.model.<kind>``. ``settings`` and ``versions`` are for machines and experts. ``threshold``:
    risks from here on were called positive. ``figures``: by models that never saw the person. ``mean_change``: how far
    a person's risk moves, on average, between models of other samples. ``parity``: the largest difference between the
    file and the trained model. ``calibration``: of models whose scores may be bent; None: of others. ``smaller``: what
    it was made of; None: it has its full size. ``record_outcome``: what the outcome is called in the records of a
    clinic, where it was read from them.
    """

    kind: str
    outcome: str
    positive: str | None
    time: str | None
    people: People
    gate: SizeGate
    settings: Mapping[str, str]
    versions: Mapping[str, str]
    seed: int
    folds: int
    repeats: int
    bootstraps: int
    threshold: float
    figures: tuple[Told, ...]
    corrected: tuple[Corrected, ...]
    mean_change: float | None
    curve: Curve | None
    benefit: Benefit | None
    groups: tuple[Group, ...]
    rivals: tuple[Rival, ...]
    findings: tuple[Found, ...]
    weights: tuple[Weight, ...]
    parity: float
    calibration: Calibrated | None = None
    smaller: SmallerModel | None = None
    record_outcome: str | None = None

    def figure(self, name: str) -> Told | None:
        """Return a figure by its code, or None."""
        return next((each for each in self.figures if each.name == name), None)

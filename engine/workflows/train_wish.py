"""What a person asked to be trained, and what a look at the rows says of it: what goes into a training and comes out.

Both cross to the worker and back as JSON (``engine.packs.strict``), so they hold nothing but plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.learning.gate import Answer
from engine.learning.pack import About
from engine.learning.plan import ModelKind
from engine.learning.smaller import Smaller
from engine.learning.telling import Sentence

__all__ = [
    "About",
    "Answer",
    "FoundHere",
    "Gap",
    "Looked",
    "ModelKind",
    "SeenColumn",
    "Sentence",
    "Smaller",
    "TrainWish",
]


@dataclass(frozen=True, slots=True)
class TrainWish:
    """What a person asked for, as they wrote it.

    ``time_unit``: years, months or days; None: by the name of the column. ``by``: columns by which to split the
    figures, predictors or not. ``leave_out``: columns whose groups are left out in turn, such as hospitals; they are
    no predictors. ``existing``: id of a pack of the same outcome: it is held against the trained model, and could be
    fitted to too few people instead.
    ``record_outcome``: what the outcome is called in the record it was read from, so that the model can be held
    against later records (``engine.workflows.models.outcome_named``). ``people_a_month``: how many people with a known
    outcome are gained. ``of_record``: the rows were drawn from a clinic's record (``Asked``). ``smaller``: how the
    trained model is made smaller.
    """

    outcome: str
    positive: str | None = None
    horizon_years: float | None = None
    time: str | None = None
    time_unit: str | None = None
    exclude: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    kind: ModelKind = ModelKind.AUTO
    textbook: bool = False
    threshold: float | None = None
    seed: int = 1
    folds: int = 10
    repeats: int = 3
    bootstraps: int = 200
    anyway: bool = False
    existing: str | None = None
    record_outcome: str | None = None
    people_a_month: float | None = None
    of_record: bool = False
    smaller: Smaller | None = None
    about: About = field(default_factory=About)


@dataclass(frozen=True, slots=True)
class FoundHere:
    """A finding in a column, or without one in the rows: its code, what it does (``learning.weight.<weight>``)."""

    code: str
    column: str
    weight: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A predictor: what it holds (``learning.kind.<kind>``) and which share of people has no value in it."""

    name: str
    kind: str
    missing: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A set of columns that are missing together, and of how many people; no columns: those without any gap."""

    columns: tuple[str, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the rows says, before anything is trained.

    ``gate``: the answer in sentences. ``rows``: of the table; ``people``: those with an outcome. ``columns``: the
    predictors that are left; ``complete``: people without any gap in them; ``gaps``: the commonest sets of missing
    columns. ``repeated``: rows that repeat an earlier one. ``kind``: what would be trained
    (``learning.model.<kind>``), with ``parameters``. ``needed``: people by the demand that decides
    (``learning.criterion.<deciding>``), ``needed_events`` as many events at the present rate; None where nothing
    tells. ``recalibration_events``: how many events it takes to fit an existing pack; None: there is none.
    """

    answer: Answer
    gate: tuple[Sentence, ...]
    findings: tuple[FoundHere, ...]
    rows: int
    people: int
    events: int
    columns: tuple[SeenColumn, ...]
    complete: int
    gaps: tuple[Gap, ...]
    repeated: int
    kind: str
    parameters: int
    events_per_parameter: float
    shrinkage: float | None
    needed: int | None
    needed_events: int | None
    needed_by: Mapping[str, int]
    deciding: str | None
    people_more: int | None
    months_more: int | None
    most_parameters: int
    recalibration_events: int | None

    @property
    def may_train(self) -> bool:
        """Whether there are people enough for a model of their own."""
        return self.answer is Answer.TRAIN

"""What a pack answers: columnar for many people, and one person's share of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.domain.batch import BoolArray, FloatArray, IntArray


class Status(StrEnum):
    """How a prediction ended."""

    OK = "ok"
    REFUSED = "refused"
    RANGE = "range"


class Code(StrEnum):
    """Why a prediction was refused (first five) or what goes with the number (last three)."""

    INVALID = "invalid"
    EXCLUDED = "excluded"
    MISSING = "missing"
    OUT_OF_RANGE = "out_of_range"
    NOT_IN_TABLE = "not_in_table"
    CLAMPED = "clamped"
    WARN = "warn"
    WITHHELD = "withheld"


REFUSALS = frozenset({Code.INVALID, Code.EXCLUDED, Code.MISSING, Code.OUT_OF_RANGE, Code.NOT_IN_TABLE})


@dataclass(frozen=True, slots=True)
class PackRef:
    """Exactly which pack made a number."""

    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Note:
    """A reason or remark about one field (or output, for ``withheld``). ``rule`` is the position of the exclusion."""

    subject: str
    code: Code
    rule: int | None = None


@dataclass(frozen=True, slots=True)
class StabilityEnds:
    """What models trained on other samples of the people say: ``share`` of ``models`` lie between ``low`` and ``high``.

    How much a number is owed to chance in the data it comes from; see ``engine.packs.stability``. What a number could
    be while inputs are missing is another matter: ``engine.domain.ranges``.
    """

    low: float
    high: float
    share: float
    models: int


@dataclass(frozen=True, slots=True)
class OutputValue:
    """One output of a pack: a number (fractions 0-1), a category code, or None when withheld or refused.

    ``stability``: what models of other samples say, where the pack carries them and there is a number.
    """

    name: str
    value: float | str | None
    stability: StabilityEnds | None = None


@dataclass(frozen=True, slots=True)
class RiskResult:
    """One person's answer from one pack."""

    pack: PackRef
    status: Status
    outputs: tuple[OutputValue, ...]
    bands: Mapping[str, str]  # scheme -> band code
    notes: tuple[Note, ...]  # with ``refused``: every reason; with ``ok``: clamped, warn, withheld

    def __post_init__(self) -> None:
        refusing = [note for note in self.notes if note.code in REFUSALS]
        if (self.status is Status.REFUSED) != bool(refusing):
            raise ValueError("a refusal has reasons, and only a refusal")
        if self.status is Status.REFUSED and any(output.value is not None for output in self.outputs):
            raise ValueError("a refused prediction has no numbers")

    @property
    def lacks_one(self) -> bool:
        """Whether a single missing value is all that stands between the person and a number."""
        reasons = [note for note in self.notes if note.code in REFUSALS]
        return len(reasons) == 1 and reasons[0].code is Code.MISSING

    def stability(self, name: str) -> StabilityEnds | None:
        """Return what models of other samples say beside an output; None also where there is no such output."""
        return next((output.stability for output in self.outputs if output.name == name), None)

    def output(self, name: str) -> float | str | None:
        """Return the value of one output by name."""
        return next(output.value for output in self.outputs if output.name == name)


@dataclass(frozen=True, slots=True)
class StabilityColumns:
    """The same for many people: ``low`` and ``high`` float64[rows], NaN where there is no number."""

    low: FloatArray
    high: FloatArray
    share: float
    models: int

    def take(self, rows: IntArray) -> StabilityColumns:
        """Return those of these rows, in this order."""
        return replace(self, low=self.low[rows], high=self.high[rows])

    def row(self, index: int) -> StabilityEnds | None:
        """Return those of one person, or None."""
        low, high = float(self.low[index]), float(self.high[index])
        return None if math.isnan(low) or math.isnan(high) else StabilityEnds(low, high, self.share, self.models)


@dataclass(frozen=True, slots=True)
class Results:
    """The answers of one pack for a batch, columnar.

    ``outputs``: name -> float64[rows], NaN where refused or withheld; a category output holds positions in
    ``output_categories[name]``. ``bands``: scheme -> int64[rows], a position in ``band_codes[scheme]`` or -1.
    ``raised``: note -> bool[rows], only notes raised somewhere, in the order in which they are told. ``stability``:
    name -> what models of other samples say of it, where somebody asked and the pack carries them.
    """

    pack: PackRef
    rows: int
    outputs: Mapping[str, FloatArray]
    output_categories: Mapping[str, tuple[str, ...]]
    bands: Mapping[str, IntArray]
    band_codes: Mapping[str, tuple[str, ...]]
    raised: Mapping[Note, BoolArray]
    refused: BoolArray
    stability: Mapping[str, StabilityColumns] = field(default_factory=dict)

    def take(self, rows: IntArray) -> Results:
        """Return the answers of these rows, in this order; a note that none of them has is left out."""
        raised = {note: where[rows] for note, where in self.raised.items()}
        return replace(
            self,
            rows=len(rows),
            outputs={name: column[rows] for name, column in self.outputs.items()},
            bands={name: column[rows] for name, column in self.bands.items()},
            raised={note: where for note, where in raised.items() if where.any()},
            refused=self.refused[rows],
            stability={name: each.take(rows) for name, each in self.stability.items()},
        )

    def row(self, index: int) -> RiskResult:
        """Return one person's share."""
        refused = bool(self.refused[index])
        notes = tuple(
            note for note, where in self.raised.items() if where[index] and (note.code in REFUSALS) == refused
        )
        bands = {
            scheme: self.band_codes[scheme][int(codes[index])]
            for scheme, codes in self.bands.items()
            if codes[index] >= 0
        }
        return RiskResult(
            pack=self.pack,
            status=Status.REFUSED if refused else Status.OK,
            outputs=tuple(self._output(name, index) for name in self.outputs),
            bands=bands,
            notes=notes,
        )

    def _output(self, name: str, index: int) -> OutputValue:
        ends = self.stability[name].row(index) if name in self.stability else None
        return OutputValue(name, self._value(name, index), ends)

    def _value(self, name: str, index: int) -> float | str | None:
        value = float(self.outputs[name][index])
        if math.isnan(value):
            return None
        categories = self.output_categories.get(name)
        return categories[int(value)] if categories else value

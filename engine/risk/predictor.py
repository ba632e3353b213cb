"""People and a pack to answers: one path for one person and for a million."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.results import Code, Note, Results, StabilityColumns
from engine.fields import Dictionary
from engine.packs import Pack
from engine.packs.manifest import OutputKind
from engine.packs.own_fields import dictionary_with
from engine.risk.bands import band_positions
from engine.risk.derivation import FullDerivation
from engine.risk.eligibility import Eligibility, check_eligibility
from engine.risk.limits import RELATIVE_TOLERANCE, anywhere
from engine.risk.rules import InputRule, OutputRule, make_rules
from engine.risk.session import GraphAnswer
from engine.risk.sessions import Sessions

Item = TypeVar("Item", np.float64, np.bool_)
Part = TypeVar("Part", np.float64, np.int64, np.bool_)

# A column of this many doubles fills 128 kB: a block stays in the processor's cache from check to band.
BLOCK_ROWS = 16_384
_FLOAT32_TOLERANCE = 1e-6  # ends may be computed in fewer bits than the number
_TOLD_FIRST = tuple(Code)  # the order of reasons and remarks
_NOWHERE = np.zeros(1, dtype=np.bool_)  # stands for a column of any length


class Predictor:
    """Answers for one pack. May be shared between threads."""

    def __init__(
        self,
        pack: Pack,
        dictionary: Dictionary,
        sessions: Sessions | None = None,
        derivation: FullDerivation | None = None,
    ) -> None:
        """Make ready to score with a pack.

        Args:
            pack: a checked pack.
            dictionary: the fields of the clinic.
            sessions: where loaded graphs are shared; None: this predictor keeps its own.
            derivation: how absent inputs are derived; None: all but those that need another pack.

        Raises:
            PackError: the graph cannot be loaded or does not fit the manifest (``GraphSession``), or the manifest does
                not fit the dictionary (``make_rules``).
        """
        self.pack = pack
        self._dictionary = dictionary_with(pack.manifest.fields, dictionary)
        self._rules = make_rules(pack.manifest, dictionary)
        # The fields that rules and graph look at; ``reads`` adds what these can be derived from.
        self.wanted = tuple(self._rules.fields)
        self._derivation = derivation or FullDerivation(dictionary)
        self._session = (sessions or Sessions()).get(pack)
        # What every answer says alike is made once: for one person it would take as long as the arithmetic.
        self._ref = pack.ref
        self._output_categories = {
            rule.output.name: rule.output.categories for rule in self._rules.outputs if rule.output.categories
        }
        self._band_codes = {
            rule.scheme.scheme: tuple(band.code for band in rule.scheme.bands) for rule in self._rules.bands
        }

    def predict(self, batch: Batch, *, supposed: bool = False, stability: bool = False) -> Results:
        """Return the answers for every row, refusals with all their reasons included.

        Args:
            batch: canonical columns; columns that the pack does not know are ignored.
            supposed: values were put in place of a person's own, so those left may contradict them (a smoker who never
                smoked keeps the cigarettes of today): contradictions are not looked for.
            stability: what models of other samples say is wanted too, where the pack carries them.

        Raises:
            PackError: ``pack_graph_failed`` when the graph breaks.
        """
        blocks = [self._predict_block(part, supposed, stability) for part in _parts(batch)]
        raised = sorted({note for block in blocks for note in block.raised}, key=self._told)
        return Results(
            pack=self._ref,
            rows=batch.rows,
            outputs={name: _joined([block.outputs[name] for block in blocks]) for name in blocks[0].outputs},
            output_categories=self._output_categories,
            bands={name: _joined([block.bands[name] for block in blocks]) for name in blocks[0].bands},
            band_codes=self._band_codes,
            raised={note: _joined([block.where(note) for block in blocks]) for note in raised},
            refused=_joined([block.refused for block in blocks]),
            stability={name: self._columns(name, blocks) for name in blocks[0].stability},
        )

    def reads(self, also: Collection[str] = ()) -> frozenset[str]:
        """Return every canonical field that can have a say here: the inputs, what rules name, ``also``; their parts."""
        return self._derivation.reads([*self.wanted, *also])

    def complete(self, batch: Batch, also: Collection[str] = ()) -> Batch:
        """Return the batch with the derived values that this pack would use, and those of ``also``."""
        return self._derivation.complete(batch, [*self.wanted, *also]).batch

    def _columns(self, name: str, blocks: Sequence[_Block]) -> StabilityColumns:
        declared = self.pack.manifest.output(name).stability
        if declared is None:
            raise KeyError(name)
        low, high = (_joined([block.stability[name][end] for block in blocks]) for end in (0, 1))
        return StabilityColumns(low, high, declared.share, declared.models)

    def _predict_block(self, batch: Batch, supposed: bool, stability: bool) -> _Block:
        completed = self._derivation.complete(batch, self.wanted)
        eligibility = check_eligibility(self._rules, completed, self._dictionary, supposed=supposed)
        block = _Block(eligibility)
        fit = ~eligibility.refused
        answer = self._run(eligibility, fit, stability)
        for field, missed in answer.not_in_table.items():
            block.refuse(Note(field, Code.NOT_IN_TABLE), _spread(missed, fit, 0) & fit)
        answered = ~block.refused
        for rule in self._rules.outputs:
            name = rule.output.name
            block.outputs[name] = _spread(answer.outputs[name], fit, np.nan)
            doubtful = answered & ~_credible(rule, block.outputs[name])
            if anywhere(doubtful):
                block.refuse(Note(name, Code.OUT_OF_RANGE), doubtful & ~eligibility.withheld.get(name, _NOWHERE))
        for name, column in block.outputs.items():
            nothing = block.refused | eligibility.withheld[name] if name in eligibility.withheld else block.refused
            if anywhere(nothing):
                block.outputs[name] = np.where(nothing, np.nan, column)
        for name, (low, high) in answer.stability.items():
            fraction = self.pack.manifest.output(name).kind is OutputKind.FRACTION
            ends = _spread(low, fit, np.nan), _spread(high, fit, np.nan)
            block.stability[name] = _around(block.outputs[name], *ends, fraction=fraction)
        for band in self._rules.bands:
            block.bands[band.scheme.scheme] = band_positions(
                band, eligibility.formula, block.outputs, self._rules.formula_codes
            )
        return block

    def _run(self, eligibility: Eligibility, fit: BoolArray, stability: bool) -> GraphAnswer:
        """Run the graph on the rows that may be scored, and on no others: it may rely on what it was promised."""
        chosen = np.flatnonzero(fit)
        if not len(chosen):
            nothing: FloatArray = np.empty(0, dtype=np.float64)
            stable = [rule.output.name for rule in self._rules.outputs if stability and rule.output.stability]
            numbers = {rule.output.name: nothing for rule in self._rules.outputs}
            return GraphAnswer(numbers, {}, dict.fromkeys(stable, (nothing, nothing)))
        columns = {}
        for rule in self._rules.inputs:
            column = eligibility.values.columns[rule.input.field]
            columns[rule.input.field] = self._fed(rule, column if len(chosen) == len(fit) else column[chosen])
        return self._session.run(columns, len(chosen), stability=stability)

    def _fed(self, rule: InputRule, column: FloatArray) -> FloatArray:
        return rule.transformed(column) if self.pack.manifest.graph.transformed else rule.for_graph(column)

    def _told(self, note: Note) -> tuple[int, int, str, int]:
        """Order of telling: by code, then as the manifest lists the fields and outputs."""
        known = [*self._rules.fields, *(rule.output.name for rule in self._rules.outputs)]
        place = known.index(note.subject) if note.subject in known else len(known)
        return _TOLD_FIRST.index(note.code), place, note.subject, -1 if note.rule is None else note.rule


@dataclass(slots=True)
class _Block:
    """The answers for some rows while they are being found."""

    outputs: dict[str, FloatArray]
    bands: dict[str, IntArray]
    raised: dict[Note, BoolArray]
    refused: BoolArray
    stability: dict[str, tuple[FloatArray, FloatArray]]

    def __init__(self, eligibility: Eligibility) -> None:
        self.outputs = {}
        self.bands = {}
        self.stability = {}
        self.raised = dict(eligibility.raised)
        self.refused = eligibility.refused

    def refuse(self, note: Note, where: BoolArray) -> None:
        """Refuse rows for a reason found after the graph ran."""
        if anywhere(where):
            self.raised[note] = self.raised.get(note, _NOWHERE) | where
            self.refused = self.refused | where

    def where(self, note: Note) -> BoolArray:
        """Return where a note was raised."""
        found = self.raised.get(note)
        return np.zeros(len(self.refused), dtype=np.bool_) if found is None else found


def _parts(batch: Batch) -> Iterator[Batch]:
    """Yield the rows in blocks; a batch that is no longer than one as it is."""
    if batch.rows <= BLOCK_ROWS:
        yield batch
        return
    for start in range(0, batch.rows, BLOCK_ROWS):
        yield batch.slice(start, start + BLOCK_ROWS)


def _joined(parts: Sequence[NDArray[Part]]) -> NDArray[Part]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _spread(values: NDArray[Item], rows: BoolArray, fill: float) -> NDArray[Item]:
    """Return an array for all rows with ``values`` at ``rows`` and ``fill`` elsewhere."""
    if len(values) == len(rows):
        return values
    spread = np.full(len(rows), fill, dtype=values.dtype)
    spread[rows] = values
    return spread


def _around(values: FloatArray, low: FloatArray, high: FloatArray, *, fraction: bool) -> tuple[FloatArray, FloatArray]:
    """Return ends that hold the value between them, and no ends where they do not or where there is no value."""
    slack = _FLOAT32_TOLERANCE * np.maximum(np.abs(values), 1.0)
    holds = (low <= values + slack) & (values - slack <= high) & np.isfinite(low) & np.isfinite(high)
    if fraction:
        holds &= (low >= -_FLOAT32_TOLERANCE) & (high <= 1 + _FLOAT32_TOLERANCE)
    return np.where(holds, low, np.nan), np.where(holds, high, np.nan)


def _credible(rule: OutputRule, values: FloatArray) -> BoolArray:
    """Return where a value can be what the manifest says it is: finite, a fraction within 0-1, a code of the list."""
    credible: BoolArray = np.isfinite(values)
    if rule.output.kind is OutputKind.FRACTION:
        credible = (values >= -RELATIVE_TOLERANCE) & (values <= 1 + RELATIVE_TOLERANCE)
    elif rule.output.kind is OutputKind.CATEGORY:
        credible = (values >= 0) & (values < len(rule.output.categories)) & (values == np.floor(values))
    return credible

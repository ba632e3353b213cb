"""The numbers of one step in words a reader can follow with a calculator. No widget: text in, text out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from desktop.i18n import Texts
from engine.workflows.inside_run import Activation, Entry, EntryKind, Inside, Optimiser, Place, Step, pulls, value_at

MINUS = "\u2212"
_DIGITS = 4
_FIRST, _LAST = 3, 1  # of a long sum that is not written out


@dataclass(frozen=True, slots=True)
class Names:
    """How columns are called on the screen: labels and units by column; what is not named stands as in the table.

    ``of_table``: rows are those of a table that somebody has; else people are counted.
    """

    outcome: str
    of_table: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], str] = field(default_factory=dict)  # words of (column, category)

    def column(self, name: str) -> str:
        """Return the label of a column."""
        return self.labels.get(name, name)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a working: what, how it is worked out, what comes out."""

    label: str
    working: str
    result: str


def short(value: float) -> str:
    """Return a number rounded to four digits, never with an exponent."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    text = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    return text.replace("-", MINUS)


def brief(value: float) -> str:
    """Return a number with as many digits as a circle has room for."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace("-", MINUS) if abs(value) < 10 else short(round(value, 1))


def bracketed(value: float) -> str:
    """Return a number for the middle of a formula: in brackets below zero."""
    return f"({short(value)})" if value < 0 else short(value)


def recorded(value: float) -> str:
    """Return a value as it was recorded; values are kept with seven digits."""
    return np.format_float_positional(np.float32(value), trim="-").replace("-", MINUS)


class Teller:
    """Tells the numbers of one run in one language."""

    def __init__(self, texts: Texts, inside: Inside, names: Names) -> None:
        self._texts, self._inside, self._names = texts, inside, names

    def say(self, key: str, **values: object) -> str:
        """Return a sentence of this page."""
        return self._texts(f"inside.{key}", **values)

    # --- names ------------------------------------------------------------------------------------------------------

    def entry(self, entry: Entry) -> str:
        """Return the name of an input."""
        column = self._names.column(entry.column)
        if entry.kind is EntryKind.LEVEL:
            level = self._names.levels.get((entry.column, entry.level), entry.level)
            return self.say("entry_level", column=column, level=level)
        return self.say("entry_missing", column=column) if entry.kind is EntryKind.MISSING else column

    def unit(self, layer: int, unit: int) -> str:
        """Return the name of a unit of a layer: 0 the inputs, the last the outputs."""
        if layer == 0:
            return self.entry(self._inside.entries[unit])
        if layer <= len(self._inside.settings.hidden):
            number = f"{layer}.{unit + 1}" if len(self._inside.settings.hidden) > 1 else str(unit + 1)
            return self.say("unit", number=number)
        return self.outcome(unit)

    def outcome(self, klass: int) -> str:
        """Return the name of a class."""
        return self.say("yes" if klass == 1 else "no", outcome=self._names.outcome)

    def place(self, place: Place) -> str:
        """Return the name of a weight."""
        unit = self.unit(place.layer + 1, place.unit)
        if place.source is None:
            return self.say("bias_of", unit=unit)
        return self.say("weight_of", source=self.unit(place.layer, place.source), unit=unit)

    def row(self, step: Step, at: int) -> str:
        """Return who one of the batch is: a row as counted by whoever sees the heads as row 1, or a person."""
        row = int(self._inside.row[step.rows[at]])
        return self.say("row", row=row + 2) if self._names.of_table else self.say("person", row=row + 1)

    def person(self, step: Step, at: int) -> str:
        """Return who one of the batch is, with what happened and the loss."""
        outcome, loss = self.outcome(int(step.classes[at])), short(step.losses[at])
        return self.say("row_of", row=self.row(step, at), outcome=outcome, loss=loss)

    def value(self, entry: Entry, value: float) -> str:
        """Return a value as it was recorded, with its unit."""
        if entry.kind in (EntryKind.LEVEL, EntryKind.MISSING):
            return self.say("is" if entry.taken(value) else "is_not")
        if math.isnan(value):
            return self.say("missing")
        unit = self._names.units.get(entry.column, "")
        return f"{recorded(value)} {unit}" if unit else recorded(value)

    # --- one row ----------------------------------------------------------------------------------------------------

    def inputs(self, step: Step, at: int) -> list[Line]:
        """Return how each value of a row becomes what the network gets."""
        lines = []
        raw = self._inside.raw[step.rows[at]]
        for place, entry in enumerate(self._inside.entries):
            value = float(raw[place])
            taken = entry.taken(value)
            told = self.value(entry, value)
            if math.isnan(value) and entry.kind is EntryKind.NUMBER:
                told = self.say("filled", value=short(taken))
            working = f"({bracketed(taken)} {MINUS} {bracketed(entry.centre)}) × {bracketed(entry.factor)}"
            label = self.say("input", name=self.entry(entry), value=told)
            lines.append(Line(label, working, short(step.forward.inputs[at, place])))
        return lines

    def layers(self, step: Step, at: int) -> list[Line]:
        """Return the weighted sums of a row, and what hidden units make of them."""
        lines, flow = [], step.forward.inputs[at]
        for deep, layer in enumerate(step.before):
            sums = step.forward.sums[deep][at]
            for unit in range(len(sums)):
                parts = [f"{bracketed(x)} × {bracketed(w)}" for x, w in zip(flow, layer.weights[:, unit], strict=True)]
                working = " + ".join([*parts, bracketed(float(layer.bias[unit]))])
                result = short(sums[unit])
                if deep < len(step.forward.hidden):
                    working = f"{working} = {result}"
                    result = short(step.forward.hidden[deep][at, unit])
                lines.append(Line(self.unit(deep + 1, unit), working, result))
            flow = step.forward.hidden[deep][at] if deep < len(step.forward.hidden) else flow
        return lines

    def outputs(self, step: Step, at: int) -> list[Line]:
        """Return the probabilities of a row and its loss."""
        sums, chances = step.forward.sums[-1][at], step.forward.probabilities[at]
        below = " + ".join(f"e^{bracketed(each)}" for each in sums)
        lines = [
            Line(self.outcome(klass), f"e^{bracketed(sums[klass])} ÷ ({below})", short(chances[klass]))
            for klass in range(len(sums))
        ]
        true = int(step.classes[at])
        label = self.say("loss_row", outcome=self.outcome(true))
        return [*lines, Line(label, f"{MINUS}ln {short(chances[true])}", short(step.losses[at]))]

    def batch(self, step: Step) -> Line:
        """Return how the loss of the step is the mean over its rows."""
        told = [short(each) for each in step.losses]
        working = self.mean_of(told)
        return Line(self.say("loss_batch", count=len(told)), working, short(step.loss))

    def mean_of(self, told: Sequence[str]) -> str:
        """Return a mean written out, its middle left away where it is long."""
        shown = list(told) if len(told) <= _FIRST + _LAST + 1 else [*told[:_FIRST], "…", *told[-_LAST:]]
        return f"({' + '.join(shown)}) ÷ {len(told)}"

    # --- one weight -------------------------------------------------------------------------------------------------

    def weight(self, step: Step, at: int, place: Place) -> list[Line]:
        """Return how one weight is moved by a step."""
        inside = self._inside
        all_pulls = pulls(step, inside.settings.activation, place)
        gradient = value_at(step.gradients, place)
        before, after = value_at(step.before, place), value_at(step.after, place)
        lines = [
            Line(self.say("before"), "", short(before)),
            self._answer(step, at, place),
            Line(self.say("pull", row=self.row(step, at)), self._pull(step, at, place), short(all_pulls[at])),
            Line(
                self.say("gradient", count=len(all_pulls)),
                self.mean_of([bracketed(each) for each in all_pulls]),
                short(gradient),
            ),
        ]
        rate = inside.rate(step)
        if inside.settings.optimiser is Optimiser.ADAM:
            move, square = value_at(step.moves, place), value_at(step.squares, place)
            lines += [Line(self.say("move"), "", short(move)), Line(self.say("square"), "", short(square))]
            way = f"{short(rate)} × {bracketed(move)} ÷ (√{short(square)} + 0.00000001)"
        else:
            way = f"{short(rate)} × {bracketed(gradient)}"
        return [*lines, Line(self.say("after"), f"{bracketed(before)} {MINUS} {way}", short(after))]

    def _answer(self, step: Step, at: int, place: Place) -> Line:
        """Return how the loss of one row answers to the sum of a unit: what was said less what happened, sent back."""
        answer = self._answer_of(step, at, place)
        chances, true = step.forward.probabilities[at].tolist(), int(step.classes[at])
        working = ""
        if place.layer == len(step.before) - 1:
            working = f"{short(chances[place.unit])} {MINUS} {int(place.unit == true)}"
        elif place.layer == len(step.before) - 2:
            back = step.before[-1].weights[place.unit].tolist()
            parts = [
                f"({short(chance)} {MINUS} {int(klass == true)}) × {bracketed(back[klass])}"
                for klass, chance in enumerate(chances)
            ]
            working = f"({' + '.join(parts)}) × {short(self._slope(step, at, place))}"
        return Line(self.say("answer", unit=self.unit(place.layer + 1, place.unit)), working, short(answer))

    def _slope(self, step: Step, at: int, place: Place) -> float:
        """Return how far a hidden unit passes a change on: 1 or 0 with ReLU."""
        value = float(step.forward.hidden[place.layer][at, place.unit])
        activation = self._inside.settings.activation
        if activation is Activation.RELU:
            return float(value > 0)
        return 1 - value * value if activation is Activation.TANH else value * (1 - value)

    def _answer_of(self, step: Step, at: int, place: Place) -> float:
        return float(pulls(step, self._inside.settings.activation, Place(place.layer, None, place.unit))[at])

    def _pull(self, step: Step, at: int, place: Place) -> str:
        """Return how one row pulls: what comes into the weight times how the loss answers to the unit's sum."""
        answer = self._answer_of(step, at, place)
        if place.source is None:
            return short(answer)
        into = step.forward.inputs if place.layer == 0 else step.forward.hidden[place.layer - 1]
        return f"{bracketed(float(into[at, place.source]))} × {bracketed(answer)}"

"""All numbers of one step with all their digits, as a table of tabs that can be copied into a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.studio.inside_numbers import Teller
from engine.workflows.inside_run import EntryKind, Inside, Optimiser, Place, Step, places, pulls, value_at

_NOTHING = ""


def all_digits(teller: Teller, inside: Inside, step: Step, place: Place) -> str:
    """Return the step as text: weights, every row of the batch, every gradient and new weight, losses of all epochs.

    Numbers are written so that reading them gives the same 64 bits.
    """
    parts = (
        _entries(teller, inside),
        _rows(teller, inside, step),
        _weights(teller, inside, step),
        _pulls(teller, inside, step, place),
        _losses(teller, inside),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _line(cells: Iterable[object]) -> str:
    return "\t".join(_cell(each) for each in cells)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return repr(float(value))
    return " ".join(str(value).split())  # no tab and no new line of a name may tear the table


def _entries(teller: Teller, inside: Inside) -> list[str]:
    heads = ("column_input", "column_fill", "column_low", "column_high", "column_centre", "column_factor")
    lines = [teller.say("table.inputs"), _line(teller.say(f"table.{head}") for head in heads)]
    for entry in inside.entries:
        number = entry.kind in (EntryKind.NUMBER, EntryKind.TEXT)
        limits = (entry.fill, entry.low, entry.high) if number else (_NOTHING,) * 3
        lines.append(_line((teller.entry(entry), *limits, entry.centre, entry.factor)))
    return lines


def _rows(teller: Teller, inside: Inside, step: Step) -> list[str]:
    """Return every row of the batch on its way through the network."""
    names = [teller.entry(each) for each in inside.entries]
    hidden = [
        [teller.unit(deep + 1, unit) for unit in range(each.shape[1])] for deep, each in enumerate(step.forward.hidden)
    ]
    outputs = [teller.outcome(klass) for klass in range(inside.settings.classes)]
    heads = [teller.say("table.column_row"), teller.say("table.column_class")]
    heads += [teller.say("table.column_taken", name=name) for name in names]
    heads += [teller.say("table.column_scaled", name=name) for name in names]
    for layer in hidden:
        heads += [teller.say("table.column_sum", name=name) for name in layer]
        heads += [teller.say("table.column_out", name=name) for name in layer]
    heads += [teller.say("table.column_sum", name=name) for name in outputs]
    heads += [teller.say("table.column_chance", name=name) for name in outputs]
    heads.append(teller.say("table.column_loss"))
    title = teller.say("table.rows", step=step.number + 1, epoch=step.epoch + 1, count=len(step.rows))
    lines = [title, _line(heads)]
    for at, row in enumerate(step.rows.tolist()):
        taken = [
            entry.taken(float(value)) for entry, value in zip(inside.entries, inside.raw[row].tolist(), strict=True)
        ]
        cells: list[object] = [teller.row(step, at), int(step.classes[at]), *taken]
        cells += step.forward.inputs[at].tolist()
        for deep, out in enumerate(step.forward.hidden):
            cells += [*step.forward.sums[deep][at].tolist(), *out[at].tolist()]
        cells += [*step.forward.sums[-1][at].tolist(), *step.forward.probabilities[at].tolist()]
        lines.append(_line([*cells, float(step.losses[at])]))
    lines.append(_line((teller.say("table.mean"), *(_NOTHING for _ in heads[1:-1]), step.loss)))
    return lines


def _weights(teller: Teller, inside: Inside, step: Step) -> list[str]:
    """Return every weight before and after, with what moved it."""
    kinds = [("before", step.before), ("gradient", step.gradients)]
    adam = inside.settings.optimiser is Optimiser.ADAM
    if adam:
        kinds += [("move", step.moves), ("square", step.squares)]
    kinds.append(("after", step.after))
    heads = [teller.say("table.column_weight"), *(teller.say(f"table.column_{name}") for name, _ in kinds)]
    lines = [
        teller.say("table.weights_adam" if adam else "table.weights", rate=repr(inside.rate(step))),
        _line(heads),
    ]
    for place in places(inside):
        lines.append(_line((teller.place(place), *(value_at(layers, place) for _, layers in kinds))))
    return lines


def _pulls(teller: Teller, inside: Inside, step: Step, place: Place) -> list[str]:
    """Return how each row pulls at the chosen weight; their mean is its gradient."""
    heads: Sequence[str] = (teller.say("table.column_row"), teller.say("table.column_pull"))
    lines = [teller.say("table.pulls", weight=teller.place(place)), _line(heads)]
    for at, pull in enumerate(pulls(step, inside.settings.activation, place).tolist()):
        lines.append(_line((teller.row(step, at), pull)))
    lines.append(_line((teller.say("table.mean"), value_at(step.gradients, place))))
    return lines


def _losses(teller: Teller, inside: Inside) -> list[str]:
    heads = ("column_epoch", "column_trained", "column_watched")
    lines = [teller.say("table.losses"), _line(teller.say(f"table.{head}") for head in heads)]
    for epoch, loss in enumerate(inside.loss):
        watched = (inside.watched[epoch],) if inside.watched else ()
        lines.append(_line((epoch + 1, loss, *watched)))
    return lines

"""Looks inside the run that made a network, and carries it between processes. Nothing of it is ever written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from engine.domain.batch import FloatArray
from engine.learning.inside import (
    MOST_PEOPLE,
    MOST_UNITS,
    Entry,
    EntryKind,
    Inside,
    Place,
    look_inside,
    places,
    pulls,
    value_at,
)
from engine.learning.network import Activation, NetworkSettings, Optimiser
from engine.learning.network_trace import State, Step
from engine.learning.plan import Plan, network_recipe
from engine.learning.rows import Asked, prepare
from engine.workers.messages import Message
from engine.workflows.train_wish import TrainWish

__all__ = [
    "MOST_PEOPLE",
    "MOST_UNITS",
    "Activation",
    "Entry",
    "EntryKind",
    "Inside",
    "Optimiser",
    "Place",
    "Step",
    "from_message",
    "inside_run",
    "places",
    "pulls",
    "to_message",
    "value_at",
]

TYPE = "traced"


def inside_run(cells: Mapping[str, Sequence[str]], wish: TrainWish) -> Inside:
    """Return the run that ``train`` makes of the same cells with the same wish: the same network, bit for bit.

    Args:
        cells: the table as text, columns of one length.
        wish: of a network.

    Raises:
        InputError: ``learning_inside_network`` when the wish is of no network; what training raises.
    """
    asked = Asked(wish.outcome, wish.positive, wish.time, None, (*wish.exclude, *wish.leave_out), tuple(wish.keep))
    plan = Plan(kind=wish.kind, textbook=wish.textbook, seed=wish.seed)
    return look_inside(prepare(cells, asked), network_recipe(plan), plan.seed)


def to_message(inside: Inside) -> Message:
    """Return a run as a message between two processes of one session."""
    settings = asdict(inside.settings)
    body: dict[str, Any] = {
        "settings": {**settings, "hidden": list(inside.settings.hidden)},
        "seed": inside.seed,
        "entries": [asdict(each) for each in inside.entries],
        "epochs": inside.epochs,
    }
    arrays = (inside.raw, inside.inputs, inside.classes, inside.row, inside.trained_on, inside.watching)
    losses = (np.array(inside.loss), np.array(inside.watched))
    return Message(TYPE, body, (*arrays, *losses, *_stacked(inside.states)))


def from_message(message: Message) -> Inside:
    """Return the run that ``to_message`` told."""
    body = message.body
    told = body["settings"]
    settings = NetworkSettings(
        **{
            **told,
            "hidden": tuple(told["hidden"]),
            "activation": Activation(told["activation"]),
            "optimiser": Optimiser(told["optimiser"]),
        }
    )
    raw, inputs, classes, row, trained_on, watching, loss, watched, *states = message.arrays
    return Inside(
        settings=settings,
        seed=body["seed"],
        entries=tuple(Entry(**{**each, "kind": EntryKind(each["kind"])}) for each in body["entries"]),
        raw=raw,
        inputs=inputs,
        classes=classes,
        row=row,
        trained_on=trained_on,
        watching=watching,
        loss=tuple(loss.tolist()),
        watched=tuple(watched.tolist()),
        epochs=body["epochs"],
        states=_apart(states),
    )


def _stacked(states: Sequence[State]) -> list[FloatArray]:
    """Return one array [states, inputs + 1, units] for each kind and layer."""
    kinds = ([each.weights for each in states], [each.moves for each in states], [each.squares for each in states])
    return [np.stack(layer) for kind in kinds for layer in zip(*kind, strict=True)]


def _apart(arrays: Sequence[FloatArray]) -> tuple[State, ...]:
    layers = len(arrays) // 3
    if not layers:
        return ()
    kinds = [arrays[at : at + layers] for at in range(0, 3 * layers, layers)]
    return tuple(State(*(tuple(layer[place] for layer in kind) for kind in kinds)) for place in range(len(arrays[0])))

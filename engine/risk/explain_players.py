"""What an explanation is about: the number that leads, and the inputs that play, those told together as one.

Which inputs belong together is said of fields (``resources/fields/explained_together.json``), never of a pack.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.fields import Dictionary, Scope
from engine.packs.manifest import Manifest, OutputKind
from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class Player:
    """Inputs that change together; the first leads."""

    fields: tuple[str, ...]

    @property
    def lead(self) -> str:
        """The field that names the player."""
        return self.fields[0]


def headline(manifest: Manifest) -> str | None:
    """Return the output that leads: the manifest's choice, else the first number that is not diagnostic."""
    if manifest.headline_output is not None:
        return manifest.headline_output
    numbers = (each for each in manifest.outputs if each.kind is not OutputKind.CATEGORY and not each.diagnostic)
    return next((each.name for each in numbers), None)


def reference_players(manifest: Manifest) -> tuple[Player, ...]:
    """Return the players of a comparison with the pack's reference person: the inputs that have a reference."""
    return _grouped([each.field for each in manifest.inputs if each.field in manifest.references])


def background_players(manifest: Manifest, dictionary: Dictionary) -> tuple[Player, ...]:
    """Return the players of a comparison with other people: every input that is a person's and not the clinic's."""
    return _grouped([each.field for each in manifest.inputs if dictionary[each.field].scope is not Scope.SETTING])


def reference_columns(manifest: Manifest, dictionary: Dictionary, players: Sequence[Player]) -> dict[str, float]:
    """Return the reference of each field of the players as a batch writes it."""
    return {
        field: dictionary[field].encode(manifest.references[field].value)
        for player in players
        for field in player.fields
    }


def plays(people: Batch, player: Player, references: Mapping[str, float] | None) -> BoolArray:
    """Return where a player can move: something is known of it and, with references, lies elsewhere than there."""
    found = np.zeros(people.rows, dtype=np.bool_)
    for field in player.fields:
        column = people.column(field)
        found |= ~np.isnan(column) & (True if references is None else column != references[field])
    return found


def is_known(people: Batch, player: Player) -> BoolArray:
    """Return where at least one field of a player is known: what was never measured is no player."""
    known = np.zeros(people.rows, dtype=np.bool_)
    for field in player.fields:
        known |= ~people.missing(field)
    return known


def replaced(column: FloatArray, reference: float | FloatArray) -> FloatArray:
    """Return the reference wherever there is a value: what was never measured is not made up."""
    return np.where(np.isnan(column), np.nan, reference)


def _grouped(fields: Sequence[str]) -> tuple[Player, ...]:
    """Return the fields as players, in the order of the fields that lead."""
    found: dict[str, list[str]] = {}
    for field in fields:
        group = next((group for group in _groups() if field in group), (field,))
        together = [each for each in group if each in fields]
        found.setdefault(together[0], together)
    return tuple(Player(tuple(together)) for together in found.values())


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    text = (resources_folder() / "fields" / "explained_together.json").read_text(encoding="utf-8")
    return tuple(tuple(group) for group in json.loads(text)["groups"])

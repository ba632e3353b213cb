"""What would lower a number, for any pack, from the contract alone: changes a person can make, and what trials found.

The manifest says which inputs can change and what is good (``references``). Only what lowers the number is returned: a
value better than good stays, and so does one that moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray, IntArray
from engine.domain.record import Value
from engine.domain.what_if import Change, Combination, WhatIf
from engine.errors import UsageError
from engine.fields import Dictionary
from engine.packs.manifest import Manifest, OutputKind
from engine.risk.explain_board import ROWS_AT_ONCE, Board, frozen
from engine.risk.explain_players import Player, headline
from engine.risk.predictor import Predictor
from engine.risk.treatments import Treatment, treatments_for

# So many changes are tried in every combination; where more could be made, only in pairs.
MOST_TOGETHER = 8
# A fall of less than this share of the number is nothing that could be shown.
_NOTHING = 1e-3


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """What would lower one number, for many people, columnar.

    ``fields`` can change, to ``targets``. ``numbers``: float64[rows, combinations], the number with the changes of the
    combination (true in ``changed``: bool[combinations, fields]); NaN where it is not worth it. ``alone``, ``treated``:
    float64[rows, fields or treatments], NaN where not offered. ``best``: with the best combination, else today's.
    """

    output: str
    fields: tuple[str, ...]
    targets: Mapping[str, Value]
    value: FloatArray
    changed: BoolArray
    numbers: FloatArray
    alone: FloatArray
    best: FloatArray
    peer: FloatArray
    treatments: tuple[Treatment, ...]
    treated: FloatArray


def changeable(manifest: Manifest) -> tuple[str, ...]:
    """Return the inputs that a person can change, in the order of the pack."""
    references = manifest.references
    return tuple(
        each.field for each in manifest.inputs if each.field in references and references[each.field].changeable
    )


def lowers(manifest: Manifest, output: str) -> bool:
    """Whether less of an output is better: so with risks and points; an index does not say."""
    return manifest.output(output).kind in (OutputKind.FRACTION, OutputKind.POINTS)


def what_if(
    predictor: Predictor,
    batch: Batch,
    dictionary: Dictionary,
    output: str | None = None,
    targets: Mapping[str, Value] | None = None,
) -> WhatIfs | None:
    """Return what would lower a number for every row; None for a pack of whose numbers less is not better.

    Args:
        predictor: any pack.
        batch: people as they were scored.
        dictionary: the fields of the clinic.
        output: a risk or points; None: the headline of the pack.
        targets: values to try in place of the good ones, such as a pressure that is within reach.

    Raises:
        KeyError: the pack has no such output.
        UsageError: ``change_unknown`` for a target of what cannot change, ``change_value`` for one that is no value.
        PackError: the graph breaks.
    """
    manifest = predictor.pack.manifest
    name = output if output is not None else headline(manifest)
    if name is None or not lowers(manifest, name):
        return None
    fields = changeable(manifest)
    good = {field: manifest.references[field].value for field in fields}
    tried = {**good, **_checked(targets or {}, fields, dictionary)}
    completed = predictor.complete(batch)
    people = frozen(predictor, batch)
    value = predictor.predict(people).outputs[name]
    changed = _combinations(len(fields)).changed
    numbers = _try_all(predictor, people, {field: dictionary[field].encode(tried[field]) for field in fields}, name)
    numbers = np.where(_worth_it(numbers, value, len(fields)), numbers, np.nan)
    treatments = treatments_for(manifest, name)
    treated = [np.where(each.offered(completed), each.number(value), np.nan) for each in treatments]
    return WhatIfs(
        output=name,
        fields=fields,
        targets=tried,
        value=value,
        changed=changed,
        numbers=numbers,
        alone=numbers[:, changed.sum(axis=1) == 1],
        best=np.fmin(np.fmin.reduce(numbers, axis=1, initial=np.nan), value),
        peer=np.where(np.isnan(value), np.nan, _peer(predictor, people, dictionary, name)),
        treatments=treatments,
        treated=np.array(treated).reshape(len(treatments), batch.rows).T,
    )


def what_if_of(found: WhatIfs, row: int, people: Batch, manifest: Manifest, dictionary: Dictionary) -> WhatIf | None:
    """Return one person's share of what ``what_if`` found; None where there is no number.

    ``people`` is the batch as ``frozen`` gives it.
    """
    value = float(found.value[row])
    if np.isnan(value):
        return None
    own = {field: dictionary[field].decode(float(people.column(field)[row])) for field in found.fields}
    changes = [
        Change(field, now, found.targets[field], float(found.alone[row, place]))
        for place, field in enumerate(found.fields)
        if (now := own[field]) is not None and not np.isnan(found.alone[row, place])
    ]
    combinations = [
        Combination(
            frozenset(field for field, moved in zip(found.fields, changed, strict=True) if moved), float(number)
        )
        for changed, number in zip(found.changed, found.numbers[row], strict=True)
        if changed.sum() > 1 and not np.isnan(number)
    ]
    return WhatIf(
        pack_id=manifest.id,
        output=found.output,
        value=value,
        changes=tuple(sorted(changes, key=lambda change: change.number)),
        combinations=tuple(sorted(combinations, key=lambda each: each.number)),
        peer=None if np.isnan(found.peer[row]) else float(found.peer[row]),
        treatments=tuple(
            treatment.effect(float(number))
            for treatment, number in zip(found.treatments, found.treated[row], strict=True)
            if not np.isnan(number)
        ),
    )


def what_ifs_of(predictor: Predictor, batch: Batch, dictionary: Dictionary) -> list[WhatIf | None]:
    """Return what would lower the headline of a pack for every person; None where there is no such number.

    Raises:
        PackError: the graph breaks.
    """
    found = what_if(predictor, batch, dictionary)
    if found is None:
        return [None] * batch.rows
    people, manifest = frozen(predictor, batch), predictor.pack.manifest
    return [what_if_of(found, row, people, manifest, dictionary) for row in range(batch.rows)]


def _checked(targets: Mapping[str, Value], fields: tuple[str, ...], dictionary: Dictionary) -> Mapping[str, Value]:
    for field, value in targets.items():
        if field not in fields:
            raise UsageError("change_unknown", field=field, allowed=", ".join(fields))
        if not np.isfinite(dictionary[field].encode(value)):
            raise UsageError("change_value", field=field)
    return targets


def _peer(predictor: Predictor, people: Batch, dictionary: Dictionary, output: str) -> FloatArray:
    """Return the number of the same people with every good value, where they have a value at all."""
    good = {
        field: np.where(people.missing(field), np.nan, dictionary[field].encode(reference.value))
        for field, reference in predictor.pack.manifest.references.items()
    }
    return predictor.predict(people.with_columns(good), supposed=True).outputs[output]


@dataclass(frozen=True, slots=True)
class _Combinations:
    """The sets of changes that are tried, single ones first and in order.

    ``with_one``, ``without_it``: for each field the positions of the sets that hold it, and of the same sets without
    it; -1 for no change at all.
    """

    changed: BoolArray
    with_one: tuple[IntArray, ...]
    without_it: tuple[IntArray, ...]


@cache
def _combinations(fields: int) -> _Combinations:
    sets = [chosen for size in range(1, _largest(fields) + 1) for chosen in combinations(range(fields), size)]
    positions = {chosen: place for place, chosen in enumerate(sets)}
    changed = np.zeros((len(sets), fields), dtype=np.bool_)
    for place, chosen in enumerate(sets):
        changed[place, chosen] = True
    with_one = [np.flatnonzero(changed[:, field]) for field in range(fields)]
    without_it = [
        [positions.get(tuple(each for each in sets[place] if each != field), -1) for place in places]
        for field, places in enumerate(with_one)
    ]
    return _Combinations(changed, tuple(with_one), tuple(np.array(places, dtype=np.int64) for places in without_it))


def _largest(fields: int) -> int:
    return fields if fields <= MOST_TOGETHER else 2


def _try_all(predictor: Predictor, people: Batch, targets: Mapping[str, float], output: str) -> FloatArray:
    """Return float64[rows, combinations]: the number with the changes of each; NaN where the pack gives none."""
    players = tuple(Player((field,)) for field in targets)
    board = Board(predictor, people, players, {field: np.array([value]) for field, value in targets.items()}, output)
    as_they_are = ~_combinations(len(targets)).changed
    numbers = np.full((people.rows, len(as_they_are)), np.nan)
    together = max(1, ROWS_AT_ONCE // max(1, len(as_they_are)))
    for start in range(0, people.rows if len(as_they_are) else 0, together):
        rows = np.arange(start, min(start + together, people.rows))
        numbers[rows] = board.score(rows, range(len(targets)), as_they_are, np.zeros(len(as_they_are), dtype=np.int64))
    return numbers


def _worth_it(numbers: FloatArray, value: FloatArray, fields: int) -> BoolArray:
    """Return where each change of a combination lowers the number, both alone and beside the others."""
    tried = _combinations(fields)
    nothing = np.abs(value)[:, None] * _NOTHING
    with_today = np.concatenate([numbers, value[:, None]], axis=1)  # at -1: no change
    worth = np.ones(numbers.shape, dtype=np.bool_)
    for field, (places, without) in enumerate(zip(tried.with_one, tried.without_it, strict=True)):
        alone = numbers[:, [field]] < value[:, None] - nothing
        worth[:, places] &= alone & (numbers[:, places] < with_today[:, without] - nothing)
    return worth

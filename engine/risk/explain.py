"""Why a number is what it is, for any pack: what each input adds, and what it would be with one alone at a good value.

Only the manifest is used (its ``references``), so this works on an equation, a network or a tree alike. It answers
"how does the model's number change", not "what would treatment do": the report labels it so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain.assessment import Driver, Explanation
from engine.domain.batch import Batch, FloatArray
from engine.fields import Dictionary
from engine.packs.manifest import OutputKind
from engine.risk.explain_board import frozen
from engine.risk.explain_players import headline, replaced
from engine.risk.explain_shapley import attribute, contributions
from engine.risk.predictor import Predictor

__all__ = ["METHOD", "explain", "headline"]

METHOD = "one_at_a_time"
# People explained together; each is scored once for every reference, so this bounds the memory.
_PEOPLE_AT_ONCE = 8192


def explain(
    predictor: Predictor, batch: Batch, dictionary: Dictionary, output: str | None = None
) -> tuple[Explanation | None, ...]:
    """Return the explanation of one output for every row; None where the pack gives no number.

    Args:
        predictor: any pack.
        batch: people as they were scored.
        dictionary: the fields of the clinic.
        output: a numeric output; None: the headline of the pack, or its first number that is not diagnostic.

    Drivers come with the largest effect first. An input that is absent, that already is at its reference, that does
    not move the number, or without which the pack refuses, is no driver. Contributions add up to the difference from
    the reference person (``explain_shapley``).

    Raises:
        KeyError: the pack has no such output.
        PackError: the graph breaks.
    """
    name = output if output is not None else headline(predictor.pack.manifest)
    if name is None or predictor.pack.manifest.output(name).kind is OutputKind.CATEGORY:
        return (None,) * batch.rows
    found: list[Explanation | None] = []
    for start in range(0, batch.rows, _PEOPLE_AT_ONCE):
        found += _explain_some(predictor, batch.slice(start, start + _PEOPLE_AT_ONCE), dictionary, name)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Variants:
    """One output for the same people in several variants, each float64[people]; NaN where refused."""

    actual: FloatArray
    all_reference: FloatArray
    each_reference: Mapping[str, FloatArray]
    improved: FloatArray


def _explain_some(predictor: Predictor, batch: Batch, dictionary: Dictionary, name: str) -> list[Explanation | None]:
    manifest = predictor.pack.manifest
    people = frozen(predictor, batch)
    variants = _score_variants(predictor, people, dictionary, name)
    shares = attribute(predictor, people, dictionary, name)
    told = [_one(predictor, people, dictionary, variants, name, row) for row in range(batch.rows)]
    if shares is None:
        return told
    return [
        each if each is None else replace(each, contributions=contributions(shares, row, people, dictionary, manifest))
        for row, each in enumerate(told)
    ]


def _score_variants(predictor: Predictor, people: Batch, dictionary: Dictionary, name: str) -> _Variants:
    """Score everybody as they are, with each reference alone, with all; then with what can get better."""
    references = predictor.pack.manifest.references
    changed = {
        field: replaced(people.column(field), dictionary[field].encode(reference.value))
        for field, reference in references.items()
    }
    batches = [people.with_columns(changed)]
    batches += [people.with_columns({field: column}) for field, column in changed.items()]
    actual = predictor.predict(people).outputs[name]
    all_reference, *alone = _score(predictor, batches, name)
    lowering = {
        field: np.where(value < actual, changed[field], people.column(field))
        for field, value in zip(changed, alone, strict=True)
        if references[field].changeable
    }
    (improved,) = _score(predictor, [people.with_columns(lowering)], name)
    return _Variants(actual, all_reference, dict(zip(changed, alone, strict=True)), improved)


def _score(predictor: Predictor, batches: Sequence[Batch], name: str) -> list[FloatArray]:
    """Return one output of every batch, scored in a single call."""
    together = Batch(
        sum(batch.rows for batch in batches),
        {field: np.concatenate([batch.column(field) for batch in batches]) for field in batches[0].columns},
    )
    return np.split(predictor.predict(together, supposed=True).outputs[name], len(batches))


def _one(
    predictor: Predictor, people: Batch, dictionary: Dictionary, variants: _Variants, name: str, row: int
) -> Explanation | None:
    value = float(variants.actual[row])
    if np.isnan(value):
        return None
    drivers = []
    for field, outputs in variants.each_reference.items():
        with_reference = float(outputs[row])
        own = dictionary[field].decode(float(people.columns[field][row]))
        if own is not None and not np.isnan(with_reference) and with_reference != value:
            reference = predictor.pack.manifest.references[field]
            drivers.append(Driver(field, own, reference.value, with_reference, reference.changeable))
    drivers.sort(key=lambda driver: -abs(driver.effect(value)))
    return Explanation(
        pack_id=predictor.pack.manifest.id,
        output=name,
        method=METHOD,
        value=value,
        all_reference=_known(variants.all_reference[row]),
        drivers=tuple(drivers),
        improved=_known(variants.improved[row]),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

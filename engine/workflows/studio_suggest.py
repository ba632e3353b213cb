"""Which few predictors to try where everything recorded is too much for the people at hand.

They are chosen by what is known of the illness and not by these data, whose own choice would have to be paid for with
people too (Riley RD et al. BMJ 2020;368:m441, doi:10.1136/bmj.m441): those that published tools of the same outcome
read, the ones that most of them read first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.fields import Dictionary, Kind
from engine.packs import Manifest, PackLibrary
from engine.risk.recalibration.outcomes import outcome_of
from engine.workflows.train_wish import Looked, SeenColumn


def suggested(looked: Looked, outcome: str | None, dictionary: Dictionary) -> tuple[str, ...]:
    """Return fields for a model that these people allow, in the order of the dictionary; empty: nothing is known.

    Args:
        looked: the look at everything that was asked with; one that allows training needs no suggestion.
        outcome: as ``TrainWish.record_outcome``: a declared outcome, a condition or a yes/no field.
        dictionary: the fields.
    """
    if looked.may_train or outcome is None or looked.most_parameters < 1:
        return ()
    counts = Counter(field for manifest in _tools_of(outcome) for field in {each.field for each in manifest.inputs})
    there = {each.name: each for each in looked.columns}
    order = {name: at for at, name in enumerate(dictionary.fields)}
    found, left = set[str](), looked.most_parameters
    for name in sorted((name for name in counts if name in there), key=lambda name: (-counts[name], order[name])):
        cost = _parameters(there[name], dictionary)
        if cost <= left:
            found.add(name)
            left -= cost
    return tuple(sorted(found, key=order.__getitem__)) if len(found) < len(there) else ()


def _tools_of(outcome: str) -> Iterator[Manifest]:
    """Yield the shipped tools of which it is the outcome, or a part of it."""
    for pack in PackLibrary.shipped().all():
        headline = pack.manifest.headline_output
        told = None if headline is None else outcome_of(pack.manifest, headline)
        if told is not None and (outcome == told.id or outcome in told.conditions or outcome in told.fields):
            yield pack.manifest


def _parameters(column: SeenColumn, dictionary: Dictionary) -> int:
    """Return how many parameters a field takes: its levels but one, and one for a mark where values are missing."""
    field = dictionary[column.name]
    levels = max(1, len(field.category_codes) - 1) if field.kind is Kind.CATEGORY else 1
    return levels + (1 if column.missing else 0)

"""People without who they are: one row each, as they stood at their last visit.

One row, because a person's visits told together are a pattern that few share. Fields are taken by the list in
``engine.population.rules``; what others may know of a person is told more coarsely for everybody until few have to be
left out, and those are left out; of everything else rare values and ends are taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.fields.dictionary import Dictionary
from engine.population.classes import Loss, loss_of
from engine.population.columns import Column, age_column, code_column, number_column, without_rare, year_column
from engine.population.rules import Rules, Step, Treatment

AGE, VISIT = "age", "visit_date"


class WhyLeftOut(StrEnum):
    """Why a field that was recorded has no column; ``deidentify.column.<value>`` says it."""

    RULE = "rule"  # it never goes out
    UNKNOWN = "unknown"  # no list names it
    FEW = "few"  # too few people have a value, or what is left would tell whose it is
    STEP = "step"  # at this step others could find people by it


@dataclass(frozen=True, slots=True)
class LeftOutColumn:
    """A recorded field that does not go out."""

    field: str
    why: WhyLeftOut


@dataclass(frozen=True, slots=True)
class Prepared:
    """People at their last visits, as far as it is needed here.

    ``batch`` has one row a person, with ``age`` as it was entered or follows from the birth date. ``older`` is the
    higher of both: whoever may be over 89 counts as over 89.
    """

    person_ids: Sequence[str]
    batch: Batch
    older: FloatArray


@dataclass(frozen=True, slots=True)
class Deidentified:
    """What goes out, and what it cost.

    ``people``: positions of who is in it. ``columns``: by position in ``people``. ``tried``: the steps up to the one
    that was taken, which is ``taken``.
    """

    people: Sequence[int]
    columns: tuple[Column, ...]
    known: tuple[str, ...]
    left_out_columns: tuple[LeftOutColumn, ...]
    tried: tuple[Loss, ...]
    taken: Loss
    rules: Rules


def prepare(person_ids: Sequence[str], entered: Batch, derived_age: FloatArray) -> Prepared:
    """Return people for :func:`deidentify`.

    Args:
        person_ids: one a row.
        entered: what was recorded, one row a person.
        derived_age: the age in whole years from birth date and visit; NaN where one is missing.
    """
    own = entered.column(AGE)
    age = np.where(np.isfinite(own), own, derived_age)
    older = np.fmax(np.where(np.isfinite(own), own, np.nan), derived_age)
    return Prepared(person_ids, entered.with_columns({AGE: np.where(older > age, older, age)}), older)


def deidentify(prepared: Prepared, dictionary: Dictionary, rules: Rules) -> Deidentified:
    """Return what may go out of these people; nobody is in it where no class reaches ``k``."""
    fine = _fine(prepared, dictionary, rules)
    tried: list[tuple[Loss, BoolArray]] = []
    rows = prepared.batch.rows
    for step in rules.steps:
        tried.append(loss_of(step, _known_columns(prepared, fine, rules, step), rows, rules.k))
        if tried[-1][0].left_out <= rules.left_out * rows:
            break
    enough = tried[-1][0].left_out <= rules.left_out * rows
    taken, stays = tried[-1] if enough else min(tried, key=lambda each: each[0].left_out)
    people = np.flatnonzero(stays)
    known = [_taken(column, people) for column in _known_columns(prepared, fine, rules, taken.step)]
    others, gone = _others(prepared, people, dictionary, rules)
    missing = {name for name in rules.known_to_others if _goes_out(prepared, name, rules)} - {
        column.field for column in known
    }
    return Deidentified(
        people=people.tolist(),
        columns=(*known, *others),
        known=tuple(column.name for column in known),
        left_out_columns=(*gone, *(LeftOutColumn(name, WhyLeftOut.STEP) for name in sorted(missing))),
        tried=tuple(loss for loss, _ in tried),
        taken=taken,
        rules=rules,
    )


def _goes_out(prepared: Prepared, name: str, rules: Rules) -> bool:
    return name in prepared.batch.columns and rules.treatment(name) is not Treatment.DROP


def _fine(prepared: Prepared, dictionary: Dictionary, rules: Rules) -> dict[str, Column]:
    """Return the columns of codes that others may know."""
    return {
        name: code_column(dictionary[name], prepared.batch.column(name))
        for name in rules.known_to_others
        if name not in (AGE, VISIT) and _goes_out(prepared, name, rules)
    }


def _known_columns(prepared: Prepared, fine: dict[str, Column], rules: Rules, step: Step) -> list[Column]:
    found = []
    if step.age_years and _goes_out(prepared, AGE, rules):
        found.append(age_column(prepared.batch.column(AGE), step.age_years, rules.oldest_age))
    if step.visit_years and _goes_out(prepared, VISIT, rules):
        found.append(year_column(prepared.batch.column(VISIT), step.visit_years))
    return found + [column for name, column in fine.items() if name not in step.without]


def _taken(column: Column, people: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Column:
    """Return the rows of some people, with the texts that are left."""
    codes = column.codes[people]
    left = np.unique(codes[codes >= 0])
    place = np.full(len(column.texts) + 1, -1, dtype=np.int64)
    place[left] = np.arange(len(left))
    texts = tuple(column.texts[code] for code in left)
    return Column(column.name, column.field, place[codes], texts, column.alteration, column.years)


def _others(
    prepared: Prepared, people: np.ndarray[tuple[int], np.dtype[np.intp]], dictionary: Dictionary, rules: Rules
) -> tuple[list[Column], list[LeftOutColumn]]:
    """Return the columns of everything else, and which fields have none."""
    oldest = (prepared.older > rules.oldest_age)[people].astype(np.float64)
    found: list[Column] = []
    gone: list[LeftOutColumn] = []
    order = {name: place for place, name in enumerate(dictionary.fields)}
    for name in sorted(prepared.batch.columns, key=lambda name: order.get(name, len(order))):
        treatment, values = rules.treatment(name), prepared.batch.column(name)[people]
        if name in rules.known_to_others and treatment is not Treatment.DROP:
            continue
        if treatment is Treatment.DROP:
            why = WhyLeftOut.RULE if name in rules.treatments else WhyLeftOut.UNKNOWN
            gone.append(LeftOutColumn(name, why))
            continue
        if treatment is Treatment.CODE:
            column = without_rare(code_column(dictionary[name], values), rules.k)
        else:
            column = number_column(dictionary[name], values, oldest, rules)
        if column is None:
            gone.append(LeftOutColumn(name, WhyLeftOut.FEW))
        else:
            found.append(column)
    return found, gone

"""What a tool asks beyond the clinic's dictionary, answered beside the record: for the tool alone, and not stored."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.domain.batch import Batch
from engine.domain.live import OwnQuestion
from engine.packs.manifest import Manifest
from engine.packs.own_fields import OwnField, table_readers

Said = Mapping[str, str]  # by the key of a question, as it was typed or chosen


def own_questions(manifest: Manifest, language: str, said: Said) -> tuple[OwnQuestion, ...]:
    """Return the questions of a pack in the order of its fields, one for each column of a table, with what was said."""
    first: dict[str, OwnField] = {}
    for each in manifest.fields:
        first.setdefault(each.column, each)
    required = {each.field for each in manifest.inputs if each.required}
    wrong = _read(manifest, said)[1]
    return tuple(
        OwnQuestion(
            key=_key(manifest, column),
            label=each.label.get(language),
            unit=each.unit or "",
            choices=tuple((code, code.replace("_", " ")) for code in each.categories),
            needed=each.name in required,
            said=said.get(_key(manifest, column), ""),
            wrong=column in wrong,
        )
        for column, each in first.items()
    )


def with_answers(person: Batch, manifest: Manifest, said: Said) -> Batch:
    """Return a person (a batch of one row) with what was said of the pack's own fields.

    What cannot be read counts as missing; its question says so.
    """
    columns = _read(manifest, said)[0]
    return person.with_columns({name: np.array([value]) for name, value in columns.items()}) if columns else person


def _read(manifest: Manifest, said: Said) -> tuple[Mapping[str, float], frozenset[str]]:
    """Return what was said as values by field, and the columns of which nothing can be read."""
    values: dict[str, float] = {}
    wrong: set[str] = set()
    for column, readers in table_readers(manifest.fields).items():
        text = said.get(_key(manifest, column), "")
        for name, reader in readers:
            value = float(reader.read([text])[0])
            if np.isinf(value):
                wrong.add(column)
            elif not np.isnan(value):
                values[name] = value
    return values, frozenset(wrong)


def _key(manifest: Manifest, column: str) -> str:
    return f"{manifest.id}.{column}"

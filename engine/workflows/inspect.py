"""What stands behind one number of a person: every reading of a field, or the fields it follows from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.inspection import InspectedState, InspectedValue
from engine.errors import InputError
from engine.fields import load_dictionary
from engine.store.inspection import inspect_field
from engine.workflows.clinics import OpenClinic

__all__ = ["InspectedState", "InspectedValue", "Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """A field of a person: its readings, the latest visit first; ``parts`` are those of the fields it follows from."""

    field: str
    values: tuple[InspectedValue, ...]
    derived_from: tuple[str, ...] = ()
    parts: tuple[Inspection, ...] = ()


def inspect(clinic: OpenClinic, person_id: str, field: str) -> Inspection:
    """Return where the values of a field came from, what was done to them, and what they follow from.

    Raises:
        UsageError: ``person_unknown``. InputError: ``field_unknown``.
    """
    dictionary = load_dictionary()
    if field not in dictionary:
        raise InputError("field_unknown", field=field)
    rule = dictionary[field].derivation
    sources = () if rule is None else tuple(name for name in rule.sources if name in dictionary)
    parts = tuple(Inspection(name, inspect_field(clinic.vault, person_id, name)) for name in sources)
    return Inspection(field, inspect_field(clinic.vault, person_id, field), sources, parts)

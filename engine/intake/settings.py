"""Values given once for a whole file (``--set``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import numpy as np

from engine.domain.ports import Clock
from engine.domain.record import Value
from engine.errors import InputError
from engine.fields import Dictionary, Field, Kind, Scope, load_dictionary
from engine.fields.canonical import read_cell
from engine.intake.date_columns import date_fault
from engine.intake.text import clean_lines
from engine.intake.validate import outside


def read_settings(settings: Mapping[str, str], dictionary: Dictionary, today: date) -> Mapping[str, Value]:
    """Read the values set for a file; they are written canonically and must be possible.

    Raises:
        InputError: ``set_unknown_field`` (also for settings of the clinic) or ``set_value_invalid``, each with the
            name of the field.
    """
    values: dict[str, Value] = {}
    for name, text in settings.items():
        if name not in dictionary or dictionary[name].scope is Scope.SETTING:
            raise InputError("set_unknown_field", field=name)
        try:
            values[name] = read_canonical(dictionary[name], text, today)
        except ValueError as error:
            raise InputError("set_value_invalid", field=name) from error
    return values


def check_settings(settings: Mapping[str, str], clock: Clock) -> None:
    """Raise what :func:`read_settings` raises for values that no file can have."""
    read_settings(settings, load_dictionary(), clock.today())


def read_canonical(field: Field, text: str, today: date) -> Value:
    """Read a value written in the canonical form of its field.

    Raises:
        ValueError: when it is not, or is impossible for the field.
    """
    if field.kind is Kind.TEXT:
        return clean_lines(text) or _refuse()
    encoded = read_cell(field, text)
    if not math.isfinite(encoded):
        _refuse()
    if field.kind is Kind.DATE:
        written = text.strip()
        return written if date_fault(field.name, written, today) is None else _refuse()
    if field.kind is Kind.NUMBER and outside(field, np.array([encoded]))[0].any():
        _refuse()
    value = field.decode(encoded)
    return _refuse() if value is None else value


def _refuse() -> str:
    raise ValueError("no value of this field")

"""Values given once for a whole file (``--set``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from engine.domain.dates import PartialDate
from engine.domain.record import Value
from engine.errors import InputError
from engine.fields import Dictionary, Field, Kind, Scope
from engine.intake.date_columns import date_fault
from engine.intake.text import clean_lines


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


def read_canonical(field: Field, text: str, today: date) -> Value:
    """Read a value written in the canonical form of its field.

    Raises:
        ValueError: when it is not, or is impossible for the field.
    """
    if field.kind is Kind.NUMBER:
        number = float(text)
        if not math.isfinite(number) or not within(number, field.hard_min, field.hard_max):
            raise ValueError("impossible")
        return number
    if field.kind is Kind.BOOLEAN:
        return {"true": True, "false": False}[text] if text in {"true", "false"} else _refuse()
    if field.kind is Kind.CATEGORY:
        return text if text in field.category_codes else _refuse()
    if field.kind is Kind.DATE:
        written = str(PartialDate.parse(text))
        if date_fault(field.name, written, today) is not None or (len(written) != 10 and field.name != "birth_date"):
            _refuse()
        return written
    return clean_lines(text) or _refuse()


def within(number: float, low: float | None, high: float | None) -> bool:
    """Whether a number lies between limits, ends included; a billionth beside a limit counts as on it."""
    slack = 1e-9 * max(abs(number), 1e-9)
    return (low is None or number >= low - slack) and (high is None or number <= high + slack)


def _refuse() -> str:
    raise ValueError("no value of this field")

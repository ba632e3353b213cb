"""Values and field names as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.record import Value
from engine.fields import Dictionary, Field, Kind
from engine.report.formats import Formats
from engine.report.places import Places, ShownUnit
from engine.wording import Wording


@dataclass(frozen=True, slots=True)
class Shown:
    """A value in words and digits, with its unit apart."""

    text: str
    unit: str

    def __str__(self) -> str:
        return f"{self.text} {self.unit}".rstrip()


class Values:
    """Shows values of fields for one language and country."""

    def __init__(
        self, wording: Wording, formats: Formats, dictionary: Dictionary, places: Places, country: str
    ) -> None:
        self._wording = wording
        self._formats = formats
        self._dictionary = dictionary
        self._places = places
        self._units = places.units.get(country, {})

    def field(self, name: str) -> Field | None:
        """Return the field of this name, None for one that the dictionary does not know."""
        return self._dictionary.fields.get(name)

    def label(self, name: str) -> str:
        """Return the name of a field as clinicians read it."""
        field = self.field(name)
        return field.label(self._wording.language) if field else name

    def short_label(self, name: str) -> str:
        """Return the short name of a field as clinicians know it; without one, the dictionary's."""
        key = f"report.short.{name}"
        return self._wording.say(key) if key in self._wording else self.label(name)

    def plain_label(self, name: str) -> str:
        """Return the short everyday name of a field; without one, the dictionary's."""
        key = f"report.field.{name}"
        return self._wording.say(key) if key in self._wording else self.label(name)

    def shown_unit(self, name: str) -> ShownUnit | None:
        """Return the unit and decimals a number field is shown in; None for other kinds."""
        field = self.field(name)
        if field is None or field.kind is not Kind.NUMBER:
            return None
        return self._units.get(name) or ShownUnit(field.unit or "", field.decimals or 0)

    def converted(self, name: str, value: float) -> float:
        """Return a canonical number in the unit in which the field is shown."""
        field, shown = self.field(name), self.shown_unit(name)
        unit = field.unit_named(shown.unit) if field and shown else None
        return value if unit is None else (value - unit.offset) / unit.factor

    def exact(self, name: str, value: Value) -> Shown:
        """Return a value as clinicians read it: as many decimals as the dictionary has, no trailing zeros."""
        shown = self.shown_unit(name)
        if shown is None or isinstance(value, (bool, str)):
            return Shown(self._word(name, value), "")
        number = self._formats.number(self.converted(name, value), shown.decimals)
        return Shown(number, self._formats.unit(shown.unit))

    def everyday(self, name: str, value: Value) -> Shown:
        """Return a value as patients read it: fixed and few decimals."""
        shown = self.shown_unit(name)
        if shown is None or isinstance(value, (bool, str)):
            return Shown(self._word(name, value), "")
        decimals = shown.decimals
        if name not in self._units:
            decimals = self._places.patient_decimals.get(name, decimals)
        return Shown(self._formats.fixed(self.converted(name, value), decimals), self._formats.unit(shown.unit))

    def _word(self, name: str, value: Value) -> str:
        if isinstance(value, bool):
            return self._wording.say("report.yes" if value else "report.no")
        field = self.field(name)
        if isinstance(value, str):
            return field.category_label(value, self._wording.language) if field else value
        return self._formats.number(value, 4)

"""What went into an assessment: every value with its day, its readings and where it came from."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from engine.domain.assessment import InputUsed
from engine.domain.observations import Observations
from engine.domain.readings import rule_for
from engine.domain.record import Measurement, Origin, Record, Value, Visit
from engine.fields import Dictionary, Kind, Scope
from engine.risk.derivation import Completed
from engine.risk.snapshot import NO_VISIT, Snapshot

# Settings appear only where a pack reads them; identity stands in the patient.
_IDENTITY = frozenset({"birth_date", "birth_date_precision", "visit_date", "next_visit_date", "consent_date"})


class InputsUsed:
    """Puts the inputs of single people together from the columns of all."""

    def __init__(
        self,
        observations: Observations,
        snapshot: Snapshot,
        completed: Completed,
        dictionary: Dictionary,
        read: Collection[str],
    ) -> None:
        """``read``: the fields that the packs of the clinic take."""
        self._read = read
        self._observations = observations
        self._snapshot = snapshot
        self._completed = completed
        self._dictionary = dictionary
        self._fields = tuple(
            name for name in dictionary.fields if name in completed.batch.columns and self._is_shown(name)
        )

    def of(self, row: int, record: Record) -> tuple[InputUsed, ...]:
        """Return the inputs of one person, in dictionary order; absent ones are left out."""
        visits = {visit.id: visit for visit in record.visits}
        found = (self._one(name, row, visits) for name in self._fields)
        return tuple(used for used in found if used is not None)

    def _is_shown(self, name: str) -> bool:
        field = self._dictionary[name]
        if name in _IDENTITY or field.kind in (Kind.DATE, Kind.TEXT):
            return False
        return field.scope is not Scope.SETTING or name in self._read

    def _one(self, name: str, row: int, visits: Mapping[str, Visit]) -> InputUsed | None:
        number = float(self._completed.batch.columns[name][row])
        if not math.isfinite(number):
            return None
        field = self._dictionary[name]
        value = field.decode(number)
        if value is None:
            return None
        derived = self._completed.derived.get(name)
        if derived is not None and derived[row] and field.derivation is not None:
            day = self._derived_day(name, row)
            return InputUsed(
                name,
                value,
                date.fromordinal(day),
                None,
                derived_from=field.derivation.sources,
                age_days=self._today(row) - day,
            )
        source = self._source(name, row)
        if source == NO_VISIT:
            return InputUsed(name, value, None, None)
        readings = _readings(visits.get(self._observations.visit_ids[source]), name)
        values = tuple(reading.value for reading in readings if reading.value is not None)
        rule = self._observations.readings_rule(name, source)
        return InputUsed(
            field=name,
            value=value,
            on=date.fromordinal(self._day_of(source)),
            origin=_origin(readings, value, rule),
            readings=values if len(values) > 1 else (),
            readings_rule=rule or rule_for(values) if len(values) > 1 else None,
            age_days=self._today(row) - self._day_of(source),
        )

    def _source(self, name: str, row: int) -> int:
        sources = self._snapshot.sources.get(name)
        return NO_VISIT if sources is None else int(sources[row])

    def _day_of(self, visit: int) -> int:
        return int(self._observations.visit_day[visit])

    def _today(self, row: int) -> int:
        return self._day_of(int(self._snapshot.visits[row]))

    def _derived_day(self, name: str, row: int) -> int:
        """Return the day of a derived value: that of its oldest part, for it is no fresher than that."""
        rule = self._dictionary[name].derivation
        source = self._source(name, row)
        if source != NO_VISIT:
            return self._day_of(source)
        days = [self._derived_day(part, row) for part in rule.sources] if rule is not None else []
        return min(days, default=self._today(row))


def _origin(readings: Sequence[Measurement], value: Value, rule: str | None) -> Origin | None:
    """Return where the value came from: the reading that a rule picked, else the last one."""
    picked = [reading for reading in readings if rule is not None and reading.value == value]
    chosen = picked or readings
    return chosen[-1].origin if chosen else None


def _readings(visit: Visit | None, name: str) -> tuple[Measurement, ...]:
    if visit is None:
        return ()
    return tuple(measurement for measurement in visit.measurements if measurement.field == name)

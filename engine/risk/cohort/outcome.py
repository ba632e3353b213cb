"""Which records are the outcome that somebody asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.codes.catalogue import load_codes
from engine.domain.studio import OutcomeSource
from engine.errors import UsageError
from engine.fields import Dictionary, Kind
from engine.risk.cohort.leaks import load_leaks
from engine.risk.recalibration.outcomes import Limit, load_outcomes

SIGN = ":"  # between the source and the name: ``condition:gout``


@dataclass(frozen=True, slots=True)
class AskedOutcome:
    """An outcome of the record.

    ``conditions``: codes that are the outcome; ``before``: further ones that show that somebody was ill already;
    ``fields``: yes/no fields that tell of it; ``measure``: the field of which ``at_least`` is the limit that it
    reaches, or ``at_most`` the one that it falls to. ``lasting``: a later no contradicts an earlier yes.
    ``definition``: where it is published.
    """

    name: str
    source: OutcomeSource
    labels: Mapping[str, str]
    conditions: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    fields: tuple[str, ...] = ()
    measure: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    lasting: bool = True
    definition: str = ""

    @property
    def id(self) -> str:
        """As it is asked for."""
        return f"{self.source}{SIGN}{self.name}"

    @property
    def limit(self) -> Limit | None:
        """The measurement with its limit; None: of other outcomes."""
        return None if self.measure is None else Limit(self.measure, self.at_least, self.at_most)

    @property
    def kept_name(self) -> str:
        """What a model that was trained on it is held against later (``engine.workflows.models.outcome_named``)."""
        return self.name if self.limit is None else self.limit.name

    @property
    def only_by_fields(self) -> bool:
        """Whether nothing but fields tells of it, so that who never had one recorded is unknown."""
        return not self.conditions


def asked_outcome(
    id_: str, at_least: float | None, dictionary: Dictionary, at_most: float | None = None
) -> AskedOutcome:
    """Return the outcome of an id; without a source the name is looked for in their order (declared ones first).

    Raises:
        UsageError: ``studio_outcome_unknown``; ``studio_limit_needed`` for a measurement without a limit or with two,
            ``studio_limit_not_taken`` for anything else with one, ``studio_limit_wrong`` for one that no value reaches.
    """
    source, sign, name = id_.strip().rpartition(SIGN)
    makers = {
        OutcomeSource.DECLARED: _declared,
        OutcomeSource.CONDITION: _condition,
        OutcomeSource.FIELD: _field,
        OutcomeSource.MEASUREMENT: _measurement,
    }
    tried = [each for each in makers if not sign or source == each]
    found = next((made for each in tried if (made := makers[each](name, dictionary)) is not None), None)
    if found is None:
        raise UsageError("studio_outcome_unknown", outcome=id_)
    if found.measure is not None:
        _check_limit(found.measure, at_least, at_most, dictionary)
        return replace(found, at_least=at_least, at_most=at_most)
    if at_least is not None or at_most is not None:
        raise UsageError("studio_limit_not_taken", outcome=name)
    return found


def _check_limit(measure: str, at_least: float | None, at_most: float | None, dictionary: Dictionary) -> None:
    field = dictionary[measure]
    if (at_least is None) == (at_most is None):
        raise UsageError("studio_limit_needed", field=measure)
    low = -float("inf") if field.hard_min is None else field.hard_min
    high = float("inf") if field.hard_max is None else field.hard_max
    reached = at_least is not None and low < at_least <= high
    fallen = at_most is not None and low <= at_most < high
    if not (reached or fallen):
        raise UsageError("studio_limit_wrong", field=measure, low=f"{low:g}", high=f"{high:g}", unit=field.unit or "")


def _declared(name: str, dictionary: Dictionary) -> AskedOutcome | None:
    found = next((each for each in load_outcomes().values() if each.id == name), None)
    if found is None:
        return None
    return AskedOutcome(
        name=name,
        source=OutcomeSource.DECLARED,
        labels=found.labels,
        conditions=found.conditions,
        before=found.before,
        fields=tuple(each for each in found.fields if each in dictionary),
        definition=found.source,
    )


def _condition(name: str, _: Dictionary) -> AskedOutcome | None:
    code = load_codes().conditions.get(name)
    if code is None:
        return None
    return AskedOutcome(name, OutcomeSource.CONDITION, code.labels, conditions=frozenset({name}))


def _field(name: str, dictionary: Dictionary) -> AskedOutcome | None:
    field = dictionary.fields.get(name)
    if field is None or field.kind is not Kind.BOOLEAN:
        return None
    lasting = name in load_leaks().lasting
    return AskedOutcome(name, OutcomeSource.FIELD, field.labels, fields=(name,), lasting=lasting)


def _measurement(name: str, dictionary: Dictionary) -> AskedOutcome | None:
    field = dictionary.fields.get(name)
    if field is None or field.kind is not Kind.NUMBER:
        return None
    return AskedOutcome(name, OutcomeSource.MEASUREMENT, field.labels, measure=name, lasting=False)

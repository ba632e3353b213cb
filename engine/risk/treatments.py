"""What treatments do by trials (``resources/fields/treatment_effects.json``): each with its source, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from engine.domain.batch import Batch, BoolArray, FloatArray
from engine.domain.what_if import TreatmentEffect
from engine.packs.manifest import Manifest, OutputKind
from engine.resources import resources_folder


@dataclass(frozen=True, slots=True)
class Treatment:
    """What trials found: the ratio of rates for one step of a field, and to whom it is offered."""

    id: str
    topic: str
    field: str
    step: float
    at_least: float
    unless: str | None
    rate_ratio: float
    interval: tuple[float, float]
    labels: Mapping[str, str]
    outcomes: Mapping[str, str]
    source: str
    cited: str

    def offered(self, people: Batch) -> BoolArray:
        """Return where it is offered: the value is known and high enough, and nothing speaks against it."""
        offered: BoolArray = people.column(self.field) >= self.at_least
        return offered if self.unless is None else offered & (people.column(self.unless) != 1)

    def number(self, risk: FloatArray) -> FloatArray:
        """Return a risk with the treatment. The ratio is taken as one of rates: the more careful of its readings."""
        treated: FloatArray = 1 - (1 - risk) ** self.rate_ratio
        return treated

    def effect(self, number: float) -> TreatmentEffect:
        """Return what is told of it beside one person's number with the treatment."""
        return TreatmentEffect(
            self.id,
            self.field,
            self.step,
            self.rate_ratio,
            self.interval,
            number,
            self.labels,
            self.outcomes,
            self.source,
            self.cited,
        )


def treatments_for(manifest: Manifest, output: str) -> tuple[Treatment, ...]:
    """Return the treatments whose trials counted the events of a pack's main risk."""
    if output != manifest.headline_output or manifest.output(output).kind is not OutputKind.FRACTION:
        return ()
    return tuple(treatment for treatment in load_treatments() if treatment.topic == manifest.topic)


@cache
def load_treatments() -> tuple[Treatment, ...]:
    """Return every treatment of the table."""
    text = (resources_folder() / "fields" / "treatment_effects.json").read_text(encoding="utf-8")
    return tuple(
        Treatment(
            id=row["id"],
            topic=row["topic"],
            field=row["field"],
            step=float(row["step"]),
            at_least=float(row["at_least"]),
            unless=row.get("unless"),
            rate_ratio=float(row["rate_ratio"]),
            interval=(float(row["interval"][0]), float(row["interval"][1])),
            labels=row["label"],
            outcomes=row["outcome"],
            source=row["source"],
            cited=row["cited"],
        )
        for row in json.loads(text)["effects"]
    )

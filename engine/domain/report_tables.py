"""What would lower a number, as tables of the clinician's side: strings as they are printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoweringRow:
    """A change, several of them, or somebody with good values: the number then, and how far it is from today's."""

    label: str
    number: str
    difference: str


@dataclass(frozen=True, slots=True)
class Lowering:
    """How the number of people differs who differ in what can change."""

    title: str
    heads: tuple[str, str, str]
    rows: tuple[LoweringRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class TreatmentRow:
    """A treatment: its relative effect with the interval, and the number with it."""

    label: str
    effect: str
    number: str


@dataclass(frozen=True, slots=True)
class Treatments:
    """What trials say of treatments; ``note`` names the events counted and the sources."""

    title: str
    heads: tuple[str, str, str]
    rows: tuple[TreatmentRow, ...]
    note: str

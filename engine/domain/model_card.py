"""The printed card of a trained model: everything its pages say, and what they draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain.report import Paper

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CardTable:
    """Rows under heads; ``widths``: shares of the width, one a column."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CardPart:
    """A headed part: points, a table, notes below."""

    key: str
    title: str
    points: tuple[str, ...]
    table: CardTable | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points."""

    points: tuple[Point, ...]
    dashed: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """A point that was measured, with the ends of its interval upwards and downwards."""

    at: Point
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis at a place, with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing: all places are fractions of its width and height, from the lower left corner.

    ``band``: the corners of a shaded area. ``spots``: points with intervals. ``words``: what the drawing says, for who
    cannot see it. ``legend``: below.
    """

    title: str
    lines: tuple[Line, ...]
    band: tuple[Point, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    across_label: str
    up_label: str
    legend: str
    words: str
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """What two people fill in: boxes to tick, and lines to write on."""

    title: str
    boxes: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The card. ``facts``: lines beside the title."""

    language: str
    paper: Paper
    made_at: datetime
    document_title: str
    kind: str
    title: str
    facts: tuple[str, ...]
    verdict_title: str
    verdict: str
    verdict_text: str
    parts: tuple[CardPart, ...]
    plots: tuple[Plot, ...]
    approval: Approval
    foot: str

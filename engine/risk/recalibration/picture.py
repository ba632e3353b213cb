"""The picture of told against observed risk as SVG: readable without colour, with no library that draws.

Told risk to the right, observed risk upwards, both in percent; on the diagonal they agree. Hollow squares stand for the
risks before the change, filled circles for those after it, upright lines for the 95 % intervals of what was observed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape

from engine.domain.recalibration import CalibrationGroup, Estimate, Recalibration
from engine.wording import Wording

_WIDTH, _HEIGHT, _LEFT, _TOP, _SIDE = 540, 550, 80, 60, 420
_STEPS = (1, 2, 5, 10, 20, 25)  # percent between two lines
_MOST_LINES = 6
_INK, _GREY = "#1a1a1a", "#9a9a9a"
_MARK = 5.0
_FONT = "font-family='Inter, Noto Sans SC, sans-serif'"


def draw(found: Recalibration, wording: Wording) -> str:
    """Return the picture of a look at a pack; without anybody to show it is an empty frame."""
    scale = _Scale(found)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' {_FONT} fill='{_INK}'>",
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#ffffff'/>",
        *_frame(scale, wording),
        *(mark for group in found.groups for mark in _group(group, scale)),
        *_key(found, wording),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Scale:
    """Percent to places on the page."""

    def __init__(self, found: Recalibration) -> None:
        told = [number for group in found.groups for number in (group.before, group.after or 0.0)]
        seen = [group.observed.high for group in found.groups if group.observed is not None]
        highest = 100 * max([*told, *seen, 0.05])
        self.step = next((step for step in _STEPS if highest / step <= _MOST_LINES), _STEPS[-1])
        self.top = self.step * math.ceil(highest / self.step)

    def across(self, fraction: float) -> float:
        return _LEFT + _SIDE * 100 * fraction / self.top

    def up(self, fraction: float) -> float:
        return _TOP + _SIDE - _SIDE * 100 * fraction / self.top


def _frame(scale: _Scale, wording: Wording) -> Iterator[str]:
    bottom, right = _TOP + _SIDE, _LEFT + _SIDE
    for percent in range(0, scale.top + 1, scale.step):
        x, y = scale.across(percent / 100), scale.up(percent / 100)
        yield _line(_LEFT, y, right, y, "#e2e2e2")
        yield _line(x, _TOP, x, bottom, "#e2e2e2")
        yield _text(_LEFT - 8, y + 4, str(percent), "end")
        yield _text(x, bottom + 18, str(percent), "middle")
    yield _line(_LEFT, bottom, right, _TOP, _GREY, "6 4")
    yield _text(_LEFT + _SIDE / 2, bottom + 44, _say(wording, "told"), "middle")
    upwards = _text(0, 0, _say(wording, "observed"), "middle")
    yield f"<g transform='translate(24 {_TOP + _SIDE / 2}) rotate(-90)'>{upwards}</g>"


def _group(group: CalibrationGroup, scale: _Scale) -> Iterator[str]:
    if group.observed is None:
        return
    yield from _interval(group.before, group.observed, scale, _GREY)
    x, y = scale.across(group.before), scale.up(group.observed.value)
    yield _square(x, y)
    if group.after is not None:
        yield from _interval(group.after, group.observed, scale, _INK)
        yield _circle(scale.across(group.after), y)


def _interval(told: float, observed: Estimate, scale: _Scale, colour: str) -> Iterator[str]:
    x = scale.across(told)
    yield _line(x, scale.up(observed.low), x, scale.up(observed.high), colour)


def _key(found: Recalibration, wording: Wording) -> Iterator[str]:
    yield _square(_LEFT + _MARK, 28)
    yield _text(_LEFT + 18, 32, wording.say("recalibration.table.before"), "start")
    if found.after is not None:
        yield _circle(_LEFT + 210, 28)
        yield _text(_LEFT + 223, 32, wording.say("recalibration.table.after"), "start")


def _square(x: float, y: float) -> str:
    side = 2 * _MARK
    corner = f"x='{x - _MARK:.1f}' y='{y - _MARK:.1f}'"
    return f"<rect {corner} width='{side}' height='{side}' fill='#ffffff' stroke='{_INK}' stroke-width='1.5'/>"


def _circle(x: float, y: float) -> str:
    return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{_MARK}'/>"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "") -> str:
    dashed = f" stroke-dasharray='{dashes}'" if dashes else ""
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{colour}'{dashed}/>"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' font-size='13' text-anchor='{anchor}'>{escape(words)}</text>"


def _say(wording: Wording, key: str) -> str:
    return wording.say(f"recalibration.picture.{key}")

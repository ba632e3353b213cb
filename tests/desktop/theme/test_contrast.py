"""The contrast of every pair of colours that the window puts together, by the formula of WCAG 2.2."""

from __future__ import annotations

import re

import pytest

from desktop.theme.tokens import DARK, LIGHT, Tokens

TEXT = 4.5
EDGE = 3.0
LOOKS = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]
TEXTS_ON_SURFACE = ("text", "text_2", "text_3", "primary", "raise_", "lower", "ok", "warn", "danger")
EDGES_ON_SURFACE = ("edge", "warn_mark", "dot", "primary")
TEXTS_ON_OTHERS = (
    ("text", "bg"),
    ("text_2", "bg"),
    ("text_3", "bg"),
    ("primary", "bg"),
    ("text_2", "sunken"),
    ("text_3", "sunken"),
    ("primary", "sunken"),
    ("text", "tint"),
    ("text_2", "tint"),
    ("text_3", "tint"),
    ("primary", "tint"),
    ("on_primary", "primary"),
    ("on_primary", "primary_hover"),
    ("ok", "ok_tint"),
    ("warn", "warn_tint"),
    ("danger", "danger_tint"),
    ("text", "ok_tint"),
    ("text", "warn_tint"),
    ("text", "danger_tint"),
    ("rail_text", "rail"),
    ("on_rail", "rail"),
    ("on_rail", "rail_chosen"),
    ("rail_text", "rail_chosen"),
    ("lamp", "rail"),
    ("rail", "lamp"),
    ("surface", "text"),
)
# The table of the design: token, ratio in light, ratio in dark, against the card surface (or as named).
TABLE = (
    ("edge", "surface", 3.6, 4.1),
    ("text", "surface", 16.4, 13.8),
    ("text_2", "surface", 8.3, 9.0),
    ("text_3", "surface", 5.9, 6.5),
    ("primary", "surface", 7.8, 7.9),
    ("on_primary", "primary", 7.8, 7.8),
    ("raise_", "surface", 5.7, 6.9),
    ("lower", "surface", 6.0, 7.7),
    ("ok", "surface", 6.2, 7.7),
    ("ok", "ok_tint", 5.4, 6.5),
    ("warn", "surface", 6.5, 9.1),
    ("warn", "warn_tint", 5.8, 7.7),
    ("warn_mark", "surface", 3.4, 9.1),
    ("danger", "surface", 7.6, 7.3),
    ("danger", "danger_tint", 6.4, 6.6),
    ("dot", "surface", 3.2, 3.8),
    ("rail_text", "rail", 9.3, 11.1),
    ("lamp", "rail", 6.5, 9.4),
)


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_gives_the_known_ends() -> None:
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", TEXTS_ON_SURFACE)
def test_text_reads_on_a_card(look: Tokens, name: str) -> None:
    assert ratio(getattr(look, name), look.surface) >= TEXT


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", EDGES_ON_SURFACE)
def test_edges_and_marks_stand_out_from_a_card(look: Tokens, name: str) -> None:
    assert ratio(getattr(look, name), look.surface) >= EDGE


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("ink", "ground"), TEXTS_ON_OTHERS)
def test_text_reads_on_every_other_ground(look: Tokens, ink: str, ground: str) -> None:
    assert ratio(getattr(look, ink), getattr(look, ground)) >= TEXT


@pytest.mark.parametrize("look", LOOKS)
def test_the_focus_ring_stands_out_by_six_to_one(look: Tokens) -> None:
    assert ratio(look.primary, look.surface) >= 6


@pytest.mark.parametrize(("ink", "ground", "light", "dark"), TABLE)
def test_the_ratios_of_the_design_hold(ink: str, ground: str, light: float, dark: float) -> None:
    for look, told in ((LIGHT, light), (DARK, dark)):
        assert ratio(getattr(look, ink), getattr(look, ground)) >= told - 0.15


@pytest.mark.parametrize("look", LOOKS)
def test_risk_steps_are_ordered_by_lightness_so_that_grey_printing_keeps_them_apart(look: Tokens) -> None:
    steps = [luminance(step) for step in look.steps]
    assert steps == sorted(steps, reverse=not look.dark)
    for one, other in zip(look.steps, look.steps[1:], strict=False):
        assert ratio(one, other) > 1.2


@pytest.mark.parametrize("look", LOOKS)
def test_every_colour_is_written_whole(look: Tokens) -> None:
    for name, value in look._asdict().items():
        for colour in value if isinstance(value, tuple) else [value]:
            assert isinstance(colour, bool) or re.fullmatch("#[0-9A-F]{6}", colour), name

"""The colours of the design, light and dark. Contrast ratios are tested against the card surface."""

from __future__ import annotations

from typing import NamedTuple


class Tokens(NamedTuple):
    """One look. Every colour is ``#RRGGBB``; a colour never carries a meaning alone."""

    dark: bool
    bg: str  # window behind cards
    surface: str  # cards, bars, fields
    sunken: str  # table head, tracks, read-only
    line: str  # dividers only, never the edge of a control
    edge: str  # field, button, checkbox outline
    text: str
    text_2: str  # secondary
    text_3: str  # captions
    primary: str  # action, focus, selected edge
    on_primary: str
    primary_hover: str
    tint: str  # selected row, chosen segment
    raise_: str  # raises risk: solid, "+", triangle up
    lower: str  # lowers risk: striped, minus, triangle down
    ok: str
    ok_tint: str
    warn: str
    warn_tint: str
    warn_mark: str  # edges and bars, not text
    danger: str
    danger_tint: str
    dot: str  # empty dot outline
    rail: str
    rail_chosen: str
    rail_text: str
    on_rail: str
    lamp: str  # mark, current place, badges
    steps: tuple[str, str, str, str, str]  # risk bands, lowest first


LIGHT = Tokens(
    dark=False,
    bg="#F3F5F6",
    surface="#FFFFFF",
    sunken="#ECF0F2",
    line="#DCE2E5",
    edge="#7C8991",
    text="#14212A",
    text_2="#42505A",
    text_3="#586670",
    primary="#0B5A6D",
    on_primary="#FFFFFF",
    primary_hover="#0A4C5C",
    tint="#E4F0F2",
    raise_="#B0431A",
    lower="#1D66A8",
    ok="#0A6E54",
    ok_tint="#E1F2EC",
    warn="#8A5000",
    warn_tint="#FDF1DD",
    warn_mark="#C47A14",
    danger="#A3201E",
    danger_tint="#FBE7E6",
    dot="#83919A",
    rail="#0C3B47",
    rail_chosen="#124E5D",
    rail_text="#D4E5E9",
    on_rail="#FFFFFF",
    lamp="#F2B24C",
    steps=("#F0D9AE", "#E8B867", "#D68636", "#B0561C", "#742710"),
)

DARK = Tokens(
    dark=True,
    bg="#0F161A",
    surface="#182228",
    sunken="#121B20",
    line="#2B3942",
    edge="#73838D",
    text="#E8EEF1",
    text_2="#B6C3CA",
    text_3="#98A7B0",
    primary="#5FC3D4",
    on_primary="#05252D",
    primary_hover="#7FD2E0",
    tint="#173740",
    raise_="#F2905F",
    lower="#7DB8EF",
    ok="#4FC7A1",
    ok_tint="#12332B",
    warn="#F2B95C",
    warn_tint="#3A2C12",
    warn_mark="#F2B95C",
    danger="#FF8F86",
    danger_tint="#41201F",
    dot="#6C7C86",
    rail="#0A1013",
    rail_chosen="#17262D",
    rail_text="#BBC8CE",
    on_rail="#FFFFFF",
    lamp="#F2B24C",
    steps=("#5B4A2A", "#8C6A2C", "#C98A3E", "#F0A765", "#FFD3B0"),
)

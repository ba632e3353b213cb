"""The two families of the window, shipped with the program: Inter for Latin, Noto Sans SC for Chinese."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from engine.errors import BugError
from engine.resources import resources_folder

FAMILIES = ("Inter", "Noto Sans SC")
_FILES = ("Inter-Regular", "Inter-SemiBold", "Inter-Bold", "NotoSansSC-Regular", "NotoSansSC-Bold")
_KEY_FILE = "NotoSansMono-Bold"


@cache
def load() -> None:
    """Load the shipped fonts once.

    Raises:
        BugError: ``font_missing``: the installation is incomplete.
    """
    for name in _FILES:
        _load_file(name)


@cache
def _load_file(name: str) -> None:
    if QFontDatabase.addApplicationFont(str(resources_folder() / "fonts" / f"{name}.ttf")) < 0:
        raise BugError("font_missing", font=name)


def font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal, *, tabular: bool = False) -> QFont:
    """Return the font of the window at a height in logical pixels.

    ``tabular``: every figure as wide as any other, so that numbers stand under each other. Only for columns of numbers:
    the face then widens its hyphens too.
    """
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def key_font(pixels: int) -> QFont:
    """Return the font of keys and passphrases: no two signs of it look alike. Loaded when the first is shown."""
    _load_file(_KEY_FILE)
    made = QFont()
    made.setFamilies(["Noto Sans Mono", *FAMILIES])
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.Bold)
    return made

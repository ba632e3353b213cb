"""What the window remembers of itself: language, look, units, paper. Declared once; never a patient's data."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

LANGUAGES = ("en", "zh")
LOOKS = ("system", "light", "dark")
TEXT_SIZES = (100, 125, 150, 200)
UNIT_SYSTEMS = ("si", "us")
PAPERS = ("a4", "letter")
IDLE_MINUTES = (1, 2, 5, 10, 15, 30)
_ALLOWED: Mapping[str, tuple[object, ...]] = {
    "language": LANGUAGES,
    "sheet_language": ("screen", *LANGUAGES),
    "look": LOOKS,
    "text_size": TEXT_SIZES,
    "units": UNIT_SYSTEMS,
    "paper": PAPERS,
    "idle_minutes": IDLE_MINUTES,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of the window on this machine. Changing one never changes a stored result."""

    language: str = "en"  # of the screens
    sheet_language: str = "screen"  # of printed sheets: "screen" follows the screens
    look: str = "system"
    text_size: int = 100  # per cent
    units: str = "si"  # how fields open: mmol/L, cm, kg or mg/dL, ft, lb
    paper: str = "a4"
    tight_rows: bool = False
    idle_minutes: int = 5
    printer: str = ""
    clinic: str = ""  # folder of the clinic opened last; empty: none yet
    watched_folder: str = ""  # into which other systems drop files
    watched_for: str = ""  # id of the clinic that takes them in: another one never does
    unit_choices: Mapping[str, str] = field(default_factory=dict)  # field -> UCUM code picked beside it

    @property
    def language_of_sheets(self) -> str:
        """The language in which sheets are printed."""
        return self.language if self.sheet_language == "screen" else self.sheet_language

    def unit_of(self, name: str) -> str | None:
        """Return the unit somebody picked for a field, if anybody did."""
        return self.unit_choices.get(name)


class SettingsFile:
    """Reads and writes the settings; a file that cannot be read gives the defaults and is kept aside."""

    def __init__(self, path: Path, first_language: str = "en") -> None:
        self._path = path
        self._first = Settings(language=first_language)

    @property
    def exists(self) -> bool:
        """Whether anything was ever chosen here."""
        return self._path.is_file()

    def load(self) -> Settings:
        """Return what was chosen; what is missing, unknown or out of bounds takes its default."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return self._first
        if not isinstance(found, dict):
            return self._first
        return replace(self._first, **{name: value for name, value in found.items() if _fits(name, value)})

    def save(self, settings: Settings) -> None:
        """Write the settings whole.

        Raises:
            OSError: the disk is full or the folder cannot be written; the earlier file stands.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=".settings-")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(settings), file, ensure_ascii=False, indent=1)
            os.replace(draft, self._path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def _fits(name: str, value: Any) -> bool:
    known = {each.name for each in fields(Settings)}
    if name not in known:
        return False
    if name in _ALLOWED:
        return value in _ALLOWED[name] and type(value) in {str, int}
    kind = get_type_hints(Settings)[name]
    if get_origin(kind) is not None:
        wanted = get_args(kind)[0]
        return isinstance(value, dict) and all(isinstance(part, wanted) for pair in value.items() for part in pair)
    return type(value) is kind

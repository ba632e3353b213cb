"""Finds the data folder that ships with the program: one function, used everywhere."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from engine.errors import BugError


@cache
def resources_folder() -> Path:
    """Return the ``resources`` folder.

    Looked for in this order: the variable ``LANTERN_RESOURCES``, the folder of a frozen program, the checkout.

    Raises:
        BugError: when none of these exists; the installation is incomplete.
    """
    candidates = []
    if named := os.environ.get("LANTERN_RESOURCES"):
        candidates.append(Path(named))
    if frozen := getattr(sys, "_MEIPASS", None):
        candidates.append(Path(frozen) / "resources")
    candidates.append(Path(__file__).resolve().parent.parent / "resources")
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise BugError("resources_missing")

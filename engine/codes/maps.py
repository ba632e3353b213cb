"""What codes of other systems mean here: data in ``resources/codes/record_maps.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from engine.resources import resources_folder


@dataclass(frozen=True)
class RecordMaps:
    """Code -> what it stands for, by code system.

    ``loinc``: a field. ``values``: field -> SNOMED CT code -> category. ``snomed``: a condition. ``cvx``: a check.
    ``procedures``, ``procedure_checks``: SNOMED CT code of a procedure -> condition, check. ``relation``: a relative.
    """

    loinc: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    snomed: Mapping[str, str]
    cvx: Mapping[str, str]
    procedures: Mapping[str, str]
    procedure_checks: Mapping[str, str]
    relation: Mapping[str, str]


@cache
def load_maps() -> RecordMaps:
    """Return the maps that ship with the program."""
    file = resources_folder() / "codes" / "record_maps.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    return RecordMaps(**{name: document[name] for name in RecordMaps.__dataclass_fields__})

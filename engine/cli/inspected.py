"""What stands behind a number, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict

from engine.domain.assessment import InputUsed
from engine.domain.inspection import InspectedEntry, InspectedSeries, InspectedState, InspectedValue, Listed
from engine.domain.plain import to_plain
from engine.domain.record import Conversion, Origin
from engine.workflows.inspect import (
    Found,
    InspectedDevices,
    InspectedFiles,
    InspectedList,
    InspectedRisk,
    Inspection,
)


def inspected(found: Found) -> dict[str, object]:
    """Return what was found, by what it is."""
    if isinstance(found, Inspection):
        return _inspection(found)
    if isinstance(found, InspectedList):
        return {"field": found.name, "entries": [_entry(entry) for entry in found.entries]}
    if isinstance(found, InspectedDevices):
        return {"field": "home_readings", "series": [_series(one) for one in found.series]}
    if isinstance(found, InspectedFiles):
        return {"field": "files", "files": [to_plain(file) for file in found.files]}
    return {"field": "risk", **_risk(found)}


def _entry(entry: InspectedEntry) -> dict[str, object]:
    return {"id": entry.id, "states": [{"entry": _said(item), **_fate(state)} for item, state in entry.states]}


def _said(item: Listed) -> dict[str, object]:
    """Return what an entry says; where it came from stands beside it."""
    plain = to_plain(item)
    return {key: value for key, value in plain.items() if key != "origin"} if isinstance(plain, dict) else {}


def _series(one: InspectedSeries) -> dict[str, object]:
    return {
        "measure": one.measure,
        "method": one.method,
        "device": one.device,
        "readings": one.readings,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "import": one.import_id,
        **_origin(one.origin),
        "newest": [
            {
                "at": reading.at.isoformat(),
                "row": reading.row or None,
                "arm": reading.arm or None,
                "values": [
                    {
                        "field": value.field,
                        "value": value.value,
                        "written": value.written,
                        "qualifier": value.qualifier or None,
                        "conversion": _conversion(value.conversion),
                    }
                    for value in reading.values
                ],
            }
            for reading in one.newest
        ],
    }


def _risk(found: InspectedRisk) -> dict[str, object]:
    assessment, manifest = found.assessment, found.manifest
    if assessment is None:
        return {"assessment": None, "tool": None, "inputs": []}
    return {
        "assessment": assessment.id,
        "visit_date": assessment.visit_date.isoformat(),
        "made_at": assessment.made_at.isoformat(),
        "tool": None if manifest is None else manifest.id,
        "stability": None if found.stability is None else asdict(found.stability),
        "inputs": [_used(used) for used in found.inputs],
    }


def _used(used: InputUsed) -> dict[str, object]:
    return {
        "field": used.field,
        "value": used.value,
        "on": None if used.on is None else used.on.isoformat(),
        "readings": list(used.readings),
        "derived_from": list(used.derived_from),
        **({} if used.origin is None else _origin(used.origin)),
    }


def _inspection(found: Inspection) -> dict[str, object]:
    return {
        "field": found.field,
        "values": [_value(value) for value in found.values],
        "derived_from": list(found.derived_from),
        "parts": [_inspection(part) for part in found.parts],
    }


def _value(value: InspectedValue) -> dict[str, object]:
    day = value.visit_date
    present = value.present
    return {
        "visit_date": None if day is None else day.isoformat(),
        "reading": value.reading,
        "present": None if present is None else _state(present),
        "before": [_state(state) for state in value.states if state is not present],
    }


def _state(state: InspectedState) -> dict[str, object]:
    return {"value": state.value, "qualifier": state.qualifier, **_fate(state)}


def _fate(state: InspectedState) -> dict[str, object]:
    return {
        **_origin(state.origin),
        "import": state.import_id,
        "taken_back": state.taken_back,
        "ended_at": None if state.ended_at is None else state.ended_at.isoformat(),
        "ended_by": state.ended_by,
        "ended_how": _how(state),
    }


def _origin(origin: Origin) -> dict[str, object]:
    return {
        "source": origin.kind.value,
        "file": origin.file_name,
        "sha256": origin.file_sha256,
        "sheet": origin.sheet,
        "row": origin.row,
        "column": origin.column,
        "text": origin.text,
        "conversion": None if origin.conversion is None else _conversion(origin.conversion),
        "rule": origin.rule,
        "recorded_at": origin.recorded_at.isoformat(),
        "recorded_by": origin.actor,
    }


def _how(state: InspectedState) -> str | None:
    if state.ended_at is None:
        return None
    if state.ended_by_undo:
        return "undo"
    return "import" if state.ended_by_import else "edit"


def _conversion(conversion: Conversion) -> dict[str, object]:
    return {
        "unit_from": conversion.unit_from,
        "unit_to": conversion.unit_to,
        "factor": conversion.factor,
        "offset": conversion.offset,
    }

"""Where a value came from, in a few words: who typed it, which file and row, which rule."""

from __future__ import annotations

from unicodedata import east_asian_width

from engine.domain.assessment import InputUsed
from engine.domain.record import Origin, SourceKind
from engine.domain.report import InputRow
from engine.fields import Scope
from engine.report.case import Case

LONGEST_PLACE = 16  # half-width signs
_FROM_FILES = (SourceKind.IMPORTED, SourceKind.SET_FOR_FILE)
_PRESSURES = ("sbp_mmhg", "dbp_mmhg")


def input_rows(case: Case) -> tuple[InputRow, ...]:
    """Return the table of values: those of the leading tool first, then the rest; the two pressures share a row."""
    order = [each.field for each in case.lead.manifest.inputs] if case.lead else []
    known = case.inputs
    fields = [field for field in order if field in known] + [field for field in known if field not in order]
    return tuple(_row(case, fields_of_row) for fields_of_row in _paired(case, fields))


def input_notes(case: Case) -> tuple[str, ...]:
    """Return what stands below the table: the full names of files with long names, and conversions."""
    files = tuple(
        case.wording.say("report.source.file_note", number=number, place=place)
        for number, place in enumerate(_long_places(case), 1)
    )
    return files + conversions(case)


def _paired(case: Case, fields: list[str]) -> list[tuple[str, ...]]:
    upper, lower = (case.inputs.get(field) for field in _PRESSURES)
    together = upper is not None and lower is not None and upper.on == lower.on
    rows: list[tuple[str, ...]] = []
    for field in fields:
        if together and field == _PRESSURES[1]:
            continue
        rows.append(_PRESSURES if together and field == _PRESSURES[0] else (field,))
    return rows


def _row(case: Case, fields: tuple[str, ...]) -> InputRow:
    used = [case.inputs[field] for field in fields]
    shown = [case.values.exact(each.field, each.value) for each in used]
    label = case.wording.say("report.pressure") if len(fields) == 2 else case.values.label(fields[0])
    return InputRow(
        label=_with_readings(case, label, used[0]),
        value=" / ".join(each.text for each in shown),
        unit=shown[0].unit,
        on=case.formats.short_day(used[0].on, case.day) if used[0].on else "",
        source=source(case, used[0]),
    )


def _with_readings(case: Case, label: str, used: InputUsed) -> str:
    if len(used.readings) < 2:
        return label
    key = "mean" if (used.readings_rule or "").startswith("mean") else "several"
    return case.wording.say(f"report.readings.{key}", field=label, count=len(used.readings))


def source(case: Case, used: InputUsed) -> str:
    """Return where one value came from."""
    field = case.values.field(used.field)
    if field is not None and field.scope is Scope.SETTING:
        return case.wording.say("report.source.setting")
    if used.derived_from or (used.origin is not None and used.origin.kind is SourceKind.DERIVED):
        return _derived(case, used)
    if used.origin is None:
        return ""
    return _entered(case, used.origin)


def _derived(case: Case, used: InputUsed) -> str:
    field = case.values.field(used.field)
    derivation = field.derivation if field else None
    if derivation is not None and derivation.kind == "date_difference":
        return case.wording.say("report.source.birth_date")
    equation = derivation.detail.get("equation") if derivation else None
    if equation is not None:
        manifest = case.manifests.get(equation)
        name = manifest.title.get(case.language) if manifest else equation
        return case.wording.say("report.source.equation", name=name)
    parts = tuple(case.values.plain_label(each) for each in used.derived_from)
    if not parts:
        return case.wording.say("report.source.derived")
    return case.wording.say("report.source.derived_from", fields=case.formats.listed(parts))


def _entered(case: Case, origin: Origin) -> str:
    if origin.kind is SourceKind.TYPED:
        key = "typed_by" if origin.actor else "typed"
        return case.wording.say(f"report.source.{key}", actor=origin.actor or "")
    place = _place(case, origin)
    long_places = _long_places(case)
    if place in long_places:
        place = case.wording.say("report.source.numbered_file", number=long_places.index(place) + 1)
    if origin.kind is SourceKind.SET_FOR_FILE:
        return case.wording.say("report.source.set_for_file", file=place)
    return place if origin.row is None else case.wording.say("report.source.row", place=place, row=origin.row)


def _place(case: Case, origin: Origin) -> str:
    file = origin.file_name or case.wording.say("report.source.file")
    return file if origin.sheet is None else case.wording.say("report.source.sheet", file=file, sheet=origin.sheet)


def _long_places(case: Case) -> tuple[str, ...]:
    """Return files (with sheet) whose names do not fit the column: they get a number there and a note below."""
    origins = (used.origin for used in case.assessment.inputs)
    places = (_place(case, origin) for origin in origins if origin is not None and origin.kind in _FROM_FILES)
    return tuple(dict.fromkeys(place for place in places if _width(place) > LONGEST_PLACE))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def conversions(case: Case) -> tuple[str, ...]:
    """Return one sentence per value that was converted when it arrived and is shown in another unit."""
    found = []
    for used in case.assessment.inputs:
        conversion = used.origin.conversion if used.origin else None
        shown = case.values.shown_unit(used.field)
        if conversion is None or shown is None or used.origin is None or used.origin.text is None:
            continue
        if conversion.unit_from in (conversion.unit_to, shown.unit):
            continue
        found.append(
            case.wording.say(
                "report.converted",
                field=case.values.label(used.field),
                written=used.origin.text.strip(),
                unit=case.formats.unit(conversion.unit_from),
                value=str(case.values.exact(used.field, used.value)),
            )
        )
    return tuple(found)

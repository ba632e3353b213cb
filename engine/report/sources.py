"""Where a value came from, in a few words: who typed it, which file and row, which rule."""

from __future__ import annotations

import re
from unicodedata import east_asian_width

from engine.domain.assessment import InputUsed
from engine.domain.record import Origin, SourceKind
from engine.domain.report import InputRow
from engine.fields import Scope
from engine.report.case import Case
from engine.report.formats import within_sentence

LONGEST_PLACE = 16  # half-width signs
_FROM_FILES = (SourceKind.IMPORTED, SourceKind.SET_FOR_FILE)
# Two values of one day and source share a row: key of the words, fields, sign between.
_PAIRS = (
    ("blood_pressure", ("sbp_mmhg", "dbp_mmhg"), " / "),
    ("ldl_hdl", ("ldl_mmol_l", "hdl_mmol_l"), " / "),
    ("height_weight", ("height_cm", "weight_kg"), " / "),
)
_ID = re.compile(r"[0-9a-f]{32}")
_IN_THE_HEAD = ("sex", "age")  # stand in the head of the page with the birth date


def input_rows(case: Case) -> tuple[InputRow, ...]:
    """Return the table of values: those of the leading tool first, then the rest.

    Answers and settings that the leading tool does not use stand below the table (``input_notes``).
    """
    leading = [each.field for each in case.lead.manifest.inputs] if case.lead else []
    fields = [field for field in leading if field in case.inputs]
    fields += [field for field in case.inputs if field not in leading and not _stands_below(case, field)]
    if case.assessment.patient.birth_date is not None:
        fields = [field for field in fields if field not in _IN_THE_HEAD]
    return tuple(_row(case, *group) for group in _grouped(case, fields))


def input_notes(case: Case) -> tuple[str, ...]:
    """Return what stands below the table: other answers, settings, equations, names of files, conversions."""
    files = tuple(
        case.wording.say("report.source.file_note", number=number, place=place)
        for number, place in enumerate(_long_places(case), 1)
    )
    return _answers(case) + _settings(case) + _equations(case) + files + conversions(case)


def _stands_below(case: Case, name: str) -> bool:
    return isinstance(case.inputs[name].value, bool) or _is_setting(case, name)


def _is_setting(case: Case, name: str) -> bool:
    field = case.values.field(name)
    return field is not None and field.scope is Scope.SETTING


def _below(case: Case) -> list[InputUsed]:
    leading = {each.field for each in case.lead.manifest.inputs} if case.lead else set()
    return [used for name, used in case.inputs.items() if name not in leading and _stands_below(case, name)]


def _answers(case: Case) -> tuple[str, ...]:
    """Return one line for everything answered yes and one for no, by day and source."""
    groups: dict[tuple[bool, str], list[str]] = {}
    for used in _below(case):
        if isinstance(used.value, bool):
            when = case.formats.short_day(used.on, case.day) if used.on else ""
            where = case.wording.say("report.list.comma").join(part for part in (when, source(case, used)) if part)
            groups.setdefault((used.value, where), []).append(within_sentence(case.values.short_label(used.field)))
    comma = case.wording.say("report.list.comma")
    found = []
    for (answer, where), labels in sorted(groups.items(), key=lambda group: not group[0][0]):
        key = f"report.inputs.{'yes' if answer else 'no'}{'_from' if where else ''}"
        found.append(case.wording.say(key, fields=comma.join(labels), source=where))
    return tuple(found)


def _settings(case: Case) -> tuple[str, ...]:
    parts = [
        case.wording.say(
            "report.inputs.setting",
            field=within_sentence(case.values.short_label(used.field)),
            value=_setting_value(case, used),
        )
        for used in _below(case)
        if not isinstance(used.value, bool)
    ]
    if not parts:
        return ()
    return (case.wording.say("report.inputs.settings", settings=case.wording.say("report.list.comma").join(parts)),)


def _setting_value(case: Case, used: InputUsed) -> str:
    key = f"report.setting.{used.field}.{used.value}"
    return case.wording.say(key) if key in case.wording else str(case.values.exact(used.field, used.value))


def _grouped(case: Case, fields: list[str]) -> list[tuple[str, tuple[str, ...], str]]:
    """Return the rows in order: words of the row, its fields, and what stands between two values."""
    rows: list[tuple[str, tuple[str, ...], str]] = []
    done: set[str] = set()
    for field in fields:
        pair = next((pair for pair in _PAIRS if field in pair[1] and _together(case, pair[1], fields)), None)
        if field not in done:
            rows.append(pair or (field, (field,), ""))
            done |= set(rows[-1][1])
    return rows


def _together(case: Case, pair: tuple[str, str], fields: list[str]) -> bool:
    if not set(pair) <= set(fields):
        return False
    first, second = (case.inputs[field] for field in pair)
    return (first.on, source(case, first)) == (second.on, source(case, second))


def _row(case: Case, words: str, fields: tuple[str, ...], between: str) -> InputRow:
    used = [case.inputs[field] for field in fields]
    shown = [case.values.exact(each.field, each.value) for each in used]
    label = case.values.short_label(words)
    one_unit = len({each.unit for each in shown}) == 1
    return InputRow(
        label=_with_readings(case, label, used[0]),
        value=between.join(each.text if one_unit else str(each) for each in shown),
        unit=shown[0].unit if one_unit else "",
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
    if _is_derived(used):
        return _derived(case, used)
    if used.origin is None:
        return ""
    return _entered(case, used.origin)


def _derived(case: Case, used: InputUsed) -> str:
    field = case.values.field(used.field)
    from_birth = field is not None and field.derivation is not None and field.derivation.kind == "date_difference"
    return case.wording.say("report.source.birth_date" if from_birth else "report.source.derived")


def _equations(case: Case) -> tuple[str, ...]:
    """Return which equation worked out which value."""
    found = []
    for used in case.assessment.inputs:
        field = case.values.field(used.field)
        equation = field.derivation.detail.get("equation") if field and field.derivation else None
        if equation is not None and _is_derived(used):
            manifest = case.manifests.get(equation)
            name = manifest.title.get(case.language) if manifest else equation
            label = case.values.short_label(used.field)
            found.append(case.wording.say("report.source.equation_note", field=label, name=name))
    return tuple(found)


def _is_derived(used: InputUsed) -> bool:
    return bool(used.derived_from) or (used.origin is not None and used.origin.kind is SourceKind.DERIVED)


def _entered(case: Case, origin: Origin) -> str:
    if origin.kind is SourceKind.TYPED:
        # Who has no name is told as an id, which says nothing on paper.
        named = origin.actor is not None and not _ID.fullmatch(origin.actor)
        return case.wording.say(f"report.source.{'typed_by' if named else 'typed'}", actor=origin.actor or "")
    place = _place(case, origin)
    if _is_long(place) and place in (long_places := _long_places(case)):
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
    places = {_place(case, origin): None for origin in origins if origin is not None and origin.kind in _FROM_FILES}
    return tuple(place for place in places if _is_long(place))


def _is_long(place: str) -> bool:
    return _width(place) > LONGEST_PLACE


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
                field=case.values.short_label(used.field),
                written=used.origin.text.strip(),
                unit=case.formats.unit(conversion.unit_from),
                value=str(case.values.exact(used.field, used.value)),
            )
        )
    return tuple(found)

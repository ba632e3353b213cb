"""What stands behind a value, in sentences: the same ones for the command and the window."""

from __future__ import annotations

from datetime import datetime

from engine.domain.inspection import InspectedState, InspectedValue
from engine.domain.record import Conversion, Origin, SourceKind, Value
from engine.domain.undo import Conflict, UndoSummary
from engine.fields import load_dictionary
from engine.intake.lexicon import load_lexicon
from engine.intake.units import unit_name
from engine.wording import Wording
from engine.workflows.inspect import Inspection


def label_of(field: str, words: Wording) -> str:
    """Return what a field, or a list, is called."""
    dictionary = load_dictionary()
    return dictionary[field].label(words.language) if field in dictionary else field


def title_of(value: InspectedValue, words: Wording) -> str:
    """Return what a value is of: field, reading and visit."""
    name = label_of(value.field, words)
    if value.visit_date is None:
        return words.say("inspect.of_person", field=name)
    return words.say("inspect.of_visit", field=name, reading=value.reading, day=value.visit_date.isoformat())


def value_text(field: str, state: InspectedState, words: Wording) -> str:
    """Return a value with its sign and unit as a person reads it."""
    return said(field, state.value, state.qualifier, words)


def said(field: str, value: Value | None, qualifier: str | None, words: Wording) -> str:
    """Return a canonical value in words; a value that is only a word ("negative") is that word."""
    known = load_dictionary()
    if value is None:
        return qualifier or ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if field in known:
        category = next((one for one in known[field].categories or () if one.value == value), None)
        unit = known[field].unit
        if category is not None:
            text = category.labels[words.language]
        elif unit and isinstance(value, (int, float)) and not isinstance(value, bool):
            text = f"{text} {unit_name(unit, load_lexicon().units)}"
    return f"{qualifier} {text}" if qualifier else text


def lines_of(field: str, state: InspectedState, words: Wording) -> tuple[str, ...]:
    """Return all that is known of one state, one sentence a line."""
    head = "inspect.now" if state.ended_at is None else "inspect.before"
    lines = [words.say(head, value=value_text(field, state, words)), *_source(state.origin, words)]
    origin = state.origin
    if state.taken_back:
        lines.append(words.say("inspect.taken_back"))
    lines.append(words.say("inspect.recorded", moment=moment_text(origin.recorded_at), name=origin.actor or ""))
    if state.ended_at is not None:
        key = "inspect.ended_undo" if state.ended_by_undo else "inspect.ended_import"
        key = key if state.ended_by_undo or state.ended_by_import else "inspect.ended"
        lines.append(words.say(key, moment=moment_text(state.ended_at), name=state.ended_by or ""))
    return tuple(lines)


def inspection_sections(
    found: Inspection, words: Wording, most: int | None = None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what stands behind a field as headings with their sentences; ``most``: readings told, the latest first."""
    name = label_of(found.field, words)
    sections: list[tuple[str, tuple[str, ...]]] = []
    if found.derived_from:
        parts = ", ".join(label_of(part, words) for part in found.derived_from)
        sections.append((name, (words.say("inspect.follows", field=name, parts=parts),)))
    if not found.values and not found.parts:
        sections.append((name, (words.say("inspect.none", field=name),)))
    for value in found.values[:most]:
        gone = () if value.present is not None else (words.say("inspect.removed"),)
        told = [line for state in value.states for line in lines_of(value.field, state, words)]
        sections.append((title_of(value, words), (*gone, *told)))
    for part in found.parts:
        sections += inspection_sections(part, words, most)
    return tuple(sections)


def moment_text(moment: datetime) -> str:
    """Return a moment as the clinic's clock shows it."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _source(origin: Origin, words: Wording) -> list[str]:
    if origin.kind is SourceKind.TYPED:
        return [words.say("inspect.typed")]
    file = origin.file_name or ""
    if origin.kind is SourceKind.SET_FOR_FILE:
        return [words.say("inspect.set_for_file", file=file)]
    if origin.row is None:
        return [words.say("inspect.from_records", file=file)]
    key = "inspect.from_file_sheet" if origin.sheet else "inspect.from_file"
    lines = [words.say(key, file=file, sheet=origin.sheet or "", row=origin.row, column=origin.column or "")]
    alike = origin.text is None
    lines.append(words.say("inspect.written_alike") if alike else words.say("inspect.written", text=origin.text or ""))
    if origin.conversion is not None:
        lines.append(_conversion(origin.conversion, words))
    if origin.rule is not None:
        lines.append(words.say("inspect.rule", rule=origin.rule))
    return lines


def _conversion(conversion: Conversion, words: Wording) -> str:
    units = load_lexicon().units
    shift = "" if not conversion.offset else f" {'+' if conversion.offset > 0 else '−'} {abs(conversion.offset):g}"
    return words.say(
        "inspect.converted",
        unit_from=unit_name(conversion.unit_from, units),
        unit_to=unit_name(conversion.unit_to, units),
        factor=f"{conversion.factor:.10g}",
        shift=shift,
    )


COUNTS = (
    *("people_gone", "visits_gone", "values_gone", "values_back", "values_moved", "people_corrected"),
    *("entries_gone", "entries_back", "readings_gone", "kept_gone", "rows_waiting"),
)


def undo_lines(summary: UndoSummary, words: Wording) -> tuple[str, ...]:
    """Return what goes and what comes back, one sentence a line."""
    counted = [(name, getattr(summary.counts, name)) for name in COUNTS]
    lines = [words.say(f"undo.count.{name}", count=count) for name, count in counted if count]
    return tuple(lines) or (words.say("undo.nothing"),)


def conflict_line(conflict: Conflict, words: Wording) -> str:
    """Return why something stays."""
    return words.say(
        f"undo.conflict.{conflict.kind.value}",
        person=conflict.number or conflict.person_id,
        day="" if conflict.visit_date is None else conflict.visit_date.isoformat(),
        field="" if conflict.field is None else label_of(conflict.field, words),
        subject=conflict.subject or "",
    )

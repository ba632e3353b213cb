"""What stands behind entries, home readings, files and risks, in the same sentences for the command and the window."""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain.assessment import InputUsed
from engine.domain.attached import AttachedFile
from engine.domain.inspection import InspectedSeries, Listed, SeriesReading, SeriesValue
from engine.domain.record import Allergy, Condition, Medicine, Origin, Relative
from engine.fields import Scope, load_dictionary
from engine.intake.lexicon import load_lexicon
from engine.intake.units import unit_name
from engine.report.counts import HUNDRED
from engine.report.stability import meaning, span_of_people
from engine.wording import Wording
from engine.workflows.attached_files import facts_sentence, left_out_sentence
from engine.workflows.inspect import (
    Found,
    InspectedDevices,
    InspectedFiles,
    InspectedList,
    InspectedRisk,
    Inspection,
)
from engine.workflows.inspect_words import (
    conversion_line,
    inspection_sections,
    label_of,
    moment_text,
    said,
    source_lines,
    state_lines,
    told_name,
)
from engine.workflows.list_labels import condition_label, relation_label
from engine.workflows.panel_list import figures_of_hundred, span_of_hundred

Section = tuple[str, tuple[str, ...]]


def found_sections(found: Found, words: Wording, most: int | None = None) -> tuple[Section, ...]:
    """Return what was found as headings with their sentences; ``most``: readings of a field told, the latest first."""
    if isinstance(found, Inspection):
        return inspection_sections(found, words, most)
    if isinstance(found, InspectedList):
        told = list(_of_list(found, words))
        empty = words.say(f"inspect.list.{found.name}")
    elif isinstance(found, InspectedDevices):
        told = [_of_series(one, words) for one in found.series]
        empty = words.say("inspect.series.title")
    elif isinstance(found, InspectedFiles):
        told = [_of_file(file, words) for file in found.files]
        empty = words.say("inspect.file.title")
    else:
        told = list(_of_risk(found, words))
        empty = words.say("inspect.risk.title")
    return tuple(told) or ((empty, (words.say("inspect.nothing"),)),)


# --- lists ------------------------------------------------------------------------------------------------------------


def entry_text(item: Listed, words: Wording) -> str:
    """Return an entry of a list in one line."""
    parts = [part for part in _parts(item, words) if part]
    return words.say("inspect.between").join(parts)


def _parts(item: Listed, words: Wording) -> Iterator[str]:
    language = words.language
    if isinstance(item, Condition):
        yield condition_label(item.code, language)
        yield words.say(f"inspect.certainty.{item.certainty.value}")
        yield _day("since", item.onset, words)
        yield _day("until", item.end, words)
    elif isinstance(item, Medicine):
        yield item.text
        yield "" if item.dose_text is None or item.dose_text in item.text else item.dose_text
        yield _day("since", item.start, words)
        yield _day("until", item.stop, words)
    elif isinstance(item, Allergy):
        yield item.substance
        yield words.say(f"inspect.severity.{item.severity.value}")
        yield item.reaction or ""
    elif isinstance(item, Relative):
        yield relation_label(item.relation, language)
        yield condition_label(item.condition, language)
        yield words.say("inspect.at_age", age=item.age_at_onset) if item.age_at_onset is not None else ""


def _day(key: str, day: object, words: Wording) -> str:
    return "" if day is None else words.say(f"inspect.{key}", day=str(day))


def _of_list(found: InspectedList, words: Wording) -> Iterator[Section]:
    for entry in found.entries:
        gone = () if entry.present is not None else (words.say("inspect.removed"),)
        told = [line for item, state in entry.states for line in state_lines(entry_text(item, words), state, words)]
        yield entry_text(entry.states[0][0], words), (*gone, *told)


# --- series and files -------------------------------------------------------------------------------------------------


def measure_text(measure: str, device: str | None, words: Wording) -> str:
    """Return what was measured, and by which device."""
    name = words.say(f"inspect.measure.{measure}")
    return words.say("inspect.series.by", measure=name, device=device) if device else name


def _of_series(one: InspectedSeries, words: Wording) -> Section:
    counted = {"count": one.readings, "first": one.first.date().isoformat(), "last": one.last.date().isoformat()}
    lines = [words.say("inspect.series.count", **counted)]
    lines.append(words.say("inspect.from_records", file=one.origin.file_name or ""))
    for reading in one.newest:
        lines.append(_reading_line(reading, words))
    told = dict.fromkeys(value.conversion for reading in one.newest for value in reading.values)
    lines += [conversion_line(conversion, words) for conversion in told if conversion.unit_from != conversion.unit_to]
    lines.append(_recorded(one.origin, words))
    return measure_text(one.measure, one.device, words), tuple(lines)


def _reading_line(reading: SeriesReading, words: Wording) -> str:
    moment = reading.at.strftime("%Y-%m-%d %H:%M")
    said_now = words.say("inspect.between").join(_number(value, words) for value in reading.values)
    written = " / ".join(f"{value.qualifier}{value.written}" for value in reading.values)
    key = "inspect.series.reading" if reading.row else "inspect.series.reading_without_row"
    return words.say(key, moment=moment, values=said_now, row=reading.row, written=written)


def _number(value: SeriesValue, words: Wording) -> str:
    unit = load_dictionary()[value.field].unit
    shown = f"{value.value:.4g}" if abs(value.value) < 1000 else f"{value.value:.0f}"
    label = label_of(value.field, words)
    return f"{label} {value.qualifier}{shown} {unit_name(unit, load_lexicon().units) if unit else ''}".rstrip()


def _of_file(file: AttachedFile, words: Wording) -> Section:
    lines = [
        facts_sentence(file.kind, file.facts, words),
        words.say("inspect.file.read_from", file=file.name),
        words.say("inspect.file.day", day=file.day.isoformat()),
        left_out_sentence(file.left_out, words),
        words.say("inspect.recorded", moment=moment_text(file.added_at), name=told_name(file.added_by, words)),
    ]
    return file.name, tuple(line for line in lines if line)


# --- risk -------------------------------------------------------------------------------------------------------------


def _of_risk(found: InspectedRisk, words: Wording) -> Iterator[Section]:
    assessment = found.assessment
    if assessment is None:
        return
    yield _number_of(found, words), tuple(_how(found, words))
    for used in found.inputs:
        yield _used_title(used, words), tuple(_used_lines(used, words))


def _number_of(found: InspectedRisk, words: Wording) -> str:
    assessment = found.assessment
    if assessment is None:
        return words.say("inspect.risk.title")
    if found.answer:
        return found.answer
    wanted = assessment.headline_pack if found.manifest is None else found.manifest.id
    for result in assessment.results:
        if result.pack.id == wanted:
            explained = (one.output for one in assessment.explanations if one.pack_id == result.pack.id)
            name = next(explained, result.outputs[0].name if result.outputs else "")
            value = result.output(name) if name else None
            if isinstance(value, (int, float)):
                return words.say("inspect.risk.number", number=figures_of_hundred(float(value), words))
    ranges = [one for one in assessment.ranges if one.pack.id == wanted]
    for spread in ranges[0].outputs[:1] if ranges else ():
        return words.say("inspect.risk.number", number=span_of_hundred(spread.low, spread.high, words))
    return words.say("inspect.risk.none")


def _how(found: InspectedRisk, words: Wording) -> Iterator[str]:
    assessment, manifest = found.assessment, found.manifest
    if assessment is None:
        return
    packs = [result.pack for result in assessment.results] + [one.pack for one in assessment.ranges]
    pack = next((one for one in packs if manifest is not None and one.id == manifest.id), None)
    if manifest is not None:
        version = manifest.version if pack is None else pack.version
        yield words.say("inspect.risk.tool", title=manifest.title.get(words.language), version=version)
    yield from _stability(found, words)
    day = assessment.visit_date.isoformat()
    if found.saved:
        moment = moment_text(assessment.made_at)
        yield words.say("inspect.risk.saved", day=day, moment=moment, program=assessment.program_version)
    else:
        yield words.say("inspect.risk.now", day=day)
    yield words.say("inspect.risk.inputs", count=len(found.inputs))


def _stability(found: InspectedRisk, words: Wording) -> Iterator[str]:
    """Yield what models of other samples say of the number that is asked about, and what that means."""
    ends = found.stability
    if ends is not None:
        yield words.say("stability.people", span=span_of_people(ends, HUNDRED, words), out_of=HUNDRED)
    behind = ends if ends is not None else found.declared if found.answer else None
    if behind is not None:
        yield meaning(behind, words)


def _used_title(used: InputUsed, words: Wording) -> str:
    value = said(used.field, used.value, None, words)
    return words.say("inspect.risk.used", field=label_of(used.field, words), value=value)


def _used_lines(used: InputUsed, words: Wording) -> Iterator[str]:
    known = load_dictionary()
    if used.field in known and known[used.field].scope is Scope.SETTING:
        yield words.say("inspect.risk.setting")
        return
    if used.derived_from:
        parts = words.say("inspect.and").join(label_of(part, words) for part in used.derived_from)
        yield words.say("inspect.follows", field=label_of(used.field, words), parts=parts)
    if used.on is None and used.origin is None:
        yield words.say("inspect.risk.of_person")
    if used.on is not None:
        yield words.say("inspect.risk.of_day", day=used.on.isoformat())
    if len(used.readings) > 1:
        readings = words.say("inspect.and").join(said(used.field, one, None, words) for one in used.readings)
        yield words.say("inspect.risk.readings", readings=readings)
    if used.origin is not None:
        yield from source_lines(used.origin, words)
        yield _recorded(used.origin, words)


def _recorded(origin: Origin, words: Wording) -> str:
    return words.say("inspect.recorded", moment=moment_text(origin.recorded_at), name=told_name(origin.actor, words))

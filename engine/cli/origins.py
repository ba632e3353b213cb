"""The commands about where things came from: imports, undo-import, inspect."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from engine.cli.options import Commands, a_path, add_command, add_store, opened_store, whole_text
from engine.cli.output import DONE, emit_json, say, wording
from engine.domain.inspection import InspectedState, InspectedValue
from engine.domain.record import Conversion
from engine.domain.undo import UndoSummary
from engine.errors import InputError, UsageError
from engine.wording import Wording
from engine.workflows.import_maps import all_maps, document_of, forget_map, keep_own_map, read_map, write_map
from engine.workflows.inspect import Inspection, inspect
from engine.workflows.inspect_words import conflict_line, inspection_sections, undo_lines
from engine.workflows.map_words import map_line
from engine.workflows.patients import patients_numbered
from engine.workflows.undo_imports import look_at_undo, take_back
from engine.workflows.waiting_rows import ImportSummary, recent_imports


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands."""
    add_store(add_command(commands, words, "imports", run_imports), words)
    undo = add_command(commands, words, "undo-import", run_undo)
    add_store(undo, words)
    undo.add_argument("id", metavar="ID", help=words.say("cli.option.import_id"))
    undo.add_argument("--dry-run", action="store_true", help=words.say("cli.option.undo_dry_run"))
    maps = add_command(commands, words, "maps", run_maps)
    add_store(maps, words)
    maps.add_argument("--write", metavar="SHAPE", help=words.say("cli.option.map_write"))
    maps.add_argument("--read", type=a_path, metavar="MAP.json", help=words.say("cli.option.map_read"))
    maps.add_argument("--forget", metavar="SHAPE", help=words.say("cli.option.map_forget"))
    maps.add_argument("--output", type=a_path, metavar="MAP.json", help=words.say("cli.option.map_output"))
    looked = add_command(commands, words, "inspect", run_inspect)
    add_store(looked, words)
    looked.add_argument("--patient", required=True, metavar="ID", help=words.say("cli.option.patient_one"))
    looked.add_argument("--field", required=True, metavar="NAME", help=words.say("cli.option.inspect_field"))


def run_imports(options: argparse.Namespace) -> int:
    """List the files that were imported."""
    with opened_store(options) as clinic:
        found = recent_imports(clinic)
    if options.json:
        emit_json([_import(summary) for summary in found])
        return DONE
    words = wording()
    for summary in found:
        state = ""
        if summary.undone_at is not None:
            day = summary.undone_at.date().isoformat()
            state = words.say("cli.import_undone", day=day, name=summary.undone_by or "")
        counts, day = summary.counts, summary.received_at.date().isoformat()
        told = {"rows_new": counts.rows_new, "rows_updated": counts.rows_updated, "rows_parked": counts.rows_parked}
        line = words.say("cli.import_line", id=summary.id, day=day, file=summary.file_name or "", state=state, **told)
        say(line.rstrip())
    return DONE


def _import(summary: ImportSummary) -> dict[str, object]:
    undone = summary.undone_at
    return {
        "id": summary.id,
        "file": summary.file_name,
        "sha256": summary.file_sha256,
        "sheet": summary.sheet,
        "received_at": summary.received_at.isoformat(),
        "by": summary.actor,
        **asdict(summary.counts),
        "undone_at": None if undone is None else undone.isoformat(),
        "undone_by": summary.undone_by,
    }


def run_undo(options: argparse.Namespace) -> int:
    """Take an import back, or say what that would do."""
    with opened_store(options) as clinic:
        done = (look_at_undo if options.dry_run else take_back)(clinic, whole_text(options.id))
    if options.json:
        emit_json(_undone(done))
        return DONE
    words = wording()
    say(words.say("undo.done" if done.done else "undo.would", file=done.file_name or done.import_id))
    for line in undo_lines(done, words):
        say(line)
    if done.conflicts:
        say(words.say("undo.stays", count=len(done.conflicts)))
    for conflict in done.conflicts:
        say(conflict_line(conflict, words))
    return DONE


def _undone(summary: UndoSummary) -> dict[str, object]:
    return {
        "import": summary.import_id,
        "file": summary.file_name,
        "done": summary.done,
        **asdict(summary.counts),
        "conflicts": [
            {
                "kind": conflict.kind.value,
                "patient_id": conflict.number,
                "visit_date": None if conflict.visit_date is None else conflict.visit_date.isoformat(),
                "field": conflict.field,
                "subject": conflict.subject,
            }
            for conflict in summary.conflicts
        ],
    }


def run_maps(options: argparse.Namespace) -> int:
    """List the clinic's maps of files; write one to a file, keep one from a file, or forget one."""
    if (options.write is None) != (options.output is None):
        raise UsageError("map_output")
    with opened_store(options) as clinic:
        if options.read is not None:
            keep_own_map(clinic, read_map(options.read))
        if options.forget is not None:
            forget_map(clinic, whole_text(options.forget))
        found = all_maps(clinic)
    if options.write is not None:
        wanted = next((one for one in found if one.name == whole_text(options.write)), None)
        if wanted is None:
            raise UsageError("map_unknown")
        write_map(options.output, wanted)
    if options.json:
        emit_json([{"shape": one.name, **document_of(one)} for one in found])
        return DONE
    words = wording()
    for one in found:
        say(map_line(one, words))
    return DONE


def run_inspect(options: argparse.Namespace) -> int:
    """Say where the values of one field of a person came from."""
    with opened_store(options) as clinic:
        people = patients_numbered(clinic, whole_text(options.patient))
        if not people:
            raise InputError("patient_unknown")
        if len(people) > 1:
            raise InputError("person_number_twice")
        found = inspect(clinic, people[0], whole_text(options.field))
    if options.json:
        emit_json({"patient_id": whole_text(options.patient), **_inspection(found)})
    else:
        _tell(found, wording())
    return DONE


def _tell(found: Inspection, words: Wording) -> None:
    for title, lines in inspection_sections(found, words):
        say(title)
        for line in lines:
            say(f"  {line}")


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
    origin = state.origin
    return {
        "value": state.value,
        "qualifier": state.qualifier,
        "source": origin.kind.value,
        "file": origin.file_name,
        "sha256": origin.file_sha256,
        "sheet": origin.sheet,
        "row": origin.row,
        "column": origin.column,
        "text": origin.text,
        "conversion": None if origin.conversion is None else _conversion(origin.conversion),
        "rule": origin.rule,
        "import": state.import_id,
        "taken_back": state.taken_back,
        "recorded_at": origin.recorded_at.isoformat(),
        "recorded_by": origin.actor,
        "ended_at": None if state.ended_at is None else state.ended_at.isoformat(),
        "ended_by": state.ended_by,
        "ended_how": _how(state),
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

"""What a remembered map says of a file, and what a file changes against the last one, in sentences."""

from __future__ import annotations

from engine.domain.file_difference import FileDifference
from engine.wording import Wording
from engine.workflows.import_maps import ImportMap, Recalled
from engine.workflows.inspect_words import label_of, said


def recalled_lines(found: Recalled | None, words: Wording) -> tuple[str, ...]:
    """Return that a map was used, and which of its answers do not hold here."""
    if found is None:
        return ()
    day = "" if found.map.saved_at is None else found.map.saved_at.date().isoformat()
    lines = [words.say("undo.map.used", day=day, columns=found.columns, answers=len(found.answers))]
    for one in found.disagreed:
        told = {"question": one.question_id, "then": plain(one.remembered), "now": plain(one.shown)}
        lines.append(words.say("undo.map.disagrees", **told))
    return tuple(lines)


def plain(answer: object) -> str:
    """Return an answer as text."""
    if isinstance(answer, dict):
        return ", ".join(f"{code}: {value}" for code, value in answer.items())
    return "?" if answer is None else str(answer)


def map_line(known: ImportMap, words: Wording) -> str:
    """Return one map on a line."""
    day = "" if known.saved_at is None else known.saved_at.date().isoformat()
    told = {"shape": known.name, "day": day, "columns": len(known.headers), "answers": len(known.answers)}
    return words.say("undo.map.line", **told)


def difference_lines(found: FileDifference | None, words: Wording) -> tuple[str, ...]:
    """Return what a file changes against the last one of its shape, one sentence a line."""
    if found is None:
        return ()
    day = found.received_at.date().isoformat()
    rows = {
        "rows": found.rows,
        "new": found.rows_new,
        "changed": found.rows_changed,
        "unchanged": found.rows_unchanged,
        "parked": found.rows_parked,
    }
    lines = [
        words.say("undo.difference.against", file=found.file_name or "", day=day),
        words.say("undo.difference.rows", **rows),
        words.say(
            "undo.difference.values", people=found.people_new, new=found.values_new, changed=found.values_changed
        ),
        words.say("undo.difference.before", rows=found.rows_before, still=found.rows_still, missing=found.rows_missing),
    ]
    for one in found.changed:
        old, new = (said(one.field, value, None, words) for value in (one.old, one.new))
        told = {"person": one.number or "?", "day": one.visit_date.isoformat(), "field": label_of(one.field, words)}
        lines.append(words.say("undo.difference.value", old=old, new=new, **told))
    for gone in found.missing:
        person, day = gone.number or "?", gone.visit_date.isoformat()
        lines.append(words.say("undo.difference.gone", person=person, day=day, row=gone.row))
    return tuple(lines)

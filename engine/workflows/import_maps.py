"""The clinic's own map: what was answered about a file is remembered under its headers and offered for the next one.

An answer that rests on what the numbers show (units, the order of dates) is taken only where this file's numbers show
the same as they did then; where they disagree the question stays open. What belongs to one file alone (a day, a person,
twins, broken bytes) is never remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.errors import InputError, UsageError
from engine.intake.field_columns import ColumnMap
from engine.intake.plan import ImportPlan
from engine.intake.questions import LEAVE_OUT, AnswerValue, Names, Question, QuestionKind
from engine.store.maps import load_map, load_maps, save_map
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file

FORMAT = "lantern-map/1"
_LARGEST = 1 << 24  # bytes of a map in a file
_LIKE = 0.8  # of the columns of a file a map must know
_PASSES = 4  # an answer may raise a question that is answered too

# What the numbers show; an answer to these holds only where they show the same.
_EVIDENCE = frozenset(
    {
        QuestionKind.UNIT,
        QuestionKind.MIXED_UNITS,
        QuestionKind.UNIT_CONFLICT,
        QuestionKind.SWAPPED_COLUMNS,
        QuestionKind.DATE_ORDER,
        QuestionKind.DATE_SERIAL,
    }
)
_OF_ONE_FILE = frozenset(
    {
        QuestionKind.VISIT_DATE,
        QuestionKind.WHOSE_READINGS,
        QuestionKind.DUPLICATES,
        QuestionKind.SEVERAL_PEOPLE,
        QuestionKind.CONFIRM_ROWS,
        QuestionKind.DAMAGED_BYTES,
        QuestionKind.UNCLOSED_QUOTE,
        QuestionKind.DAMAGED_ID_COLUMN,
    }
)


@dataclass(frozen=True, slots=True)
class ImportMap:
    """What was said about files with these headers.

    ``fields``: name of a column -> field, None: left out. ``answers`` by question id; ``guesses``: what the numbers
    showed when the question was answered. ``import_id``: the file that was imported so last.
    """

    headers: tuple[str, ...]
    fields: Mapping[str, str | None]
    answers: Mapping[str, AnswerValue]
    guesses: Mapping[str, AnswerValue] = field(default_factory=dict)
    sheet: str | None = None
    encoding: str | None = None
    saved_at: datetime | None = None
    import_id: str | None = None

    @property
    def name(self) -> str:
        """What it is kept under."""
        return shape_of(self.headers)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An answer that is not taken: what was said then, and what this file shows."""

    question_id: str
    remembered: AnswerValue
    shown: AnswerValue


@dataclass(frozen=True, slots=True)
class Recalled:
    """A map that fits a file. ``columns``: how many of its columns are known; ``answers``: those that can be taken."""

    map: ImportMap
    columns: int
    answers: Mapping[str, AnswerValue]
    disagreed: tuple[Disagreement, ...] = ()


def shape_of(headers: Sequence[str]) -> str:
    """Return what recognises files of one shape: their headers, without regard to spaces and case."""
    plain = [" ".join(header.split()).casefold() for header in headers]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def map_of(
    headers: Sequence[str], plan: ImportPlan, answers: Mapping[str, AnswerValue], now: datetime | None = None
) -> ImportMap:
    """Return what is to be remembered of a file: its columns, and the answers that hold for the next one too."""
    names = Names(tuple(headers))
    asked = {question.id: question for question in plan.questions}
    kept = {id_: answer for id_, answer in answers.items() if _is_kept(id_, asked)}
    facts = plan.facts
    return ImportMap(
        headers=tuple(headers),
        fields={names[column.index]: column.field for column in plan.columns if column.index < len(headers)},
        answers=kept,
        guesses={id_: asked[id_].guess for id_ in kept if id_ in asked},
        sheet=None if facts is None else facts.sheet,
        encoding=None if facts is None else facts.encoding,
        saved_at=now,
    )


def _is_kept(question_id: str, asked: Mapping[str, Question]) -> bool:
    if question_id in asked:
        return asked[question_id].kind not in _OF_ONE_FILE
    return question_id.startswith("map:")


def remembered(clinic: OpenClinic, headers: Sequence[str]) -> ImportMap | None:
    """Return the map of files with these headers, else of the most alike ones; None where none is alike enough."""
    exact = load_map(clinic.vault, shape_of(headers))
    if exact is not None:
        return _read(exact)
    wanted = set(_plain(headers))
    best: tuple[float, ImportMap] | None = None
    for document in load_maps(clinic.vault).values():
        known = _read(document)
        share = len(wanted & set(_plain(known.headers))) / max(len(wanted), 1)
        if share >= _LIKE and (best is None or share > best[0]):
            best = (share, known)
    return None if best is None else best[1]


def _plain(headers: Sequence[str]) -> list[str]:
    return [" ".join(header.split()).casefold() for header in headers]


def recall(
    known: ImportMap,
    headers: Sequence[str],
    given: Mapping[str, AnswerValue],
    now: ImportPlan,
    plan: Callable[[Mapping[str, AnswerValue]], ImportPlan],
) -> Recalled:
    """Return which answers of a map hold for a file.

    Args:
        known: the map.
        headers: those of the file.
        given: what was answered for this file; it goes before the map.
        now: the file planned with these.
        plan: plans the file with other answers.
    """
    names = [Names(tuple(headers))[place] for place in range(len(headers))]
    taken: dict[str, AnswerValue] = dict(given)
    columns = sum(name in known.fields for name in names)
    fields = _fields(known, now.columns, names, taken)
    taken, now = _try(plan, taken, fields, now)
    disagreed: dict[str, Disagreement] = {}
    for _ in range(_PASSES):
        fresh: dict[str, AnswerValue] = {}
        for question in now.open_questions:
            if question.id in known.answers and question.id not in disagreed:
                answer = _fitting(question, known)
                if answer is None:
                    remembered_answer = known.answers[question.id]
                    disagreed[question.id] = Disagreement(question.id, remembered_answer, question.guess)
                else:
                    fresh[question.id] = answer
        if not fresh:
            break
        taken, now = _try(plan, taken, fresh, now)
    answers = {id_: answer for id_, answer in taken.items() if id_ not in given}
    return Recalled(known, columns, answers, tuple(disagreed.values()))


def _fields(
    known: ImportMap, columns: Sequence[ColumnMap], names: Sequence[str], taken: Mapping[str, AnswerValue]
) -> dict[str, AnswerValue]:
    """Return what columns were taken for then and would not be now, and what a person said of them."""
    found: dict[str, AnswerValue] = {}
    for column in columns:
        name = names[column.index] if column.index < len(names) else ""
        if name in known.fields and known.fields[name] != column.field and f"map:{name}" not in taken:
            found[f"map:{name}"] = known.fields[name] or LEAVE_OUT
    for id_, answer in known.answers.items():
        if id_.startswith("map:") and id_.removeprefix("map:") in names and id_ not in taken:
            found[id_] = answer
    return found


def _try(
    plan: Callable[[Mapping[str, AnswerValue]], ImportPlan],
    taken: dict[str, AnswerValue],
    fresh: Mapping[str, AnswerValue],
    now: ImportPlan,
) -> tuple[dict[str, AnswerValue], ImportPlan]:
    """Plan with more answers; one that this file does not allow leaves everything as it was."""
    if not fresh:
        return taken, now
    try:
        return {**taken, **fresh}, plan({**taken, **fresh})
    except InputError:
        return taken, now


def _fitting(question: Question, known: ImportMap) -> AnswerValue:
    """Return the remembered answer where it holds for this question; None where it does not."""
    answer = known.answers[question.id]
    if question.kind in _OF_ONE_FILE:
        return None
    if question.kind is QuestionKind.SHEET:
        return answer if answer == question.guess else None  # another sheet would have to be read first
    if question.kind in _EVIDENCE:
        alike = question.guess in (None, answer) or question.guess == known.guesses.get(question.id)
        return answer if alike else None
    if question.kind is QuestionKind.CODE_MEANING:
        if not isinstance(answer, Mapping) or not set(question.codes) <= set(answer):
            return None
        return {code: answer[code] for code in question.codes}
    return answer


# --- as documents -----------------------------------------------------------------------------------------------------


def document_of(known: ImportMap) -> dict[str, Any]:
    """Return a map as plain JSON, to be kept or written to a file."""
    return {
        "format": FORMAT,
        "headers": list(known.headers),
        "fields": dict(known.fields),
        "answers": dict(known.answers),
        "evidence": dict(known.guesses),
        "sheet": known.sheet,
        "encoding": known.encoding,
        "saved_at": None if known.saved_at is None else known.saved_at.isoformat(),
        "import": known.import_id,
    }


def _read(document: Mapping[str, Any]) -> ImportMap:
    if document["format"] != FORMAT:
        raise ValueError("another format")
    fields, answers, guesses = document["fields"], document["answers"], document.get("evidence") or {}
    if not all(isinstance(part, dict) for part in (fields, answers, guesses)):
        raise ValueError("no map")
    if not all(value is None or isinstance(value, str) for value in fields.values()):
        raise ValueError("no field")
    saved, import_id = document.get("saved_at"), document.get("import")
    return ImportMap(
        headers=tuple(str(header) for header in document["headers"]),
        fields=fields,
        answers=answers,
        guesses=guesses,
        sheet=document.get("sheet"),
        encoding=document.get("encoding"),
        saved_at=None if saved is None else datetime.fromisoformat(saved),
        import_id=None if import_id is None else str(import_id),
    )


def read_map(path: Path) -> ImportMap:
    """Return the map of a JSON file.

    Raises:
        UsageError: ``map_unreadable``: the file cannot be read or is no map.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ValueError("too long")
        return _read(json.loads(content.decode("utf-8-sig")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("map_unreadable") from error


def write_map(path: Path, known: ImportMap) -> None:
    """Write a map to a JSON file, to be edited or taken to another clinic.

    Raises:
        InputError: ``output_unwritable``.
    """
    document = {**document_of(known), "import": None}
    with whole_file(path) as file:
        file.write(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True).encode("utf-8") + b"\n")


def all_maps(clinic: OpenClinic) -> tuple[ImportMap, ...]:
    """Return every map that the clinic has, the one used last first."""
    found = [_read(document) for document in load_maps(clinic.vault).values()]
    return tuple(sorted(found, key=lambda known: str(known.saved_at), reverse=True))


def with_import(known: ImportMap, import_id: str) -> ImportMap:
    """Return a map with the file that was imported so last."""
    return replace(known, import_id=import_id)


def keep_own_map(clinic: OpenClinic, known: ImportMap) -> None:
    """Keep a map that was edited or comes from elsewhere; what was imported so last stays known."""
    before = load_map(clinic.vault, known.name)
    kept = replace(known, saved_at=clinic.clock.now(), import_id=None if before is None else _read(before).import_id)
    save_map(clinic.vault, kept.name, document_of(kept), clinic.actor)


def forget_map(clinic: OpenClinic, shape: str) -> None:
    """Forget a map.

    Raises:
        UsageError: ``map_unknown``.
    """
    if load_map(clinic.vault, shape) is None:
        raise UsageError("map_unknown")
    save_map(clinic.vault, shape, None, clinic.actor)

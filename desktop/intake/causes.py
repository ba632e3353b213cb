"""What a file holds that is not simply stored, grouped by cause: most serious first, each with its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from desktop.i18n import Texts
from desktop.intake.words import example_text, shown_unit, target_label
from engine.domain.entries import ParkedRow
from engine.domain.problems import Problem, Reason
from engine.fields import load_dictionary
from engine.fields.canonical import write_number
from engine.intake.field_columns import ColumnMap
from engine.intake.plan import reasons
from engine.workflows.import_outcome import FileOutcome
from engine.workflows.import_preview import ImportNote, SkippedRow

_ICONS = {
    Reason.DUPLICATE_PERSON: "people",
    Reason.FUTURE_DATE: "calendar",
    Reason.AMBIGUOUS_DATE: "calendar",
    Reason.MISSING_IDENTITY: "person",
    Reason.BAD_ROW_SHAPE: "list",
}
_ORDER = tuple(Reason)
_PRESSURES = frozenset({"sbp_mmhg", "dbp_mmhg"})
_WHO = ("name", "given_name", "patient_id", "resident_id", "phone")
_NEEDS_FIELDS = frozenset(
    {
        *(Reason.IMPOSSIBLE_VALUE, Reason.IMPLAUSIBLE_VALUE, Reason.AMBIGUOUS_DATE, Reason.AMBIGUOUS_UNIT),
        *(Reason.FUTURE_DATE, Reason.UNREADABLE_VALUE),
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A row under a cause: its number in the file, who it is about, as written, and why or what became of it."""

    row: int
    who: str
    written: str
    why: str
    cells: tuple[tuple[str, str], ...] = ()


class Lines(Sequence[Line]):
    """Lines made when they are looked at: a file may hold a hundred thousand of them."""

    def __init__(self, count: int, make: Callable[[int], Line]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Line: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Line]: ...

    def __getitem__(self, at: int | slice) -> Line | Sequence[Line]:
        if isinstance(at, slice):
            return [self._make(each) for each in range(*at.indices(self._count))]
        if not 0 <= at < self._count:
            raise IndexError(at)
        return self._make(at)


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause with its rows. ``tone`` and ``state`` are the tag; ``advice`` says what happens and what to do."""

    code: str
    icon: str
    title: str
    count: int
    tone: str
    state: str
    advice: str
    lines: Sequence[Line] = ()


def causes_of(outcome: FileOutcome, texts: Texts) -> tuple[Cause, ...]:
    """Return the causes of a file that was looked at."""
    skipped = outcome.preview.skipped if outcome.preview is not None else ()
    notes = outcome.preview.notes if outcome.preview is not None else ()
    return (
        *parked_causes(outcome.parked, outcome.columns, texts),
        *_skipped_causes(skipped, texts),
        *(_note_cause(note, texts) for note in notes),
        *_column_causes(outcome.columns, texts),
    )


def parked_causes(rows: Sequence[ParkedRow], columns: Sequence[ColumnMap], texts: Texts) -> tuple[Cause, ...]:
    """Group parked rows by reason and field, the most serious reason and the most rows first."""
    grouped: dict[tuple[Reason, tuple[str, ...]], list[ParkedRow]] = {}
    for row in rows:
        for reason, fields in reasons(row.problems):
            grouped.setdefault((reason, fields), []).append(row)
    ordered = sorted(grouped.items(), key=lambda item: (_ORDER.index(item[0][0]), -len(item[1])))
    return tuple(_parked_cause(reason, fields, together, columns, texts) for (reason, fields), together in ordered)


def why_parked(row: ParkedRow, texts: Texts) -> str:
    """Return in words why a row waits."""
    return texts("import.and").join(cause_title(reason, fields, texts) for reason, fields in reasons(row.problems))


def waiting_line(row: ParkedRow, texts: Texts) -> Line:
    """Return a row that waits in the store, with everything that is wrong with it."""
    written = [f"{problem.text}" for problem in row.problems if problem.text]
    return Line(row.row, _who(row, ()), ", ".join(dict.fromkeys(written)), why_parked(row, texts), row.cells)


def _parked_cause(
    reason: Reason, fields: tuple[str, ...], rows: Sequence[ParkedRow], columns: Sequence[ColumnMap], texts: Texts
) -> Cause:
    return Cause(
        code=":".join((reason.value, *fields)),
        icon=_ICONS.get(reason, "warning"),
        title=cause_title(reason, fields, texts),
        count=len(rows),
        tone="warn",
        state=texts("import.state.parked"),
        advice=texts(f"import.advice.{reason.value}"),
        lines=Lines(len(rows), lambda at: _parked_line(rows[at], reason, fields, columns, texts)),
    )


def cause_title(reason: Reason, fields: tuple[str, ...], texts: Texts) -> str:
    """Return what is wrong with the rows of a cause."""
    if reason in _NEEDS_FIELDS and fields:
        pair = set(fields) == _PRESSURES
        named = (
            texts("import.pressure") if pair else texts("import.and").join(target_label(each, texts) for each in fields)
        )
        return texts(f"import.cause.{reason.value}", field=named)
    if reason in _NEEDS_FIELDS:
        return texts("import.cause.row_too_long")
    return texts(f"import.cause.{reason.value}")


def _parked_line(
    row: ParkedRow, reason: Reason, fields: tuple[str, ...], columns: Sequence[ColumnMap], texts: Texts
) -> Line:
    problems = [problem for problem in row.problems if problem.reason is reason]
    headers = {column.header for column in columns if column.field is not None and _gives(column.field, fields)}
    cells = [text for header, text in row.cells if header in headers]
    texts_of = [problem.text for problem in problems if problem.text]
    written = " / ".join(cells or dict.fromkeys(texts_of))
    return Line(row.row, _who(row, columns), written, _why(problems, texts), row.cells)


def _gives(target: str, fields: tuple[str, ...]) -> bool:
    return target in fields or any(field in target.split("+") for field in fields)


def _who(row: ParkedRow, columns: Sequence[ColumnMap]) -> str:
    """Return the name or number in a row; its first cell where nothing is known of the columns."""
    for target in _WHO:
        headers = {column.header for column in columns if column.field == target}
        found = next((text for header, text in row.cells if header in headers), "")
        if found:
            return found
    return " ".join(text for _, text in row.cells[:2]) if not columns else ""


def _why(problems: Sequence[Problem], texts: Texts) -> str:
    """Return what would have been right: the limits of the field where the value broke them."""
    for problem in problems:
        unit = shown_unit(problem.unit)
        if problem.low is not None and problem.high is not None:
            low, high = write_number(problem.low), write_number(problem.high)
            return texts(f"import.limits.{problem.reason.value}", low=low, high=high, unit=unit).rstrip()
    reason = problems[0].reason
    if reason is Reason.IMPOSSIBLE_VALUE and len(problems[0].fields) > 1:
        return texts("import.why.do_not_fit")
    return texts(f"import.why.{reason.value}")


def _skipped_causes(rows: Sequence[SkippedRow], texts: Texts) -> Iterator[Cause]:
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = [row for row in rows if row.kind == kind]
        lines = (
            Line(row.row, "", " · ".join(text for _, text in row.cells), texts(f"import.why.{kind}"), row.cells)
            for row in mine
        )
        yield Cause(
            code=kind,
            icon="minus",
            title=texts(f"import.cause.{kind}"),
            count=len(mine),
            tone="info",
            state=texts("import.state.skipped"),
            advice=texts("import.advice.skipped"),
            lines=tuple(lines),
        )


def _note_cause(note: ImportNote, texts: Texts) -> Cause:
    label = load_dictionary()[note.field].label(texts.language)
    if note.conversion is not None and note.kind == "converted":
        units = {"unit": shown_unit(note.conversion.unit_from), "own": shown_unit(note.conversion.unit_to)}
        title = texts("import.cause.converted", field=label, **units)
    else:
        title = texts("import.cause.qualified", field=label)
    state = texts(f"import.state.{note.kind}")
    lines = (Line(row, "", *example_text(value, texts)) for row, value in note.examples)
    return Cause(
        code=f"{note.kind}:{note.field}",
        icon="check",
        title=title,
        count=note.rows,
        tone="ok",
        state=state,
        advice=texts(f"import.advice.{note.kind}"),
        lines=tuple(lines),
    )


def _column_causes(columns: Sequence[ColumnMap], texts: Texts) -> Iterator[Cause]:
    left = [column for column in columns if column.field is None and column.header]
    if left:
        yield Cause(
            code="columns",
            icon="minus",
            title=texts("import.cause.columns"),
            count=len(left),
            tone="info",
            state=texts("import.state.skipped"),
            advice=texts("import.advice.columns", columns=texts("import.and").join(c.header for c in left[:20])),
        )

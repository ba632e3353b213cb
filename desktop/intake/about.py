"""What is asked about: which columns of a table, and what a file is counted in."""

from __future__ import annotations

from engine.intake.questions import Question
from engine.workflows.import_any import AnyFile
from engine.workflows.import_files import ReadFile
from engine.workflows.import_outcome import FileOutcome


def column_name(outcome: FileOutcome | None, at: int) -> str:
    """Return the name of a column in the ids of questions."""
    preview = outcome.preview if outcome is not None else None
    return "" if preview is None else preview.names[at]


def is_about(question: Question, outcome: FileOutcome | None, at: int) -> bool:
    """Whether a question is about a column; of columns with equal headings, about this one."""
    columns = () if outcome is None else outcome.columns
    if columns[at].header not in question.columns:
        return False
    _, _, name = question.id.partition(":")
    equal = sum(column.header == columns[at].header for column in columns)
    return equal == 1 or name in {"", column_name(outcome, at)}


def columns_about(question: Question, outcome: FileOutcome | None) -> list[int]:
    """Return the places of the columns a question is about."""
    count = 0 if outcome is None else len(outcome.columns)
    return [at for at in range(count) if is_about(question, outcome, at)]


def field_of(question: Question, outcome: FileOutcome | None) -> str | None:
    """Return what the one column of a question is taken for now."""
    if len(question.columns) != 1 or outcome is None:
        return None
    about = columns_about(question, outcome)
    column = outcome.columns[about[0]] if about else None
    return None if column is None else column.field or column.suggested


def words_of(name: str, what: str) -> str:
    """Return the key of words about what is counted: rows stand among those of the import."""
    return f"import.{name}" if what == "rows" else f"bring.{name}.{what}"


def counted_in(outcome: FileOutcome | None) -> str:
    """Return what a file is counted in: rows of a table, readings of a device, entries of another system."""
    if outcome is None or (outcome.device is None and outcome.record is None):
        return "rows"
    return "readings" if outcome.device is not None else "entries"


def sheet_of(read: AnyFile) -> str | None:
    """Return the sheet that was read."""
    return read.table.facts.sheet if isinstance(read, ReadFile) else None

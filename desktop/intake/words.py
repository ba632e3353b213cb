"""Fields, units and values in words, as the pages of an import show them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.i18n import Texts
from engine.domain.dates import PartialDate
from engine.domain.ports import Clock
from engine.domain.record import Value
from engine.fields import Field, Kind, Scope, load_dictionary
from engine.intake.assemble import canonical_text
from engine.intake.field_columns import ColumnMap
from engine.intake.lexicon import BESIDE_FIELDS, EVIDENCE, PAIR, load_lexicon
from engine.intake.typed import TypedValue, read_typed
from engine.intake.units import unit_name
from engine.workflows.import_preview import StoredRow, StoredValue

_PAIR_KEY = "pair"
_PRESSURES = ("sbp_mmhg", "dbp_mmhg")


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One line of the row as it would be stored: what it is, as written, and what becomes of it."""

    label: str
    written: str
    value: str


def target_label(target: str, texts: Texts) -> str:
    """Return the name of what a column may be taken for."""
    if target.startswith(EVIDENCE):
        return texts("import.target.evidence", field=target_label(target.removeprefix(EVIDENCE), texts))
    if target in BESIDE_FIELDS:
        return texts(f"import.target.{_PAIR_KEY if target == PAIR else target}")
    return load_dictionary()[target].label(texts.language)


def all_targets(texts: Texts) -> list[tuple[str, str]]:
    """Return everything a column may be taken for, by name; "Not imported" (an empty code) first."""
    fields = [field.name for field in load_dictionary().fields.values() if field.scope is not Scope.SETTING]
    named = [(target, target_label(target, texts)) for target in (*fields, *sorted(BESIDE_FIELDS))]
    if texts.language == "en":  # Chinese names keep the order of the dictionary, which goes by topic
        named.sort(key=lambda pair: pair[1].casefold())
    return [("", texts("import.target.skip")), *named]


def shown_unit(code: str | None) -> str:
    """Return a unit as people write it; nothing where nobody writes one."""
    if code is None or code in {"1", "a"} or code.startswith("{"):
        return ""
    return unit_name(code, load_lexicon().units)


def value_text(field: Field, value: Value, texts: Texts) -> str:
    """Return a canonical value as people write it."""
    if field.kind is Kind.DATE:
        return date_text(str(value), texts)
    if field.kind is Kind.BOOLEAN:
        return texts("import.yes") if value is True else texts("import.no")
    if field.kind is Kind.CATEGORY:
        return field.category_label(str(value), texts.language)
    if isinstance(value, float):
        number = canonical_text(round(value, 1 if field.decimals is None else max(field.decimals, 0)))
        return f"{number} {shown_unit(field.unit)}".rstrip()
    return str(value)


def date_text(text: str, texts: Texts) -> str:
    """Return a date, known to the day or less, as people write it."""
    known = PartialDate.parse(text)
    return text if known.day is None else texts.date(known.earliest)


def column_caption(column: ColumnMap, texts: Texts, *, asked: bool) -> str:
    """Return the small line under what a column is taken for: its unit, its order of dates, its words."""
    if column.field is None:
        return "" if column.suggested is None else texts("import.could_be", field=target_label(column.suggested, texts))
    if column.unit_names:
        units = ", ".join(column.unit_names)
        return texts("import.unit_guess", unit=units) if asked else units
    if column.date_order is not None:
        return texts(f"import.order.{column.date_order}")
    return texts("import.words", count=len(column.codes)) if column.codes else ""


def stored_lines(row: StoredRow, texts: Texts) -> list[StoredLine]:
    """Return what would be stored of a row; the two pressures of one reading stand in one line."""
    lines: list[StoredLine] = []
    by_place = {(value.field, value.reading): value for value in row.values}
    for value in row.values:
        if value.field == "birth_date_precision":
            continue
        upper, lower = (by_place.get((name, value.reading)) for name in _PRESSURES)
        if value.field in _PRESSURES and upper is not None and lower is not None:
            if value is upper:
                lines.append(_pressures(upper, lower, texts))
            continue
        lines.append(_line(value, texts))
    return lines


def _pressures(upper: StoredValue, lower: StoredValue, texts: Texts) -> StoredLine:
    high, low = (canonical_text(value.value) if value.value is not None else "" for value in (upper, lower))
    both = dict.fromkeys((_written(upper), _written(lower)))  # one cell may hold both
    unit = shown_unit(load_dictionary()[upper.field].unit)
    return StoredLine(texts("import.pressure"), ", ".join(both), f"{high}/{low} {unit}")


def _line(value: StoredValue, texts: Texts) -> StoredLine:
    field = load_dictionary()[value.field]
    meant = "" if value.value is None else value_text(field, value.value, texts)
    meant = f"{value.qualifier} {meant}".strip() if value.qualifier else meant
    unit = shown_unit(value.conversion.unit_from) if value.conversion is not None else ""
    written = _written(value)
    if unit and unit not in written:
        written = f"{written} {unit}"
    return StoredLine(field.label(texts.language), written, meant)


def _written(value: StoredValue) -> str:
    if value.written is not None:
        return value.written
    return "" if value.value is None else canonical_text(value.value)


def example_text(value: StoredValue, texts: Texts) -> tuple[str, str]:
    """Return one value as written and as it is kept."""
    line = _line(value, texts)
    return line.written, line.value


def read_day(text: str, clock: Clock) -> str | None:
    """Return a typed day of a visit as the engine writes it; None when it is none, is unclear or lies ahead."""
    if not text.strip():
        return None
    so_far = read_typed([TypedValue("visit_date", text)], clock)
    if so_far.problems or not so_far.entries.columns:
        return None
    return str(so_far.entries.columns[0].values[0])

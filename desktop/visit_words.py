"""Visits and values in words: what was measured on a day, where it came from, how a stored value is written."""

from __future__ import annotations

from collections.abc import Callable

from desktop.i18n import Texts
from desktop.units import PAIR_OF, PAIRS, unit_words, written
from engine.domain.record import SourceKind, Value, Visit
from engine.fields import Dictionary, Field, Kind
from engine.workflows.live import RecordInHand

UnitOf = Callable[[Field], str | None]


def value_words(one: Field, value: Value | None, unit: str | None, texts: Texts) -> str:
    """Return a stored value as people read it, with its unit."""
    if value is None:
        return texts("record.not_known")
    if isinstance(value, bool):
        return texts("record.yes" if value else "record.no")
    if one.kind is Kind.CATEGORY:
        return one.category_label(str(value), texts.language)
    if isinstance(value, (int, float)):
        return f"{written(one, float(value), unit)} {unit_words(unit, texts)}".strip()
    return str(value)


def visit_words(visit: Visit, dictionary: Dictionary, unit_of: UnitOf, texts: Texts) -> str:
    """Return what was measured at a visit in one line: pressures first, then in the order of the dictionary."""
    parts = visit_parts(visit, dictionary, unit_of, texts)
    return " · ".join(words for words, _ in parts) or texts("record.visits.nothing")


def visit_parts(
    visit: Visit, dictionary: Dictionary, unit_of: UnitOf, texts: Texts
) -> list[tuple[str, tuple[str, ...]]]:
    """Return the same in parts, each with the fields it tells."""
    by_field: dict[str, list[Value]] = {}
    for one in visit.measurements:
        if one.value is not None:
            by_field.setdefault(one.field, []).append(one.value)
    parts = [(_pair(pair, by_field, dictionary, unit_of, texts), tuple(PAIRS[pair])) for pair in PAIRS]
    noes: dict[str, str] = {}
    for name, field in dictionary.fields.items():
        if name in by_field and name not in PAIR_OF:
            value, label = by_field[name][0], field.label(texts.language)
            if value is False:
                noes[name] = label
                continue
            key = "record.visits.value" if field.kind is Kind.NUMBER else "record.visits.answer"
            parts.append((texts(key, label=label, value=value_words(field, value, unit_of(field), texts)), (name,)))
    if noes:
        labels = texts("record.add.comma").join(noes.values())
        parts.append((texts("record.visits.noes", labels=labels), tuple(noes)))
    return [(words, fields) for words, fields in parts if words]


def _pair(pair: str, by_field: dict[str, list[Value]], dictionary: Dictionary, unit_of: UnitOf, texts: Texts) -> str:
    upper, lower = (dictionary[name] for name in PAIRS[pair])
    unit = unit_of(upper)
    means = []
    for field in (upper, lower):
        numbers = [float(value) for value in by_field.get(field.name, []) if isinstance(value, (int, float))]
        means.append(written(field, sum(numbers) / len(numbers), unit) if numbers else "")
    if not any(means):
        return ""
    label = texts("record.visits.pressure") if pair == "pressure" else texts(f"record.pair.{pair}")
    value = f"{'/'.join(mean for mean in means if mean)} {unit_words(unit, texts)}".strip()
    return texts("record.visits.value", label=label, value=value)


def source_words(visit: Visit, in_hand: RecordInHand, texts: Texts) -> str:
    """Return where a visit's values came from: typed by whom, or from which file and row."""
    origins = {one.origin for one in visit.measurements}
    typed = next((one for one in origins if one.kind is SourceKind.TYPED), None)
    imported = next((one for one in origins if one.kind is not SourceKind.TYPED and one.file_name), None)
    parts = []
    if typed is not None:
        who = in_hand.actor_name if typed.actor == in_hand.actor_id else typed.actor or ""
        parts.append(texts("record.visits.typed", who=who) if who else texts("record.source.typed"))
    if imported is not None:
        parts.append(texts("record.visits.from_file", file=imported.file_name or "", row=imported.row or ""))
    return " · ".join(parts)

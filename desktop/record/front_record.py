"""A record as it is read in an emergency: what is dangerous first, then what is known, the newest visit first."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.record.units import first_unit
from desktop.record.visit_words import visit_words
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, held
from engine.domain.record import Allergy, Condition, Medicine, Record, Relative
from engine.workflows.list_labels import condition_label, relation_label

_MOST_VISITS = 20


def record_cards(ui: Ui, context: Context, record: Record) -> Iterator[Card]:
    """Yield the cards of a record; nothing in them can be changed."""
    texts = ui.texts
    yield _card(ui, "allergies", [_allergy(ui, each) for each in record.allergies])
    yield _card(ui, "medicines", [(each.text, _span(ui, each)) for each in record.medicines])
    yield _card(ui, "conditions", [_condition(ui, each) for each in record.conditions])
    if record.relatives:
        yield _card(ui, "family", [_relative(ui, each) for each in record.relatives])
    visits = list(reversed(record.visits))
    dictionary = context.clinic.dictionary
    lines = [
        (texts.date(each.visit_date), visit_words(each, dictionary, lambda f: first_unit(f, context.settings), texts))
        for each in visits[:_MOST_VISITS]
    ]
    if len(visits) > _MOST_VISITS:
        lines.append((texts("front.more_visits", count=len(visits) - _MOST_VISITS), ""))
    yield _card(ui, "visits", lines)


def _card(ui: Ui, code: str, lines: list[tuple[str, str]]) -> Card:
    made = Card(ui, ui.texts(f"front.record.{code}"), gap=8)
    if not lines:
        made.body.addWidget(Label(ui, ui.texts("front.record.none"), 13, tone="3"))
    for text, more in lines:
        made.body.addWidget(_line(ui, text, more))
    return made


def _line(ui: Ui, text: str, more: str) -> QWidget:
    return held(column(ui, Label(ui, text, 13, bold=True), Label(ui, more, 13, tone="2") if more else None, gap=2))


def _allergy(ui: Ui, item: Allergy) -> tuple[str, str]:
    parts = [ui.texts(f"record.severity.{item.severity.value}"), item.reaction or ""]
    return item.substance, " · ".join(part for part in parts if part)


def _condition(ui: Ui, item: Condition) -> tuple[str, str]:
    texts = ui.texts
    parts = [texts(f"record.certainty.{item.certainty.value}")]
    if item.onset is not None:
        parts.append(texts("record.lists.since", day=str(item.onset)))
    if item.end is not None:
        parts.append(texts("record.lists.until", day=str(item.end)))
    return condition_label(item.code, texts.language), " · ".join(parts)


def _span(ui: Ui, item: Medicine) -> str:
    parts = []
    if item.start is not None:
        parts.append(ui.texts("record.lists.since", day=str(item.start)))
    if item.stop is not None:
        parts.append(ui.texts("record.lists.until", day=str(item.stop)))
    return " · ".join(parts)


def _relative(ui: Ui, item: Relative) -> tuple[str, str]:
    texts = ui.texts
    relation, condition = relation_label(item.relation, texts.language), condition_label(item.condition, texts.language)
    more = "" if item.age_at_onset is None else texts("record.lists.at_age", age=item.age_at_onset)
    return texts("record.lists.relative", relation=relation, condition=condition), more

"""One change of a record in words."""

from __future__ import annotations

from datetime import date

from desktop.i18n import Texts
from desktop.record.presenter import RecordPresenter
from desktop.visit_words import value_words
from engine.domain.history import HistoryAction, HistoryEntry
from engine.domain.record import SourceKind, Value
from engine.workflows.list_labels import condition_label

_LISTS = frozenset({"condition", "medicine", "allergy", "relative", "health_check", "answer"})
_VALUES = frozenset({HistoryAction.ENTERED, HistoryAction.CHANGED, HistoryAction.REMOVED})


def history_row(entry: HistoryEntry, presenter: RecordPresenter, texts: Texts) -> tuple[str, ...]:
    """Return when, who, what, what it said before and what it says since."""
    local = entry.moment.astimezone()
    when = texts("record.history.moment", day=texts.date(local.date()), time=texts.time(entry.moment))
    who = entry.actor
    if entry.source is not SourceKind.TYPED:
        who = texts("record.history.by_import", who=entry.actor)
    before = _value(entry, entry.old, entry.old_qualifier, presenter, texts)
    after = _value(entry, entry.new, entry.new_qualifier, presenter, texts)
    return when, who, _what(entry, presenter, texts), before, after


def _what(entry: HistoryEntry, presenter: RecordPresenter, texts: Texts) -> str:
    if entry.action not in _VALUES:
        words = texts(f"record.history.action.{entry.action.value}")
    else:
        subject = _subject(entry, presenter, texts)
        words = texts(f"record.history.action.{entry.action.value}", what=subject)
    if entry.visit_date is not None:
        words = texts("record.history.of_visit", what=words, day=texts.date(entry.visit_date))
    return words


def _subject(entry: HistoryEntry, presenter: RecordPresenter, texts: Texts) -> str:
    """Return the name of what was changed: a field, or a list with its entry and the part of it."""
    name = entry.field or ""
    kind, _, part = name.partition(".")
    form = presenter.form
    if kind not in _LISTS:
        label = form.dictionary[name].label(texts.language) if form and name in form.dictionary else name
        many = entry.reading is not None and entry.reading > 1
        return texts("record.history.reading", label=label, number=entry.reading or 1) if many else label
    subject = entry.subject or ""
    if kind in ("condition", "relative"):
        subject = condition_label(subject, texts.language)
    words = texts(f"record.history.list.{kind}", subject=subject)
    return texts(f"record.history.part.{part}", entry=words) if part and part != kind else words


def _value(
    entry: HistoryEntry, value: Value | None, qualifier: str | None, presenter: RecordPresenter, texts: Texts
) -> str:
    if value is None or entry.action not in {*_VALUES, HistoryAction.VISIT_MOVED}:
        return ""
    if entry.action is HistoryAction.VISIT_MOVED:
        return texts.date(date.fromisoformat(str(value)))
    form, name = presenter.form, entry.field or ""
    if form is not None and name in form.dictionary:
        field = form.dictionary[name]
        return f"{qualifier or ''}{value_words(field, value, presenter.desk.unit_of(field), texts)}"
    return _list_value(name, value, texts)


def _list_value(name: str, value: Value, texts: Texts) -> str:
    """Return a part of an entry of a list in words."""
    kind, _, part = name.partition(".")
    if isinstance(value, bool):
        return texts("record.yes" if value else "record.no")
    if kind in ("condition", "relative") and part in ("", "code", "condition"):
        return condition_label(str(value), texts.language)
    worded = {"certainty": f"record.certainty.{value}", "severity": f"record.severity.{value}"}
    return texts(worded[part]) if part in worded else str(value)

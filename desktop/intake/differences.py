"""What next month's file changes against the last one of its shape: the counts in one sentence, the rows by cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desktop.i18n import Texts
from desktop.intake.causes import Cause, Line, Lines
from engine.domain.file_difference import ChangedValue, FileDifference, MissingRow
from engine.workflows.inspect_words import label_of
from engine.workflows.map_words import old_and_new, who

CHANGED, GONE = "changed", "gone"


def difference_words(found: FileDifference, texts: Texts) -> str:
    """Return against which file it is held, and what is new, changed, as it was and no more in it."""
    parts = [texts("bring.difference.against", file=found.file_name or "", day=_day(found, texts))]
    counted = (
        ("people_new", found.people_new),
        ("rows_new", found.rows_new),
        ("values_new", found.values_new),
        ("values_changed", found.values_changed),
        ("unchanged", found.rows_unchanged),
    )
    some = [texts(f"bring.difference.{name}", count=texts.number(count)) for name, count in counted if count]
    parts.append(texts("bring.difference.comma").join(some) or texts("bring.difference.nothing"))
    gone = texts("bring.difference.none_gone")
    if found.rows_missing:
        gone = texts("bring.difference.rows_gone", count=found.rows_missing, of=texts.number(found.rows_before))
        if found.people_missing:
            gone += texts("bring.difference.people_gone", count=found.people_missing)
        gone += texts("bring.difference.stop")
    return texts("bring.difference.sentence_gap").join([f"{parts[0]}{parts[1]}{texts('bring.difference.stop')}", gone])


def difference_causes(found: FileDifference | None, texts: Texts) -> Iterator[Cause]:
    """Yield the values that are replaced and the rows that are missing this time, where there are any."""
    if found is None:
        return
    if found.values_changed:
        yield _cause(CHANGED, "refresh", found.values_changed, _changed(found.changed, texts), texts)
    if found.rows_missing:
        yield _cause(GONE, "minus", found.rows_missing, _gone(found.missing, found, texts), texts)


def heads_of(cause: Cause, texts: Texts) -> list[str]:
    """Return what the columns of such a cause are called; nothing where they are called as usual."""
    if cause.code not in {CHANGED, GONE}:
        return []
    return [texts(f"bring.difference.{cause.code}.{name}") for name in ("row", "who", "written", "why")]


def _cause(code: str, icon: str, count: int, lines: Sequence[Line], texts: Texts) -> Cause:
    title, state, advice = (texts(f"bring.difference.{code}.{part}") for part in ("title", "state", "advice"))
    return Cause(code, icon, title, count, "info", state, advice, lines)


def _changed(values: Sequence[ChangedValue], texts: Texts) -> Sequence[Line]:
    def line(at: int) -> Line:
        one, words = values[at], texts.wording
        old, new = old_and_new(one, words)
        nothing = texts("bring.difference.empty")
        becomes = texts("bring.difference.becomes", old=old or nothing, new=new or nothing)
        place = texts("bring.difference.place", field=label_of(one.field, words), day=texts.date(one.visit_date))
        return Line(one.row or 0, who(one.number, one.name), becomes, place)

    return Lines(len(values), line)


def _gone(rows: Sequence[MissingRow], found: FileDifference, texts: Texts) -> Sequence[Line]:
    def line(at: int) -> Line:
        one = rows[at]
        then = texts("bring.difference.then", file=found.file_name or "", row=one.row)
        return Line(0, who(one.number, one.name), texts.date(one.visit_date), then)

    return Lines(len(rows), line)


def _day(found: FileDifference, texts: Texts) -> str:
    return texts.date(found.received_at.astimezone().date())

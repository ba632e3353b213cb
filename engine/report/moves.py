"""What moves the number, for clinicians: what each input adds in points of 100, from the reference to the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.domain.assessment import Explanation
from engine.domain.record import Value
from engine.domain.report import MoveRow, Moves
from engine.report.case import Case, Lead
from engine.report.formats import within_sentence

# Less than this, in points of 100, is nothing that could be read.
_NOTHING = 0.005


@dataclass(frozen=True, slots=True)
class _Move:
    """Inputs that move the number together, as a fraction 0-1."""

    values: Mapping[str, Value]
    references: Mapping[str, Value]
    amount: float


def moves(case: Case, lead: Lead) -> Moves | None:
    """Return the block, or None when nothing explains the number.

    Where an assessment keeps what inputs add beside each other, that is told, and it adds up. Older ones know only what
    each would do alone.
    """
    explanation, found = lead.explanation, _found(case, lead)
    if explanation is None or not found:
        return None
    longest = max(abs(move.amount) for move in found)
    return Moves(
        title=case.wording.say("report.moves.title"),
        heads=(
            case.wording.say("report.moves.factor"),
            case.wording.say("report.moves.points"),
            case.wording.say("report.moves.adds"),
        ),
        rows=tuple(
            MoveRow(_listed(case, move.values), case.formats.points(move.amount), move.amount / longest)
            for move in found
        ),
        totals=_totals(case, explanation),
        note=_note(case, explanation, found),
    )


def moving_fields(case: Case, lead: Lead) -> tuple[tuple[str, ...], ...]:
    """Return the fields of each row of :func:`moves`, in its order."""
    return tuple(tuple(move.values) for move in _found(case, lead))


def _found(case: Case, lead: Lead) -> list[_Move]:
    explanation = lead.explanation
    if explanation is None:
        return []
    return _shared(explanation) if explanation.contributions else _alone(case, explanation)


def _shared(explanation: Explanation) -> list[_Move]:
    return [
        _Move(each.values, each.references or {}, each.amount)
        for each in explanation.contributions
        if abs(each.amount) * 100 >= _NOTHING
    ]


def _alone(case: Case, explanation: Explanation) -> list[_Move]:
    return [
        _Move({driver.field: driver.value}, {driver.field: driver.reference}, effect)
        for driver in case.drivers()
        if (effect := driver.effect(explanation.value))
    ]


def _totals(case: Case, explanation: Explanation) -> tuple[tuple[str, str], ...]:
    start = explanation.all_reference
    if explanation.contributions:
        start = explanation.value - sum(each.amount for each in explanation.contributions)
    named = [("report.moves.all_reference", start), ("report.moves.today", explanation.value)]
    return tuple(
        (case.wording.say(key), case.formats.fixed(value * 100, 1)) for key, value in named if value is not None
    )


def _note(case: Case, explanation: Explanation, found: Sequence[_Move]) -> str:
    parts = (within_sentence(_listed(case, move.references)) for move in found)
    references = case.wording.say("report.list.comma").join(parts)
    if not explanation.contributions:
        return case.wording.say("report.moves.note", references=references)
    note = case.wording.say("report.moves.shared", references=references)
    error = max(each.standard_error for each in explanation.contributions)
    if error * 100 < _NOTHING:
        return note
    drawn = case.wording.say("report.moves.drawn", error=case.formats.fixed(2 * error * 100, 2))
    return case.wording.say("report.sentence_gap").join((note, drawn))


def _listed(case: Case, values: Mapping[str, Value]) -> str:
    """Return inputs with their values, those that are told together one after the other."""
    return case.wording.say("report.list.comma").join(named(case, field, value) for field, value in values.items())


def named(case: Case, field: str, value: Value) -> str:
    """Return one input with its value as clinicians read it."""
    key = "report.moves.number" if case.values.shown_unit(field) else "report.moves.word"
    return case.wording.say(key, field=case.values.short_label(field), value=case.values.exact(field, value).text)

"""The headline box when there is no number: why not, and the next step, in everyday words."""

from __future__ import annotations

from engine.domain.report import Sentence
from engine.domain.results import Code, Note
from engine.report.case import Case, Lead
from engine.report.formats import within_sentence
from engine.report.notes import ages_of, missing_fields
from engine.report.sentences import lines_of

# What a person reads first: a reason that no test can change, before one that a test cures.
_ORDER = (Code.EXCLUDED, Code.INVALID, Code.OUT_OF_RANGE, Code.NOT_IN_TABLE, Code.MISSING)


def refusal_lines(case: Case) -> tuple[Sentence, ...]:
    """Return three lines: that there is no number, why, and what happens instead."""
    if case.lead is None:
        return _lines(case, "no_tool")
    notes = sorted(
        (note for note in case.lead.result.notes if note.code in _ORDER), key=lambda note: _ORDER.index(note.code)
    )
    if not notes:
        return _lines(case, "withheld")
    return _because(case, case.lead, notes[0])


def _because(case: Case, lead: Lead, note: Note) -> tuple[Sentence, ...]:
    label = within_sentence(case.values.plain_label(note.subject))
    if note.code is Code.EXCLUDED:
        key = f"excluded_{note.subject}"
        return _lines(case, key if f"report.no_number.{key}" in case.wording else "excluded", field=label)
    if note.code is Code.MISSING:
        return _missing(case, lead)
    if note.code is Code.OUT_OF_RANGE and note.subject == "age":
        ages = ages_of(case, lead.manifest)
        return _lines(case, "age", ages=ages) if ages else _lines(case, "out_of_range", field=label)
    return _lines(case, "invalid" if note.code is Code.INVALID else "out_of_range", field=label)


def _missing(case: Case, lead: Lead) -> tuple[Sentence, ...]:
    names = tuple(within_sentence(case.values.plain_label(field)) for field in missing_fields(lead.result))
    in_words = case.formats.listed(names)
    return _lines(case, "missing" if len(names) == 1 else "missing_several", fields=in_words)


def _lines(case: Case, key: str, **values: object) -> tuple[Sentence, ...]:
    return lines_of(case.wording, f"report.no_number.{key}", **values)

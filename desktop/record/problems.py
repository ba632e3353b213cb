"""What is wrong with a value, in sentences that stand under its box."""

from __future__ import annotations

from desktop.i18n import Texts
from desktop.record.form import Box, Form
from desktop.record.layout import BIRTH, VISIT_DAY
from desktop.units import unit_words, written
from desktop.widgets.measurement_edit import Said
from engine.domain.problems import Problem, Reason
from engine.fields import Kind


def problems_by_box(form: Form, problems: tuple[Problem, ...], texts: Texts) -> dict[str, list[Said]]:
    """Return for each box that has a problem what is to be said under it."""
    found: dict[str, list[Said]] = {}
    for problem in problems:
        for key in form.keys_of(problem.fields, problem.text):
            said = Said(sentence(problem, form.boxes.get(key), texts), "ask" if problem.can_confirm else "danger")
            if said not in found.setdefault(key, []):
                found[key].append(said)
    return found


def sentence(problem: Problem, box: Box | None, texts: Texts) -> str:
    """Return one problem in words, with its limits in the unit that is shown."""
    if problem.reason is Reason.IMPOSSIBLE_VALUE:
        return _impossible(problem, box, texts)
    if problem.reason is Reason.IMPLAUSIBLE_VALUE:
        if len(problem.fields) > 1:
            return texts("record.problem.close_pair", low=f"{problem.low:g}")
        return texts("record.problem.implausible_value", **_limits(problem, box, texts))
    if problem.reason in (Reason.AMBIGUOUS_DATE, Reason.FUTURE_DATE, Reason.MISSING_IDENTITY):
        return texts(f"record.problem.{problem.reason.value}")
    return texts(f"record.problem.unreadable_{_what(problem, box)}")


def _impossible(problem: Problem, box: Box | None, texts: Texts) -> str:
    if VISIT_DAY in problem.fields or problem.fields == (BIRTH,):
        return texts("record.problem.before_birth")
    if len(problem.fields) > 1 or (problem.low is None and problem.high is None):
        return texts("record.problem.crossed_pair")
    return texts("record.problem.impossible_value", **_limits(problem, box, texts))


def _what(problem: Problem, box: Box | None) -> str:
    if box is None or box.kind is Kind.DATE:
        return "birth" if BIRTH in problem.fields else "date"
    if len(box.fields) == 2:
        return "pair"
    return "number" if box.kind is Kind.NUMBER else "text"


def _limits(problem: Problem, box: Box | None, texts: Texts) -> dict[str, str]:
    named = next((one for one in box.fields if one.name == problem.fields[0]), None) if box else None
    if named is None:
        return {"low": f"{problem.low:g}", "high": f"{problem.high:g}", "unit": unit_words(problem.unit, texts)}
    unit = box.unit if box else None
    return {
        "low": "" if problem.low is None else written(named, problem.low, unit),
        "high": "" if problem.high is None else written(named, problem.high, unit),
        "unit": unit_words(unit, texts),
    }


def allowed(box: Box, texts: Texts) -> str:
    """Return the range in which the number of a box can be, in the unit shown; empty where there is none."""
    one = box.fields[0]
    if len(box.fields) > 1 or one.kind is not Kind.NUMBER or one.hard_min is None or one.hard_max is None:
        return ""
    return texts("record.range", low=written(one, one.hard_min, box.unit), high=written(one, one.hard_max, box.unit))

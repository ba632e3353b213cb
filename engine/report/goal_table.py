"""The table of values and goals on the patient's side."""

from __future__ import annotations

from engine.domain.live import LiveGoal
from engine.domain.record import Value
from engine.domain.report import GoalRow, Goals, Strip
from engine.report.case import Case
from engine.report.formats import within_sentence
from engine.report.goals import Goal, GoalBook, Row, load_goals
from engine.report.values import Shown


def goal_table(case: Case) -> Goals:
    """Return the table: at most so many rows, those with a goal first of all."""
    rows = _chosen(case, load_goals())
    say = case.wording.say
    return Goals(
        title=say("report.goals.title"),
        heads=(
            say("report.goals.what"),
            say("report.goals.you"),
            say("report.goals.strip"),
            say("report.goals.goal"),
        ),
        rows=tuple(_row(case, row, goal) for row, goal in rows),
        units_note=_units_note(case, rows),
    )


def goal_facts(case: Case) -> tuple[LiveGoal, ...]:
    """Return the goals of the table as facts for a screen: the same ones, in the same order."""
    return tuple(
        LiveGoal(
            field=row.field,
            least=goal.least,
            limit=goal.upper,
            second_limit=goal.also,
            at_goal=goal.reached(case.known.get(row.field), case.known.get(row.pair) if row.pair else None),
        )
        for row, goal in _chosen(case, load_goals())
    )


def goal_sources(case: Case) -> tuple[str, ...]:
    """Return the names of the sources of the limits printed, each once."""
    names = [goal.source.names[case.language] for _, goal in _chosen(case, load_goals()) if goal.upper is not None]
    return tuple(dict.fromkeys(names))


def _chosen(case: Case, book: GoalBook) -> list[tuple[Row, Goal]]:
    used = {each.field for each in case.lead.manifest.inputs} if case.lead else set()
    found = [
        (row, goal)
        for row in book.rows
        if (goal := book.goal(row.field, case.guideline_region, case.known)) is not None
        and (row.always or row.field in case.known)
        and (not row.only_if_used or row.field in used)
    ]
    shown = {row.field for row, _ in found}
    found = [(row, goal) for row, goal in found if row.field in case.known or row.unless not in shown]
    for field in book.give_up:
        if len(found) > book.most_rows:
            found = [(row, goal) for row, goal in found if row.field != field]
    return found


def _row(case: Case, row: Row, goal: Goal) -> GoalRow:
    value = case.known.get(row.field)
    second = case.known.get(row.pair) if row.pair else None
    reached = goal.reached(value, second)
    return GoalRow(
        label=case.values.plain_label("blood_pressure" if row.pair else row.field),
        value=_value(case, row, value, second),
        goal=_goal(case, row, goal),
        at_goal=reached,
        at_goal_words=case.wording.say("report.goals.at_goal") if reached else "",
        strip=_strip(row, goal, value),
    )


def _value(case: Case, row: Row, value: Value | None, second: Value | None) -> str:
    if value is None:
        return case.wording.say("report.goals.not_known")
    if row.field == "smoker":
        return case.wording.say("report.yes" if value == "current" else "report.no")
    first = case.values.everyday(row.field, value).text
    return first if row.pair is None or second is None else f"{first}/{case.values.everyday(row.pair, second).text}"


def _goal(case: Case, row: Row, goal: Goal) -> str:
    if goal.accepts:
        return case.wording.say("report.goals.none")
    upper = _shown(case, row.field, goal.upper)
    if row.pair is not None and goal.also is not None:
        upper = f"{upper}/{_shown(case, row.pair, goal.also)}"
    if goal.least is not None:
        return case.wording.say("report.goals.between", low=_shown(case, row.field, goal.least), high=upper)
    return case.wording.say("report.goals.below" if goal.below is not None else "report.goals.at_most", high=upper)


def _shown(case: Case, field: str, value: float | None) -> str:
    return "" if value is None else case.values.everyday(field, value).text


def _strip(row: Row, goal: Goal, value: Value | None) -> Strip | None:
    if row.scale is None or goal.upper is None or isinstance(value, (bool, str)) or value is None:
        return None
    low = row.scale.goal_low if goal.least is None else goal.least
    return Strip(row.scale.low, row.scale.high, low, goal.upper, float(value))


def _units_note(case: Case, rows: list[tuple[Row, Goal]]) -> str:
    """Return which unit goes with which row: the pressure's apart, the others' by unit."""
    by_unit: dict[str, list[str]] = {}
    for row, goal in rows:
        shown = Shown("", "") if goal.upper is None else case.values.everyday(row.field, goal.upper)
        if shown.unit:
            name = case.values.plain_label("blood_pressure_short" if row.pair else row.field)
            by_unit.setdefault(shown.unit, []).append(name)
    parts = []
    for position, (unit, names) in enumerate(by_unit.items()):
        others = len(by_unit) == 2 and position == 1 and len(names) > 1
        listed = case.formats.listed(tuple(within_sentence(name) for name in names))
        what = case.wording.say("report.goals.others") if others else listed
        parts.append(case.wording.say("report.goals.in_unit", what=what, unit=unit))
    note = case.wording.say("report.list.comma").join(parts)
    return case.wording.say("report.goals.units", note=note[:1].upper() + note[1:]) if note else ""
